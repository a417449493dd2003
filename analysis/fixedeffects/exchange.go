package fixedeffects

import (
	"math"

	"swis/analysis/linear"
)

// PoissonExchange refits a two-way fixed-effects Poisson model under exchanged
// arms, for randomisation inference. Unit effects are concentrated out exactly
// (given its total, a unit's counts are multinomial over its periods), which
// leaves the effect, the covariates and the period effects. Its information at
// the model without the effect is factored once; each allocation then takes
// chord steps from there, every one a pass over the rows without an
// exponential a row. Periods that no arm tells apart are added up first where
// nothing is lost by it (collapse).
type PoissonExchange struct {
	units, periods int
	start          []int32   // units+1, rows of each unit
	time           []int32   // by row in unit order
	y, base        []float64 // by row: outcome, and exp(offset + covariates + period effects) without the effect
	total          []float64 // outcome of each unit
	moving         [][]bool  // by arm and period: the effect applies
	x              [][]float64
	k              int // covariates and periods
	factor         *linear.Factored
	sums           *exchangeMatrix // nil where there are covariates
}

// poissonWork is the memory of one worker.
type poissonWork struct {
	e                      *PoissonExchange
	score, step, cross, up []float64
	gamma, theta           []float64
	rate                   []float64
	growth, sums           [][]float64 // by arm and period, without covariates
	with                   float64     // outcomes with the effect
}

// NewPoissonExchange prepares the refits. f is a fit of the model without the
// effect (covariates only); unit and period are the places of these effects in
// it, moving says by arm and by the fit's period whether a unit of that arm has
// the effect then.
func NewPoissonExchange(f *Fit, unit, period int, moving [][]bool) *PoissonExchange {
	u, t := &f.Effects[unit], &f.Effects[period]
	e := &PoissonExchange{units: u.Levels, periods: t.Levels, moving: moving}
	e.start = make([]int32, e.units+1)
	for _, l := range u.Index {
		e.start[l+1]++
	}
	for l := range e.units {
		e.start[l+1] += e.start[l]
	}
	n := f.N()
	order := make([]int32, n)
	next := append([]int32(nil), e.start[:e.units]...)
	for i, l := range u.Index {
		order[next[l]] = int32(i)
		next[l]++
	}
	e.time, e.y, e.base = make([]int32, n), make([]float64, n), make([]float64, n)
	e.total = make([]float64, e.units)
	e.x = make([][]float64, len(f.Raw))
	for j := range e.x {
		e.x[j] = make([]float64, n)
	}
	for k, i := range order {
		e.time[k], e.y[k], e.base[k] = t.Index[i], f.Y[i], f.Mu[i]
		e.total[u.Index[i]] += f.Y[i]
		for j, x := range f.Raw {
			e.x[j][k] = x[i]
		}
	}
	e.collapse()
	e.sums = e.matrix()
	e.factorise()
	return e
}

// factorise forms and factors the information of covariates and periods at the
// model without the effect.
func (e *PoissonExchange) factorise() {
	q := len(e.x)
	e.k = q + e.periods
	k := e.k
	info := make([]float64, k*k)
	row := make([]float64, k)
	for u := range e.units {
		sum := 0.0
		clear(row)
		from, to := e.start[u], e.start[u+1]
		for r := from; r < to; r++ {
			sum += e.base[r]
		}
		scale := e.total[u] / sum
		for r := from; r < to; r++ {
			w := scale * e.base[r]
			t := q + int(e.time[r])
			row[t] += w
			info[t*k+t] += w
			for j := range q {
				row[j] += w * e.x[j][r]
				info[t*k+j] += w * e.x[j][r]
				for l := range j + 1 {
					info[j*k+l] += w * e.x[j][r] * e.x[l][r]
				}
			}
		}
		if e.total[u] > 0 {
			for i := range k {
				for j := range i + 1 {
					info[i*k+j] -= row[i] * row[j] / e.total[u]
				}
			}
		}
	}
	e.factor = linear.FactorSemidefinite(k, info, 1e-10)
}

// Statistic gives a maker of functions that return the coefficient of the
// effect under an allocation of arms to units: infinite where the counts
// separate, NaN where it is not identified or not found.
func (e *PoissonExchange) Statistic() func() func(arms []int32) float64 {
	return func() func([]int32) float64 {
		w := &poissonWork{e: e, score: make([]float64, e.k), step: make([]float64, e.k), cross: make([]float64, e.k), up: make([]float64, e.k),
			theta: make([]float64, e.k), gamma: make([]float64, e.periods), rate: make([]float64, 64)}
		if e.sums != nil {
			for range e.moving {
				w.growth, w.sums = append(w.growth, make([]float64, e.periods)), append(w.sums, make([]float64, e.periods))
			}
		}
		return w.coefficient
	}
}

