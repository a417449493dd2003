package glm

import (
	"math"

	"swis/analysis"
	"swis/analysis/irls"
	"swis/analysis/linear"
)

// response is the outcome of least squares, less the offset.
func (c *contrast) response() []float64 {
	if c.d.Offset == nil {
		return c.d.Response.Y
	}
	y := append([]float64(nil), c.d.Response.Y...)
	for i := range y {
		y[i] -= c.d.Offset[i]
	}
	return y
}

func (c *contrast) keptColumns() [][]float64 {
	x := make([][]float64, len(c.fit.kept))
	for i, j := range c.fit.kept {
		x[i] = c.d.Fixed.X[j]
	}
	return x
}

// rooted multiplies columns by the root of the weights.
func (c *contrast) rooted(x [][]float64) [][]float64 {
	if c.d.Weights == nil {
		return x
	}
	out := make([][]float64, len(x))
	for j, column := range x {
		out[j] = make([]float64, len(column))
		for i, v := range column {
			out[j][i] = v * math.Sqrt(c.d.Weights[i])
		}
	}
	return out
}

// others are the kept columns without the term, which is not among them where
// its coefficient is infinite.
func (c *contrast) others() [][]float64 {
	x := c.keptColumns()
	if c.at < 0 {
		return x
	}
	return append(append([][]float64(nil), x[:c.at]...), x[c.at+1:]...)
}

func (c *contrast) restrictedResiduals() []float64 {
	return linear.Solve(c.others(), c.response(), c.d.Weights, linear.RankTolerance).Residuals
}

// restricted fits the model without the term.
func (c *contrast) restricted() (*irls.Fit, error) {
	m := *c.fit.model
	m.X = c.others()
	fit := m.Fit(irls.Options{})
	if fit.Status == analysis.NotConverged {
		return nil, analysis.NotEstimablef("the model without %s has no maximum that could be found", c.name)
	}
	return fit, nil
}

// scores linearises the likelihood at the estimate with the term held at b0:
// columns W^(1/2) X and working residuals, whose least-squares step is a score
// step.
func (c *contrast) scores(b0 float64) (x [][]float64, y []float64, err error) {
	m := *c.fit.model
	if b0 != 0 {
		m.Offset = make([]float64, len(m.Y))
		copy(m.Offset, c.fit.model.Offset)
		for i, v := range c.d.Fixed.X[c.j] {
			m.Offset[i] += b0 * v
		}
	}
	m.X = c.others()
	fit := m.Fit(irls.Options{})
	if fit.Status == analysis.NotConverged {
		return nil, nil, analysis.NotEstimablef("the model without %s has no maximum that could be found", c.name)
	}
	phi, slope := m.Variance(fit), m.MeanSlope(fit)
	y = make([]float64, len(m.Y))
	root := make([]float64, len(m.Y))
	for i := range y {
		if phi[i] > 0 && (fit.Separated == nil || !fit.Separated[i]) {
			root[i] = slope[i] / math.Sqrt(phi[i])
			y[i] = (m.Y[i] - fit.Mu[i]) / math.Sqrt(phi[i])
		}
	}
	for _, column := range c.keptColumns() {
		u := make([]float64, len(y))
		for i, v := range column {
			u[i] = v * root[i]
		}
		x = append(x, u)
	}
	return x, y, nil
}

// without refits the model without one cluster.
func (c *contrast) without(out int32) *irls.Fit {
	g := c.clusters[0]
	pick := func(x []float64) []float64 {
		if x == nil {
			return nil
		}
		kept := make([]float64, 0, len(x))
		for i, v := range x {
			if g.Index[i] != out {
				kept = append(kept, v)
			}
		}
		return kept
	}
	m := &irls.Model{Family: c.fit.model.Family, Y: pick(c.fit.model.Y), Trials: pick(c.fit.model.Trials), Weights: pick(c.fit.model.Weights), Offset: pick(c.fit.model.Offset)}
	for _, x := range c.fit.model.X {
		m.X = append(m.X, pick(x))
	}
	return m.Fit(irls.Options{})
}
