package fixedeffects

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// exchangeMatrix holds what a PoissonExchange without covariates needs of its
// rows. Outcomes enter as sums alone; expected counts are a matrix of units by
// periods, zero where there is no row, so that a step costs one product of a
// unit's row with the growth of its arm and one sum of rows.
type exchangeMatrix struct {
	base     []float64   // units by periods
	sum      []float64   // units: sums of base
	byPeriod []float64   // periods: outcomes
	events   [][]float64 // by arm and unit: outcomes where the arm has the effect
	part     [][]float64 // by arm and unit: base there
}

// matrix lays the rows out, where there are no covariates.
func (e *PoissonExchange) matrix() *exchangeMatrix {
	if len(e.x) > 0 {
		return nil
	}
	m := &exchangeMatrix{base: make([]float64, e.units*e.periods), sum: make([]float64, e.units), byPeriod: make([]float64, e.periods)}
	for range e.moving {
		m.events, m.part = append(m.events, make([]float64, e.units)), append(m.part, make([]float64, e.units))
	}
	for u := range e.units {
		for r := e.start[u]; r < e.start[u+1]; r++ {
			t := int(e.time[r])
			m.base[u*e.periods+t] += e.base[r]
			m.sum[u] += e.base[r]
			m.byPeriod[t] += e.y[r]
			for a, on := range e.moving {
				if on[t] {
					m.events[a][u] += e.y[r]
					m.part[a][u] += e.base[r]
				}
			}
		}
	}
	return m
}

// row is the expected counts of a unit.
func (m *exchangeMatrix) row(u, periods int) []float64 { return m.base[u*periods : (u+1)*periods] }

// start gives the outcomes with and without the effect under an allocation, and
// the effect's information and covariance with the periods (in w.cross) at the
// model without it.
func (m *exchangeMatrix) start(w *poissonWork, arms []int32) (with, without, own float64) {
	e := w.e
	clear(w.cross)
	w.clearSums()
	for u, a := range arms {
		with += m.events[a][u]
		without += e.total[u] - m.events[a][u]
		sum, part := m.sum[u], m.part[a][u]
		if part == 0 || part == sum || e.total[u] == 0 {
			continue
		}
		share := part / sum
		own += e.total[u] * share * (1 - share)
		row := m.row(u, e.periods)
		floats.AddScaled(w.sums[a], e.total[u]/sum, row)
		floats.AddScaled(w.cross, -share*e.total[u]/sum, row)
	}
	for a, on := range e.moving {
		for t, yes := range on {
			if yes {
				w.cross[t] += w.sums[a][t]
			}
		}
	}
	return with, without, own
}

// gradient fills the score of the periods, and returns that of the effect, given
// the outcomes with it.
func (m *exchangeMatrix) gradient(w *poissonWork, arms []int32, delta, with float64) float64 {
	e := w.e
	ratio := math.Exp(delta)
	for t := range w.gamma {
		w.gamma[t] = math.Exp(w.theta[t])
	}
	for a, on := range e.moving {
		for t, yes := range on {
			w.growth[a][t] = w.gamma[t]
			if yes {
				w.growth[a][t] *= ratio
			}
		}
	}
	w.clearSums()
	for u, a := range arms {
		if e.total[u] == 0 {
			continue
		}
		row := m.row(u, e.periods)
		floats.AddScaled(w.sums[a], e.total[u]/floats.Dot(row, w.growth[a]), row)
	}
	copy(w.score, m.byPeriod)
	effect := with
	for a, on := range e.moving {
		for t, yes := range on {
			expected := w.growth[a][t] * w.sums[a][t]
			w.score[t] -= expected
			if yes {
				effect -= expected
			}
		}
	}
	return effect
}

func (w *poissonWork) clearSums() {
	for a := range w.sums {
		clear(w.sums[a])
	}
}