// coefficient refits under an allocation.
func (w *poissonWork) coefficient(arms []int32) float64 {
	e := w.e
	var with, without, own float64
	if e.sums != nil {
		with, without, own = e.sums.start(w, arms)
	} else {
		with, without, own = w.start(arms)
	}
	w.with = with
	if with == 0 {
		return math.Inf(-1)
	}
	if without == 0 {
		return math.NaN()
	}
	copy(w.up, w.cross)
	e.factor.Solve(w.up)
	schur := own
	for i, v := range w.cross {
		schur -= v * w.up[i]
	}
	if !(schur > 1e-9*own) {
		return math.NaN()
	}
	return w.chord(arms, schur)
}

// start gives the outcomes with and without the effect under an allocation, and
// the effect's information and covariance with the others (in w.cross) at the
// model without it.
func (w *poissonWork) start(arms []int32) (with, without, own float64) {
	e := w.e
	q := len(e.x)
	for u, a := range arms {
		on := e.moving[a]
		for r := e.start[u]; r < e.start[u+1]; r++ {
			if on[e.time[r]] {
				with += e.y[r]
			} else {
				without += e.y[r]
			}
		}
	}
	clear(w.cross)
	for u, a := range arms {
		on := e.moving[a]
		from, to := e.start[u], e.start[u+1]
		sum, part := 0.0, 0.0
		for r := from; r < to; r++ {
			sum += e.base[r]
			if on[e.time[r]] {
				part += e.base[r]
			}
		}
		if part == 0 || part == sum || e.total[u] == 0 {
			continue
		}
		scale := e.total[u] / sum
		share := part / sum
		own += e.total[u] * share * (1 - share)
		for r := from; r < to; r++ {
			v := -share * scale * e.base[r]
			if on[e.time[r]] {
				v += scale * e.base[r]
			}
			w.cross[q+int(e.time[r])] += v
			for j := range q {
				w.cross[j] += v * e.x[j][r]
			}
		}
	}
	return with, without, own
}

// chord iterates with the information of the null model, damping nothing: the
// concentrated likelihood is concave and the steps contract near it. Where they
// do not, the information of the effect is refreshed by the secant.
func (w *poissonWork) chord(arms []int32, schur float64) float64 {
	e := w.e
	clear(w.theta)
	delta := 0.0
	lastStep, lastScore := 0.0, 0.0
	slope := schur
	for range 400 {
		score := w.gradient(arms, delta)
		// eliminate the others: score of the effect given their step
		copy(w.step, w.score)
		e.factor.Solve(w.step)
		reduced := score
		for i, v := range w.cross {
			reduced -= v * w.step[i]
		}
		if lastStep != 0 {
			if secant := (lastScore - reduced) / lastStep; secant > 0.05*slope && secant < 20*slope {
				slope = secant
			}
		}
		move := reduced / slope
		if move > 2 {
			move = 2
		} else if move < -2 {
			move = -2
		}
		largest := math.Abs(move)
		for i := range w.theta {
			s := w.step[i] - w.up[i]*move
			w.theta[i] += s
			largest = max(largest, math.Abs(s))
		}
		delta += move
		lastStep, lastScore = move, reduced
		if math.Abs(delta) > 25 {
			return math.Inf(int(math.Copysign(1, delta)))
		}
		if largest < 1e-12 {
			return delta
		}
	}
	return math.NaN()
}

// gradient fills the score of covariates and periods, and returns that of the
// effect.
func (w *poissonWork) gradient(arms []int32, delta float64) float64 {
	e := w.e
	if e.sums != nil {
		return e.sums.gradient(w, arms, delta, w.with)
	}
	q := len(e.x)
	clear(w.score)
	for t := range w.gamma {
		w.gamma[t] = math.Exp(w.theta[q+t])
	}
	ratio := math.Exp(delta)
	effect := 0.0
	for u, a := range arms {
		on := e.moving[a]
		from, to := int(e.start[u]), int(e.start[u+1])
		if len(w.rate) < to-from {
			w.rate = make([]float64, to-from)
		}
		rate := w.rate[:to-from]
		sum := 0.0
		for i := range rate {
			r := from + i
			t := e.time[r]
			v := e.base[r] * w.gamma[t]
			if q > 0 {
				eta := 0.0
				for j := range q {
					eta += w.theta[j] * e.x[j][r]
				}
				v *= math.Exp(eta)
			}
			if on[t] {
				v *= ratio
			}
			rate[i] = v
			sum += v
		}
		scale := e.total[u] / sum
		for i, v := range rate {
			r := from + i
			t := e.time[r]
			d := e.y[r] - scale*v
			w.score[q+int(t)] += d
			if on[t] {
				effect += d
			}
			for j := range q {
				w.score[j] += d * e.x[j][r]
			}
		}
	}
	return effect
}
