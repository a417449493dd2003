package did

import (
	"math"
)

// adjustment names how covariates enter a two-period comparison.
type adjustment uint8

const (
	doublyRobust adjustment = iota
	inverseProbability
	outcomeRegression
)

// comparison is the part of a two-group, two-period comparison that does not
// depend on the outcome: who is in it, the propensity score and the
// regression design of the comparison units.
type comparison struct {
	units   []int32     // m units, treated first
	treated int         // how many of them
	x       [][]float64 // p columns of m: intercept and covariates at the base period

	odds      []float64   // m: ps/(1-ps) of comparison units, trimmed; 1 for treated
	psInverse [][]float64 // p by p, inverse of the mean information of the score
	psScore   []float64   // m: D - ps
	olsInvers [][]float64 // p by p, (X'X/m)^-1 of comparison units
	trimmed   int
	failed    string // why the comparison cannot be made
}

// trimAt is the propensity score above which a comparison unit is left out
// (Sant'Anna & Zhao's program does the same).
const trimAt = 0.995

// prepareComparison fits what the adjustment needs: a logit of the treated on x
// by maximum likelihood, and the Gram matrix of the comparison units.
func prepareComparison(units []int32, treated int, x [][]float64, how adjustment) *comparison {
	m := len(units)
	c := &comparison{units: units, treated: treated, x: x}
	switch {
	case treated == 0:
		c.failed = "no treated unit"
		return c
	case m == treated:
		c.failed = "no comparison unit"
		return c
	}
	p := len(x)
	if how != inverseProbability {
		gram := make([][]float64, p)
		for j := range p {
			gram[j] = make([]float64, p)
			for l := range j + 1 {
				s := 0.0
				for i := treated; i < m; i++ {
					s += x[j][i] * x[l][i]
				}
				gram[j][l] = s / float64(m)
			}
		}
		if c.olsInvers = invertLower(gram); c.olsInvers == nil {
			c.failed = "covariates are collinear among the comparison units"
			return c
		}
	}
	if how != outcomeRegression {
		c.propensity()
	}
	return c
}

// propensity fits the logit by Newton's method.
func (c *comparison) propensity() {
	m, p := len(c.units), len(c.x)
	beta := make([]float64, p)
	share := float64(c.treated) / float64(m)
	beta[0] = math.Log(share / (1 - share))
	ps := make([]float64, m)
	score := make([]float64, p)
	information := make([][]float64, p)
	for j := range information {
		information[j] = make([]float64, p)
	}
	var inverse [][]float64
	for iteration := 0; ; iteration++ {
		clear(score)
		for j := range information {
			clear(information[j])
		}
		for i := range m {
			eta := 0.0
			for j := range p {
				eta += beta[j] * c.x[j][i]
			}
			ps[i] = 1 / (1 + math.Exp(-eta))
			d := 0.0
			if i < c.treated {
				d = 1
			}
			w := ps[i] * (1 - ps[i])
			for j := range p {
				xj := c.x[j][i]
				score[j] += (d - ps[i]) * xj
				row := information[j]
				for l := range j + 1 {
					row[l] += w * xj * c.x[l][i]
				}
			}
		}
		for j := range p {
			for l := range j + 1 {
				information[j][l] /= float64(m)
			}
		}
		if inverse = invertLower(information); inverse == nil {
			c.failed = "the propensity score does not exist: covariates separate treated from comparison units"
			return
		}
		decrement := 0.0
		for j := range p {
			step := 0.0
			for l := range p {
				step += inverse[j][l] * score[l] / float64(m)
			}
			decrement += step * score[j]
			beta[j] += step
		}
		if p == 1 || decrement < 1e-22*float64(m) {
			break
		}
		if iteration == 50 {
			c.failed = "the propensity score does not converge: covariates nearly separate treated from comparison units"
			return
		}
	}
	c.psInverse = inverse
	c.psScore = make([]float64, m)
	c.odds = make([]float64, m)
	for i := range m {
		if i < c.treated {
			c.psScore[i] = 1 - ps[i]
			c.odds[i] = 1
			continue
		}
		c.psScore[i] = -ps[i]
		if ps[i] >= trimAt {
			c.trimmed++
			continue
		}
		c.odds[i] = ps[i] / (1 - ps[i])
	}
}

