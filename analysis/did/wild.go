package did

import (
	"slices"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
)

var errNegBin = analysis.Unsupportedf("resampling is defined for gaussian and poisson; a Poisson model stays valid for overdispersed counts")

// wildOf prepares the bootstrap of the effect in column 0 and says what is
// drawn.
func (s *resampler) wildOf() (w *infer.Wild, how string, err error) {
	switch s.model.Family {
	case fixedeffects.NegBin:
		return nil, "", errNegBin
	case fixedeffects.Gaussian:
		w, err = s.wildWith(s.fit.Prior, s.fit.Y)
		return w, "wild cluster restricted bootstrap", err
	}
	null, err := s.restricted()
	if err != nil {
		return nil, "", err
	}
	w, err = s.wildFrom(null)
	return w, "score bootstrap at the restricted estimate", err
}

// wildFrom is the bootstrap of the scores at a restricted count fit.
func (s *resampler) wildFrom(null *fixedeffects.Fit) (*infer.Wild, error) {
	w, err := s.wildWith(scoresOf(null))
	if err != nil {
		return nil, err
	}
	w.Score = true
	return w, nil
}

// wildWith is the bootstrap of an outcome with weights.
func (s *resampler) wildWith(weights, outcome []float64) (*infer.Wild, error) {
	compressed, err := s.fit.Compress(s.cluster, weights, outcome)
	if err != nil {
		return nil, analysis.Unsupportedf("%v", err)
	}
	return &infer.Wild{Term: 0, Rows: s.fit.N(), Parameters: s.fit.ClusterK(s.cluster), X: compressed.X, Y: compressed.Y,
		Clusters: infer.Clusters{Name: s.named.Name, Index: compressed.Index, Levels: s.named.Levels}}, nil
}

// withFirst is the regression with column j in the first place, which is where
// resampling wants it.
func (r *regression) withFirst(j int) (*regression, error) {
	if j == 0 {
		return r, nil
	}
	return r.with(append([][]float64{r.model.X[j]}, slices.Delete(slices.Clone(r.model.X), j, j+1)...))
}

// with is the regression with other columns that span the same space.
func (r *regression) with(columns [][]float64) (*regression, error) {
	one, m := *r, *r.model
	m.X = columns
	fit, err := m.Run()
	if err != nil {
		return nil, err
	}
	one.model, one.fit = &m, fit
	if one.variance, err = fit.Variance(r.infer.Vcov, r.clusters); err != nil {
		return nil, err
	}
	return &one, nil
}

// scoresOf linearises a count fit: the weights and working residuals whose
// least-squares step is a score step.
func scoresOf(null *fixedeffects.Fit) (weights, outcome []float64) {
	weights, outcome = make([]float64, null.N()), make([]float64, null.N())
	for i := range weights {
		weights[i] = null.Jac[i] * null.Jac[i] / null.Var[i]
		outcome[i] = null.Resid[i] / null.Jac[i]
	}
	return weights, outcome
}

// redraws makes the wild bootstrap of model column j available to a family of
// tests. The column is fitted first, which is where the bootstrap wants it.
func (r *regression) redraws(j int, group groupOf) analysis.Redraws {
	return r.redrawsOf(group, func() (*regression, error) {
		if r.fit.Column(j) < 0 {
			return nil, errNoEffect
		}
		return r.withFirst(j)
	})
}

// redrawsContrast does so for a contrast of the kept coefficients: the columns
// are rewritten so that it is a coefficient.
func (r *regression) redrawsContrast(contrast []float64, group groupOf) analysis.Redraws {
	return r.redrawsOf(group, func() (*regression, error) {
		if !slices.ContainsFunc(contrast, func(v float64) bool { return v != 0 }) || len(r.fit.Infinite) > 0 {
			return nil, errNoEffect
		}
		columns := make([][]float64, len(r.fit.Kept))
		for k, j := range r.fit.Kept {
			columns[k] = r.model.X[j]
		}
		return r.with(infer.ContrastColumns(columns, contrast))
	})
}

// redrawsOf is the wild bootstrap of the first coefficient of a regression.
func (r *regression) redrawsOf(group groupOf, first func() (*regression, error)) analysis.Redraws {
	return func() (analysis.Resampler, error) {
		if len(r.infer.Cluster) != 1 {
			return nil, analysis.Unsupportedf("the bootstrap of a family of tests needs one column of clusters")
		}
		one, err := first()
		if err != nil {
			return nil, err
		}
		if one.fit.Column(0) != 0 {
			return nil, errNoEffect
		}
		s, err := one.resampler(group)
		if err != nil {
			return nil, err
		}
		w, how, err := s.wildOf()
		if err != nil {
			return nil, err
		}
		return w.Resampler(how)
	}
}

// influenceRedraws makes a multiplier bootstrap available to a family of tests:
// of the cluster sums of an influence function that moves the estimate by its
// mean.
func influenceRedraws(estimate float64, influence []float64, column string, cluster []int32, labels []string) analysis.Redraws {
	return func() (analysis.Resampler, error) {
		if influence == nil {
			return nil, errNoEffect
		}
		sums := make([]float64, len(labels))
		for i, v := range influence {
			sums[cluster[i]] += v / float64(len(influence))
		}
		return &infer.Influence{Estimate: estimate, Of: sums, Column: column, Labels: labels, Words: "multiplier bootstrap of influence functions"}, nil
	}
}
