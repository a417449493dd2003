// Package fixedeffects fits regressions with absorbed effects (least squares,
// Poisson, negative binomial, binomial) and computes their variances: classical, robust,
// one-way and two-way clustered, bias-reduced. It takes slices and gives
// slices; the words are the estimators' own.
package fixedeffects

import (
	"math"
	"slices"

	"swis/analysis/linear"
)

// Family is the distribution of the outcome.
type Family uint8

// The families; Poisson and NegBin have a log link.
const (
	Gaussian Family = iota
	Poisson
	NegBin   // variance mu + mu^2/theta, theta by maximum likelihood
	Binomial // logit link; Y is the share of successes, Weights the trials
)

// Model is a regression with absorbed effects. Rows are 0..n-1.
type Model struct {
	Family  Family
	Y       []float64   // n
	X       [][]float64 // p columns of n
	Offset  []float64   // n or nil, on the scale of the link
	Weights []float64   // n or nil: prior weights, for least squares inverse variances
	Effects []linear.Factor
	Start   []float64 // n or nil: linear predictor of count models to start from
	Counted string    // which effects K counts; see CountFull
}

// Which absorbed effects the small-sample factors count as parameters: all but
// those nested in a cluster by default, all, or none.
const (
	CountFull = "full"
	CountNone = "none"
)

// Fit is a fitted Model over the N rows that carry information.
type Fit struct {
	Family Family
	Rows   []int32 // N rows of the model that were used, in order
	P      int     // columns of the model

	Coef     []float64 // p; NaN where Aliased or Infinite
	Aliased  []int     // columns that earlier ones or the effects span
	Infinite []int     // columns whose coefficient runs to infinity (separation)
	Kept     []int     // q columns with a finite coefficient

	Raw    [][]float64 // q columns of N as given
	X      [][]float64 // q columns of N, residualised on the effects with weights Omega
	Bread  [][]float64 // q by q, (X'Omega X)^-1
	Resid  []float64   // N, y - mu on the scale of the response
	Mu     []float64   // N, fitted mean; counts only
	Eta    []float64   // N, linear predictor; counts only
	Jac    []float64   // N, d mu/d eta; nil for ones
	Var    []float64   // N, variance function over prior weight; nil for ones
	Omega  []float64   // N, working weights Jac^2/Var; nil for ones
	Prior  []float64   // N or nil
	Y      []float64   // N
	Offset []float64   // N or nil

	Effects []linear.Factor // over the N rows, levels renumbered
	Levels  [][]int32       // the model's level of each renumbered level, by effect
	Absorb  *linear.Absorber
	Rank    int // independent columns of the effects
	Counted string

	Singletons int // rows that were alone in a level of an effect
	ZeroGroups int // levels whose outcome is always zero (counts), or always zero or one (binomial)
	ZeroRows   int // their rows
	ZeroLevels []ZeroLevel
	Separated  int // rows dropped because separation fixes them at zero
	SSR        float64
	LogLik     float64
	Deviance   float64
	Theta      float64
	Iterations int
	Converged  bool
	Gradient   float64 // largest score, scaled by its size under the fitted variance

	sources      []linear.Factor // the model's effects
	modelColumns [][]float64     // p columns of N as given, aliased ones too
	start        []float64
	last         solved
	lastX        [][]float64
}

// ZeroLevel is a level of an effect that was left out because its outcome is
// always zero.
type ZeroLevel struct {
	Effect int
	Level  int32
}

// N is the number of rows used.
func (f *Fit) N() int { return len(f.Rows) }

// FullK is the number of parameters of the mean: coefficients and independent
// columns of the effects.
func (f *Fit) FullK() int { return len(f.Kept) + f.Rank }

// Column is the place of model column j among the kept ones, or -1.
func (f *Fit) Column(j int) int { return slices.Index(f.Kept, j) }

// Run fits the model. It returns an error only where absorption does not
// converge; everything else stands in the fit.
func (m *Model) Run() (*Fit, error) {
	f := &Fit{Family: m.Family, P: len(m.X), Counted: m.Counted, Theta: math.NaN(), LogLik: math.NaN(), Deviance: math.NaN(), Gradient: math.NaN()}
	f.keepRows(m)
	if f.N() == 0 {
		return f, nil
	}
	if m.Family == Gaussian {
		return f, f.leastSquares()
	}
	f.modelColumns = f.Raw
	return f, f.counts()
}
