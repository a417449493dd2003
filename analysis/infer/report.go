package infer

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
)

// TestOf is a t test (z where df is infinite) of one estimate, with its interval.
func TestOf(name string, estimate, stdError, df, level float64, how string) analysis.Test {
	t := analysis.Test{Name: name, How: how}
	if !(stdError > 0) || math.IsNaN(df) {
		return t
	}
	statistic := estimate / stdError
	t.Statistic = analysis.Num(statistic)
	t.DF1 = analysis.Num(df)
	t.PValue = analysis.Num(distribution.StudentTwoSided(statistic, df))
	half := distribution.StudentQuantile(1-(1-level)/2, df) * stdError
	t.ConfLow, t.ConfHigh = analysis.Num(estimate-half), analysis.Num(estimate+half)
	return t
}

// ReportWild adds the outcome of a wild bootstrap to a result.
func ReportWild(r *analysis.Result, b *WildResult, how, seed string) {
	draws := fmt.Sprintf("%d draws, seed %s", b.Draws, seed)
	if b.Enumerated {
		draws = fmt.Sprintf("all %d sign vectors", b.Draws)
	}
	inversion := ""
	if !math.IsInf(b.Low, 0) && !math.IsNaN(b.Low) || !math.IsInf(b.High, 0) && !math.IsNaN(b.High) {
		inversion = "; interval by inversion"
	}
	r.Tests = append(r.Tests, analysis.Test{Name: "wild_bootstrap", Statistic: analysis.Num(b.Statistic), PValue: analysis.Num(b.P), PStrict: analysis.Num(b.PStrict),
		ConfLow: analysis.Num(b.Low), ConfHigh: analysis.Num(b.High),
		How: fmt.Sprintf("%s, %s weights, %s, t with CR1S; p is the share of |t*| >= |t|, p_strict of |t*| > |t|%s", how, b.Weights, draws, inversion)})
	r.Checks = append(r.Checks, analysis.Check{Name: "wild_draws", Value: analysis.Num(float64(b.Draws)), Means: "draws of the wild cluster bootstrap"})
	if !math.IsNaN(b.Low) && b.Low < b.High && (math.IsInf(b.Low, 0) || math.IsInf(b.High, 0)) && !strings.HasPrefix(how, "score") {
		r.Note("wild_unbounded", "the confidence set of the wild bootstrap has no end on at least one side: with so few clusters no value there is rejected")
	}
	r.Method.References = append(r.Method.References, analysis.Reference{Key: "Cameron, Gelbach & Miller 2008", Text: "Bootstrap-based improvements for inference with clustered errors. Review of Economics and Statistics 90, 414-427", DOI: "10.1162/rest.90.3.414"})
	if strings.HasPrefix(how, "score") {
		r.Method.References = append(r.Method.References, analysis.Reference{Key: "Kline & Santos 2012", Text: "A score based approach to wild bootstrap inference. Journal of Econometric Methods 1, 23-41", DOI: "10.1515/2156-6674.1006"})
	}
}

// PermutationWords say what was exchanged between what.
type PermutationWords struct {
	Column    string // the arm
	Unit      string
	Strata    []string
	Statistic string // coef or t
	Scheme    string // the set of schemes, where it is not all exchanges
}

// ReportPermutation adds the outcome of randomisation inference to a result.
func ReportPermutation(r *analysis.Result, p *Permutation, w PermutationWords, seed string) {
	what := "the coefficient"
	if w.Statistic == "t" {
		what = "t with CR1S"
		if w.Unit == "row" {
			what = "t with HC1"
		}
	}
	how := fmt.Sprintf("%s exchanged between units (%s)", w.Column, w.Unit)
	if len(w.Strata) > 0 {
		how += " within " + strings.Join(w.Strata, ", ")
	}
	if w.Scheme != "" {
		how = w.Scheme
	}
	if p.Exact {
		how += fmt.Sprintf("; exact, all %d allocations", p.Draws)
	} else {
		how += fmt.Sprintf("; %d draws, seed %s, p = (1+b)/(1+B)", p.Draws, seed)
	}
	r.Tests = append(r.Tests, analysis.Test{Name: "permutation", Statistic: analysis.Num(p.Statistic), PValue: analysis.Num(p.P), How: how + "; statistic: " + what})
	schemes := p.Schemes
	r.Checks = append(r.Checks, analysis.Check{Name: "permutation_schemes", Value: analysis.Num(schemes),
		Means: fmt.Sprintf("allocations that could have been drawn; no p-value can be below 1/%.4g", schemes)})
	if p.Undefined > 0 {
		r.Note("permutation_undefined", fmt.Sprintf("%d of %d allocations leave the term without an estimate and are left out of the share", p.Undefined, p.Draws))
	}
	r.Method.References = append(r.Method.References, analysis.Reference{Key: "Rosenbaum 2002", Text: "Observational Studies, 2nd edition, chapter 2. Springer", DOI: "10.1007/978-1-4757-3692-2"})
}

// mostListed is the number of clusters up to which each is listed.
const mostListed = 400

// ReportDropOne adds the jackknife test, leverages and the range of estimates
// without one cluster.
func ReportDropOne(r *analysis.Result, d *DropOne, estimate float64, c Clusters, level float64, how string) {
	g := float64(len(c.Levels))
	r.Tests = append(r.Tests, TestOf("jackknife", estimate, math.Sqrt(d.Variance), g-1, level, fmt.Sprintf("t(%g), CV3: (G-1)/G times the sum of squared changes, %s", g-1, how)))
	add := func(name string, x float64, means string) {
		r.Checks = append(r.Checks, analysis.Check{Name: name, Value: analysis.Num(x), Means: means})
	}
	if len(c.Levels) <= mostListed {
		for i, l := range c.Levels {
			add("drop_one:"+l, d.Estimate[i], "the estimate without "+c.Name+" "+l)
		}
		for i, l := range c.Levels {
			add("partial_leverage:"+l, d.PartialLeverage[i], "")
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	lowAt, highAt := 0, 0
	for i, b := range d.Estimate {
		if b < low {
			low, lowAt = b, i
		}
		if b > high {
			high, highAt = b, i
		}
	}
	most := slices.Index(d.PartialLeverage, slices.Max(d.PartialLeverage))
	add("drop_one_min", low, "the smallest estimate without one "+c.Name+": without "+c.Levels[lowAt])
	add("drop_one_max", high, "the largest estimate without one "+c.Name+": without "+c.Levels[highAt])
	add("partial_leverage_max", d.PartialLeverage[most], fmt.Sprintf("the share of the information on the term that %s %s holds; even shares would be %.3g", c.Name, c.Levels[most], 1/g))
	add("leverage_max", slices.Max(d.Leverage), "the largest leverage of one "+c.Name)
}
