package did

import (
	"math"
	"strconv"
	"strings"

	"swis/analysis"
)

// restEvents says which counts the effects by time from the start give away: in
// a count model with effects of arm by period, the totals of both arms in that
// period. With several starts the treated rows of one distance are taken
// together. The table of rates says what these counts add up to.
func (p *Panel) restEvents(result *analysis.Result) {
	rest := map[float64][]analysis.Behind{}
	if len(p.Starts) == 1 {
		for arm, name := range []string{p.Comparison, p.Intervention} {
			p.restOfArm(arm == 1, name, rest, result)
		}
	} else {
		byDistance := map[float64]*analysis.Behind{}
		for i, y := range p.Y {
			if k := p.Period(i) - p.Start(i); !math.IsInf(k, 0) {
				if byDistance[k] == nil {
					byDistance[k] = p.countBehind(0, p.Intervention, "event "+label(k), nil)
				}
				byDistance[k].N += y
				byDistance[k].Contribute(y)
			}
		}
		for k, b := range byDistance {
			if b.N == math.Trunc(b.N) {
				rest[k] = []analysis.Behind{*b}
			}
		}
	}
	for i := range result.Estimates {
		e := &result.Estimates[i]
		if at, ok := strings.CutPrefix(e.Term, "event:"); ok {
			if k, err := strconv.ParseFloat(at, 64); err == nil {
				e.Behind = rest[k]
			}
		}
	}
}

// restOfArm adds the totals of an arm by period, where there is one start.
func (p *Panel) restOfArm(treated bool, name string, rest map[float64][]analysis.Behind, result *analysis.Result) {
	periods := make([]analysis.Behind, len(p.Periods))
	for i, y := range p.Y {
		if math.IsInf(p.Start(i), 1) != treated {
			b := &periods[p.Time.Index[i]]
			b.N += y
			b.Contribute(y)
		}
	}
	sums := map[string]*analysis.Sum{}
	for l, b := range periods {
		if b.N != math.Trunc(b.N) {
			return
		}
		k, side := p.Periods[l]-p.Starts[0], analysis.Before
		if k >= 0 {
			side = analysis.After
		}
		b.Of = analysis.CountOf(p.Design.Response.Name, name, p.Time.Levels[l])
		rest[k] = append(rest[k], b)
		if sums[side] == nil {
			sums[side] = &analysis.Sum{Whole: analysis.Behind{Of: analysis.CountOf(p.Design.Response.Name, name, side)}}
		}
		sums[side].Whole.N += b.N
		sums[side].Parts = append(sums[side].Parts, b)
	}
	for t := range result.Tables {
		for _, side := range []string{analysis.Before, analysis.After} {
			if result.Tables[t].Name == "rates" && sums[side] != nil {
				result.Tables[t].Sums = append(result.Tables[t].Sums, *sums[side])
			}
		}
	}
}
