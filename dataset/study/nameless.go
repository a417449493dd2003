package study

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// wholeBlocks is what sizes of files are rounded up to where counts are
// withheld: the size of a small file gives its rows away.
const wholeBlocks = 4096

// inWarehouse follows the name of a file of counts, for the rows behind them.
const inWarehouse = " (rows in the warehouse)"

// nameless puts numbers in the place of the names of files, which may be those of
// children: a report that is made to be sent on says file 1, file 2, … in the
// order in which they were read, with the hash of each.
func (q *Quality) nameless(s *Study) {
	alias := map[string]string{}
	words := map[string]string{} // how sentences name a file
	call := func(file, shown string) string {
		if alias[file] == "" {
			alias[file] = shown
			q.named = append(q.named, shown+" is "+file)
			path, _, _ := strings.Cut(file, "#") // a sheet of a workbook
			for _, name := range []string{file, path, filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path), filepath.Base(path)} {
				if strings.ContainsAny(name, "./") && words[name] == "" {
					words[name] = shown
				}
			}
		}
		return alias[file]
	}
	for i := range q.Files {
		f := &q.Files[i]
		f.File = call(f.File, fmt.Sprintf("file %d", i+1))
		f.Bytes = (f.Bytes + wholeBlocks - 1) / wholeBlocks * wholeBlocks
		f.Notes = slices.Clone(f.Notes)
	}
	for i := range q.Skipped {
		q.Skipped[i].File = call(q.Skipped[i].File, fmt.Sprintf("other file %d", i+1))
	}
	q.Refused = nil
	for i, p := range s.refused {
		if p.File != "" {
			p.File = call(p.File, fmt.Sprintf("refused file %d", i+1))
		}
		q.Refused = append(q.Refused, p.String())
	}
	for i := range q.Balance {
		b := &q.Balance[i]
		if file, ok := strings.CutSuffix(b.File, inWarehouse); ok {
			b.File = alias[file] + inWarehouse
		} else {
			b.File = alias[b.File]
		}
	}
	names := slices.SortedFunc(maps.Keys(words), func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, words[name])
	}
	r := strings.NewReplacer(pairs...) // the longest first
	each := func(texts []string) {
		for i := range texts {
			texts[i] = r.Replace(texts[i])
		}
	}
	for i := range q.Files {
		q.Files[i].Why = r.Replace(q.Files[i].Why)
		each(q.Files[i].Notes)
	}
	for i := range q.Skipped {
		q.Skipped[i].Why = r.Replace(q.Skipped[i].Why)
	}
	each(q.Refused)
	each(q.Notes)
	for i := range q.Decisions {
		d := &q.Decisions[i]
		d.From, d.To, d.Reason = r.Replace(d.From), r.Replace(d.To), "" // reasons are in somebody's own words
	}
}

// Named says which file each number stands for: for whoever runs the command,
// never for the report.
func (q *Quality) Named() []string { return q.named }

// sharing says what may be done with the report.
func (q *Quality) sharing() string {
	if q.Disclosure == "none" {
		return "Exact counts, small ones included, and names of files: for those who hold the data, not to be sent on (--disclosure dfe or tre withholds them)."
	}
	return "Small counts, and numbers from which they follow, are withheld (c); files go by number and hash: can be sent as it stands."
}
