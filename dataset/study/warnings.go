package study

import (
	"fmt"

	"swis/dataset"
)

// Warnings are lines for the terminal on files that name another authority than
// the one given, and on the rows that were kept out: the first
// of each file as it stands, the others as a number. list is where all of them
// can be read.
func (s *Study) Warnings(list string) ([]string, error) {
	type seen struct {
		rows  int
		kinds map[dataset.RuleID]bool
	}
	files := make([]seen, len(s.Extracts)+1)
	others, err := s.otherAuthorities()
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, p := range others {
		lines = append(lines, p.String())
	}
	for _, p := range s.alike {
		lines = append(lines, p.String())
	}
	lines = append(lines, s.gaps()...)
	err = s.issues.Each(func(i dataset.Issue) error {
		rule := &dataset.Rules[i.Rule]
		if rule.Severity != dataset.Quarantine || int(i.File) >= len(files) {
			return nil
		}
		f := &files[i.File]
		if f.rows++; f.rows == 1 {
			p := dataset.Problem{File: s.fileName(i.File), Line: int(i.Line), Column: i.Column, Rule: rule.ID, Text: rule.Text + "; row kept out"}
			lines = append(lines, p.String())
			f.kinds = map[dataset.RuleID]bool{}
		} else {
			f.kinds[i.Rule] = true
		}
		return nil
	})
	for n := range files {
		if f := &files[n]; f.rows > 1 {
			lines = append(lines, fmt.Sprintf("%s: %s more rows of %s kept out; all are in %s", s.fileName(uint16(n)), gate(s.Options.Disclosure, int64(f.rows-1)), kinds(len(f.kinds)), list))
		}
	}
	return lines, err
}

func kinds(n int) string {
	if n == 1 {
		return "1 kind"
	}
	return fmt.Sprintf("%d kinds", n)
}
