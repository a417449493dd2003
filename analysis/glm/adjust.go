package glm

import (
	"context"
	"fmt"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/analysis/multiplicity"
)

// adjust fills the adjusted p-values of all terms but the intercept.
func (m Model) adjust(ctx context.Context, r *analysis.Result, d *formula.Design, f *family, fit *fitted, clusters []infer.Clusters) error {
	method := m.Inference.Adjust
	if method == "" {
		return nil
	}
	if strings.EqualFold(method, multiplicity.RomanoWolfName) {
		if err := m.romanoWolf(ctx, r, d, f, fit, clusters); err != nil {
			return err
		}
	} else if err := multiplicity.Adjust(r.Estimates, method, "(Intercept)"); err != nil {
		return err
	}
	r.Method.Conventions = append(r.Method.Conventions, multiplicity.Words(method))
	return nil
}

// romanoWolf is the step-down over the terms: each term's null is imposed in
// turn, and every term sees the same cluster weights.
func (m Model) romanoWolf(ctx context.Context, r *analysis.Result, d *formula.Design, f *family, fit *fitted, clusters []infer.Clusters) error {
	o := m.Inference
	switch {
	case len(clusters) != 1:
		return analysis.Unsupportedf("--adjust %s resamples clusters; name one column with --cluster", multiplicity.RomanoWolfName)
	case m.Family == "tobit":
		return analysis.Unsupportedf("--adjust %s is not defined for tobit; use holm", multiplicity.RomanoWolfName)
	}
	var at []int
	var t []float64
	var draws [][]float64
	enumerated := false
	for j, name := range d.Fixed.Names {
		if name == "(Intercept)" || fit.aliased[j] || !fit.finite(j) {
			continue
		}
		c := &contrast{Model: m, name: name, j: j, at: fit.at(j), d: d, f: f, fit: fit, clusters: clusters, result: r}
		w, _, err := c.wildOf()
		if err != nil {
			return err
		}
		observed, stars, all, err := w.Joint(ctx, o.Weights, o.Reps, o.Seed)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			r.Note("romano_wolf_left_out", fmt.Sprintf("%s is not in the family of --adjust: %v", name, err))
			continue
		}
		at, t, draws, enumerated = append(at, j), append(t, observed), append(draws, stars), all
	}
	for k, p := range multiplicity.RomanoWolf(t, draws, enumerated) {
		r.Estimates[at[k]].PAdjusted = analysis.Num(p)
	}
	if enumerated {
		r.Method.Conventions = append(r.Method.Conventions, fmt.Sprintf("%s: all %d sign vectors", multiplicity.RomanoWolfName, len(draws[0])))
	} else {
		r.Method.Conventions = append(r.Method.Conventions, fmt.Sprintf("%s: %d draws, seed %s", multiplicity.RomanoWolfName, o.Reps, o.Seed))
	}
	r.Method.References = append(r.Method.References, multiplicity.RomanoWolfReferences...)
	return nil
}

// resampler makes the bootstrap of the term available to a family of tests.
func (c *contrast) resampler() (analysis.Resampler, error) {
	switch {
	case len(c.clusters) != 1:
		return nil, analysis.Unsupportedf("the bootstrap of a family of tests needs one column of clusters; name it with --cluster")
	case c.Family == "tobit":
		return nil, analysis.Unsupportedf("the bootstrap of a family of tests is not defined for tobit; use holm")
	case !c.fit.finite(c.j):
		return nil, analysis.NotEstimablef("%s has no finite coefficient, so there is nothing to bootstrap", c.name)
	}
	w, how, err := c.wildOf()
	if err != nil {
		return nil, err
	}
	return w.Resampler(how)
}
