// Package irls fits generalised linear models by Fisher scoring: the kernel
// behind glm, fixed-effects count models, floor diagnostics and the starting
// values of mixed models.
package irls

import (
	"swis/analysis"
)

// Family is a distribution with its link.
type Family uint8

// The families. NegBin has variance mu + mu^2/theta.
const (
	Gaussian Family = iota // identity link
	Poisson                // log link
	Binomial               // logit link
	Gamma                  // log link
	NegBin                 // log link
)

// Model is a generalised linear model of n rows and p columns.
type Model struct {
	Family  Family
	X       [][]float64 // p columns of n
	Y       []float64   // n; successes for Binomial with Trials
	Trials  []float64   // n, Binomial; nil for yes or no
	Weights []float64   // n, prior weights; nil for ones
	Offset  []float64   // n; nil for none
}

// Options steer a fit; the zero value is right for most.
type Options struct {
	Theta      float64 // NegBin: size held fixed; 0 to estimate it
	Iterations int     // limit, default 100
	Start      []float64
}

// Fit is a maximum-likelihood fit. Separated rows, whose fitted mean runs to
// the boundary, have weight and residual zero; the coefficients that run to
// infinity with them are Infinite, all others are at their limit.
type Fit struct {
	Coef       []float64 // p; NaN where Aliased, infinite or NaN where Infinite
	Aliased    []bool    // p, collinear with earlier columns
	Infinite   []bool    // p; nil unless separated
	Separated  []bool    // n; nil unless separated
	Near       []bool    // p, kept although nearly collinear with earlier columns
	Kept       []int     // k columns that the inverse is about
	Inverse    []float64 // k*k, inverse of the expected information X'WX at dispersion 1
	Eta, Mu    []float64 // n
	W          []float64 // n, expected weights of the linear predictor
	LogLik     float64   // with its constants; Gamma at dispersion deviance/n
	Deviance   float64
	Pearson    float64
	Theta      float64 // NegBin; +Inf where the data show no overdispersion
	ThetaSE    float64 // from the observed information of theta
	Iterations int
	Gradient   float64 // sqrt(score' information^-1 score) at the end
	Status     analysis.Status
}

// Rank is the number of estimated coefficients.
func (f *Fit) Rank() int { return len(f.Kept) }

// Variance is the variance function V(mu) over the prior weight, n: the
// working variance of the response at dispersion 1.
func (m *Model) Variance(f *Fit) []float64 {
	v := make([]float64, len(m.Y))
	for i, mu := range f.Mu {
		switch m.Family {
		case Gaussian:
			v[i] = 1
		case Poisson:
			v[i] = mu
		case Binomial:
			v[i] = mu
			if m.Trials != nil {
				v[i] *= 1 - mu/m.Trials[i]
			} else {
				v[i] *= 1 - mu
			}
		case Gamma:
			v[i] = mu * mu
		case NegBin:
			v[i] = mu + mu*mu/f.Theta
		}
		if m.Weights != nil {
			v[i] /= m.Weights[i]
		}
	}
	return v
}

// MeanSlope is dmu/deta, n.
func (m *Model) MeanSlope(f *Fit) []float64 {
	d := make([]float64, len(m.Y))
	for i, mu := range f.Mu {
		switch {
		case m.Family == Gaussian:
			d[i] = 1
		case m.Family == Binomial && m.Trials != nil:
			d[i] = mu * (1 - mu/m.Trials[i])
		case m.Family == Binomial:
			d[i] = mu * (1 - mu)
		default:
			d[i] = mu
		}
	}
	return d
}
