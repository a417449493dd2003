package did

import (
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/infer"
)

// cohortCell is one coefficient of a saturated regression: a cohort at a period.
type cohortCell struct {
	cohort, period float64
	rows           float64 // rows in it
	column         int     // of the model
}

// cohortColumns makes an indicator column of each cohort and period that keep
// names, in the order of cohort and period.
func (p *Panel) cohortColumns(keep func(cohort, period float64) bool) (cells []cohortCell, names []string, columns [][]float64) {
	type key struct{ cohort, period float64 }
	seen := map[key]int{}
	for i := range p.Y {
		k := key{p.Start(i), p.Period(i)}
		if _, ok := seen[k]; !ok && !math.IsInf(k.cohort, 1) && keep(k.cohort, k.period) {
			seen[k] = 0
			cells = append(cells, cohortCell{cohort: k.cohort, period: k.period})
		}
	}
	slices.SortFunc(cells, func(a, b cohortCell) int {
		switch {
		case a.cohort != b.cohort:
			return sign(a.cohort - b.cohort)
		default:
			return sign(a.period - b.period)
		}
	})
	columns = make([][]float64, len(cells))
	for c := range cells {
		cells[c].column = c
		seen[key{cells[c].cohort, cells[c].period}] = c + 1
		columns[c] = make([]float64, p.N())
		names = append(names, fmt.Sprintf("att:%s:%s", label(cells[c].cohort), label(cells[c].period)))
	}
	for i := range p.Y {
		if c := seen[key{p.Start(i), p.Period(i)}]; c > 0 {
			columns[c-1][i] = 1
			cells[c-1].rows++
		}
	}
	return cells, names, columns
}

func sign(x float64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

// contrastOf is the average of cells with weights, and its weights on the kept
// coefficients. It is NaN where no cell has weight, or one with weight has no
// coefficient.
func (r *regression) contrastOf(cells []cohortCell, weight func(c *cohortCell) float64) (estimate float64, contrast []float64) {
	contrast = make([]float64, len(r.fit.Kept))
	total := 0.0
	for i := range cells {
		total += weight(&cells[i])
	}
	if total == 0 {
		return math.NaN(), contrast
	}
	for i := range cells {
		w := weight(&cells[i])
		if w == 0 {
			continue
		}
		estimate += w / total * r.fit.Coef[cells[i].column]
		if k := r.fit.Column(cells[i].column); k >= 0 {
			contrast[k] += w / total
		}
	}
	return estimate, contrast
}

// averageOf is the average of cells with weights, its standard error and
// degrees of freedom from the regression's variance, weights taken as fixed.
func (r *regression) averageOf(term string, cells []cohortCell, weight func(c *cohortCell) float64) analysis.Estimate {
	estimate, contrast := r.contrastOf(cells, weight)
	se, df := math.NaN(), math.NaN()
	if math.IsNaN(estimate) {
		clear(contrast)
	}
	if !math.IsNaN(estimate) && !r.withheld {
		se, df = r.variance.Contrast(contrast)
	}
	e := infer.Wald(term, estimate, se, df, r.infer.Level, r.scale())
	e.How = r.how(df)
	e.Redraws = r.redrawsContrast(contrast, r.panel.group)
	return e
}

// onlyPeriodsBefore keeps the rows before a period and makes the units that
// start then never treated: what staggered estimators do where nobody is never
// treated.
func (p *Panel) lastCohortAsComparison(result *analysis.Result) *Panel {
	for _, c := range p.Cohort {
		if math.IsInf(c, 1) {
			return p
		}
	}
	last := p.Starts[len(p.Starts)-1]
	out := p.restrict(func(i int) bool { return p.Period(i) < last })
	for u, c := range out.Cohort {
		if c == last {
			out.Cohort[u] = math.Inf(1)
		}
	}
	out.Starts = out.Starts[:len(out.Starts)-1]
	result.Note("last_cohort", fmt.Sprintf("no %s is never treated: the last cohort serves as comparison and %s from its start on are left out", p.words.unit, p.words.times))
	return out
}

// restrict is the panel with the rows that keep names; units and periods keep
// their numbers.
func (p *Panel) restrict(keep func(i int) bool) *Panel {
	out := *p
	design := *p.Design
	out.Design = &design
	unit, time := *p.Unit, *p.Time
	out.Unit, out.Time = &unit, &time
	out.Cohort = slices.Clone(p.Cohort)
	out.Starts = slices.Clone(p.Starts)
	var rows []int
	for i := range p.Y {
		if keep(i) {
			rows = append(rows, i)
		}
	}
	column := func(x []float64) []float64 {
		if x == nil {
			return nil
		}
		v := make([]float64, len(rows))
		for i, r := range rows {
			v[i] = x[r]
		}
		return v
	}
	index := func(x []int32) []int32 {
		v := make([]int32, len(rows))
		for i, r := range rows {
			v[i] = x[r]
		}
		return v
	}
	out.Y, out.Offset, out.Expo, out.Weight = column(p.Y), column(p.Offset), column(p.Expo), column(p.Weight)
	unit.Index, time.Index = index(p.Unit.Index), index(p.Time.Index)
	out.X = make([][]float64, len(p.X))
	for j := range p.X {
		out.X[j] = column(p.X[j])
	}
	design.Rows = make([]int, len(rows))
	for i, r := range rows {
		design.Rows[i] = p.Design.Rows[r]
	}
	return &out
}
