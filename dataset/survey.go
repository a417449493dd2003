package dataset

import (
	"fmt"
	"slices"
)

// Scale is a score made of the items of a questionnaire.
type Scale struct {
	Name     string    `yaml:"-"`
	Items    []string  `yaml:"items"`   // columns of the file
	Range    []float64 `yaml:"range"`   // least and greatest answer
	Reverse  []string  `yaml:"reverse"` // items that count the other way round: least plus greatest less the answer
	Score    string    `yaml:"score"`   // mean (the default) of the items answered, or sum: that mean times the number of items
	Minimum  int       `yaml:"minimum"` // items that must be answered for a score; default all
	reversed []bool
}

// Check refuses scales that contradict themselves, and settles the defaults.
func (s *Scale) Check() error {
	switch {
	case len(s.Items) == 0:
		return fmt.Errorf("scale %s: no items", s.Name)
	case len(s.Range) != 2 || !(s.Range[0] < s.Range[1]):
		return fmt.Errorf("scale %s: range wants the least and the greatest answer, such as [1, 5]", s.Name)
	case s.Score != "" && s.Score != "mean" && s.Score != "sum":
		return fmt.Errorf("scale %s: score %q: want mean or sum", s.Name, s.Score)
	case s.Minimum < 0 || s.Minimum > len(s.Items):
		return fmt.Errorf("scale %s: minimum %d of %d items", s.Name, s.Minimum, len(s.Items))
	}
	if s.Minimum == 0 {
		s.Minimum = len(s.Items)
	}
	s.reversed = make([]bool, len(s.Items))
	for _, item := range s.Reverse {
		i := slices.Index(s.Items, item)
		if i < 0 {
			return fmt.Errorf("scale %s: %s is reversed and no item", s.Name, item)
		}
		s.reversed[i] = true
	}
	return nil
}

// Of is the score of answers in the order of Items, of which NaN is none; ok
// is false where fewer than Minimum are answered. Items that are not answered
// count as the mean of those that are.
func (s *Scale) Of(answers []float64) (score float64, ok bool) {
	sum, n := 0.0, 0
	for i, x := range answers {
		if x != x {
			continue
		}
		if s.reversed[i] {
			x = s.Range[0] + s.Range[1] - x
		}
		sum += x
		n++
	}
	if n < s.Minimum || n == 0 {
		return 0, false
	}
	score = sum / float64(n)
	if s.Score == "sum" {
		score *= float64(len(s.Items))
	}
	return score, true
}

// Response is one questionnaire.
type Response struct {
	Respondent ChildKey // 0 where answers of one person are not to be told together
	School     uint32
	Wave, Role uint32    // codes of the texts
	Scores     []float64 // by scale of the file; NaN where too few items are answered
	Line       uint32
	LA, File   uint16
}
