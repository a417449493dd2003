package gee

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
)

// problem is a marginal model as slices.
type problem struct {
	family       string
	x            [][]float64 // kept columns of n
	kept         []int       // their places among the columns given
	y            []float64   // n; successes where trials is set
	trials       []float64   // n or nil
	offset       []float64   // n or nil
	weights      []float64   // n or nil
	cluster      []int32     // n
	clusters     int
	exchangeable bool
	copies       []float64 // clusters: how often each is in the sample; nil for once
}

// newProblem leaves out columns that are combinations of earlier ones.
func newProblem(family string, columns [][]float64, y []float64, cluster []int32, clusters int) *problem {
	p := &problem{family: family, y: y, cluster: cluster, clusters: clusters}
	var basis [][]float64
	for j, c := range columns {
		v := append([]float64(nil), c...)
		whole := math.Sqrt(dot(v, v))
		for range 2 {
			for _, q := range basis {
				a := dot(v, q)
				for i := range v {
					v[i] -= a * q[i]
				}
			}
		}
		norm := math.Sqrt(dot(v, v))
		if !(norm > 1e-7*whole) {
			continue
		}
		for i := range v {
			v[i] /= norm
		}
		basis = append(basis, v)
		p.kept = append(p.kept, j)
		p.x = append(p.x, c)
	}
	return p
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func (p *problem) p() int { return len(p.x) }

// fit is a solution of the estimating equations.
type fit struct {
	beta       []float64
	alpha, phi float64
	sums       []clusterSums
	iterations int
	converged  bool
}

// clusterSums are D'V^-1 D and D'V^-1 (y - mu) of one cluster, with phi = 1.
type clusterSums struct {
	s *mat.SymDense // p by p
	u *mat.VecDense // p
}

// row gives the mean, its derivative by eta and the variance (phi = 1) at eta.
func (p *problem) row(i int, eta float64) (mu, slope, variance float64) {
	switch p.family {
	case "poisson":
		mu = math.Exp(eta)
		slope, variance = mu, mu
	case "binomial":
		t := 1.0
		if p.trials != nil {
			t = p.trials[i]
		}
		q := 1 / (1 + math.Exp(-eta))
		mu = t * q
		slope = t * q / (1 + math.Exp(eta))
		variance = slope
	default:
		mu, slope, variance = eta, 1, 1
	}
	if p.weights != nil {
		variance /= p.weights[i]
	}
	return mu, slope, variance
}

const (
	tolerance     = 1e-10 // of a step, in standard errors
	maxIterations = 100
)

// fit alternates Fisher scoring steps of beta with moments of phi and alpha
// until neither moves.
func (p *problem) fit(ctx context.Context) (*fit, error) { return p.fitFrom(ctx, p.start()) }

// fitFrom is fit from a given beta; nil says that there is none.
func (p *problem) fitFrom(ctx context.Context, beta []float64) (*fit, error) {
	f := &fit{beta: beta, phi: 1}
	if f.beta == nil {
		return nil, analysis.NotEstimablef("the columns of the model do not determine its coefficients")
	}
	for f.iterations = 1; f.iterations <= maxIterations; f.iterations++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		before := f.alpha
		p.moments(f)
		p.sums(f)
		step, length := f.step()
		if step == nil {
			return nil, analysis.NotEstimablef("the estimating equations are singular: a coefficient runs to infinity, or a level has no events; look at the counts by arm and level")
		}
		for j := range f.beta {
			f.beta[j] += step[j]
		}
		if length < tolerance && math.Abs(f.alpha-before) < tolerance {
			f.converged = true
			break
		}
	}
	p.moments(f)
	p.sums(f)
	return f, nil
}

// start is one weighted least-squares step from the data, as for a GLM.
func (p *problem) start() []float64 {
	k := p.p()
	gram := mat.NewSymDense(k, nil)
	right := mat.NewVecDense(k, nil)
	x := mat.NewVecDense(k, nil)
	for i, y := range p.y {
		eta := y
		offset := 0.0
		if p.offset != nil {
			offset = p.offset[i]
		}
		switch p.family {
		case "poisson":
			eta = math.Log(y + 0.1)
		case "binomial":
			t := 1.0
			if p.trials != nil {
				t = p.trials[i]
			}
			eta = math.Log((y + 0.5) / (t - y + 0.5))
		}
		_, slope, variance := p.row(i, eta)
		w := slope * slope / variance
		for j, c := range p.x {
			x.SetVec(j, c[i])
		}
		gram.SymRankOne(gram, w, x)
		right.AddScaledVec(right, w*(eta-offset), x)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return nil
	}
	var b mat.VecDense
	if err := chol.SolveVecTo(&b, right); err != nil && math.IsInf(chol.Cond(), 1) {
		return nil
	}
	return append([]float64(nil), b.RawVector().Data...)
}

