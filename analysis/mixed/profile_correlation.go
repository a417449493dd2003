package mixed

import (
	"fmt"
	"math"

	"swis/analysis"
)

// profileCorrelation adds the profile limits of one correlation. A side on which
// even the end of the scale is within the limit of the likelihood ends there, and
// a note says so.
func (m *model) profileCorrelation(r *analysis.Result, e analysis.RandomEffect, p *profiler, level float64) {
	gi, i := m.find(e.Group, e.Term)
	_, j := m.find(e.Group, e.With)
	what := fmt.Sprintf("the correlation of %s with %s between levels of %s", e.Term, e.With, e.Group)
	low, high := p.correlation(gi, i, j)
	if math.IsNaN(low) && math.IsNaN(high) {
		r.Note("profile", what+" has no profile: a variance is zero by maximum likelihood, or the fit did not reach the limit")
		return
	}
	addCorrelation(r, e, analysis.Num(low), analysis.Num(high), level, "profile likelihood")
	switch {
	case low == -1 && high == 1:
		r.Note("correlation_at_limit", what+": the data do not tell it; its interval reaches from -1 to 1")
	case low == -1, high == 1:
		end := "1"
		if low == -1 {
			end = "-1"
		}
		r.Note("correlation_at_limit", fmt.Sprintf("%s: its interval reaches %s, the end of the scale, which the likelihood does not exclude", what, end))
	}
	if math.IsNaN(low) || math.IsNaN(high) {
		r.Note("profile", "the profile of "+what+" could not be followed to one of its limits, which is left out")
	}
}

// correlation gives the limits of the correlation of effects i and j of a group,
// NaN where it is not defined or the limit is not found. The profile is followed
// on Fisher's scale, where it is nearly a parabola, or by the angle whose cosine is the
// correlation where the estimate is at an end of the scale.
func (p *profiler) correlation(gi, i, j int) (low, high float64) {
	f := p.fit
	estimate := f.correlationAt(gi, i, j, p.theta)
	if math.IsNaN(estimate) {
		return math.NaN(), math.NaN()
	}
	estimate = max(-1, min(1, estimate))
	held, start := f.holdCorrelation(gi, i, j, p.theta)
	x := append([]float64(nil), start...)
	deviance := func(rho float64) float64 {
		held.rho = rho
		m := &minimiser{objective: held, bounded: held.bounded, noise: f.rounding()}
		o := m.minimise(x)
		if !o.converged {
			return math.NaN()
		}
		copy(x, o.x)
		return o.value
	}
	side := func(end float64) float64 {
		if estimate == end {
			return end
		}
		copy(x, start)
		if last := deviance(end); !(last-p.minimum > p.z*p.z) {
			if math.IsNaN(last) {
				return last
			}
			return end
		}
		copy(x, start)
		at := func(t float64) float64 { return math.Tanh(math.Atanh(estimate) + end*t) }
		if math.Abs(estimate) > 1-1e-9 {
			at = func(t float64) float64 { return -end * math.Cos(min(t, math.Pi)) }
		}
		return at(p.root(p.z*0.2, func(t float64) float64 { return deviance(at(t)) }))
	}
	return side(-1), side(1)
}

// heldCorrelation is the profiled deviance with one correlation held at rho. In a
// basis where effect i is s times the first effect and effect j is
// c1 times the first plus c2 times the second, with Lambda lower triangular, the
// standard deviation r of effect j takes the place of the second diagonal:
// Lambda_21 = (rho r - c1 Lambda_11)/c2 and Lambda_22 = sqrt(1 - rho^2) r/c2. The
// place of Lambda_21 is left free: its square is added, which holds it at zero and
// keeps the Hessian regular.
type heldCorrelation struct {
	*criterion
	bounded              []bool
	first, below, second int // theta of Lambda_11, Lambda_21, Lambda_22
	c1, c2               float64
	rho                  float64
	at                   []float64
	free                 float64 // what stands in the place of Lambda_21
}

// holdCorrelation turns the basis for the correlation of effects i and j of a
// group and gives the start for theta.
func (f *fit) holdCorrelation(gi, i, j int, theta []float64) (*heldCorrelation, []float64) {
	g := f.groups[gi]
	t := g.term(i)
	v, w := g.direction(i, t), g.direction(j, t)
	q := twoAxes(v, w)
	c, turned := f.turnedBy(gi, t, q, theta)
	n := len(t.names)
	h := &heldCorrelation{criterion: c, c1: dot(q[:n], w), c2: dot(q[n:2*n], w), at: make([]float64, len(turned))}
	for k, param := range c.params {
		h.bounded = append(h.bounded, param.diagonal())
		if param.group != gi {
			continue
		}
		switch [2]int{param.row - t.first, param.column - t.first} {
		case [2]int{0, 0}:
			h.first = k
		case [2]int{1, 0}:
			h.below = k
		case [2]int{1, 1}:
			h.second = k
		}
	}
	start := append([]float64(nil), turned...)
	start[h.second] = math.Hypot(h.c1*turned[h.first]+h.c2*turned[h.below], h.c2*turned[h.second])
	start[h.below] = 0
	return h, start
}

func (h *heldCorrelation) value(x []float64) (float64, bool) {
	copy(h.at, x)
	h.free = x[h.below]
	r := x[h.second]
	h.at[h.below] = (h.rho*r - h.c1*x[h.first]) / h.c2
	h.at[h.second] = math.Sqrt(1-h.rho*h.rho) * r / h.c2
	v, ok := h.criterion.value(h.at)
	return v + x[h.below]*x[h.below], ok
}

func (h *heldCorrelation) gradient(g []float64) {
	h.criterion.gradient(g)
	below := g[h.below] / h.c2
	g[h.first] -= h.c1 * below
	g[h.second] = h.rho*below + math.Sqrt(1-h.rho*h.rho)/h.c2*g[h.second]
	g[h.below] = 2 * h.free
}

// twoAxes is an orthogonal n by n matrix whose first row is v/|v| and whose
// second is w less its part along v, with positive product with w: the first axis,
// then that of what is left of w among the others.
func twoAxes(v, w []float64) []float64 {
	n := len(v)
	q := firstAxis(v)
	rest := make([]float64, n-1) // w in the rows of q but the first
	for a := range rest {
		rest[a] = dot(q[(a+1)*n:(a+2)*n], w)
	}
	turn := firstAxis(rest)
	out := append([]float64(nil), q[:n]...)
	for a := range rest {
		for c := range n {
			var x float64
			for b := range rest {
				x += turn[a*(n-1)+b] * q[(b+1)*n+c]
			}
			out = append(out, x)
		}
	}
	return out
}
