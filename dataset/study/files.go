package study

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/extracts"
	"swis/dataset/panel"
)

// delivery is one file to read, with what is known about it.
type delivery struct {
	path    string
	source  Source
	mapping *extracts.Mapping
	sheet   string // of a workbook
}

// tables are the endings of the files of a folder that may hold tables; what
// they hold is found out from their content. Those that cannot be read are
// among them, so that they are refused rather than left out.
var tables = []string{".csv", ".tsv", ".tab", ".psv", ".dat", ".txt", ".xml", ".xlsx", ".xlsm", ".parquet", "", ".xls", ".xlsb", ".ods", ".zip", ".gz", ".7z", ".rar"}

// aside says why a file of a folder is not read, or nothing.
func aside(d fs.DirEntry) string {
	switch {
	case !d.Type().IsRegular():
		return "not a regular file"
	case strings.HasPrefix(d.Name(), "~$"):
		return "a workbook is open here: its lock file, which holds no table"
	case !slices.Contains(tables, strings.ToLower(filepath.Ext(d.Name()))):
		return "no table by its ending; name it to have it read"
	}
	return ""
}

// skipped is a file of a folder that was not read.
type skipped struct{ path, why string }

// expand lists the files of the sources, those of folders in order of name.
func (o *Options) expand() (files []delivery, left []skipped, err error) {
	mappings := map[string]*extracts.Mapping{}
	for _, source := range o.Sources {
		var mapping *extracts.Mapping
		if source.Map != "" {
			if mapping = mappings[source.Map]; mapping == nil {
				if mapping, err = extracts.ReadMapping(source.Map); err != nil {
					return nil, nil, err
				}
				mappings[source.Map] = mapping
			}
		}
		info, err := os.Stat(source.Path)
		if err != nil {
			return nil, nil, err
		}
		if !info.IsDir() && !info.Mode().IsRegular() {
			return nil, nil, dataset.Problems{{File: source.Path, Rule: "F01", Text: "not a regular file: save what it gives as a file first"}}
		}
		if !info.IsDir() {
			files = append(files, delivery{path: source.Path, source: source, mapping: mapping})
			continue
		}
		err = filepath.WalkDir(source.Path, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case strings.HasPrefix(d.Name(), ".") && path != source.Path:
				if d.IsDir() {
					return filepath.SkipDir
				}
			case d.IsDir():
			case path == source.Map:
			default:
				if why := aside(d); why != "" {
					left = append(left, skipped{path, why})
				} else {
					files = append(files, delivery{path: path, source: source, mapping: mapping})
				}
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return files, left, nil
}

// size is the number of bytes of files.
func size(files []delivery) (bytes int64) {
	for _, f := range files {
		if info, err := os.Stat(f.path); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// readAll reads the deliveries. Every file that is refused is a Problem; the
// others are read all the same, so that all faults are seen at once.
func (s *Study) readAll(ctx context.Context, set *extracts.Set, files []delivery, progress Progress) error {
	headers := map[string]*dataset.Header{} // of the census in a folder
	for _, f := range files {
		if h, ok := extracts.CensusHeader(f.path); ok {
			headers[filepath.Dir(f.path)] = &h
		}
	}
	files, problems, err := s.sheets(files)
	if err != nil {
		return err
	}
	defer set.Done()
	seen := map[string]*dataset.Extract{}
	at := Step{Files: len(files), Total: size(files)}
	for i, f := range files {
		la := f.source.LA
		if la == "" && (f.mapping == nil || f.mapping.LA == "") {
			if h := headers[filepath.Dir(f.path)]; h != nil {
				la = h.LA
			}
		}
		in := extracts.Input{Header: headers[filepath.Dir(f.path)], Path: f.path, LA: la, Layout: f.source.Layout, Mapping: f.mapping, Number: uint16(len(s.Extracts) + 1)}
		if progress != nil {
			in.Progress = func(done, rows int64) {
				progress(Step{f.path, i + 1, at.Files, at.Done + done, at.Total, at.Rows + rows})
			}
		}
		var x *dataset.Extract
		var tally dataset.Tally
		if f.sheet != "" {
			x, tally, err = set.ReadSheet(ctx, in, f.sheet)
		} else {
			x, tally, err = set.Read(ctx, in)
		}
		at.Done += size(files[i : i+1])
		var refused dataset.Problems
		switch {
		case errors.As(err, &refused):
			problems = append(problems, refused...)
			continue
		case err != nil:
			return err
		}
		if first, twice := seen[x.SHA256]; twice && x.Rows > 0 {
			alike := "the same content as " + filepath.Base(filepath.Dir(first.File)) + "/" + filepath.Base(first.File) + ": "
			switch {
			case identifiersOnly(x):
				x.Notes = append(x.Notes, alike+"identifiers alone, which may be alike in the returns of two years, so it is not refused (F08)")
			case x.Rows < fewRows && panel.MadeApart(first, x):
				x.Notes = append(x.Notes, alike+"a short list of Annex A, which may be alike in two deliveries, so it is not refused (F08)")
				s.alike = append(s.alike, dataset.Problem{File: x.File, Rule: "F08", Text: alike + "taken as the list of another delivery in which nothing else happened; if it is a copy, take it away"})
			default:
				problems = append(problems, dataset.Problem{File: f.path, Rule: "F08", Text: "the same content as " + first.File + "; give it once"})
				set.Drop()
				continue
			}
		}
		at.Rows += x.Rows
		seen[x.SHA256] = x
		s.Extracts = append(s.Extracts, x)
		s.nameSchools(x)
		s.tally.Join(tally)
	}
	s.refused = problems
	if len(s.Extracts) >= 1<<16-1 {
		return dataset.Problems{{Text: "more than 65,534 files"}}
	}
	return nil
}

// sheets puts the sheets of a workbook that hold a table in its place.
func (s *Study) sheets(files []delivery) (out []delivery, problems dataset.Problems, err error) {
	for _, f := range files {
		if !extracts.IsWorkbook(f.path) {
			out = append(out, f)
			continue
		}
		named, others, err := extracts.Sheets(f.path)
		var refused dataset.Problems
		if errors.As(err, &refused) {
			problems = append(problems, refused...)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if len(named) == 0 {
			problems = append(problems, dataset.Problem{File: f.path, Rule: "F05", Text: "no sheet holds a table that a layout recognises; save the table as CSV and name its columns in a mapping file (--map)"})
		}
		for _, name := range slices.Sorted(maps.Keys(others)) {
			s.skipped = append(s.skipped, skipped{f.path + "#" + name, others[name]})
		}
		for _, sheet := range named {
			f.sheet = sheet
			out = append(out, f)
		}
	}
	return out, problems, nil
}

// fewRows of a list may well be the same a quarter later.
const fewRows = 10

// identifiersOnly says that a file holds what two returns may well hold alike:
// the identifiers of the same children, or their census's header.
func identifiersOnly(x *dataset.Extract) bool {
	l, err := extracts.Named(x.Layout)
	return err == nil && len(l.Delivers) == 0 && !l.Care && len(x.Persons)+len(x.Headers) > 0 && len(x.Enrolments)+len(x.Counts)+len(x.Attendance) == 0
}
