package mixed

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// fit is a fitted linear mixed model in the coordinates of the engine, with the
// way back to the columns as written.
type fit struct {
	*criterion
	deviance    float64   // -2 log-likelihood or REML criterion
	sigma2      float64   // residual variance in units of yScale^2
	free        []int     // parameters that are not on the boundary
	hessian     []float64 // of the profiled deviance, all parameters
	gradient    float64   // root of twice the gain that a Newton step still promises
	iterations  int
	evaluations int
	converged   bool
	boundary    bool
	flat        []int       // groups whose variances the criterion does not tell apart
	grouped     *groupedFit // set where residual variances differ between groups of rows
	starts      int         // starting points tried
	spread      float64     // difference of the deviance between the starts that converged
}

// deviance as an objective of theta.
func (c *criterion) value(theta []float64) (float64, bool) {
	if !c.factorise(theta) || !(c.r2 > 0) {
		return math.Inf(1), false
	}
	d := c.deviance()
	return d, !math.IsNaN(d) && !math.IsInf(d, 0)
}

func (c *criterion) gradient(g []float64) {
	r := make([]float64, len(g))
	c.gradients(g, r)
	df := c.df()
	for i := range g {
		g[i] += df / c.r2 * r[i]
	}
}

// secondStart is the diagonal of theta from which a fit is tried again where the
// first, from moments, ends on the boundary or does not converge.
const secondStart = 0.7

// fit minimises the deviance. ctx can stop it between starts.
func (c *criterion) fit(ctx context.Context) (*fit, error) {
	bounded := make([]bool, len(c.params))
	for i, p := range c.params {
		bounded[i] = p.diagonal()
	}
	f := &fit{criterion: c}
	m := &minimiser{objective: c, bounded: bounded, noise: c.rounding()}
	var best *optimum
	var values []float64
	first, second := c.momentStart(), make([]float64, len(c.params))
	for i := range second {
		if bounded[i] {
			second[i] = secondStart * max(1, first[i])
		}
	}
	for _, theta := range [][]float64{first, second} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o := m.minimise(theta)
		o = c.escape(m, o)
		f.starts++
		f.iterations += o.iterations
		if o.converged {
			values = append(values, o.value)
		}
		if best == nil || better(o, best) {
			best = o
		}
		if interior(best.x, bounded) && (best.converged || c.translated != nil && best.decrement < 1e-2) {
			break // what rounding leaves of a decrement, a second start leaves too
		}
	}
	f.finish(m, best, values)
	return f, nil
}

// refit minimises from a given theta: one start.
func (c *criterion) refit(theta []float64) *fit {
	bounded := make([]bool, len(c.params))
	for i, p := range c.params {
		bounded[i] = p.diagonal()
	}
	m := &minimiser{objective: c, bounded: bounded, noise: c.rounding()}
	o := m.minimise(theta)
	o = c.escape(m, o)
	f := &fit{criterion: c, starts: 1, iterations: o.iterations}
	f.finish(m, o, []float64{o.value})
	return f
}

// rounding is the share of the criterion that can be rounding where it is
// evaluated on translated columns.
func (c *criterion) rounding() float64 {
	if c.translated == nil {
		return 0
	}
	return 1e-12
}

func better(a, b *optimum) bool {
	if a.converged != b.converged {
		return a.converged
	}
	return a.value < b.value-1e-9
}

func interior(x []float64, bounded []bool) bool {
	for i, v := range x {
		if bounded[i] && v == 0 {
			return false
		}
	}
	return true
}

// finish leaves the criterion evaluated at the optimum.
func (f *fit) finish(m *minimiser, o *optimum, values []float64) {
	theta := f.canonical(o.x)
	f.evaluations = m.evaluations
	f.factorise(theta)
	f.solve()
	f.deviance = f.criterion.deviance()
	f.sigma2 = f.r2 / f.df()
	f.hessian = o.hessian
	f.gradient = math.Sqrt(2 * math.Abs(o.decrement))
	f.converged = o.converged
	for _, v := range values {
		f.spread = max(f.spread, math.Abs(v-o.value))
	}
	zero := map[[2]int]bool{}
	for i, p := range f.params {
		if p.diagonal() && theta[i] == 0 {
			zero[[2]int{p.group, p.column}] = true
			f.boundary = true
		}
	}
	for i, p := range f.params {
		if !zero[[2]int{p.group, p.column}] {
			f.free = append(f.free, i)
		}
	}
	f.findFlat()
}

