package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/linkage"
)

var (
	ruleS03 = dataset.RuleNamed("S03")
)

// decide reads the decisions and puts them over what the register makes of the
// school numbers. Numbers that merged with or split from a school of the trial
// and are not decided refuse the study.
func (s *Study) decide() error {
	path := s.Options.Decisions
	template := false
	if path != "" {
		var err error
		if s.decisions, err = linkage.ReadDecisions(path); linkage.NotThere(err) {
			template = true
		} else if err != nil {
			return err
		}
	}
	if strangers := s.Register.Strangers(s.decisions); strangers != nil {
		var problems dataset.Problems
		for _, d := range strangers {
			problems = append(problems, dataset.Problem{File: path, Line: d.Line, Column: "to", Text: "a school that is not in the trial's list"})
		}
		return problems
	}
	s.schools = s.Register.Decide(s.set.Schools.Texts(), linkage.Schools(s.decisions))
	s.divided()
	var open []linkage.Change
	for _, c := range s.Register.Mapped {
		if c.Decided {
			s.tally.Add(0, ruleS03, 1)
		} else {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		if template {
			return dataset.Problemf(path, 0, "", "no such file; nothing needs a decision, so leave --decisions out")
		}
		return nil
	}
	slices.SortFunc(open, func(a, b linkage.Change) int {
		return strings.Compare(a.From+" "+a.To, b.From+" "+b.To)
	})
	next := "write the decision in a file with the columns " + strings.Join(linkage.DecisionColumns, ",") + " and give it with --decisions FILE (a file that is not there yet is written as a template)"
	if template {
		if err := atomicfile.Write(path, func(w io.Writer) error { return writeTemplate(w, open) }); err != nil {
			return err
		}
		next = "a template is written to " + path + ": fill in decision, date and reason there"
	} else if path != "" {
		next = "add a line to " + path
	}
	for _, c := range open {
		s.refused = append(s.refused, dataset.Problem{Rule: "S04", Text: fmt.Sprintf("school %s merged with or split from school %s of the trial; %s: %s", c.From, c.To, next, templateLine(c))})
	}
	return nil
}

// divided refuses rows that count a school's children together where it is
// decided to divide them between schools: they name no child.
func (s *Study) divided() {
	for _, x := range s.Extracts {
		line := uint32(0)
		note := func(school uint32, day dataset.Day, at uint32) {
			if s.schools.Splits(school, day) && (line == 0 || at < line) {
				line = at
			}
		}
		for i := range x.Counts {
			note(x.Counts[i].School, x.Counts[i].Day, x.Counts[i].Line)
		}
		for i := range x.Attendance {
			if a := &x.Attendance[i]; a.Own && a.Pupil == 0 && !a.Reasons {
				note(a.School, dataset.Term.Start(a.Term), a.Line)
			}
		}
		if line > 0 {
			s.refused = append(s.refused, dataset.Problem{File: x.File, Line: int(line), Rule: "S04",
				Text: "numbers of a school whose children are to be divided by the decision split: they name no child; decide merge, keep or drop in " + s.Options.Decisions + ", or ask for one row a child"})
		}
	}
}

func templateLine(c linkage.Change) string {
	return fmt.Sprintf("school,%s,%s,merge|split|keep|drop,YYYY-MM-DD,reason", c.From, c.To)
}

func writeTemplate(out io.Writer, open []linkage.Change) error {
	w := csv.NewWriter(out)
	w.Write(linkage.DecisionColumns)
	for _, c := range open {
		w.Write([]string{"school", c.From, c.To, "", "", ""})
	}
	w.Flush()
	return w.Error()
}

// decided are the decisions about children by the row of the file that they name.
func (s *Study) decided() map[linkage.Place]linkage.Do {
	out := map[linkage.Place]linkage.Do{}
	s.places = map[int]linkage.Place{}
	for _, d := range s.decisions {
		if d.Kind != "child" {
			continue
		}
		if place, ok := s.place(d.From); ok {
			out[place] = d.Do
			s.places[d.Line] = place
		}
	}
	return out
}

// place reads file:row; the file may be named by the end of its path.
func (s *Study) place(text string) (linkage.Place, bool) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return linkage.Place{}, false
	}
	row, err := strconv.ParseUint(text[at+1:], 10, 32)
	if err != nil {
		return linkage.Place{}, false
	}
	for i, x := range s.Extracts {
		if x.File == text[:at] || strings.HasSuffix(x.File, "/"+text[:at]) {
			return linkage.Place{File: uint16(i + 1), Line: uint32(row)}, true
		}
	}
	return linkage.Place{}, false
}

// QualityDecision is one applied decision. A decision about a child is named by
// its line of the decisions file alone.
type QualityDecision struct {
	Line     int    `json:"line"`
	Kind     string `json:"kind"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	Decision string `json:"decision"`
	Date     string `json:"date,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Rows     Number `json:"rows"` // that name the number; identifiers rows of the child
	Applied  bool   `json:"applied"`
}

// decisionRows lists the decisions with the rows that each met.
func (s *Study) decisionRows(n func(int64) Number) []QualityDecision {
	if len(s.decisions) == 0 {
		return nil
	}
	rows := make([]int64, s.set.Schools.Len())
	copy(rows, s.named.events)
	for _, x := range s.Extracts {
		for i := range x.Enrolments {
			rows[x.Enrolments[i].School]++
		}
		for i := range x.Counts {
			rows[x.Counts[i].School]++
		}
	}
	byNumber := map[string]int64{}
	for code, k := range rows {
		byNumber[s.set.Schools.Text(uint32(code))] += k
	}
	var out []QualityDecision
	for _, d := range s.decisions {
		q := QualityDecision{Line: d.Line, Kind: d.Kind, Decision: string(d.Do)}
		if d.Kind == "school" {
			k := byNumber[strings.ToUpper(d.From)]
			q.From, q.To, q.Date, q.Reason, q.Rows, q.Applied = d.From, d.To, d.Date.String(), d.Reason, n(k), k > 0
		} else if place, ok := s.places[d.Line]; ok && s.People.Applied[place] {
			q.Rows, q.Applied = n(1), true
		}
		out = append(out, q)
	}
	return out
}
