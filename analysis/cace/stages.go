package cace

import (
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/infer"
	"swis/analysis/linear"
)

// stage is a least-squares fit.
type stage struct {
	coef, residual, fitted []float64
	rss                    float64
	df                     float64 // n - k
}

func (s *stage) variance() float64 { return s.rss / s.df }

// regress fits y on the columns, none of which may be collinear.
func regress(x [][]float64, y []float64, name string) (*stage, error) {
	if len(y) <= len(x) {
		return nil, analysis.NotEstimablef("%d rows are too few for %d coefficients", len(y), len(x))
	}
	fit := linear.Solve(x, y, nil, linear.RankTolerance)
	if fit.Rank() < len(x) {
		return nil, analysis.NotEstimablef("the columns that explain %s are collinear: the assignment does not vary, or a covariate repeats another; leave one out", name)
	}
	s := &stage{coef: fit.Coef, residual: fit.Residuals, fitted: make([]float64, len(y)), rss: fit.RSS, df: float64(len(y) - len(x))}
	for i := range y {
		s.fitted[i] = y[i] - fit.Residuals[i]
	}
	return s, nil
}

// secondStage puts the projection of what was received in its place, and takes
// the residuals with what was received itself. It returns the projected columns.
func secondStage(c *columns, first *stage) (*stage, [][]float64, error) {
	u := append([][]float64(nil), c.x...)
	u[c.at] = first.fitted
	s, err := regress(u, c.y, "the outcome")
	if err != nil {
		return nil, nil, err
	}
	s.rss = 0
	for i := range c.y {
		s.residual[i] = c.y[i]
		for j, x := range c.x {
			s.residual[i] -= x[i] * s.coef[j]
		}
		s.rss += s.residual[i] * s.residual[i]
	}
	return s, u, nil
}

// rubin is the set of effects b for which the assignment has no significant
// coefficient in a regression of y - b d: a b^2 - 2 h b + c <= 0.
type rubin struct {
	a, h, c   float64
	statistic float64 // F at b = 0
	df, p     float64
}

// andersonRubin makes the quadratic. The coefficient of y - b d is linear in b
// and its variance quadratic, so the set is known in closed form.
func andersonRubin(c *columns, first, reduced *stage, under func([]float64, float64) (*infer.Variance, error), level float64) (*rubin, error) {
	sum := make([]float64, len(c.y))
	rss := 0.0
	for i := range sum {
		sum[i] = reduced.residual[i] + first.residual[i]
		rss += sum[i] * sum[i]
	}
	var of [3]float64
	df := 0.0
	for i, part := range []struct {
		residual []float64
		variance float64
	}{{reduced.residual, reduced.variance()}, {first.residual, first.variance()}, {sum, rss / first.df}} {
		if part.variance <= 1e-24 {
			continue // a first stage without error: its variance is zero
		}
		v, err := under(part.residual, part.variance)
		if err != nil {
			return nil, err
		}
		unit := v.Unit(c.at)
		of[i] = v.Of(unit)
		df = v.DF(unit)
	}
	cross := (of[2] - of[0] - of[1]) / 2
	t := distribution.StudentQuantile(1-(1-level)/2, df)
	f := t * t
	itt, compliance := reduced.coef[c.at], first.coef[c.at]
	r := &rubin{a: compliance*compliance - f*of[1], h: itt*compliance - f*cross, c: itt*itt - f*of[0], df: df}
	r.statistic = itt * itt / of[0]
	r.p = distribution.StudentTwoSided(math.Sqrt(r.statistic), df)
	return r, nil
}

// limits gives the ends of the set where it is an interval.
func (r *rubin) limits() (low, high float64, interval bool) {
	d := r.h*r.h - r.a*r.c
	if !(r.a > 0) || d < 0 {
		return math.NaN(), math.NaN(), false
	}
	return (r.h - math.Sqrt(d)) / r.a, (r.h + math.Sqrt(d)) / r.a, true
}

func (r *rubin) test() analysis.Test {
	t := analysis.Test{Name: "anderson_rubin", Label: "effect against zero, valid with a weak first stage", Statistic: analysis.Num(r.statistic), DF1: analysis.Num(1), DF2: analysis.Num(r.df), PValue: analysis.Num(r.p), How: "F of the assignment for the outcome; interval by inversion"}
	if math.IsInf(r.df, 1) {
		t.DF2 = nil
	}
	if low, high, ok := r.limits(); ok {
		t.ConfLow, t.ConfHigh = analysis.Num(low), analysis.Num(high)
		t.How += fmt.Sprintf(", %.3g to %.3g", low, high)
	}
	return t
}

// rays gives the ends of a set that is all effects up to below and from above
// on; one of them is infinite where the set is a half-line.
func (r *rubin) rays() (below, above float64, ok bool) {
	d := r.h*r.h - r.a*r.c
	switch {
	case r.a == 0 && r.h > 0: // c <= 2 h b
		return math.Inf(-1), r.c / (2 * r.h), true
	case r.a == 0 && r.h < 0:
		return r.c / (2 * r.h), math.Inf(1), true
	case r.a < 0 && d > 0:
		x, y := (r.h-math.Sqrt(d))/r.a, (r.h+math.Sqrt(d))/r.a
		return min(x, y), max(x, y), true
	}
	return math.NaN(), math.NaN(), false
}

// words describe a set that is no interval. It is never empty: the estimate
// itself is in it.
func (r *rubin) words() string {
	if _, _, ok := r.limits(); ok {
		return ""
	}
	if below, above, ok := r.rays(); ok {
		var parts []string
		if !math.IsInf(below, 0) {
			parts = append(parts, fmt.Sprintf("all effects up to %.3g", below))
		}
		if !math.IsInf(above, 0) {
			parts = append(parts, fmt.Sprintf("all from %.3g on", above))
		}
		return "the Anderson-Rubin set is not bounded: it holds " + strings.Join(parts, " and ") + "; with so weak a first stage very large effects cannot be ruled out"
	}
	return "the Anderson-Rubin set holds every effect: with so weak a first stage these data say nothing about it"
}

func norm(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}
