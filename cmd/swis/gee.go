package main

import (
	"swis/analysis"
	"swis/analysis/gee"
)

// marginal is the estimator of swis glm --correlation: generalised estimating
// equations, which have corrections of the sandwich of their own.
func (o *glmOptions) marginal() (analysis.Estimator, error) {
	i := o.inference
	if i.bootstrap != "" && i.bootstrap != "cluster" {
		return nil, analysis.Unsupportedf("--bootstrap %s: with --correlation want cluster", i.bootstrap)
	}
	reps := 0
	if i.bootstrap == "cluster" {
		reps = i.reps
	}
	if i.inference != "" || i.adjust != "" || i.as != "" || o.zeroInflation != "" || o.hurdle != "" || o.ceiling != "" {
		return nil, analysis.Unsupportedf("--correlation goes with --formula, --family, --cluster, --vcov, --bootstrap cluster, --permute, --exposure and --weights; leave the other flags out, or leave --correlation out")
	}
	references, err := o.data.references()
	if err != nil {
		return nil, err
	}
	model := gee.Marginal{Formula: o.formula, Family: o.family, Correlation: o.correlation, Cluster: i.cluster, Correction: gee.Correction(i.vcov), Reps: reps, Seed: i.seed,
		Exposure: o.exposure, Weights: o.weights, Level: o.data.level, Reference: references, Categorical: o.data.categorical}
	refit := model
	refit.Reps = 0
	return o.randomised(model, refit, references)
}
