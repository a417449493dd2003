package mixed

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/formula"
)

// residualGroups is a mixed model whose residual standard deviation differs
// between groups of rows, such as arms: Var(e_i) = sigma^2 exp(2 delta_a) for
// row i of group a, delta_0 = 0. The cross-products of each group are kept
// apart; an evaluation adds them up with weights exp(-2 delta_a), so that it
// still costs as much as there are levels, not rows. Variables are theta and
// then delta_1, delta_2, ...
type residualGroups struct {
	*criterion
	parts  []*system
	counts []float64 // rows of each group
	delta  []float64 // by group, the first is zero
}

// newResidualGroups splits the cross-products of a model by the levels of g.
func (m *model) newResidualGroups(g *formula.Group, reml bool) *residualGroups {
	s := m.system
	h := &residualGroups{counts: make([]float64, len(g.Levels)), delta: make([]float64, len(g.Levels))}
	for range g.Levels {
		part := *s
		part.zz, part.zx = make([][]float64, len(s.zz)), make([][]float64, len(s.zx))
		for f := range s.zz {
			part.zz[f], part.zx[f] = make([]float64, len(s.zz[f])), make([]float64, len(s.zx[f]))
		}
		part.xx, part.cross = make([]float64, len(s.xx)), make([]float64, len(s.cross))
		h.parts = append(h.parts, &part)
	}
	m.split(g, h)
	whole := *s
	whole.translation = nil
	whole.zz, whole.zx = make([][]float64, len(s.zz)), make([][]float64, len(s.zx))
	for f := range s.zz {
		whole.zz[f], whole.zx[f] = make([]float64, len(s.zz[f])), make([]float64, len(s.zx[f]))
	}
	whole.xx, whole.cross = make([]float64, len(s.xx)), make([]float64, len(s.cross))
	h.criterion = whole.criterion(reml)
	return h
}

// split passes over the rows once more and adds each to its group.
func (m *model) split(g *formula.Group, h *residualGroups) {
	s, p := m.system, m.system.p
	w := p + 1
	kept := make([][]float64, p)
	for j, c := range s.basis.kept {
		kept[j] = m.design.Fixed.X[c]
	}
	blocks := map[[2]int32]int{} // of pairs of nodes, earlier first
	for i := range s.edges {
		blocks[[2]int32{s.edges[i].earlier, s.edges[i].later}] = i
	}
	x := make([]float64, w)
	z := make([][]float64, len(m.groups))
	for f, one := range m.groups {
		z[f] = make([]float64, one.k())
	}
	for i, y := range m.y {
		a := g.Index[i]
		part := h.parts[a]
		h.counts[a]++
		root := 1.0
		if m.design.Weights != nil {
			root = math.Sqrt(m.design.Weights[i])
		}
		s.basis.row(kept, i, x[:p])
		for j, v := range x[:p] {
			y -= v * s.basis.gamma[j]
		}
		x[p] = y / s.yScale
		for j := range x {
			x[j] *= root
		}
		for b, v := range x {
			for c, u := range x {
				part.xx[b*w+c] += v * u
			}
		}
		for f, one := range m.groups {
			k := one.k()
			one.row(i, root, z[f])
			j := int(one.index[i])
			for b, v := range z[f] {
				for c, u := range z[f] {
					part.zz[f][(j*k+b)*k+c] += v * u
				}
				for c, u := range x {
					part.zx[f][(j*k+b)*w+c] += v * u
				}
			}
			for e, other := range m.groups[:f] {
				u, v := s.first[e]+other.index[i], s.first[f]+one.index[i]
				first, second := e, f
				if !s.structure.Earlier(int(u), int(v)) {
					u, v, first, second = v, u, f, e
				}
				edge := &s.edges[blocks[[2]int32{u, v}]]
				ka := m.groups[first].k()
				for r, q := range z[second] {
					for c, t := range z[first] {
						part.cross[edge.block+r*ka+c] += q * t
					}
				}
			}
		}
	}
}

// combine sets the system to the sum over groups at the given deltas.
func (h *residualGroups) combine(delta []float64) {
	s := h.criterion.system
	clear(s.xx)
	clear(s.cross)
	for f := range s.zz {
		clear(s.zz[f])
		clear(s.zx[f])
	}
	s.logWeights = h.parts[0].logWeights
	for a, part := range h.parts {
		h.delta[a] = 0
		if a > 0 {
			h.delta[a] = delta[a-1]
		}
		w := math.Exp(-2 * h.delta[a])
		s.logWeights -= 2 * h.delta[a] * h.counts[a]
		add := func(into, from []float64) {
			for i, v := range from {
				into[i] += w * v
			}
		}
		add(s.xx, part.xx)
		add(s.cross, part.cross)
		for f := range s.zz {
			add(s.zz[f], part.zz[f])
			add(s.zx[f], part.zx[f])
		}
	}
}