// effect estimates the average effect on the treated of changes dy (m) and
// writes its influence function into inf (m), with mean zero over the m units
// (Sant'Anna & Zhao 2020, equations 2.2 to 2.4 and their online appendix).
func (c *comparison) effect(dy []float64, how adjustment, inf []float64) float64 {
	m := len(c.units)
	n, treated := float64(m), float64(c.treated)
	p := len(c.x)
	var fitted []float64
	if how != inverseProbability {
		fitted = c.regress(dy)
	}
	residual := func(i int) float64 {
		if fitted == nil {
			return dy[i]
		}
		return dy[i] - fitted[i]
	}
	// means of treated and comparison, and the vectors of the correction terms
	etaT, etaC := 0.0, 0.0
	weightC := 0.0
	for i := range c.treated {
		etaT += residual(i)
	}
	etaT /= treated
	if how == outcomeRegression {
		m1 := c.treatedMeans(n)
		lin := c.olsLinear(m1)
		share := treated / n
		for i := range m {
			if i < c.treated {
				inf[i] = (residual(i) - etaT) / share
				continue
			}
			inf[i] = -residual(i) * dotRow(c.x, i, lin) / share
		}
		return etaT
	}
	for i := c.treated; i < m; i++ {
		etaC += c.odds[i] * residual(i)
		weightC += c.odds[i]
	}
	if weightC == 0 {
		return math.NaN()
	}
	etaC /= weightC
	m2 := make([]float64, p)
	m3 := make([]float64, p)
	for j := range p {
		for i := c.treated; i < m; i++ {
			w := c.odds[i] * c.x[j][i] / n
			m2[j] += w * (residual(i) - etaC)
			m3[j] += w
		}
	}
	meanC := weightC / n
	psLin := multiply(c.psInverse, m2)
	var ols []float64
	if how == doublyRobust {
		// treated part subtracts, comparison part adds back: one vector
		m1 := c.treatedMeans(n)
		for j := range p {
			m1[j] = m1[j]/(treated/n) - m3[j]/meanC
		}
		ols = c.olsLinear(m1)
	}
	for i := range m {
		v := 0.0
		if i < c.treated {
			v = (residual(i) - etaT) / (treated / n)
		} else {
			v = -c.odds[i] * (residual(i) - etaC) / meanC
			if ols != nil {
				v -= residual(i) * dotRow(c.x, i, ols)
			}
		}
		v -= c.psScore[i] * dotRow(c.x, i, psLin) / meanC
		inf[i] = v
	}
	return etaT - etaC
}

// treatedMeans is the mean over all m units of treated times x.
func (c *comparison) treatedMeans(n float64) []float64 {
	out := make([]float64, len(c.x))
	for j, x := range c.x {
		for _, v := range x[:c.treated] {
			out[j] += v
		}
		out[j] /= n
	}
	return out
}

// regress gives the fit of dy by the comparison units for all m units.
func (c *comparison) regress(dy []float64) []float64 {
	m, p := len(c.units), len(c.x)
	cross := make([]float64, p)
	for j, x := range c.x {
		for i := c.treated; i < m; i++ {
			cross[j] += x[i] * dy[i]
		}
		cross[j] /= float64(m)
	}
	beta := multiply(c.olsInvers, cross)
	out := make([]float64, m)
	for j, x := range c.x {
		for i, v := range x {
			out[i] += beta[j] * v
		}
	}
	return out
}

func (c *comparison) olsLinear(v []float64) []float64 { return multiply(c.olsInvers, v) }

func multiply(a [][]float64, v []float64) []float64 {
	out := make([]float64, len(a))
	for i, row := range a {
		for j, x := range row {
			out[i] += x * v[j]
		}
	}
	return out
}

func dotRow(x [][]float64, i int, v []float64) float64 {
	s := 0.0
	for j := range x {
		s += x[j][i] * v[j]
	}
	return s
}

// invertLower inverts a symmetric positive definite matrix given by its lower
// triangle, or returns nil.
func invertLower(a [][]float64) [][]float64 {
	p := len(a)
	l := make([][]float64, p)
	for i := range p {
		l[i] = make([]float64, p)
		for j := range i + 1 {
			v := a[i][j]
			for k := range j {
				v -= l[i][k] * l[j][k]
			}
			if i != j {
				l[i][j] = v / l[j][j]
				continue
			}
			if !(v > 1e-13*a[i][i]) {
				return nil
			}
			l[i][i] = math.Sqrt(v)
		}
	}
	out := make([][]float64, p)
	for i := range out {
		out[i] = make([]float64, p)
	}
	z := make([]float64, p)
	for c := range p {
		clear(z)
		for i := c; i < p; i++ {
			v := 0.0
			if i == c {
				v = 1
			}
			for k := c; k < i; k++ {
				v -= l[i][k] * z[k]
			}
			z[i] = v / l[i][i]
		}
		for i := p - 1; i >= 0; i-- {
			v := z[i]
			for k := i + 1; k < p; k++ {
				v -= l[k][i] * out[k][c]
			}
			out[i][c] = v / l[i][i]
		}
	}
	return out
}
