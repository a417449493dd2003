package design

import (
	"fmt"

	"swis/analysis"
)

var methodTexts = map[Method]analysis.Method{
	Complete: {Name: "Complete randomisation", Conventions: []string{ticketConvention}},
	Stratified: {Name: "Stratified randomisation", Conventions: []string{ticketConvention,
		"one draw a stratum; the odd places of a stratum go by the SHA-256 of seed, stratum, arm and copy"}},
	Pairs: {Name: "Randomisation in pairs of similar schools", Conventions: []string{ticketConvention,
		"pairs: the two closest schools of a stratum first, by the Euclidean distance of standardised columns"},
		References: []analysis.Reference{{Key: "Greevy et al. 2004", Text: "Optimal multivariate matching before randomization. Biostatistics 5, 263-275", DOI: "10.1093/biostatistics/5.2.263"}}},
	Constrained: {Name: "Covariate-constrained randomisation", Formula: "B = sum_k (mean_T - mean_C)^2 / s_k^2",
		Conventions: []string{"all schemes, or a sample of them, are scored; one of the best share is drawn by SHA-256 of seed and counter"},
		References: []analysis.Reference{{Key: "Raab & Butcher 2001", Text: "Balance in cluster randomized trials. Statistics in Medicine 20, 351-365", DOI: "10.1002/1097-0258(20010215)20:3<351::AID-SIM797>3.0.CO;2-C"},
			{Key: "Moulton 2004", Text: "Covariate-based constrained randomization of group-randomized trials. Clinical Trials 1, 297-305", DOI: "10.1191/1740774504cn024oa"}}},
	Minimisation: {Name: "Minimisation", Formula: "imbalance = sum over factors of the range over arms of schools at this level / ratio",
		Conventions: []string{"schools in the order of their tickets; the best arm is taken with probability 0.8"},
		References:  []analysis.Reference{{Key: "Pocock & Simon 1975", Text: "Sequential treatment assignment with balancing for prognostic factors in the controlled clinical trial. Biometrics 31, 103-115", DOI: "10.2307/2529712"}}},
	Match: {Name: "Nearest-neighbour matching without replacement", Formula: "distance = sqrt(sum_k ((x_ik - x_jk)/s_k)^2), s_k over all schools",
		Conventions: []string{"closest pair first, one comparison school for each intervention school a round; exact within the named columns; the caliper holds for every column, in standard deviations"},
		References:  []analysis.Reference{{Key: "Stuart 2010", Text: "Matching methods for causal inference: a review and a look forward. Statistical Science 25, 1-21", DOI: "10.1214/09-STS313"}}},
	Given: {Name: "Assignment as given"},
}

const ticketConvention = "schools sorted by the SHA-256 of swis-assign/1, seed, stratum and school id take the arms of the ratio block in turn"

// Method describes the assignment.
func (m Method) Method() analysis.Method { return methodTexts[m] }

// Result reports the assignment: arms by stratum, balance, and the head hash
// of the log.
func (a *Allocation) Result() *analysis.Result {
	d := a.Declaration
	r := &analysis.Result{
		Title:  fmt.Sprintf("%d schools assigned to %s", len(a.Derived.Schools), joinWords(d.Arms)),
		Method: d.Method.Method(),
		Fit:    analysis.Fit{NObs: len(a.Derived.Schools), Status: analysis.Exact},
		Notes:  a.Derived.Notes,
		Provenance: analysis.Provenance{Inputs: []analysis.InputFile{{File: d.Input.File, SHA256: d.Input.SHA256, Rows: len(d.Schools)}},
			Seed: d.Seed, Program: d.Program},
	}
	r.Subtitle = r.Method.Name
	if d.Seed != nil {
		r.Subtitle += fmt.Sprintf(", seed %q", *d.Seed)
	}
	a.reportArms(r)
	a.reportBalance(r)
	a.reportSpace(r)
	if len(d.Balance) > 0 {
		r.Note("log_values", fmt.Sprintf("the log holds every school's %s, from which the assignment is derived: keep it as safely as the data", joinWords(d.Balance)))
	}
	r.Note("head_hash", fmt.Sprintf("head hash of the log: %s. Lodge it where you cannot change it (registry, e-mail to a third party): later changes of the log can then be proved.", a.Log.Head))
	return r
}

