package glmm

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/irls"
	"swis/analysis/linear"
)

// screened is what is known of a problem before its fit.
type screened struct {
	cells    *cells
	start    []float64 // coefficients of the main part without random effects, nil where not known
	kept     [2][]int  // columns of each part that are fitted
	aliased  [2][]bool // collinear with earlier columns
	infinite [2][]bool // without a finite estimate (separation)
	apart    float64   // rows (or trials) set apart by separation
}

// screen finds collinear columns and separation. Cells that are set apart add
// nothing to the limit of the likelihood and are emptied.
func screen(p *problem) *screened {
	s := &screened{cells: newCells(p)}
	c := s.cells
	for h := range p.parts {
		s.kept[h] = make([]int, c.p[h])
		s.aliased[h], s.infinite[h] = make([]bool, c.p[h]), make([]bool, c.p[h])
		for j := range s.kept[h] {
			s.kept[h][j] = j
		}
	}
	if c.p[1] > 0 {
		q := linear.Factorise(c.columns(1), nil, linear.RankTolerance)
		s.aliased[1], s.kept[1] = q.Aliased, q.Kept
	}
	if c.p[0] > 0 {
		f := c.withoutRandom(p.kernel).Fit(irls.Options{})
		s.aliased[0], s.kept[0] = f.Aliased, f.Kept
		if f.Infinite != nil {
			s.infinite[0] = f.Infinite
			for i, apart := range f.Separated {
				if apart {
					s.apart += c.rows(p.kernel, i)
					c.empty(i)
				}
			}
		}
		if p.kernel.zeros == plain && !p.kernel.ceiling && f.Status != analysis.NotConverged {
			for _, j := range f.Kept {
				s.start = append(s.start, f.Coef[j])
				if math.IsNaN(f.Coef[j]) || math.IsInf(f.Coef[j], 0) {
					s.start[len(s.start)-1] = 0
				}
			}
		}
	}
	for h := range p.parts {
		c.keep(h, s.kept[h])
		c.centre(h, slices.IndexFunc(s.kept[h], func(j int) bool { return p.parts[h].names[j] == "(Intercept)" }))
	}
	s.start = c.centredStart(s.start)
	return s
}

// columns gives the covariates of part h by column.
func (c *cells) columns(h int) [][]float64 {
	x := make([][]float64, c.p[h])
	for j := range x {
		x[j] = make([]float64, c.n)
		for i := range c.n {
			x[j][i] = c.x[h][i*c.p[h]+j]
		}
	}
	return x
}

// withoutRandom is the generalised linear model of the cells' main part without
// random effects and dispersion: it has the same collinear columns and the same
// infinite coefficients. A truncated count is told apart by its excess over one.
func (c *cells) withoutRandom(k kernel) *irls.Model {
	if k.ceiling {
		return c.separable(k)
	}
	m := &irls.Model{Family: irls.Poisson, X: c.columns(0), Y: slices.Clone(c.sum)}
	switch k.base {
	case binomial:
		m.Family, m.Trials, m.Offset = irls.Binomial, c.count, c.offset[0]
		return m
	case gamma, lognormal:
		m.Family, m.Weights = irls.Gamma, c.count
		if k.base == lognormal {
			m.Family = irls.Gaussian
		}
		for i := range m.Y {
			m.Y[i] /= c.count[i]
		}
		return m
	}
	m.Offset = make([]float64, c.n)
	for i := range m.Offset {
		m.Offset[i] = math.Log(c.count[i])
		if c.offset[0] != nil {
			m.Offset[i] += c.offset[0][i]
		}
		if k.zeros == truncated {
			m.Y[i] = max(0, m.Y[i]-c.count[i])
		}
	}
	return m
}

// rows is the number of rows or trials in a cell, as far as it is known.
func (c *cells) rows(k kernel, i int) float64 {
	if k.pooled() {
		return 1
	}
	return c.count[i]
}

// empty takes a cell out of the likelihood.
func (c *cells) empty(i int) {
	c.count[i], c.sum[i] = 0, 0
	if c.zeros != nil {
		c.zeros[i] = 0
	}
}

// any says whether any cell is left.
func (c *cells) any() bool {
	return slices.ContainsFunc(c.count, func(n float64) bool { return n > 0 })
}

// keep leaves the named columns of part h.
func (c *cells) keep(h int, kept []int) {
	if len(kept) == c.p[h] {
		return
	}
	x := make([]float64, 0, c.n*len(kept))
	for i := range c.n {
		for _, j := range kept {
			x = append(x, c.x[h][i*c.p[h]+j])
		}
	}
	c.x[h], c.p[h] = x, len(kept)
}

// name adds to the fit which of the model's columns have no estimate, and why.
func (s *screened) name(f *fit) {
	if f.null[0] != nil { // a limit that was fitted, and named, on its own
		return
	}
	f.kept = s.kept
	for h := range s.aliased {
		names := f.problem.parts[h].names
		f.null[h] = make([]bool, len(names))
		part := ""
		if h == 1 {
			part = " (zero part)"
		}
		var infinite []string
		for j := range names {
			switch {
			case s.infinite[h][j]:
				f.null[h][j] = true
				infinite = append(infinite, names[j])
			case s.aliased[h][j]:
				f.null[h][j] = true
				f.notes = append(f.notes, analysis.Note{Code: "collinear", Term: names[j],
					Text: fmt.Sprintf("%s%s repeats what earlier columns say and is left out", names[j], part)})
			}
		}
		if len(infinite) > 0 {
			f.notes = append(f.notes, analysis.Note{Code: "separation", Term: infinite[0],
				Text: fmt.Sprintf("%s%s: no finite estimate, because the outcome never varies in the rows that it sets apart; other numbers are the limit of the likelihood. Test such a contrast with an exact or permutation p-value (swis floor, swis did --permute)", strings.Join(infinite, ", "), part)})
			if f.status == analysis.Converged || f.status == analysis.Boundary {
				f.status = analysis.Separated
			}
		}
	}
}
