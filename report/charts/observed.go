package charts

import (
	"math"

	"swis/analysis"
	"swis/dataset/table"
)

// observed are the columns that figures by arm and period add up.
type observed struct {
	arms     *analysis.Arms
	times    *table.Category
	y        *table.Numeric
	exposure *table.Numeric // nil where each row counts as one
}

// readObserved finds the columns of a table; exposure may be empty.
func readObserved(t *table.Table, treated, reference, time, outcome, exposure string) (*observed, error) {
	arms, err := analysis.ReadArms(t, treated, reference)
	if err != nil {
		return nil, err
	}
	times, err := t.Category(time)
	if err != nil {
		return nil, err
	}
	y, err := t.Numeric(outcome)
	if err != nil {
		return nil, err
	}
	o := &observed{arms: arms, times: times, y: y}
	if exposure != "" {
		if o.exposure, err = t.Numeric(exposure); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// row is the outcome of a row and its exposure. It is not ok where arm, period
// or outcome is missing, or there is no exposure.
func (o *observed) row(i int) (y, exposure float64, ok bool) {
	y, exposure = o.y.Values[i], 1
	if o.exposure != nil {
		exposure = o.exposure.Values[i]
	}
	return y, exposure, o.arms.Treated[i] >= 0 && o.times.Codes[i] >= 0 && !math.IsNaN(y) && exposure > 0
}
