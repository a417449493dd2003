package did

import (
	"slices"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
)

// exchange prepares least squares under exchanged starts.
func (s *resampler) exchange(units infer.Clusters, starts []float64, studentised bool) (func() func([]int32) float64, error) {
	p := s.panel
	reduced, err := s.fit.Reduce(fixedeffects.Cluster{Name: units.Name, Index: units.Index, Groups: len(units.Levels)}, s.fit.Prior)
	if err != nil {
		return nil, analysis.Unsupportedf("%v", err)
	}
	e := &infer.Exchange{Fixed: slices.Clone(reduced.Effects), Y: reduced.Column(s.fit.Y), Units: units, Term: 0}
	for j, x := range s.fit.Raw {
		if s.fit.Kept[j] != 0 {
			e.Fixed = append(e.Fixed, reduced.Column(x))
		}
	}
	for _, from := range starts {
		x := make([]float64, s.fit.N())
		for i, row := range s.fit.Rows {
			if p.Period(int(row)) >= from {
				x[i] = 1
			}
		}
		e.Moving = append(e.Moving, [][]float64{reduced.Column(x)})
	}
	k := s.fit.ClusterK(fixedeffects.Cluster{Name: units.Name, Index: units.Index, Groups: len(units.Levels)})
	return e.Statistic(studentised, k), nil
}

// exchangeCounts prepares Poisson refits under exchanged starts.
func (s *resampler) exchangeCounts(units infer.Clusters, starts []float64) (func() func([]int32) float64, error) {
	p := s.panel
	null, err := s.restricted()
	if err != nil {
		return nil, err
	}
	moving := make([][]bool, len(starts))
	for a, from := range starts {
		moving[a] = make([]bool, null.Effects[1].Levels)
		for l, level := range null.Levels[1] {
			moving[a][l] = p.Periods[level] >= from
		}
	}
	each := fixedeffects.NewPoissonExchange(null, 0, 1, moving).Statistic()
	if units.Name == p.Unit.Name {
		return each, nil
	}
	home := make([]int32, null.Effects[0].Levels) // cluster of each unit
	for i, u := range null.Effects[0].Index {
		home[u] = units.Index[i]
	}
	return func() func([]int32) float64 {
		statistic := each()
		byUnit := make([]int32, len(home))
		return func(arms []int32) float64 {
			for u, c := range home {
				byUnit[u] = arms[c]
			}
			return statistic(byUnit)
		}
	}, nil
}