func (h *residualGroups) value(x []float64) (float64, bool) {
	m := len(h.params)
	for _, d := range x[m:] {
		if math.Abs(d) > 15 {
			return math.Inf(1), false
		}
	}
	h.combine(x[m:])
	return h.criterion.value(x[:m])
}

func (h *residualGroups) gradient(g []float64) {
	logDet, r2 := make([]float64, len(g)), make([]float64, len(g))
	h.derivatives(logDet, r2)
	for i := range g {
		g[i] = logDet[i] + h.df()/h.r2*r2[i]
	}
}

// derivatives are those of the log determinants (weights included) and of r^2
// by theta and delta.
func (h *residualGroups) derivatives(logDet, r2 []float64) {
	m := len(h.params)
	h.gradients(logDet[:m], r2[:m])
	for a := 1; a < len(h.parts); a++ {
		// d weight/d delta = -2 weight
		w := -2 * math.Exp(-2*h.delta[a])
		trace, square := h.share(h.parts[a])
		logDet[m+a-1] = w*trace + 2*h.counts[a]
		r2[m+a-1] = w * square
	}
}

// share is tr(Omega^-1 Omega_a) and the residual sum of squares of group a,
// from the selected inverse and the solution that gradients left.
func (h *residualGroups) share(part *system) (trace, square float64) {
	c := h.criterion
	v := c.inverse
	w := c.p + 1
	q := c.structure.Scalars()
	border := 0
	if c.reml {
		border = c.p
	}
	d := make([]float64, w) // (beta, -1)
	copy(d, c.effects[q:])
	d[c.p] = -1
	b := c.scaled(c.effects[:q])
	for gi, g := range c.groups {
		k := g.k()
		lambda := c.lambda[gi]
		for j := range g.levels {
			node := int(c.first[gi]) + j
			at := c.structure.Start(node)
			place, side := &c.diagonal[node], &c.border[node]
			inverse, panel := v.Diag, v.Panel
			if place.Dense {
				inverse, panel = v.Dense, v.Dense
			}
			for r := range k {
				zz := part.zz[gi][(j*k+r)*k : (j*k+r+1)*k]
				zx := part.zx[gi][(j*k+r)*w : (j*k+r+1)*w]
				for t, z := range zz {
					square += b[at+r] * z * b[at+t]
					// (Lambda inverse_jj Lambda')_tr
					for x := range t + 1 {
						for y := range r + 1 {
							trace += lambda[t*k+x] * inverse[place.Base+x*place.RowStride+y] * lambda[r*k+y] * z
						}
					}
				}
				square += 2 * b[at+r] * dot(zx, d)
				for x := range border {
					for y := range r + 1 {
						trace += 2 * lambda[r*k+y] * panel[side.Base+x*side.RowStride+y*side.ColumnStride] * zx[x]
					}
				}
			}
		}
	}
	for i := range c.edges {
		e := &c.edges[i]
		la, lb := c.lambda[e.groupEarlier], c.lambda[e.groupLater]
		ka, kb := c.groups[e.groupEarlier].k(), c.groups[e.groupLater].k()
		atA, atB := c.structure.Start(int(e.earlier)), c.structure.Start(int(e.later))
		values := v.Panel
		if e.place.Dense {
			values = v.Dense
		}
		for r := range kb {
			for t := range ka {
				z := part.cross[e.block+r*ka+t]
				square += 2 * b[atB+r] * z * b[atA+t]
				for x := range r + 1 {
					for y := range t + 1 {
						trace += 2 * lb[r*kb+x] * values[e.place.Base+x*e.place.RowStride+y*e.place.ColumnStride] * la[t*ka+y] * z
					}
				}
			}
		}
	}
	for x := range w {
		square += d[x] * dot(part.xx[x*w:(x+1)*w], d)
	}
	for x := range border {
		for y := range border {
			trace += v.Dense[c.corner.Base+x*c.corner.RowStride+y] * part.xx[x*w+y]
		}
	}
	return trace, square
}

// groupedFit is a fit with residual groups.
type groupedFit struct {
	*fit
	residuals *residualGroups
	x         []float64 // theta and delta
	full      []float64 // Hessian of the profiled deviance by theta and delta
}

