package glm

import (
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/analysis/irls"
)

// differences adds, to each 0/1 term of a rate or share model, the difference
// of the standardised rates (shares) with the term at 1 and at 0 for every
// row: g-computation over the rows used, delta method with the variance and
// the degrees of freedom of the model. Terms that share a column with another
// term have no such single number.
func (m Model) differences(r *analysis.Result, d *formula.Design, f *family, fit *fitted, v *infer.Variance) {
	if fit.start == nil || v == nil || fit.infinite != nil || (m.Exposure == "" && f.scale != analysis.Logit) {
		return
	}
	unit, per := "in probability", 1.0
	if m.Exposure != "" {
		unit, per = "per 1,000 "+m.Exposure, 1000
	}
	said := false
	for j := range d.Fixed.Names {
		if !fit.finite(j) || !alone(d, j) || !binary(d.Fixed.X[j]) {
			continue
		}
		difference, gradient := m.standardised(d, f, fit, j, per)
		se, df := math.Sqrt(max(v.Of(gradient), 0)), v.DF(gradient)
		half := distribution.StudentQuantile(1-(1-m.Inference.Level)/2, df) * se
		e := &r.Estimates[j]
		e.Difference = analysis.Num(difference)
		e.DifferenceLow, e.DifferenceHigh = analysis.Num(difference-half), analysis.Num(difference+half)
		e.DifferenceUnit = unit
		said = true
	}
	if said {
		r.Method.Conventions = append(r.Method.Conventions, "difference: rates (shares) standardised over the rows used, with the term at 1 and at 0 for every row; delta method")
	}
}

// alone says whether the columns of a coefficient's term are in no other term.
func alone(d *formula.Design, j int) bool {
	own := d.TermColumns(d.Fixed.Names[j])
	if len(own) != 1 {
		return false
	}
	for k, name := range d.Fixed.Names {
		if k != j && d.Fixed.Term[k] != d.Fixed.Term[j] && slices.Contains(d.TermColumns(name), own[0]) {
			return false
		}
	}
	return true
}

func binary(x []float64) bool {
	for _, v := range x {
		if v != 0 && v != 1 {
			return false
		}
	}
	return true
}

// standardised is the difference and its gradient in the kept coefficients.
// Other levels of the same factor are taken as absent on both sides.
func (m Model) standardised(d *formula.Design, f *family, fit *fitted, j int, per float64) (difference float64, gradient []float64) {
	gradient = make([]float64, len(fit.kept))
	var siblings []int
	for k := range d.Fixed.Names {
		if d.Fixed.Term[k] == d.Fixed.Term[j] && fit.finite(k) {
			siblings = append(siblings, k)
		}
	}
	total := 0.0
	for i, eta := range fit.start.Eta {
		for _, k := range siblings {
			eta -= fit.coef[k] * d.Fixed.X[k][i]
		}
		size := 1.0
		if d.Exposure != nil {
			size = d.Exposure[i]
		}
		if d.Response.Trials != nil {
			size = d.Response.Trials[i]
		}
		if d.Weights != nil {
			size *= d.Weights[i]
		}
		total += size
		for _, side := range []float64{1, -1} {
			at := eta
			if side > 0 {
				at += fit.coef[j]
			}
			mean, slope := math.Exp(at), 0.0
			if f.kernel == irls.Binomial {
				p := 1 / (1 + math.Exp(-at))
				mean, slope = size*p, size*p*(1-p)
			} else {
				if d.Weights != nil {
					mean *= d.Weights[i]
				}
				slope = mean
			}
			difference += side * mean
			for a, k := range fit.kept {
				x := d.Fixed.X[k][i]
				switch {
				case k == j && side > 0:
					x = 1
				case slices.Contains(siblings, k):
					x = 0
				}
				gradient[a] += side * slope * x
			}
		}
	}
	difference *= per / total
	for a := range gradient {
		gradient[a] *= per / total
	}
	return difference, gradient
}
