package infer

import (
	"context"
	"math"
	"slices"

	"swis/analysis"
)

// resampledWild redraws a wild cluster restricted bootstrap with weights that
// are given.
type resampledWild struct {
	q   *wildQuantities
	c   Clusters
	how string
}

// Resampler makes the bootstrap available to a family of tests.
func (w *Wild) Resampler(how string) (analysis.Resampler, error) {
	if groups := len(w.Clusters.Levels); groups < 3 {
		return nil, analysis.NotEstimablef("a wild bootstrap of %d clusters has no more than %d draws; it needs several clusters", groups, 1<<groups)
	}
	q, err := w.quantities()
	if err != nil {
		return nil, err
	}
	return &resampledWild{q: q, c: w.Clusters, how: how}, nil
}

func (r *resampledWild) Clusters() (string, []string) { return r.c.Name, r.c.Levels }
func (r *resampledWild) Statistic() float64           { return r.q.b / r.q.se }
func (r *resampledWild) How() string                  { return r.how + ", t with CR1S" }

// Redraw needs the sums at the hypothesis zero only: a, delta and a c.
func (r *resampledWild) Redraw(weights, out []float64) {
	q := r.q
	delta, own := make([]float64, q.rank), make([]float64, q.rank)
	for i := range out {
		row := weights[i*q.groups : (i+1)*q.groups]
		clear(delta)
		clear(own)
		numerator, square := 0.0, 0.0
		for g, v := range row {
			value := q.value[g]
			numerator += v * value[0]
			square += v * v * q.square[g][0]
			d, w := value[2:2+q.rank], value[2+2*q.rank:2+3*q.rank]
			for j, x := range d {
				delta[j] += v * x
				own[j] += v * w[j]
			}
		}
		for j, x := range delta {
			square += x*x - 2*own[j]*x
		}
		// A draw without variance is as extreme as can be.
		out[i] = math.Inf(1)
		if square *= q.factor; square > 0 {
			out[i] = math.Abs(numerator) / math.Sqrt(square)
		}
	}
}

// Influence redraws an estimate by its influence function: t* is the weighted
// sum of the clusters' influences over the root of their sum of squares, the
// multiplier bootstrap.
type Influence struct {
	Estimate float64
	Of       []float64 // G: how each cluster moves the estimate; their squares sum to its variance
	Column   string
	Labels   []string // G
	Words    string
}

// Clusters gives the column and the labels of the clusters.
func (r *Influence) Clusters() (string, []string) { return r.Column, r.Labels }

// Statistic is the estimate over its standard error.
func (r *Influence) Statistic() float64 { return r.Estimate / math.Sqrt(dot(r.Of, r.Of)) }

// How says what is drawn.
func (r *Influence) How() string { return r.Words }

// Redraw fills out with |t*|.
func (r *Influence) Redraw(weights, out []float64) {
	se := math.Sqrt(dot(r.Of, r.Of))
	for i := range out {
		out[i] = math.Abs(dot(r.Of, weights[i*len(r.Of):(i+1)*len(r.Of)])) / se
	}
}

// FamilyDraws are the statistics of a family of tests drawn together.
type FamilyDraws struct {
	Observed   []float64   // m statistics
	Absolute   [][]float64 // m by B: |t*|, draw by draw from one joint distribution
	Clusters   int         // labels in all tests together
	Weights    string      // rademacher or webb
	Enumerated bool
}

// DrawFamily draws the statistics of several tests together: in a draw a
// cluster has one weight in every test that it is part of, found by its label.
// Weights are Webb's where the tests have 12 clusters or fewer between them,
// else Rademacher's, all 2^G of them where there are no more than reps.
// Tests that cluster by different columns have no common weights and are
// refused.
//
// A cluster has a stream of its own for each 1,024 draws, so that its weights
// do not depend on the other clusters.
func DrawFamily(ctx context.Context, tests []analysis.Resampler, weights string, reps int, seed string) (*FamilyDraws, error) {
	const block = 1024
	f := &FamilyDraws{Weights: weights}
	if len(tests) == 0 {
		return f, nil
	}
	column, _ := tests[0].Clusters()
	var labels []string
	for _, t := range tests {
		name, own := t.Clusters()
		if name != column {
			return nil, analysis.Unsupportedf("the tests of a family share the draws of their clusters, but some cluster by %s and some by %s; give all of them the same --cluster", column, name)
		}
		labels = append(labels, own...)
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	f.Clusters = len(labels)
	if f.Weights == "" {
		f.Weights = "rademacher"
		if f.Clusters <= 12 {
			f.Weights = "webb"
		}
	}
	f.Enumerated = f.Weights == "rademacher" && f.Clusters < 31 && 1<<f.Clusters <= reps
	n := reps
	if f.Enumerated {
		n = 1 << f.Clusters
	}
	place := make([][]int, len(tests))
	for k, t := range tests {
		_, own := t.Clusters()
		for _, label := range own {
			at, _ := slices.BinarySearch(labels, label)
			place[k] = append(place[k], at)
		}
		f.Observed = append(f.Observed, t.Statistic())
		f.Absolute = append(f.Absolute, make([]float64, n))
	}
	err := Replicate(ctx, (n+block-1)/block, func() func(int) {
		all := make([]float64, block*len(labels))
		own := make([]float64, block*len(labels))
		return func(at int) {
			first := at * block
			rows := min(n-first, block)
			for g, label := range labels {
				if f.Enumerated {
					for i := range rows {
						all[i*len(labels)+g] = float64((first+i)>>g&1)*2 - 1
					}
					continue
				}
				fillWeights(f.Weights, seed, label, at, all[g:], len(labels), rows)
			}
			for k, t := range tests {
				m := len(place[k])
				for i := range rows {
					row := all[i*len(labels):]
					for j, g := range place[k] {
						own[i*m+j] = row[g]
					}
				}
				t.Redraw(own[:rows*m], f.Absolute[k][first:first+rows])
			}
		}
	})
	return f, err
}

// fillWeights writes a block of weights of the cluster with a label into every
// step-th place.
func fillWeights(kind, seed, label string, block int, to []float64, step, rows int) {
	stream := Stream(seed, "family/"+label, block)
	var bits uint64
	for i := range rows {
		if kind == "webb" {
			to[i*step] = webb[stream.IntN(len(webb))]
			continue
		}
		if i%64 == 0 {
			bits = stream.Uint64()
		}
		to[i*step] = float64(bits&1)*2 - 1
		bits >>= 1
	}
}
