package linear

import "math"

// Residualise replaces x, a column of n, by its residuals on the effects. One
// call is accurate to the condition of the reduced system; a second call
// refines it.
func (a *Absorber) Residualise(x []float64) { a.residual(x, x) }

// residual sets to to the residuals of from, which may be the same column.
func (a *Absorber) residual(to, from []float64) {
	if a.steps != nil {
		a.scatterCentred(from, a.work)
		a.solve(a.work, a.gamma)
		a.subtractSteps(to, from, a.gamma)
		return
	}
	if len(to) > 0 && &to[0] != &from[0] {
		copy(to, from)
	}
	switch {
	case a.start == nil:
		return
	case a.columns == 0:
		a.removeFirst(to)
		return
	case a.basis != nil:
		a.removeFirst(to)
		clear(a.work)
		a.scatter(to, a.work)
	default:
		a.scatterCentred(to, a.work)
	}
	a.solve(a.work, a.gamma)
	a.subtract(to, a.gamma)
}

// Refine residualises x, which Residualise has been called on, once more where
// that would still change it beyond rounding.
func (a *Absorber) Refine(x []float64) {
	if a.start == nil || a.columns == 0 || a.basis != nil {
		a.Residualise(x)
		return
	}
	a.scatterCentred(x, a.work)
	size := 0.0
	for r, v := range x {
		if a.weights == nil {
			size += math.Abs(v)
		} else {
			size += a.weights[r] * math.Abs(v)
		}
	}
	size /= float64(a.columns)
	for _, v := range a.work {
		if math.Abs(v) > 1e-14*size {
			a.solve(a.work, a.gamma)
			a.subtract(x, a.gamma)
			return
		}
	}
}

// scatter adds D'Wx to out.
func (a *Absorber) scatter(x, out []float64) {
	for _, g := range a.groups {
		o := out[g.offset : g.offset+g.levels]
		for r, l := range g.index {
			v := x[r]
			if a.weights != nil {
				v *= a.weights[r]
			}
			if g.z != nil {
				v *= g.z[r]
			}
			o[l] += v
		}
	}
}

// scatterCentred sets out to D'W(x - level means), x unchanged.
func (a *Absorber) scatterCentred(x, out []float64) {
	clear(out)
	if a.steps != nil {
		a.scatterSteps(x, out)
		return
	}
	simple := len(a.groups) == 1 && a.groups[0].z == nil
	for l := range a.first.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		if len(rows) == 0 {
			continue
		}
		mean := 0.0
		if a.weights == nil {
			for _, r := range rows {
				mean += x[r]
			}
		} else {
			for _, r := range rows {
				mean += a.weights[r] * x[r]
			}
		}
		if a.total[l] > 0 {
			mean /= a.total[l]
		}
		if simple {
			index := a.groups[0].index
			if a.weights == nil {
				for _, r := range rows {
					out[index[r]] += x[r] - mean
				}
			} else {
				for _, r := range rows {
					out[index[r]] += a.weights[r] * (x[r] - mean)
				}
			}
			continue
		}
		for _, g := range a.groups {
			for _, r := range rows {
				v := (x[r] - mean) * a.weight(r)
				if g.z != nil {
					v *= g.z[r]
				}
				out[g.offset+int(g.index[r])] += v
			}
		}
	}
}

// subtract takes D gamma and then the eliminated factor out of x.
func (a *Absorber) subtract(x, gamma []float64) {
	if a.steps != nil {
		a.subtractSteps(x, x, gamma)
		return
	}
	if len(a.groups) == 1 && a.groups[0].z == nil && a.basis == nil {
		index := a.groups[0].index
		for l := range a.first.Levels {
			rows := a.rows[a.start[l]:a.start[l+1]]
			s := 0.0
			for _, r := range rows {
				v := x[r] - gamma[index[r]]
				x[r] = v
				if a.weights == nil {
					s += v
				} else {
					s += a.weights[r] * v
				}
			}
			if a.total[l] > 0 {
				s /= a.total[l]
			}
			for _, r := range rows {
				x[r] -= s
			}
		}
		return
	}
	for _, g := range a.groups {
		coef := gamma[g.offset : g.offset+g.levels]
		for r, l := range g.index {
			if g.z == nil {
				x[r] -= coef[l]
			} else {
				x[r] -= coef[l] * g.z[r]
			}
		}
	}
	a.removeFirst(x)
}
