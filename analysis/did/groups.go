package did

import (
	"math"
	"slices"
)

// wide is a balanced panel by units: outcome and covariates at every period.
type wide struct {
	periods []float64     // T, in order
	y       [][]float64   // T columns of n units
	x       [][][]float64 // covariate by period by unit
	cohort  []float64     // n, +Inf never
	unit    []int32       // n, unit of the panel
	fixed   bool          // covariates do not change over time
	dropped int           // units that lack a period
	always  int           // units treated from the first period on
}

// n is the number of units.
func (w *wide) n() int { return len(w.unit) }

// widen makes the balanced panel. Units that lack a period and units treated
// from the first period on are left out and counted; a cohort that starts after
// the last period is never treated.
func (p *Panel) widen() *wide {
	w := &wide{periods: slices.Clone(p.Periods), fixed: true}
	order := make([]int, len(p.Periods))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if p.Periods[a] < p.Periods[b] {
			return -1
		}
		return 1
	})
	place := make([]int, len(order))
	for i, l := range order {
		place[l] = i
		w.periods[i] = p.Periods[l]
	}
	periods := len(order)
	row := make([]int32, len(p.Unit.Levels)*periods)
	for i := range row {
		row[i] = -1
	}
	for i := range p.Y {
		row[int(p.Unit.Index[i])*periods+place[p.Time.Index[i]]] = int32(i)
	}
	last := w.periods[periods-1]
	for u := range p.Unit.Levels {
		rows := row[u*periods : (u+1)*periods]
		if slices.Contains(rows, -1) {
			w.dropped++
			continue
		}
		if p.Cohort[u] <= w.periods[0] {
			w.always++
			continue
		}
		c := p.Cohort[u]
		if c > last {
			c = math.Inf(1)
		}
		w.unit = append(w.unit, int32(u))
		w.cohort = append(w.cohort, c)
	}
	w.y = make([][]float64, periods)
	for t := range periods {
		w.y[t] = make([]float64, w.n())
		for i, u := range w.unit {
			w.y[t][i] = p.Y[row[int(u)*periods+t]]
		}
	}
	for _, x := range p.X {
		byPeriod := make([][]float64, periods)
		for t := range periods {
			byPeriod[t] = make([]float64, w.n())
			for i, u := range w.unit {
				byPeriod[t][i] = x[row[int(u)*periods+t]]
				if byPeriod[t][i] != byPeriod[0][i] {
					w.fixed = false
				}
			}
		}
		w.x = append(w.x, byPeriod)
	}
	return w
}

// cell is one group-time average treatment effect.
type cell struct {
	group, time, base float64
	att               float64   // NaN where it cannot be had
	influence         []float64 // n; nil where att is NaN or the base period itself
	why               string
}

// groupTimeOptions say how group-time effects are estimated.
type groupTimeOptions struct {
	notYet    bool
	how       adjustment
	universal bool
}

// groupTime estimates att(g,t) for every cohort and period: the change from
// the base period in cohort g against the change among units never treated, or
// not yet treated by the later of the two periods (Callaway & Sant'Anna 2021).
// The base period of a treated period is the last one before g; of an earlier
// one it is the period before (varying) or the same (universal).
func (w *wide) groupTime(o groupTimeOptions) (cells []cell, trimmed int) {
	n := w.n()
	var groups []float64
	for _, c := range w.cohort {
		if !math.IsInf(c, 1) && !slices.Contains(groups, c) {
			groups = append(groups, c)
		}
	}
	slices.Sort(groups)
	type key struct {
		group, until float64
		base         int
	}
	known := map[key]*comparison{}
	influences := make([]float64, 0)
	dy := make([]float64, n)
	inf := make([]float64, n)
	for _, g := range groups {
		before := -1
		for t, v := range w.periods {
			if v < g {
				before = t
			}
		}
		for t, v := range w.periods {
			base := before
			if v < g && !o.universal {
				base = t - 1
			}
			if base < 0 {
				continue
			}
			c := cell{group: g, time: v, base: w.periods[base], att: math.NaN()}
			if base == t {
				c.att = 0
				cells = append(cells, c)
				continue
			}
			k := key{group: g, until: math.Inf(1)}
			if o.notYet {
				k.until = max(v, w.periods[base])
			}
			if !w.fixed {
				k.base = base
			}
			two := known[k]
			if two == nil {
				two = w.compare(g, k.until, base, o)
				known[k] = two
				trimmed += two.trimmed
			}
			if two.failed != "" {
				c.why = two.failed
				cells = append(cells, c)
				continue
			}
			m := len(two.units)
			for i, u := range two.units {
				dy[i] = w.y[t][u] - w.y[base][u]
			}
			c.att = two.effect(dy[:m], o.how, inf[:m])
			if !math.IsNaN(c.att) {
				if len(influences) < n {
					influences = make([]float64, 32*n)
				}
				c.influence, influences = influences[:n:n], influences[n:]
				scale := float64(n) / float64(m)
				for i, u := range two.units {
					c.influence[u] = scale * inf[i]
				}
			}
			cells = append(cells, c)
		}
	}
	return cells, trimmed
}

// compare prepares the comparison of cohort g with units not treated until.
func (w *wide) compare(g, until float64, base int, o groupTimeOptions) *comparison {
	var units, controls []int32
	for i, c := range w.cohort {
		switch {
		case c == g:
			units = append(units, int32(i))
		case math.IsInf(c, 1), o.notYet && c > until:
			controls = append(controls, int32(i))
		}
	}
	treated := len(units)
	units = append(units, controls...)
	x := make([][]float64, 1+len(w.x))
	x[0] = make([]float64, len(units))
	for i := range x[0] {
		x[0][i] = 1
	}
	for j := range w.x {
		x[j+1] = make([]float64, len(units))
		for i, u := range units {
			x[j+1][i] = w.x[j][base][u]
		}
	}
	return prepareComparison(units, treated, x, o.how)
}