// findFlat looks for directions of theta in which the criterion does not
// change, such as the variance of a factor whose levels are fixed effects too.
func (f *fit) findFlat() {
	n, m := len(f.params), len(f.free)
	if m == 0 || len(f.hessian) != n*n {
		return
	}
	h := mat.NewSymDense(m, nil)
	for a, i := range f.free {
		for b, j := range f.free[:a+1] {
			h.SetSym(a, b, f.hessian[i*n+j]*max(math.Abs(f.theta[i]), 1)*max(math.Abs(f.theta[j]), 1))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(h, true) {
		return
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	limit := 1e-5 + 1e-10*math.Abs(f.deviance)
	for c, v := range eigen.Values(nil) {
		if v > limit {
			break
		}
		for a, i := range f.free {
			if g := f.params[i].group; math.Abs(vectors.At(a, c)) > 0.2 && !slices.Contains(f.flat, g) {
				f.flat = append(f.flat, g)
			}
		}
	}
	slices.Sort(f.flat)
}

// escape checks that zero variances are minima: the criterion is even in a
// diagonal theta, so that its gradient vanishes at zero whether the variance
// wants to grow or not. Where it does, the search goes on from there.
func (c *criterion) escape(m *minimiser, o *optimum) *optimum {
	const probe = 1e-3
	g := make([]float64, len(o.x))
	for range 4 {
		grow, steepest, size := -1, -1e-9, 1.0
		largest := 1.0 // a coarse variance is felt beside the largest of the others
		for i, x := range o.x {
			if c.params[i].diagonal() {
				largest = max(largest, x)
			}
		}
		for _, unit := range []float64{1, largest} {
			for i, p := range c.params {
				if !p.diagonal() || o.x[i] != 0 {
					continue
				}
				x := append([]float64(nil), o.x...)
				x[i] = probe * unit
				if _, ok := m.at(x, g); !ok {
					continue
				}
				if slope := g[i] * unit / probe / (1 + math.Abs(o.value)); slope < steepest {
					grow, steepest, size = i, slope, unit
				}
			}
			if largest == 1 {
				break
			}
		}
		if grow < 0 {
			return o
		}
		x := append([]float64(nil), o.x...)
		x[grow] = 0.1 * size
		next := m.minimise(x)
		next.iterations += o.iterations
		if !better(next, o) {
			return o
		}
		o = next
	}
	return o
}

// canonical replaces theta by the Cholesky factor of the same covariance: where
// a diagonal element is zero its whole column is.
func (c *criterion) canonical(theta []float64) []float64 {
	out := append([]float64(nil), theta...)
	at := map[[3]int]int{}
	for i, p := range c.params {
		at[[3]int{p.group, p.row, p.column}] = i
	}
	for gi, g := range c.groups {
		for _, t := range g.terms {
			k := len(t.names)
			turned := false
			for col := range k {
				if theta[at[[3]int{gi, t.first + col, t.first + col}]] != 0 {
					continue
				}
				for r := col + 1; r < k; r++ {
					turned = turned || theta[at[[3]int{gi, t.first + r, t.first + col}]] != 0
				}
			}
			if !turned {
				continue
			}
			l := make([]float64, k*k)
			for col := range k {
				for r := col; r < k; r++ {
					l[r*k+col] = theta[at[[3]int{gi, t.first + r, t.first + col}]]
				}
			}
			s := make([]float64, k*k)
			for a := range k {
				for b := range k {
					for u := range k {
						s[a*k+b] += l[a*k+u] * l[b*k+u]
					}
				}
			}
			semidefiniteCholesky(s, k)
			for col := range k {
				for r := col; r < k; r++ {
					out[at[[3]int{gi, t.first + r, t.first + col}]] = s[r*k+col]
				}
			}
		}
	}
	return out
}

// semidefiniteCholesky replaces the lower triangle of a k by k matrix by row
// with its Cholesky factor; columns of negligible pivots are zero.
func semidefiniteCholesky(a []float64, k int) {
	var largest float64
	for i := range k {
		largest = max(largest, a[i*k+i])
	}
	for j := range k {
		d := a[j*k+j]
		for u := range j {
			d -= a[j*k+u] * a[j*k+u]
		}
		if d <= 1e-12*largest {
			for r := j; r < k; r++ {
				a[r*k+j] = 0
			}
			continue
		}
		root := math.Sqrt(d)
		a[j*k+j] = root
		for r := j + 1; r < k; r++ {
			x := a[r*k+j]
			for u := range j {
				x -= a[r*k+u] * a[j*k+u]
			}
			a[r*k+j] = x / root
		}
	}
}

// sigma is the residual standard deviation in the units of the response.
func (f *fit) sigma() float64 { return f.yScale * math.Sqrt(f.sigma2) }

// beta is the fixed effects of the kept columns as written.
func (f *fit) beta() []float64 {
	q := f.structure.Scalars()
	b := make([]float64, f.p)
	for j := range b {
		b[j] = f.basis.gamma[j] + f.yScale*f.effects[q+j]
	}
	f.basis.solveR(b)
	return b
}

// vcov is sigma^2 (R_X'R_X)^-1, p by p by row, in the units of the response.
func (f *fit) vcov() []float64 {
	f.inverse.Of(f.factor, f.p)
	v := make([]float64, f.p*f.p)
	s := f.sigma() * f.sigma()
	for i := range f.p {
		for j := range f.p {
			v[i*f.p+j] = s * f.inverse.Dense[f.corner.Base+i*f.corner.RowStride+j]
		}
	}
	f.basis.sandwich(v)
	return v
}

// covariance is the covariance matrix of the effects of a group as written, k
// by k by row, in the units of the response.
func (f *fit) covariance(group int) []float64 {
	g := f.groups[group]
	k := g.k()
	root := make([]float64, k*k) // back * Lambda
	for r := range k {
		for c := range k {
			for t := c; t < k; t++ {
				root[r*k+c] += g.back[r*k+t] * f.lambda[group][t*k+c]
			}
		}
	}
	v := make([]float64, k*k)
	s := f.sigma() * f.sigma()
	for r := range k {
		for c := range k {
			for t := range k {
				v[r*k+c] += s * root[r*k+t] * root[c*k+t]
			}
		}
	}
	return v
}

// singularTerm says whether the covariance of a term is on the boundary.
func (f *fit) singularTerm(gi int, t groupTerm) bool {
	k := f.groups[gi].k()
	for a := t.first; a < t.first+len(t.names); a++ {
		if f.lambda[gi][a*k+a] == 0 {
			return true
		}
	}
	return false
}
