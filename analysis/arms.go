package analysis

import (
	"fmt"
	"strings"

	"swis/dataset"
	"swis/dataset/table"
)

// Arms says which arm each row of a table is in, for analyses of two arms.
type Arms struct {
	Column       string
	Intervention string // how the arm is called, e.g. "SWIS"
	Comparison   string
	Treated      []int8 // by row: 1 intervention, 0 comparison, -1 not known
	Missing      int    // rows whose arm is not known
}

// comparisonNames are levels that stand for the comparison arm where a column
// of words is given without a reference level.
var comparisonNames = map[string]bool{
	"control": true, "comparison": true, "comparator": true, "usual": true, "tau": true, "bau": true,
	"business as usual": true, "usual practice": true, "none": true, "no": true, "0": true, "false": true, "untreated": true,
}

// ReadArms reads a column of two arms: 0 and 1 (1 is the intervention), or two
// words. Of two words the comparison arm is reference where it is given, else
// the one that is called so (control, comparison, ...), else the first in the
// alphabet, as in R.
func ReadArms(t *table.Table, column, reference string) (*Arms, error) {
	c, err := t.Category(column)
	if err != nil {
		return nil, err
	}
	a := &Arms{Column: column, Treated: make([]int8, t.Rows())}
	levels := c.Levels
	switch {
	case len(levels) > 2:
		return nil, dataset.Problemf(t.Name, 0, column, "%d arms (%s); two are wanted: keep two with --where", len(levels), strings.Join(levels[:min(len(levels), 6)], ", "))
	case len(levels) < 2:
		found := "no arm"
		if len(levels) == 1 {
			found = fmt.Sprintf("only the arm %q", levels[0])
		}
		return nil, NotEstimablef("column %s has %s; an intervention and a comparison arm are wanted", column, found)
	}
	comparison := 0
	switch kind, _ := t.Kind(column); {
	case reference != "":
		comparison = -1
		for i, l := range levels {
			if l == reference {
				comparison = i
			}
		}
		if comparison < 0 {
			return nil, Unsupportedf("column %s has no arm %q: want one of %s", column, reference, strings.Join(levels, ", "))
		}
	case kind == table.NumericKind:
		if levels[0] != "0" || levels[1] != "1" {
			return nil, dataset.Problemf(t.Name, 0, column, "holds %s and %s; 0 (comparison) and 1 (intervention) are wanted, or words", levels[0], levels[1])
		}
	case comparisonNames[strings.ToLower(levels[1])] && !comparisonNames[strings.ToLower(levels[0])]:
		comparison = 1
	}
	a.Comparison, a.Intervention = levels[comparison], levels[1-comparison]
	for i, code := range c.Codes {
		switch {
		case code < 0:
			a.Treated[i] = -1
			a.Missing++
		case int(code) != comparison:
			a.Treated[i] = 1
		}
	}
	return a, nil
}

// Names are words for the arms: the levels where they are words, else
// intervention and comparison.
func (a *Arms) Names() (intervention, comparison string) {
	if a.Intervention == "1" && a.Comparison == "0" {
		return "intervention", "comparison"
	}
	return a.Intervention, a.Comparison
}