// moments estimates phi and alpha from the Pearson residuals.
func (p *problem) moments(f *fit) {
	sums := make([]float64, p.clusters)
	squares := make([]float64, p.clusters)
	count := make([]float64, p.clusters)
	var all float64
	for i := range p.y {
		c := p.cluster[i]
		if p.copies != nil && p.copies[c] == 0 {
			continue
		}
		mu, _, variance := p.row(i, p.eta(i, f.beta))
		r := (p.y[i] - mu) / math.Sqrt(variance)
		sums[c] += r
		squares[c] += r * r
		count[c]++
		all += r * r
	}
	n := float64(len(p.y))
	if p.copies != nil {
		all, n = 0, 0
		for c, k := range p.copies {
			all += k * squares[c]
			n += k * count[c]
		}
	}
	f.phi = all / (n - float64(p.p()))
	if !p.exchangeable {
		f.alpha = 0
		return
	}
	var products, pairs, largest float64
	for c := range sums {
		k := p.times(c)
		products += k * (sums[c]*sums[c] - squares[c]) / 2
		pairs += k * count[c] * (count[c] - 1) / 2
		largest = max(largest, count[c])
	}
	f.alpha = 0
	if free := pairs - float64(p.p()); free > 0 && f.phi > 0 {
		f.alpha = products / (free * f.phi)
	}
	// R(alpha) is positive definite between -1/(n-1) and 1.
	if largest > 1 {
		f.alpha = min(max(f.alpha, -0.999/(largest-1)), 0.999)
	}
}

func (p *problem) eta(i int, beta []float64) float64 {
	var eta float64
	if p.offset != nil {
		eta = p.offset[i]
	}
	for j, c := range p.x {
		eta += beta[j] * c[i]
	}
	return eta
}

// sums gathers D'V^-1 D and D'V^-1 r by cluster with phi = 1. With d and r
// over the root of the variance, R^-1 = (I - c 1 1')/(1 - alpha) with
// c = alpha/(1 + (n-1) alpha).
func (p *problem) sums(f *fit) {
	k := p.p()
	totals := make([]float64, p.clusters*(k+1)) // sum of d (k) and of r
	count := make([]float64, p.clusters)
	squares := make([]float64, p.clusters*k*k) // upper triangles, by row
	scores := make([]float64, p.clusters*k)
	d := make([]float64, k)
	for i := range p.y {
		c := int(p.cluster[i])
		if p.copies != nil && p.copies[c] == 0 {
			continue
		}
		mu, slope, variance := p.row(i, p.eta(i, f.beta))
		root := math.Sqrt(variance)
		r := (p.y[i] - mu) / root
		total := totals[c*(k+1) : (c+1)*(k+1)]
		square := squares[c*k*k : (c+1)*k*k]
		score := scores[c*k : (c+1)*k]
		for j, x := range p.x {
			v := slope / root * x[i]
			d[j] = v
			total[j] += v
			score[j] += r * v
		}
		total[k] += r
		count[c]++
		for j, v := range d {
			for l := j; l < k; l++ {
				square[j*k+l] += v * d[l]
			}
		}
	}
	f.sums = make([]clusterSums, p.clusters)
	for c := range f.sums {
		total := totals[c*(k+1) : (c+1)*(k+1)]
		share := f.alpha / (1 + (count[c]-1)*f.alpha)
		scale := p.times(c) / (1 - f.alpha)
		for j := range k {
			scores[c*k+j] = scale * (scores[c*k+j] - share*total[k]*total[j])
			for l := j; l < k; l++ {
				at := c*k*k + j*k + l
				squares[at] = scale * (squares[at] - share*total[j]*total[l])
			}
		}
		f.sums[c] = clusterSums{mat.NewSymDense(k, squares[c*k*k:(c+1)*k*k]), mat.NewVecDense(k, scores[c*k:(c+1)*k])}
	}
}

// times is how often cluster c is in the sample.
func (p *problem) times(c int) float64 {
	if p.copies == nil {
		return 1
	}
	return p.copies[c]
}

// bread is (sum D'V^-1 D)^-1 with phi = 1, or nil where it is singular.
func (f *fit) bread() *mat.SymDense {
	k := len(f.beta)
	total := mat.NewSymDense(k, nil)
	for _, c := range f.sums {
		total.AddSym(total, c.s)
	}
	scale := make([]float64, k)
	for i := range k {
		if scale[i] = math.Sqrt(total.At(i, i)); !(scale[i] > 0) {
			return nil
		}
	}
	for i := range k {
		for j := range i + 1 {
			total.SetSym(i, j, total.At(i, j)/(scale[i]*scale[j]))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(total) || chol.Cond() > 1e13 {
		return nil
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil
	}
	for i := range k {
		for j := range i + 1 {
			inverse.SetSym(i, j, inverse.At(i, j)/(scale[i]*scale[j]))
		}
	}
	return &inverse
}

// step is the scoring step and its length in standard errors; nil where the
// equations are singular.
func (f *fit) step() (step []float64, length float64) {
	bread := f.bread()
	if bread == nil {
		return nil, math.NaN()
	}
	k := len(f.beta)
	u := mat.NewVecDense(k, nil)
	for _, c := range f.sums {
		u.AddVec(u, c.u)
	}
	var b mat.VecDense
	b.MulVec(bread, u)
	step = append([]float64(nil), b.RawVector().Data...)
	for j, v := range step {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, math.NaN()
		}
		length = max(length, math.Abs(v)/math.Sqrt(bread.At(j, j)*max(f.phi, 1e-300)))
	}
	return step, length
}