// reportArms counts the schools of each arm, in all and by stratum.
func (a *Allocation) reportArms(r *analysis.Result) {
	counts := map[string]map[string]float64{}
	total := map[string]float64{}
	for _, s := range a.Derived.Schools {
		if counts[s.Stratum] == nil {
			counts[s.Stratum] = map[string]float64{}
		}
		counts[s.Stratum][s.Arm]++
		total[s.Arm]++
	}
	t := analysis.Table{Name: "arms", Title: "Schools by stratum and arm", Columns: []analysis.Column{{Name: "stratum", Format: analysis.Text}}}
	for _, arm := range a.Declaration.Arms {
		t.Columns = append(t.Columns, analysis.Column{Name: arm, Label: arm, Format: analysis.Count})
		r.Checks = append(r.Checks, analysis.Check{Name: "schools:" + arm, Value: analysis.Num(total[arm])})
	}
	row := func(name string, n map[string]float64) {
		cells := []analysis.Cell{{Text: name}}
		for _, arm := range a.Declaration.Arms {
			cells = append(cells, analysis.Cell{Value: analysis.Num(n[arm])})
		}
		t.Rows = append(t.Rows, cells)
	}
	for _, stratum := range sortedKeys(counts) {
		if stratum != "" {
			row(stratum, counts[stratum])
		}
	}
	row("all", total)
	r.Tables = append(r.Tables, t)
}

func (a *Allocation) reportBalance(r *analysis.Result) {
	if len(a.Balance) == 0 {
		return
	}
	matching := a.Declaration.Method == Match
	t := analysis.Table{Name: "balance", Title: "Balance: standardised differences from the arm " + a.Declaration.Comparison, Columns: []analysis.Column{
		{Name: "covariate", Format: analysis.Text}, {Name: "arm", Format: analysis.Text},
		{Name: "mean_treated", Label: "mean", Format: analysis.Ratio}, {Name: "mean_control", Label: a.Declaration.Comparison + " mean", Format: analysis.Ratio},
	}}
	if matching {
		t.Columns = append(t.Columns, analysis.Column{Name: "smd_before", Label: "before", Format: analysis.Ratio})
	}
	t.Columns = append(t.Columns, analysis.Column{Name: "smd", Label: map[bool]string{true: "after", false: "std. diff."}[matching], Format: analysis.Ratio})
	for _, b := range a.Balance {
		name := b.Column
		if len(a.Declaration.Arms) > 2 {
			name += ":" + b.Arm
		}
		cells := []analysis.Cell{{Text: b.Column}, {Text: b.Arm}, {Value: b.Mean}, {Value: b.ComparisonMean}}
		if matching {
			cells = append(cells, analysis.Cell{Value: b.Before})
			r.Checks = append(r.Checks, analysis.Check{Name: "smd_before:" + name, Value: b.Before})
		}
		after := "smd:"
		if matching {
			after = "smd_after:"
		}
		r.Checks = append(r.Checks, analysis.Check{Name: after + name, Value: b.After})
		t.Rows = append(t.Rows, append(cells, analysis.Cell{Value: b.After}))
	}
	r.Tables = append(r.Tables, t)
}

func (a *Allocation) reportSpace(r *analysis.Result) {
	s := a.Derived.Space
	if s == nil {
		return
	}
	add := func(name string, value float64, means string) {
		r.Checks = append(r.Checks, analysis.Check{Name: name, Value: analysis.Num(value), Means: means})
	}
	how := "a sample of all schemes"
	if s.Enumerated {
		how = "all schemes there are"
	}
	add("schemes_scored", float64(s.Scored), how)
	add("schemes_acceptable", float64(len(s.Schemes)), "the schemes among which one was drawn, and among which a permutation test draws")
	add("balance_score", s.Drawn, "of the scheme drawn; 0 is perfect balance")
	add("balance_cutoff", s.Cutoff, "the largest acceptable score")
	low, high, outside := s.PairShares(len(a.Declaration.Schools))
	add("pair_share_min", low, "the pair of schools that is least often together, as a share of the acceptable schemes")
	add("pair_share_max", high, "the pair of schools that is most often together")
	if outside > 0 {
		r.Note("pair_validity", fmt.Sprintf("%d pairs of schools are together in fewer than 25%% or more than 75%% of the acceptable schemes; a larger --keep makes the draw more random for them", outside))
	}
}
