package fixedeffects

import (
	"math"
	"slices"

	"swis/analysis/linear"
)

// Reduced is a regression as resampling needs it: rows times the root of their
// weight, an effect nested in the clusters taken out of every column, and the
// other effects as columns. Cross-products by cluster are those of the full
// model with dummies, because a nested effect is orthogonal to what is left
// within every cluster.
type Reduced struct {
	fit     *Fit
	weights []float64 // N, nil for ones
	absorb  *linear.Absorber
	Effects [][]float64 // the other effects as columns of N; one that others span may be among them
}

// Reduce prepares resampling by cluster with the given weights (nil for ones).
func (f *Fit) Reduce(c Cluster, weights []float64) (*Reduced, error) {
	best := -1
	for e := range f.Effects {
		if (best < 0 || f.Effects[e].Levels > f.Effects[best].Levels) && f.nested(e, c) {
			best = e
		}
	}
	r := &Reduced{fit: f, weights: weights}
	if best >= 0 {
		r.absorb = linear.NewAbsorber(f.N(), []linear.Factor{f.Effects[best]}, weights)
	}
	columns := 0
	for e := range f.Effects {
		if e != best {
			columns += f.Effects[e].Levels * (1 + len(f.Effects[e].Slopes))
		}
	}
	if columns > 2000 || columns*f.N() > 1<<28 {
		return nil, errCutAcross
	}
	for e, effect := range f.Effects {
		if e == best {
			continue
		}
		for l := range effect.Levels {
			slopes := effect.Slopes
			if !effect.Only {
				slopes = append([][]float64{nil}, slopes...)
			}
			for _, z := range slopes {
				x := make([]float64, f.N())
				for i, k := range effect.Index {
					if int(k) == l {
						x[i] = 1
						if z != nil {
							x[i] = z[i]
						}
					}
				}
				r.Effects = append(r.Effects, r.Column(x))
			}
		}
	}
	return r, nil
}

// Column takes the nested effect out of a column of N and scales its rows.
func (r *Reduced) Column(x []float64) []float64 {
	out := slices.Clone(x)
	if r.absorb != nil {
		r.absorb.Residualise(out)
		r.absorb.Residualise(out)
	}
	if r.weights != nil {
		for i, w := range r.weights {
			out[i] *= math.Sqrt(w)
		}
	}
	return out
}

// Columns reduces the kept columns of the fit and appends the other effects,
// without those that are collinear.
func (r *Reduced) Columns() [][]float64 {
	var x [][]float64
	for _, c := range r.fit.Raw {
		x = append(x, r.Column(c))
	}
	x = append(x, r.Effects...)
	var out [][]float64
	for _, j := range linear.Factorise(x, nil, linear.RankTolerance).Kept {
		out = append(out, x[j])
	}
	return out
}

// ClusterK is the number of parameters counted in CR1S with these clusters.
func (f *Fit) ClusterK(clusters ...Cluster) int { return f.nonnestedK(clusters) }

// nestedAbsorber is an absorber that eliminates an effect nested in the
// clusters, the largest of them; without one all effects are columns.
func (f *Fit) nestedAbsorber(c Cluster) (*linear.Absorber, error) {
	best, err := f.nestedEffect(c)
	if err != nil {
		return nil, err
	}
	if len(f.Effects) == 0 || best >= 0 && f.Absorb.Exact() && f.Absorb.EliminatedIndex(f.Effects) == best {
		return f.Absorb, nil
	}
	return linear.NewAbsorberBy(f.N(), f.Effects, best, f.Omega), nil
}

// nestedEffect is the place of the largest effect nested in the clusters, or
// -1. It refuses where the other effects have too many columns.
func (f *Fit) nestedEffect(c Cluster) (int, error) {
	best := -1
	for e := range f.Effects {
		if (best < 0 || f.Effects[e].Levels > f.Effects[best].Levels) && f.nested(e, c) {
			best = e
		}
	}
	columns := 0
	for e := range f.Effects {
		if e != best {
			columns += f.Effects[e].Levels * (1 + len(f.Effects[e].Slopes))
		}
	}
	if columns > 2000 {
		return best, errCutAcross
	}
	return best, nil
}
