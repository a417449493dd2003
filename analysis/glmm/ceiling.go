package glmm

import (
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/irls"
	"swis/dataset"
)

// limits is the ceiling of every row that reaches it, and 0 for the others. A count
// that equals its ceiling c (days in care at the days available) is known to be
// at least that: the row adds log P(Y >= c).
func (p *problem) limits() []float64 {
	out := make([]float64, len(p.y))
	for i, c := range p.ceiling {
		if p.y[i] >= c {
			out[i] = c
		}
	}
	return out
}

// separable is a logistic model with the separation of a model with ceilings:
// in a direction that costs no likelihood zeros may only fall, rows at their
// ceiling only rise, and others stay. (A truncated count rests at one.)
func (c *cells) separable(k kernel) *irls.Model {
	m := &irls.Model{Family: irls.Binomial, X: c.columns(0), Y: make([]float64, c.n), Trials: make([]float64, c.n)}
	for i, sum := range c.sum {
		rest := 0.0
		if k.zeros == truncated {
			rest = c.count[i]
		}
		m.Trials[i] = 1
		switch {
		case c.limit[i] > 0 && (k.zeros != truncated || c.limit[i] > 1):
			m.Y[i] = 1
		case sum > rest || c.limit[i] > 0:
			m.Y[i], m.Trials[i] = 1, 2
		}
	}
	return m
}

// ceilings reads the ceiling of every row of the design and checks the outcome
// against it.
func (m *model) ceilings(p *problem) error {
	name := m.options.Ceiling
	if name == "" {
		return nil
	}
	switch p.kernel.base {
	case poisson, negbin2, negbin1:
	default:
		return analysis.Unsupportedf("--ceiling is defined for counts (poisson, negbin, negbin1), not for %s", m.options.Family)
	}
	if m.options.As != "" {
		return analysis.Unsupportedf("--ceiling goes with no --as: lme4, glmmTMB and Stata's mixed count models have no ceiling")
	}
	column, err := m.table.Numeric(name)
	if err != nil {
		return err
	}
	p.kernel.ceiling = true
	p.ceiling = make([]float64, len(m.design.Rows))
	for i, row := range m.design.Rows {
		c := column.Values[row]
		if !(c >= 1 && c == math.Trunc(c) && c <= 1e6) {
			return dataset.Problemf(m.table.Name, m.table.Line(row), name,
				"is %g; a ceiling is a whole number from 1 to a million: leave rows without days available out with --where '%s > 0'", c, name)
		}
		if p.y[i] > c {
			return dataset.Problemf(m.table.Name, m.table.Line(row), m.design.Response.Name,
				"is %g, above its ceiling of %g in %s: correct one of the two, or leave --ceiling out", p.y[i], c, name)
		}
		p.ceiling[i] = c
	}
	return nil
}

// overallRatio says whether ratios of overall means differ from those of the
// coefficients and are given beside them.
func (m *model) overallRatio() bool { return m.zero != nil || m.options.Ceiling != "" }

// overallWords says what an overall mean takes in.
func (m *model) overallWords() string {
	switch {
	case m.options.Ceiling == "":
		return "both parts together"
	case m.zero == nil:
		return "up to the ceiling"
	}
	return "both parts together, up to the ceiling"
}

// atCeiling notes how many rows are censored.
func (m *model) atCeiling(r *analysis.Result) {
	if m.options.Ceiling == "" {
		return
	}
	n, count := len(m.whole.y), 0
	for _, c := range m.whole.limits() {
		if c > 0 {
			count++
		}
	}
	share := 100 * float64(count) / float64(n)
	text := fmt.Sprintf("%d of %d rows (%.1f%%) are at their ceiling in %s and count as at least that many", count, n, share, m.options.Ceiling)
	switch {
	case count == 0:
		text = fmt.Sprintf("none of %d rows is at its ceiling in %s: the coefficients are those without it", n, m.options.Ceiling)
	case share > 50:
		text += ": how far the counts would go on rests on the family more than on the data"
	}
	r.Note("at_ceiling", text)
}
