package gee

import (
	"fmt"
	"slices"

	"swis/analysis"
	"swis/analysis/irls"
)

// infinite lists the places, among the columns given, of coefficients without a
// finite estimate: those of the likelihood under independence, whose mean runs to
// the boundary in the same rows whatever the working correlation.
func (p *problem) infinite() (list []int) {
	families := map[string]irls.Family{"poisson": irls.Poisson, "binomial": irls.Binomial}
	family, ok := families[p.family]
	if !ok {
		return nil
	}
	m := irls.Model{Family: family, X: p.x, Y: p.y, Trials: p.trials, Weights: p.weights, Offset: p.offset}
	f := m.Fit(irls.Options{})
	for j, infinite := range f.Infinite {
		if infinite {
			list = append(list, p.kept[j])
		}
	}
	return list
}

// separate leaves the infinite coefficients of a result empty and names them.
func separate(r *analysis.Result, infinite []int) {
	if len(infinite) == 0 {
		return
	}
	if r.Fit.Status == analysis.Converged {
		r.Fit.Status = analysis.Separated
	}
	for i := range r.Estimates {
		if !slices.Contains(infinite, i) {
			continue
		}
		e := &r.Estimates[i]
		r.Notes = append(r.Notes, analysis.Note{Code: "separated", Term: e.Term,
			Text: fmt.Sprintf("%s has no finite coefficient: the outcome does not vary on one side of it (separation). The other numbers are the limit; use --permute or swis floor for this term", e.Term)})
		*e = analysis.Estimate{Term: e.Term, Part: e.Part, Scale: e.Scale, ConfLevel: e.ConfLevel, How: e.How}
	}
}
