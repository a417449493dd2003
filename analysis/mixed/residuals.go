package mixed

import (
	"context"
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/analysis/distribution"
)

// residualPoints is the number of quantiles in the curve of residuals.
const residualPoints = 99

// diagnose judges the residuals by simulation: scaled quantile residuals
// u_i = Phi((y_i - x_i'beta)/s_i), s_i the marginal standard deviation of row i,
// should be uniform. Rows of one school are correlated, so that no table of a
// test statistic applies: each statistic is compared with those of data sets
// drawn from the fit and fitted again (Hartig 2022; Waller, Smith & Warnock 2003).
func (m *model) diagnose(ctx context.Context, r *analysis.Result, f *fit, l Linear) error {
	observed := m.residualStatistics(f, m.y)
	s := newSimulator(m, f)
	s.keep = make([]float64, m.design.N())
	c := s.criterion(f.reml)
	theta := slices.Clone(f.theta)
	var draws []residualStatistics
	for i := range l.Diagnostics {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.draw(stream(l.Seed, "mixed-residuals", i))
		one := c.refit(s.theta)
		if one.converged {
			draws = append(draws, m.residualStatistics(one, s.keep))
		}
	}
	f.factorise(theta)
	f.solve()
	if 10*len(draws) < 9*l.Diagnostics {
		return analysis.NotEstimablef("%d of %d simulated fits did not converge, so that the residuals cannot be judged", l.Diagnostics-len(draws), l.Diagnostics)
	}
	how := fmt.Sprintf("by %d data sets drawn from the fit", len(draws))
	add := func(name, label string, value func(residualStatistics) float64, twoSided bool) {
		x := value(observed)
		above, below := 1, 1
		for _, d := range draws {
			if v := value(d); v >= x {
				above++
			}
			if value(d) <= x {
				below++
			}
		}
		p := float64(above) / float64(len(draws)+1)
		if twoSided {
			p = min(1, 2*float64(min(above, below))/float64(len(draws)+1))
		}
		r.Tests = append(r.Tests, analysis.Test{Name: name, Label: label, Statistic: analysis.Num(x), PValue: analysis.Num(p), How: how})
	}
	add("residual_uniformity", "residuals, uniformity (largest distance)", func(s residualStatistics) float64 { return s.distance }, false)
	add("residual_tails", "residuals, kurtosis", func(s residualStatistics) float64 { return s.kurtosis }, true)
	add("residual_spread", "residuals, spread against fitted values (correlation)", func(s residualStatistics) float64 { return s.spread }, true)
	add("residual_outliers", "residuals, rows beyond 1 in 1,000", func(s residualStatistics) float64 { return s.outliers }, true)
	curve := analysis.Curve{Name: "residual_quantiles", XLabel: "expected under the model", YLabel: "observed scaled residual"}
	for q := range residualPoints {
		p := float64(q+1) / (residualPoints + 1)
		values := make([]float64, len(draws))
		for i, d := range draws {
			values[i] = d.quantiles[q]
		}
		low, high := percentiles(values, l.Level)
		curve.X = append(curve.X, analysis.Num(p))
		curve.Y = append(curve.Y, analysis.Num(observed.quantiles[q]))
		curve.Low, curve.High = append(curve.Low, low), append(curve.High, high)
	}
	r.Curves = append(r.Curves, curve)
	for _, t := range r.Tests {
		if t.PValue != nil && *t.PValue < 0.01 && len(t.Name) > 9 && t.Name[:9] == "residual_" {
			r.Note(t.Name, fmt.Sprintf("%s: %.3g, p = %.3g %s: the model does not describe the spread of the rows; consider a transformation, or --vcov cr2, which does not rest on it", t.Label, *t.Statistic, *t.PValue, how))
		}
	}
	return nil
}

// residualStatistics describe the standardised residuals of one data set.
type residualStatistics struct {
	distance  float64 // Kolmogorov-Smirnov distance of Phi(residual) from uniform
	kurtosis  float64
	spread    float64 // correlation of |residual| with the fitted mean
	outliers  float64 // rows with |residual| beyond the 0.9995 quantile
	quantiles []float64
}

func (m *model) residualStatistics(f *fit, y []float64) residualStatistics {
	n := m.design.N()
	z, fitted := m.standardised(f, y)
	beyond := distribution.NormalQuantile(0.9995)
	var s residualStatistics
	var mean, meanAbs, meanFit float64
	for i, v := range z {
		mean += v / float64(n)
		meanAbs += math.Abs(v) / float64(n)
		meanFit += fitted[i] / float64(n)
		if math.Abs(v) > beyond {
			s.outliers++
		}
	}
	var second, fourth, both, abs, fit float64
	for i, v := range z {
		d := v - mean
		second += d * d / float64(n)
		fourth += d * d * d * d / float64(n)
		a, b := math.Abs(v)-meanAbs, fitted[i]-meanFit
		both += a * b
		abs += a * a
		fit += b * b
	}
	s.kurtosis = fourth / (second * second)
	if fit > 0 && abs > 0 {
		s.spread = both / math.Sqrt(abs*fit)
	}
	u := make([]float64, n)
	for i, v := range z {
		u[i] = 0.5 * math.Erfc(-v/math.Sqrt2)
	}
	slices.Sort(u)
	for i, v := range u {
		s.distance = max(s.distance, float64(i+1)/float64(n)-v, v-float64(i)/float64(n))
	}
	for q := range residualPoints {
		h := float64(q+1) / (residualPoints + 1) * float64(n-1)
		i := int(h)
		s.quantiles = append(s.quantiles, u[i]+(h-float64(i))*(u[min(i+1, n-1)]-u[i]))
	}
	return s
}

// standardised is (y - X beta) over the marginal standard deviation of each row,
// and X beta.
func (m *model) standardised(f *fit, y []float64) (z, fitted []float64) {
	n := m.design.N()
	z, fitted = make([]float64, n), make([]float64, n)
	for j, b := range f.beta() {
		for i, x := range m.design.Fixed.X[m.system.basis.kept[j]] {
			fitted[i] += b * x
		}
	}
	sigma := f.sigma()
	row := make([][]float64, len(m.groups))
	for gi, g := range m.groups {
		row[gi] = make([]float64, g.k())
	}
	for i := range n {
		variance := 1.0
		if m.design.Weights != nil {
			variance = 1 / m.design.Weights[i]
		}
		for gi, g := range m.groups {
			k := g.k()
			g.row(i, 1, row[gi])
			for c := range k {
				var v float64
				for r := c; r < k; r++ {
					v += f.lambda[gi][r*k+c] * row[gi][r]
				}
				variance += v * v
			}
		}
		z[i] = (y[i] - fitted[i]) / (sigma * math.Sqrt(variance))
	}
	return z, fitted
}
