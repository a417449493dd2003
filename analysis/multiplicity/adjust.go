// Package multiplicity adjusts the p-values of a family of tests.
package multiplicity

import (
	"cmp"
	"slices"
	"strings"

	"swis/analysis"
)

// Methods lists the adjustments by name. RomanoWolf needs the joint
// distribution of the statistics, the others p-values alone.
var Methods = []string{"holm", "hochberg", "bh", RomanoWolfName}

// RomanoWolfName is the name of the step-down with resampled statistics.
const RomanoWolfName = "romano-wolf"

// Holm adjusts p-values so that the chance of any false finding is kept (Holm
// 1979). It needs no assumption about dependence.
func Holm(p []float64) []float64 {
	return stepwise(p, false, func(m, rank int) float64 { return float64(m - rank) })
}

// Hochberg is the step-up counterpart of Holm, for independent or positively
// dependent tests (Hochberg 1988).
func Hochberg(p []float64) []float64 {
	return stepwise(p, true, func(m, rank int) float64 { return float64(m - rank) })
}

// BH adjusts p-values so that the expected share of false findings is kept
// (Benjamini & Hochberg 1995), for independent or positively dependent tests.
func BH(p []float64) []float64 {
	return stepwise(p, true, func(m, rank int) float64 { return float64(m) / float64(rank+1) })
}

// stepwise multiplies the p-values, in ascending order, by factor(m, rank) and
// makes them monotone: from the smallest up, or from the largest down.
func stepwise(p []float64, down bool, factor func(m, rank int) float64) []float64 {
	m := len(p)
	order := make([]int, m)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, m)
	bound := 0.0
	if down {
		bound = 1
	}
	for step := range m {
		rank := step
		if down {
			rank = m - 1 - step
		}
		x := p[order[rank]] * factor(m, rank)
		if down {
			bound = min(bound, x)
		} else {
			bound = max(bound, x)
		}
		out[order[rank]] = min(bound, 1)
	}
	return out
}

// Adjust fills PAdjusted of every estimate with a p-value but the named one.
// An empty method does nothing.
func Adjust(estimates []analysis.Estimate, method, except string) error {
	if method == "" {
		return nil
	}
	adjust, ok := map[string]func([]float64) []float64{"holm": Holm, "hochberg": Hochberg, "bh": BH}[strings.ToLower(method)]
	if strings.EqualFold(method, RomanoWolfName) {
		return analysis.Unsupportedf("--adjust %s needs the joint distribution of the statistics, which is resampled for the terms of one model by swis glm with --cluster; use holm here", RomanoWolfName)
	}
	if !ok {
		return analysis.Unsupportedf("no adjustment %q; there are %s", method, strings.Join(Methods, ", "))
	}
	var at []int
	var p []float64
	for i, e := range estimates {
		if e.Term != except && e.PValue != nil {
			at = append(at, i)
			p = append(p, *e.PValue)
		}
	}
	for k, x := range adjust(p) {
		estimates[at[k]].PAdjusted = analysis.Num(x)
	}
	return nil
}

// Words are the convention of a method for a reader.
func Words(method string) string {
	switch strings.ToLower(method) {
	case "holm":
		return "p_adjusted: Holm (1979), over all terms but the intercept"
	case "hochberg":
		return "p_adjusted: Hochberg (1988), over all terms but the intercept"
	case RomanoWolfName:
		return "p_adjusted: Romano and Wolf (2005, 2016) step-down over all terms but the intercept: share of draws whose largest |t*| among the terms not yet rejected is at least |t|; wild cluster bootstrap with each term's null imposed, the same cluster weights for all terms, t with CR1S"
	}
	return "p_adjusted: Benjamini and Hochberg (1995), over all terms but the intercept"
}
