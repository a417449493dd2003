// Package fixedeffects fits regressions with absorbed effects (least squares,
// Poisson, negative binomial) and computes their variances: classical, robust,
// one-way and two-way clustered, bias-reduced. It takes slices and gives
// slices; the words are the estimators' own.
package fixedeffects

import (
	"math"
	"slices"

	"swis/analysis/linear"
)

// Family is the distribution of the outcome; counts have a log link.
type Family uint8

// The families.
const (
	Gaussian Family = iota
	Poisson
	NegBin // variance mu + mu^2/theta, theta by maximum likelihood
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
}

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
	Mu     []float64   // N, fitted mean
	Eta    []float64   // N, linear predictor
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

	Singletons int // rows that were alone in a level of an effect
	ZeroGroups int // levels whose outcome is always zero (counts)
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

	modelColumns [][]float64 // p columns of N as given, aliased ones too
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
	f := &Fit{Family: m.Family, P: len(m.X), Theta: math.NaN(), LogLik: math.NaN(), Deviance: math.NaN(), Gradient: math.NaN()}
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

// keepRows leaves out rows without weight, levels with one row, and for counts
// levels that are all zero, again and again until none is left.
func (f *Fit) keepRows(m *Model) {
	n := len(m.Y)
	keep := make([]bool, n)
	left := 0
	for i := range keep {
		keep[i] = m.Weights == nil || m.Weights[i] > 0
		if keep[i] {
			left++
		}
	}
	for changed := true; changed; {
		changed = false
		for e := range m.Effects {
			effect := &m.Effects[e]
			if m.Family != Gaussian {
				total := make([]float64, effect.Levels)
				rows := make([]int32, effect.Levels)
				for i, l := range effect.Index {
					if keep[i] {
						total[l] += m.Y[i]
						rows[l]++
					}
				}
				zero := 0
				for l, t := range total {
					if rows[l] > 0 && t == 0 {
						zero++
						f.ZeroLevels = append(f.ZeroLevels, ZeroLevel{e, int32(l)})
						f.ZeroRows += int(rows[l])
					}
				}
				if zero > 0 {
					f.ZeroGroups += zero
					changed = true
					for i, l := range effect.Index {
						if keep[i] && total[l] == 0 {
							keep[i] = false
							left--
						}
					}
				}
			}
			count := make([]int32, effect.Levels)
			if left == n {
				for _, l := range effect.Index {
					count[l]++
				}
			} else {
				for i, l := range effect.Index {
					if keep[i] {
						count[l]++
					}
				}
			}
			single := 0
			for _, c := range count {
				if c == 1 {
					single++
				}
			}
			if single > 0 {
				f.Singletons += single
				changed = true
				for i, l := range effect.Index {
					if keep[i] && count[l] == 1 {
						keep[i] = false
						left--
					}
				}
			}
		}
	}
	f.Rows = make([]int32, left)
	if left == n {
		for i := range f.Rows {
			f.Rows[i] = int32(i)
		}
	} else {
		next := 0
		for i, k := range keep {
			if k {
				f.Rows[next] = int32(i)
				next++
			}
		}
	}
	f.take(m)
}

// take copies the kept rows; a model that loses no row shares its columns.
func (f *Fit) take(m *Model) {
	whole := len(f.Rows) == len(m.Y)
	column := func(x []float64) []float64 {
		if x == nil || whole {
			return x
		}
		out := make([]float64, len(f.Rows))
		for i, r := range f.Rows {
			out[i] = x[r]
		}
		return out
	}
	f.Y, f.Offset, f.Prior, f.start = column(m.Y), column(m.Offset), column(m.Weights), column(m.Start)
	f.Raw = make([][]float64, len(m.X))
	f.Kept = make([]int, len(m.X))
	for j, x := range m.X {
		f.Raw[j] = column(x)
		f.Kept[j] = j
	}
	f.Effects = make([]linear.Factor, len(m.Effects))
	f.Levels = make([][]int32, len(m.Effects))
	for e := range m.Effects {
		from := &m.Effects[e]
		to := linear.Factor{Name: from.Name, Only: from.Only}
		place := make([]int32, from.Levels)
		for l := range place {
			place[l] = -1
		}
		for _, r := range f.Rows {
			place[from.Index[r]] = 0
		}
		if whole && !slices.Contains(place, -1) {
			to.Index, to.Levels = from.Index, from.Levels
			f.Levels[e] = make([]int32, to.Levels)
			for l := range to.Levels {
				f.Levels[e][l] = int32(l)
			}
			for _, z := range from.Slopes {
				to.Slopes = append(to.Slopes, column(z))
			}
			f.Effects[e] = to
			continue
		}
		for l := range place {
			if place[l] == 0 {
				place[l] = int32(to.Levels)
				to.Levels++
				f.Levels[e] = append(f.Levels[e], int32(l))
			}
		}
		to.Index = make([]int32, len(f.Rows))
		for i, r := range f.Rows {
			to.Index[i] = place[from.Index[r]]
		}
		for _, z := range from.Slopes {
			to.Slopes = append(to.Slopes, column(z))
		}
		f.Effects[e] = to
	}
}