// fitResidualGroups minimises over theta and delta, from the optimum of the
// model with one residual variance.
func (m *model) fitResidualGroups(ctx context.Context, g *formula.Group, plain *fit) (*groupedFit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(g.Levels) < 2 {
		return nil, analysis.NotEstimablef("--residual-by %s has one level only; two are wanted", g.Name)
	}
	h := m.newResidualGroups(g, plain.reml)
	for a, n := range h.counts {
		if n < 3 {
			return nil, analysis.NotEstimablef("--residual-by %s: level %s has %g rows; its residual variance cannot be had", g.Name, g.Levels[a], n)
		}
	}
	k := len(h.params)
	start := make([]float64, k+len(g.Levels)-1)
	copy(start, plain.theta)
	bounded := make([]bool, len(start))
	for i, p := range h.params {
		bounded[i] = p.diagonal()
		if bounded[i] && start[i] == 0 {
			start[i] = 0.05
		}
	}
	o := &minimiser{objective: h, bounded: bounded}
	best := o.minimise(start)
	h.value(best.x)
	h.solve()
	f := &fit{criterion: h.criterion, deviance: best.value, sigma2: h.r2 / h.df(), hessian: best.hessian, gradient: math.Sqrt(2 * math.Abs(best.decrement)),
		iterations: best.iterations, evaluations: o.evaluations, converged: best.converged}
	for i, p := range h.params {
		if p.diagonal() && best.x[i] == 0 {
			f.boundary = true
		}
	}
	for i, p := range h.params {
		zero := false
		for j, q := range h.params {
			zero = zero || q.diagonal() && q.group == p.group && q.column == p.column && best.x[j] == 0
		}
		if !zero {
			f.free = append(f.free, i)
		}
	}
	f.grouped = &groupedFit{fit: f, residuals: h, x: best.x, full: best.hessian}
	return f.grouped, nil
}

// satterthwaite is that of the plain model with the deltas among the
// parameters; the derivatives of the covariance by delta are central differences.
func (f *groupedFit) satterthwaite() *satterthwaite {
	h := f.residuals
	k, total := len(h.params), len(f.x)
	s := newSensitivity(f.fit)
	phi := func(x []float64) []float64 {
		h.value(x)
		f.inverse.Of(f.factor, f.p)
		out := make([]float64, f.p*f.p)
		for i := range f.p {
			copy(out[i*f.p:(i+1)*f.p], f.inverse.Dense[f.corner.Base+i*f.corner.RowStride:])
		}
		return out
	}
	free := append([]int(nil), f.free...)
	for a := k; a < total; a++ {
		const step = 1e-4
		x := append([]float64(nil), f.x...)
		x[a] += step
		up := phi(x)
		x[a] -= 2 * step
		down := phi(x)
		for i := range up {
			up[i] = (up[i] - down[i]) / (2 * step)
		}
		s.d = append(s.d, up)
		free = append(free, a)
	}
	h.value(f.x)
	h.solve()
	logDet, r2 := make([]float64, total), make([]float64, total)
	h.derivatives(logDet, r2)
	m := len(free)
	n := m + 1
	sigma, df := math.Sqrt(f.sigma2), f.df()
	hessian := make([]float64, n*n)
	for a, i := range free {
		for b, j := range free {
			hessian[a*n+b] = f.full[i*total+j] + r2[i]*r2[j]/(f.sigma2*f.sigma2*df)
		}
		x := -2 * r2[i] / (f.sigma2 * sigma)
		hessian[a*n+m], hessian[m*n+a] = x, x
	}
	hessian[m*n+m] = 4 * df / f.sigma2
	a := invertPositive(hessian, n)
	for i := range a {
		a[i] *= 2
	}
	return &satterthwaite{s, a}
}

// addResidualGroups says the residual standard deviation of each group and
// tests whether they differ.
func (m *model) addResidualGroups(r *analysis.Result, f *groupedFit, plain *fit, g *formula.Group, l Linear) {
	sigma := f.sigma()
	for a, level := range g.Levels {
		value := sigma * math.Exp(f.residuals.delta[a])
		r.Checks = append(r.Checks, analysis.Check{Name: "sigma:" + level, Value: analysis.Num(value),
			Means: fmt.Sprintf("%.3g: residual standard deviation where %s is %s", value, g.Name, level)})
	}
	statistic := max(0, plain.deviance-f.deviance)
	df := float64(len(g.Levels) - 1)
	r.Tests = append(r.Tests, analysis.Test{Name: "equal_residuals", Label: "equal residual variances by " + g.Name, Statistic: analysis.Num(statistic), DF1: analysis.Num(df),
		PValue: analysis.Num(distribution.ChiSquaredUpper(statistic, df)), How: "likelihood ratio, " + l.criterionName()})
	r.Method.Conventions = append(r.Method.Conventions, "residual variance by "+g.Name+"; sigma is that of "+g.Levels[0])
}
