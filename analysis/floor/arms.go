package floor

import (
	"math"

	"swis/analysis"
)

// unitTotals are the sums of one unit before and from the start.
type unitTotals struct {
	treated        int8
	y, exposure    [2]float64 // before, from the start on
	rows, positive [2]float64 // rows, and rows with an event
}

// totals sums the rows by unit.
func (r *rows) totals() []unitTotals {
	u := make([]unitTotals, r.units)
	for i, y := range r.y {
		t := &u[r.unit[i]]
		p := r.post[i]
		t.treated = r.treated[i]
		t.y[p] += y
		t.exposure[p] += r.exposure[i]
		t.rows[p]++
		if y > 0 {
			t.positive[p]++
		}
	}
	return u
}

// cell describes the rows of one arm in one period.
type cell struct {
	rows                    int
	events, exposure        float64
	of                      analysis.Behind // the events, and the largest schools' part of them
	min, max                float64
	zeros                   int
	dispersion              float64 // Pearson, given exposure; NaN with fewer than two rows
	unitsAtZero, unitsAtOne int     // units without an event, and with at most one
	unitsSeen               int
}

func (c cell) rate() float64 { return c.events / c.exposure }

// describe fills the cell of an arm and a period.
func (r *rows) describe(arm, post int8, units []unitTotals) cell {
	c := cell{min: math.Inf(1), max: math.Inf(-1), dispersion: math.NaN()}
	for i, y := range r.y {
		if r.treated[i] != arm || r.post[i] != post {
			continue
		}
		c.rows++
		c.events += y
		c.exposure += r.exposure[i]
		c.min, c.max = math.Min(c.min, y), math.Max(c.max, y)
		if y == 0 {
			c.zeros++
		}
	}
	c.of.N = c.events
	if rate := c.rate(); c.rows > 1 && rate > 0 {
		c.dispersion = 0
		for i, y := range r.y {
			if r.treated[i] == arm && r.post[i] == post {
				mu := rate * r.exposure[i]
				c.dispersion += (y - mu) * (y - mu) / mu / float64(c.rows-1)
			}
		}
	}
	for _, u := range units {
		if u.treated != arm || u.rows[post] == 0 {
			continue
		}
		c.unitsSeen++
		c.of.Contribute(u.y[post])
		if u.y[post] == 0 {
			c.unitsAtZero++
		}
		if u.y[post] <= 1 {
			c.unitsAtOne++
		}
	}
	return c
}

// betweenUnits is the Pearson dispersion of unit totals of one period given
// exposure and arm: 1 where units differ by Poisson noise alone. NaN where
// there are too few units or events.
func betweenUnits(units []unitTotals, post int) float64 {
	var events, exposure [2]float64
	n := 0
	for _, u := range units {
		if u.rows[post] > 0 {
			events[u.treated] += u.y[post]
			exposure[u.treated] += u.exposure[post]
			n++
		}
	}
	x2 := 0.0
	arms := 0
	for arm := range 2 {
		if events[arm] == 0 {
			continue
		}
		arms++
		for _, u := range units {
			if int(u.treated) == arm && u.rows[post] > 0 {
				mu := events[arm] / exposure[arm] * u.exposure[post]
				x2 += (u.y[post] - mu) * (u.y[post] - mu) / mu
			}
		}
	}
	if arms == 0 || n <= arms {
		return math.NaN()
	}
	return x2 / float64(n-arms)
}

// change is the log-linear change of one arm from before to after given each
// unit's total: with n events of a unit, the later ones are binomial with share
// q = e1 r/(e1 r + e0), r the arm's rate ratio.
type change struct {
	ratio    float64 // maximum-likelihood rate ratio after to before; NaN without events
	variance float64 // sum n q (1 - q) at ratio: the information of log ratio
	robust   float64 // sum of squared scores of units
	events   float64 // of both periods
	units    int     // that carry information
	x2       float64 // Pearson statistic of the units' later shares
}

// armChange solves sum(y1 - n q(r)) = 0 for the units of an arm.
func armChange(units []unitTotals, arm int8) change {
	c := change{ratio: math.NaN()}
	later := 0.0
	var members []unitTotals
	for _, u := range units {
		if u.treated == arm && u.rows[0] > 0 && u.rows[1] > 0 && u.y[0]+u.y[1] > 0 {
			members = append(members, u)
			c.events += u.y[0] + u.y[1]
			later += u.y[1]
			c.units++
		}
	}
	if c.events == 0 {
		return c
	}
	switch later {
	case 0:
		c.ratio = 0
		return c
	case c.events:
		c.ratio = math.Inf(1)
		return c
	}
	x := solveIncreasing(func(x float64) float64 {
		expected := 0.0
		for _, u := range members {
			expected += (u.y[0] + u.y[1]) * laterShare(u, math.Exp(x))
		}
		return expected - later
	})
	c.ratio = math.Exp(x)
	for _, u := range members {
		n := u.y[0] + u.y[1]
		q := laterShare(u, c.ratio)
		residual := u.y[1] - n*q
		c.variance += n * q * (1 - q)
		c.robust += residual * residual
		c.x2 += residual * residual / (n * q * (1 - q))
	}
	return c
}

func laterShare(u unitTotals, ratio float64) float64 {
	return u.exposure[1] * ratio / (u.exposure[1]*ratio + u.exposure[0])
}

// solveIncreasing finds the root of an increasing function of a log ratio.
func solveIncreasing(f func(float64) float64) float64 {
	low, high := -40.0, 40.0
	for range 200 {
		mid := (low + high) / 2
		if f(mid) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}
