package glm

import (
	"math"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/analysis/irls"
	"swis/analysis/linear"
)

// fitted is a fit of any family in the form that variances and the report need.
type fitted struct {
	coef       []float64 // p; NaN where aliased, not finite where infinite
	aliased    []bool
	infinite   []bool
	near       []bool
	kept       []int         // k columns that working is about
	working    infer.Working // of the kept columns
	inverse    []float64     // k*k, set where the variance is not one of working (tobit)
	df         float64       // of iid inference; +Inf for z
	logLik     float64
	deviance   float64
	sigma      float64
	dispersion float64
	theta      float64
	status     analysis.Status
	iterations int
	gradient   float64
	nullLogLik func() float64 // of the model with an intercept only
	model      *irls.Model    // nil for gaussian and tobit
	start      *irls.Fit
	sandwich   func(infer.Kind, *infer.Clusters) []float64 // k*k; tobit
}

// at finds the place of coefficient j among the kept, or -1.
func (f *fitted) at(j int) int {
	for i, k := range f.kept {
		if k == j {
			return i
		}
	}
	return -1
}

func (f *fitted) finite(j int) bool {
	return !math.IsNaN(f.coef[j]) && !math.IsInf(f.coef[j], 0) && (f.infinite == nil || !f.infinite[j])
}

func blank() *fitted {
	nan := math.NaN()
	return &fitted{df: math.Inf(1), logLik: nan, deviance: nan, sigma: nan, dispersion: nan, theta: nan, gradient: nan}
}

func (f *family) fitGaussian(d *formula.Design) (*fitted, error) {
	y := d.Response.Y
	if d.Offset != nil {
		y = append([]float64(nil), y...)
		for i := range y {
			y[i] -= d.Offset[i]
		}
	}
	n := len(y)
	fit := linear.Solve(d.Fixed.X, y, d.Weights, linear.RankTolerance)
	k := fit.Rank()
	if n < k+1 {
		return nil, analysis.NotEstimablef("%d rows cannot determine %d coefficients and a variance; use fewer terms", n, k)
	}
	out := blank()
	out.coef, out.aliased, out.kept = fit.Coef, fit.QR.Aliased, fit.QR.Kept
	out.near = make([]bool, len(fit.Coef))
	for j, s := range fit.QR.Share {
		out.near[j] = !out.aliased[j] && s < linear.NearlyCollinear
	}
	out.df = float64(n - k)
	out.deviance = fit.RSS
	out.dispersion = fit.RSS / out.df
	out.sigma = math.Sqrt(out.dispersion)
	logWeights := 0.0
	for _, w := range d.Weights {
		logWeights += math.Log(w)
	}
	out.logLik = (logWeights - float64(n)*(math.Log(2*math.Pi)+1-math.Log(float64(n))+math.Log(fit.RSS))) / 2
	out.status = analysis.Exact
	out.inverse = fit.Inverse
	out.working = infer.Working{Residual: fit.Residuals, Scale: out.dispersion}
	for _, j := range fit.QR.Kept {
		out.working.U = append(out.working.U, d.Fixed.X[j])
	}
	if d.Weights != nil {
		out.working.Phi = make([]float64, n)
		for i, w := range d.Weights {
			out.working.Phi[i] = 1 / w
		}
	}
	return out, nil
}

func (f *family) fitGeneral(d *formula.Design) (*fitted, error) {
	m := &irls.Model{Family: f.kernel, X: d.Fixed.X, Y: d.Response.Y, Trials: d.Response.Trials, Weights: d.Weights, Offset: d.Offset}
	fit := m.Fit(irls.Options{})
	n, k := len(m.Y), fit.Rank()
	if fit.Status == analysis.NotConverged {
		return nil, analysis.NotEstimablef("the likelihood of %s has no maximum that could be found in %d steps; use fewer terms or another family", d.Text, fit.Iterations)
	}
	out := blank()
	out.coef, out.aliased, out.infinite, out.near, out.kept = fit.Coef, fit.Aliased, fit.Infinite, fit.Near, fit.Kept
	out.status, out.iterations, out.gradient = fit.Status, fit.Iterations, fit.Gradient
	out.deviance, out.theta = fit.Deviance, fit.Theta
	out.logLik = fit.LogLik
	out.working = working(m, fit)
	if f.dispersed {
		if n <= k {
			return nil, analysis.NotEstimablef("%d rows cannot determine %d coefficients and a dispersion; use fewer terms", n, k)
		}
		out.df = float64(n - k)
		out.dispersion = fit.Pearson / out.df
		out.working.Scale = out.dispersion
		if f.name != "gamma" {
			out.logLik = math.NaN()
		}
	}
	if f.kernel != irls.NegBin {
		out.theta = math.NaN()
	}
	out.model, out.start = m, fit
	out.inverse = fit.Inverse
	if !f.dispersed {
		out.nullLogLik = func() float64 {
			ones := make([]float64, n)
			for i := range ones {
				ones[i] = 1
			}
			null := *m
			null.X = [][]float64{ones}
			return null.Fit(irls.Options{}).LogLik
		}
	}
	return out, nil
}

// working is the fit as a sandwich variance sees it, on the scale of the
// response. Separated rows have neither slope nor residual.
func working(m *irls.Model, fit *irls.Fit) infer.Working {
	w := infer.Working{Phi: m.Variance(fit), Residual: make([]float64, len(m.Y)), Normal: true}
	slope := m.MeanSlope(fit)
	for i, y := range m.Y {
		w.Residual[i] = y - fit.Mu[i]
		if fit.Separated != nil && fit.Separated[i] {
			w.Residual[i], slope[i], w.Phi[i] = 0, 0, 0
		}
	}
	for _, j := range fit.Kept {
		u := make([]float64, len(m.Y))
		for i, x := range m.X[j] {
			u[i] = slope[i] * x
		}
		w.U = append(w.U, u)
	}
	return w
}
