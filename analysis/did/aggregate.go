package did

import (
	"math"
	"slices"
)

// average is a weighted average of group-time effects with its influence
// function.
type average struct {
	term      string
	at        float64 // group, calendar or event time; NaN for an overall average
	att       float64
	influence []float64 // n
}

// aggregation is one of the four ways to average group-time effects: the
// overall average first, then its parts.
type aggregation struct {
	overall average
	parts   []average
}

// aggregate averages cells in the four ways of Callaway & Sant'Anna (2021,
// section 3). Weights are the estimated shares of cohorts, and their estimation
// is part of the influence functions. Cells without an estimate are left out.
func (w *wide) aggregate(cells []cell) map[string]*aggregation {
	n := float64(w.n())
	share := map[float64]float64{}
	for _, c := range w.cohort {
		share[c] += 1 / n
	}
	usable := func(keep func(c *cell) bool) []*cell {
		var out []*cell
		for i := range cells {
			if c := &cells[i]; !math.IsNaN(c.att) && keep(c) {
				out = append(out, c)
			}
		}
		return out
	}
	post := func(c *cell) bool { return c.time >= c.group }
	distinct := func(of func(c *cell) float64, keep func(c *cell) bool) []float64 {
		var out []float64
		for _, c := range usable(keep) {
			if v := of(c); !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
		slices.Sort(out)
		return out
	}
	result := map[string]*aggregation{}

	simple := w.weighted("simple", math.NaN(), usable(post), share)
	result["simple"] = &aggregation{overall: simple}

	group := &aggregation{}
	var shares []float64
	for _, g := range distinct(func(c *cell) float64 { return c.group }, post) {
		group.parts = append(group.parts, w.plain("group:"+label(g), g, usable(func(c *cell) bool { return post(c) && c.group == g })))
		shares = append(shares, share[g])
	}
	group.overall = w.overGroups("group", group.parts, shares)
	result["group"] = group

	calendar := &aggregation{}
	for _, t := range distinct(func(c *cell) float64 { return c.time }, post) {
		calendar.parts = append(calendar.parts, w.weighted("calendar:"+label(t), t, usable(func(c *cell) bool { return post(c) && c.time == t }), share))
	}
	calendar.overall = w.mean("calendar", calendar.parts, func(average) bool { return true })
	result["calendar"] = calendar

	dynamic := &aggregation{}
	all := func(*cell) bool { return true }
	for _, e := range distinct(func(c *cell) float64 { return c.time - c.group }, all) {
		dynamic.parts = append(dynamic.parts, w.weighted("dynamic:"+label(e), e, usable(func(c *cell) bool { return c.time-c.group == e }), share))
	}
	dynamic.overall = w.mean("dynamic", dynamic.parts, func(a average) bool { return a.at >= 0 })
	result["dynamic"] = dynamic
	return result
}

// weighted averages cells with the shares of their cohorts.
func (w *wide) weighted(term string, at float64, cells []*cell, share map[float64]float64) average {
	a := average{term: term, at: at, influence: make([]float64, w.n())}
	total := 0.0
	for _, c := range cells {
		total += share[c.group]
	}
	byGroup := map[float64]float64{} // sum over cells of att, by cohort
	for _, c := range cells {
		f := share[c.group] / total
		a.att += f * c.att
		for i, v := range c.influence {
			a.influence[i] += f * v
		}
		byGroup[c.group] += c.att
	}
	// estimated shares: sum over cells of (1{G=g} - p_g)(att - average)/total
	count := map[float64]float64{}
	constant := 0.0
	for _, c := range cells {
		count[c.group]++
		constant += share[c.group] * (c.att - a.att) / total
	}
	for i, g := range w.cohort {
		if k := count[g]; k > 0 {
			a.influence[i] += (byGroup[g] - k*a.att) / total
		}
		a.influence[i] -= constant
	}
	if len(cells) == 0 {
		a.att = math.NaN()
	}
	return a
}

// plain averages cells with equal weights.
func (w *wide) plain(term string, at float64, cells []*cell) average {
	a := average{term: term, at: at, influence: make([]float64, w.n())}
	f := 1 / float64(len(cells))
	for _, c := range cells {
		a.att += f * c.att
		for i, v := range c.influence {
			a.influence[i] += f * v
		}
	}
	return a
}

// overGroups averages cohort averages by the shares of the cohorts.
func (w *wide) overGroups(term string, parts []average, shares []float64) average {
	a := average{term: term, at: math.NaN(), influence: make([]float64, w.n())}
	total := 0.0
	for _, s := range shares {
		total += s
	}
	value := map[float64]float64{}
	for k, part := range parts {
		f := shares[k] / total
		a.att += f * part.att
		for i, v := range part.influence {
			a.influence[i] += f * v
		}
		value[part.at] = part.att
	}
	for i, g := range w.cohort {
		if v, ok := value[g]; ok {
			a.influence[i] += (v - a.att) / total
		}
	}
	if len(parts) == 0 {
		a.att = math.NaN()
	}
	return a
}

// mean averages parts with equal weights.
func (w *wide) mean(term string, parts []average, keep func(average) bool) average {
	a := average{term: term, at: math.NaN(), influence: make([]float64, w.n())}
	k := 0.0
	for _, part := range parts {
		if !keep(part) {
			continue
		}
		k++
		a.att += part.att
		for i, v := range part.influence {
			a.influence[i] += v
		}
	}
	a.att /= k
	for i := range a.influence {
		a.influence[i] /= k
	}
	return a
}

// standardError is sqrt(mean(IF^2)/n), or with clusters the root of the sum of
// squared cluster sums over n^2. No small-sample factor.
func standardError(influence []float64, cluster []int32, clusters int) float64 {
	n := float64(len(influence))
	s := 0.0
	if cluster == nil {
		for _, v := range influence {
			s += v * v
		}
		return math.Sqrt(s) / n
	}
	sums := make([]float64, clusters)
	for i, v := range influence {
		sums[cluster[i]] += v
	}
	for _, v := range sums {
		s += v * v
	}
	return math.Sqrt(s) / n
}
