package floor

import (
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// rows are the data of a floor analysis, one entry a row that is kept.
type rows struct {
	y, exposure []float64
	treated     []int8 // 1 or 0
	post        []int8 // 1 from the start on; all 1 without a start
	unit        []int32
	units       int
	panel       bool // there are rows before and after the start
	dropped     int
	missing     map[string]int // rows dropped, by reason
	arms        *analysis.Arms
}

// read checks the columns and drops rows without an arm, outcome or exposure.
func (d Diagnose) read(t *table.Table) (*rows, error) {
	arms, err := analysis.ReadArms(t, d.Treated, d.Reference)
	if err != nil {
		return nil, err
	}
	y, err := t.Numeric(d.Outcome)
	if err != nil {
		return nil, err
	}
	exposure, err := d.exposure(t)
	if err != nil {
		return nil, err
	}
	post, panel, err := d.follow(t)
	if err != nil {
		return nil, err
	}
	codes := make([]int32, t.Rows())
	if d.Unit != "" {
		units, err := t.Category(d.Unit)
		if err != nil {
			return nil, err
		}
		codes = units.Codes
	} else {
		for i := range codes {
			codes[i] = int32(i)
		}
	}
	r := &rows{missing: map[string]int{}, panel: panel, arms: arms}
	var problems dataset.Problems
	for i := range t.Rows() {
		switch {
		case arms.Treated[i] < 0 || codes[i] < 0 || post[i] < 0:
			r.missing["no arm, unit or time"]++
		case math.IsNaN(y.Values[i]) && y.Marks != nil && y.Marks[i] == table.Suppressed:
			r.missing["outcome suppressed"]++
		case math.IsNaN(y.Values[i]):
			r.missing["outcome missing"]++
		case math.IsNaN(exposure[i]):
			r.missing["exposure missing"]++
		case y.Values[i] < 0 || y.Values[i] != math.Floor(y.Values[i]):
			problems = append(problems, dataset.Problem{File: t.Name, Line: t.Line(i), Column: d.Outcome, Text: fmt.Sprintf("%g is no count; give whole numbers of 0 or more, with the pupils or time at risk in --exposure", y.Values[i])})
		case exposure[i] <= 0:
			problems = append(problems, dataset.Problem{File: t.Name, Line: t.Line(i), Column: d.Exposure, Text: "exposure must be above 0; drop the row with --where or give the pupils at risk"})
		default:
			r.y, r.exposure = append(r.y, y.Values[i]), append(r.exposure, exposure[i])
			r.treated, r.post, r.unit = append(r.treated, arms.Treated[i]), append(r.post, post[i]), append(r.unit, codes[i])
			continue
		}
		r.dropped++
	}
	if problems != nil {
		return nil, problems
	}
	r.compact()
	return r, r.usable(d)
}

// compact numbers the units that have rows from 0, in the order of their
// names, so that drawn permutations do not depend on the order of rows.
func (r *rows) compact() {
	used := slices.Clone(r.unit)
	slices.Sort(used)
	used = slices.Compact(used)
	for i, u := range r.unit {
		at, _ := slices.BinarySearch(used, u)
		r.unit[i] = int32(at)
	}
	r.units = len(used)
}

// usable refuses data in which there is nothing to compare.
func (r *rows) usable(d Diagnose) error {
	var have [2][2]bool
	for i := range r.y {
		have[r.treated[i]][r.post[i]] = true
	}
	intervention, comparison := r.arms.Names()
	for arm, name := range []string{comparison, intervention} {
		if !have[arm][1] {
			return analysis.NotEstimablef("the %s arm has no row with %s and exposure from the start on", name, d.Outcome)
		}
		if r.panel && !have[arm][0] {
			return analysis.NotEstimablef("the %s arm has no row with %s and exposure before the start; leave out --start to look at the follow-up alone", name, d.Outcome)
		}
	}
	arm := make([]int8, r.units)
	for i := range arm {
		arm[i] = -1
	}
	for i, u := range r.unit {
		if arm[u] >= 0 && arm[u] != r.treated[i] {
			return analysis.Unsupportedf("column %s changes within a unit; it must say which arm the unit is in, in every period", d.Treated)
		}
		arm[u] = r.treated[i]
	}
	return nil
}

// exposure is the exposure column, ones without it.
func (d Diagnose) exposure(t *table.Table) ([]float64, error) {
	if d.Exposure == "" {
		ones := make([]float64, t.Rows())
		for i := range ones {
			ones[i] = 1
		}
		return ones, nil
	}
	c, err := t.Numeric(d.Exposure)
	if err != nil {
		return nil, err
	}
	return c.Values, nil
}

// follow says which rows are from the start on (1), before it (0) or cannot be
// placed (-1), and whether there are both.
func (d Diagnose) follow(t *table.Table) ([]int8, bool, error) {
	post := make([]int8, t.Rows())
	if d.Post != "" {
		c, err := t.Numeric(d.Post)
		if err != nil {
			return nil, false, err
		}
		for i, x := range c.Values {
			switch x {
			case 0:
			case 1:
				post[i] = 1
			default:
				post[i] = -1
			}
		}
		return post, true, nil
	}
	if d.Start == "" {
		for i := range post {
			post[i] = 1
		}
		return post, false, nil
	}
	post, err := analysis.FollowUp(t, d.Time, d.Start)
	return post, true, err
}
