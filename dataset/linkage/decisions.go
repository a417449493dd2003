package linkage

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/textfile"
)

// Do is what is decided about a merger, a split, or two records of one child.
type Do string

// The decisions.
const (
	Merge Do = "merge" // rows of the number count for the school; both records are one child
	Split Do = "split" // rows of the number count for the school where the child was on its roll the day before
	Keep  Do = "keep"  // the number is another school; the records are two children
	Drop  Do = "drop"  // rows of the number are left out, and the school's cells are empty from the day on
)

// Decision is one line of a decisions file.
type Decision struct {
	Kind   string      `yaml:"kind"` // school or child
	From   string      `yaml:"from"` // number of the school, or file:row of the identifiers row
	To     string      `yaml:"to"`   // school of the trial; empty for a child
	Do     Do          `yaml:"decision"`
	Day    string      `yaml:"date"`
	Reason string      `yaml:"reason"`
	Date   dataset.Day `yaml:"-"`
	Line   int         `yaml:"-"`
}

// DecisionColumns are the columns of a decisions file as CSV, and the keys of
// one as YAML.
var DecisionColumns = []string{"kind", "from", "to", "decision", "date", "reason"}

// ReadDecisions reads a decisions file, CSV or a YAML list. Lines without a
// decision are still to be decided and count for nothing. A file that is not
// there yet gives fs.ErrNotExist.
func ReadDecisions(path string) ([]Decision, error) {
	data, err := textfile.Read(path, textfile.Recorded)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var all []Decision
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		if err := textfile.CheckYAML(data, path); err != nil {
			return nil, err
		}
		if err := textfile.Decode(data, path, &all, ""); err != nil {
			return nil, err
		}
		for i := range all {
			all[i].Line = i + 1
		}
	default:
		if all, err = decisionRows(path, data); err != nil {
			return nil, err
		}
	}
	var problems dataset.Problems
	seen := map[[3]string]bool{}
	kept := all[:0]
	for _, d := range all {
		wrong := func(column, format string, args ...any) {
			problems = append(problems, dataset.Problem{File: path, Line: d.Line, Column: column, Text: fmt.Sprintf(format, args...)})
		}
		d.Date = dataset.NoDay
		if d.Do == "" {
			continue
		}
		if d.Kind != "school" && d.Kind != "child" {
			wrong("kind", "want school or child")
		}
		if d.From == "" || d.Kind == "school" && d.To == "" {
			wrong("from", "want the number that changed in from and the school of the trial in to; for a child, file:row in from")
		}
		if !slices.Contains([]Do{Merge, Split, Keep, Drop}, d.Do) || d.Kind == "child" && d.Do != Merge && d.Do != Keep {
			wrong("decision", "want merge, split, keep or drop (merge or keep for a child)")
		}
		if d.Reason == "" {
			wrong("reason", "empty; say in some words why, for the report")
		}
		if d.Day != "" {
			if d.Date, err = dataset.ParseDay(d.Day); err != nil {
				wrong("date", "%s", textfile.Unquoted(err.Error()))
			}
		} else if d.Do == Split || d.Do == Drop {
			wrong("date", "empty; %s needs the day of the change", d.Do)
		}
		if key := [3]string{d.Kind, d.From, d.To}; seen[key] {
			wrong("from", "decided twice")
		} else {
			seen[key] = true
		}
		kept = append(kept, d)
	}
	if problems != nil {
		return nil, problems
	}
	return kept, nil
}

func decisionRows(path string, data []byte) ([]Decision, error) {
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return nil, dataset.Problemf(path, parse.Line, "", "not a CSV row: %v", parse.Err)
	}
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || !slices.Equal(records[0], DecisionColumns) {
		return nil, dataset.Problemf(path, 1, "", "want the columns %s", strings.Join(DecisionColumns, ","))
	}
	var all []Decision
	for i, r := range records[1:] {
		for j := range r {
			r[j] = strings.TrimSpace(r[j])
		}
		all = append(all, Decision{Kind: r[0], From: r[1], To: r[2], Do: Do(r[3]), Day: r[4], Reason: r[5], Line: i + 2})
	}
	return all, nil
}

// Decided are the decisions about schools, by the number found.
type Decided map[string][]Decision

// Schools sorts the decisions about schools by number.
func Schools(decisions []Decision) Decided {
	out := Decided{}
	for _, d := range decisions {
		if d.Kind == "school" {
			number := strings.ToUpper(d.From)
			out[number] = append(out[number], d)
		}
	}
	return out
}

// NotThere says that a decisions file does not exist yet.
func NotThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// choice is a decision whose school depends on the day or on the child.
type choice struct {
	split   bool
	schools []int32 // merge: one; split: those where the child may have been
	date    dataset.Day
}

// choices begin below the marks of what is no school.
const firstChoice int32 = -100

// Choices are the decided changes of a study.
type Choices struct {
	Schools []int32 // of each school code: school of the trial, a mark, or a choice
	Drops   map[int]dataset.Day
	all     []choice
}

// Decide puts the decisions over what the register makes of the school numbers.
func (r *Register) Decide(numbers []string, decided Decided) *Choices {
	c := &Choices{Schools: make([]int32, len(numbers)), Drops: map[int]dataset.Day{}}
	for code, number := range numbers {
		var split choice
		lines := decided[number]
		if lines == nil {
			c.Schools[code] = r.Resolve(number)
			continue
		}
		c.Schools[code] = Other
		for _, d := range lines {
			school, ok := r.byText[strings.ToUpper(d.To)]
			if !ok {
				continue
			}
			switch d.Do {
			case Merge:
				c.Schools[code] = school
				if d.Date != dataset.NoDay {
					c.Schools[code] = c.add(choice{schools: []int32{school}, date: d.Date})
				}
			case Split:
				split.split, split.date = true, d.Date
				split.schools = append(split.schools, school)
			case Drop:
				if have, ok := c.Drops[int(school)]; !ok || d.Date < have {
					c.Drops[int(school)] = d.Date
				}
			}
		}
		if split.split {
			c.Schools[code] = c.add(split)
		}
	}
	return c
}

func (c *Choices) add(x choice) int32 {
	c.all = append(c.all, x)
	return firstChoice - int32(len(c.all)-1)
}

// of is the choice that a mark stands for, nil for schools and other marks.
func (c *Choices) of(school int32) *choice {
	if school > firstChoice {
		return nil
	}
	return &c.all[firstChoice-school]
}

// Splits says that children of a number are divided between schools from a day
// on: a row that names no child cannot be counted.
func (c *Choices) Splits(code uint32, day dataset.Day) bool {
	decided := c.of(c.Schools[code])
	return decided != nil && decided.split && day >= decided.date
}

// Strangers are decisions about a school that is none of the trial.
func (r *Register) Strangers(decisions []Decision) (out []Decision) {
	for _, d := range decisions {
		if _, ok := r.byText[strings.ToUpper(d.To)]; d.Kind == "school" && !ok {
			out = append(out, d)
		}
	}
	return out
}
