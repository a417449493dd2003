package infer

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/linear"
)

// Variance is an estimated variance of p coefficients with the degrees of
// freedom that go with it.
type Variance struct {
	Kind     Kind
	Matrix   []float64 // p*p
	Groups   []int     // number of clusters of each dimension; nil without clusters
	Repaired bool      // a two-way matrix that was not positive semidefinite
	p        int
	df       float64    // where not estimated
	basis    *linear.QR // of W^(1/2) U
	adjusted *adjusted
}

var errCollinear = analysis.NotEstimablef("the variance needs coefficients that are not collinear; leave out one of the columns that depend on each other")

// Variance estimates the variance of the coefficients. Clustered kinds take
// one grouping; cr0, cr1 and cr1s take two as well.
func (w *Working) Variance(kind Kind, clusters ...Clusters) (*Variance, error) {
	n, p := len(w.Residual), len(w.U)
	scale := w.rootWeights()
	v := &Variance{Kind: kind, p: p}
	v.df = float64(n - w.parameters())
	if v.df <= 0 && !w.Normal && !kind.Clustered() {
		v.df = math.NaN()
	}
	if w.Normal {
		v.df = math.Inf(1)
	}
	if !kind.Clustered() {
		v.basis = w.basis()
		if v.basis.Rank() < p {
			return nil, errCollinear
		}
		v.Matrix = w.independent(kind, v.basis, scale)
		return v, nil
	}
	for _, c := range clusters {
		if len(c.Levels) < 2 {
			return nil, analysis.NotEstimablef("the rows lie in one %s only; a cluster-robust variance needs at least two clusters", c.Name)
		}
		v.Groups = append(v.Groups, len(c.Levels))
	}
	switch {
	case len(clusters) == 0:
		return nil, analysis.Unsupportedf("variance %s needs clusters; name their column with --cluster", kind)
	case len(clusters) > 2:
		return nil, analysis.Unsupportedf("clusters in more than two dimensions are not defined; name one or two columns")
	case len(clusters) == 2 && kind.Adjusted():
		return nil, analysis.Unsupportedf("%s is defined for one-way clusters; with two-way clusters use --vcov cr0, cr1 or cr1s", kind)
	}
	l := w.layout(clusters[0], scale)
	v.basis = l.basis
	if v.basis.Rank() < p {
		return nil, errCollinear
	}
	if kind.Adjusted() {
		v.adjusted = w.adjust(kind, l, scale)
		v.Matrix = v.basis.BackTransform(outer(v.adjusted.scores, p))
		return v, nil
	}
	v.clustered(w, kind, l, scale, clusters)
	return v, nil
}

// basis factorises W^(1/2) U.
func (w *Working) basis() *linear.QR { return linear.Factorise(w.U, w.rootWeights(), 1e-13) }

// rootWeights is Phi^-1/2, or nil.
func (w *Working) rootWeights() []float64 {
	if w.Phi == nil {
		return nil
	}
	s := make([]float64, len(w.Phi))
	for i, phi := range w.Phi {
		if phi > 0 {
			s[i] = 1 / math.Sqrt(phi)
		}
	}
	return s
}

// independent is the variance for independent rows: iid, HC0 to HC3.
func (w *Working) independent(kind Kind, basis *linear.QR, scale []float64) []float64 {
	n, p := len(w.Residual), len(w.U)
	if kind == IID {
		m := basis.Inverse()
		for i := range m {
			if w.Scale > 0 {
				m[i] *= w.Scale
			}
		}
		return m
	}
	q := basis.Orthonormal()
	meat := make([]float64, p*p)
	row := make([]float64, p)
	factor := 1.0
	if kind == HC1 {
		factor = float64(n) / float64(n-w.parameters())
	}
	for i, e := range w.Residual {
		if scale != nil {
			e *= scale[i]
		}
		h := 0.0
		for a := range p {
			row[a] = q[a][i]
			h += row[a] * row[a]
		}
		e *= e * factor
		switch kind {
		case HC2:
			e /= 1 - h
		case HC3:
			e /= (1 - h) * (1 - h)
		}
		if h > 1-1e-12 && (kind == HC2 || kind == HC3) {
			continue // a row that is fitted perfectly has residual zero
		}
		for a := range p {
			for b := range a + 1 {
				meat[a*p+b] += e * row[a] * row[b]
			}
		}
	}
	mirror(meat, p)
	return basis.BackTransform(meat)
}

// clustered is CR0, CR1 or CR1S by one or two groupings.
func (v *Variance) clustered(w *Working, kind Kind, l *layout, scale []float64, clusters []Clusters) {
	n, p := len(w.Residual), v.p
	fewest := len(clusters[0].Levels)
	meat := outer(w.scores(l, scale, clusters[0]), p)
	if len(clusters) == 2 {
		fewest = min(fewest, len(clusters[1].Levels))
		second := outer(w.scores(l, scale, clusters[1]), p)
		both := outer(w.scores(l, scale, cross(clusters[0], clusters[1])), p)
		for i := range meat {
			meat[i] += second[i] - both[i]
		}
		v.Repaired = repair(meat, p)
	}
	factor := 1.0
	g := float64(fewest)
	if kind != CR0 {
		factor = g / (g - 1)
	}
	if kind == CR1S {
		factor *= float64(n-1) / float64(n-w.parameters())
	}
	for i := range meat {
		meat[i] *= factor
	}
	v.Matrix = v.basis.BackTransform(meat)
	if !w.Normal {
		v.df = g - 1
	}
}

// scores sums Q'W^(1/2)e by cluster, G rows of p.
func (w *Working) scores(l *layout, scale []float64, c Clusters) []float64 {
	p := len(w.U)
	s := make([]float64, len(c.Levels)*p)
	e := w.Residual
	if scale != nil {
		e = make([]float64, len(w.Residual))
		for i, r := range w.Residual {
			e[i] = r * scale[i] * scale[i]
		}
	}
	for a, u := range w.U {
		for i, g := range c.Index {
			s[int(g)*p+a] += u[i] * e[i]
		}
	}
	for g := range c.Levels {
		l.basis.SolveRTransposed(s[g*p : g*p+p])
	}
	return s
}

// outer is the sum of the outer products of rows of p.
func outer(rows []float64, p int) []float64 {
	m := make([]float64, p*p)
	for ; len(rows) > 0; rows = rows[p:] {
		for a := range p {
			for b := range a + 1 {
				m[a*p+b] += rows[a] * rows[b]
			}
		}
	}
	mirror(m, p)
	return m
}

func mirror(m []float64, p int) {
	for a := range p {
		for b := range a {
			m[b*p+a] = m[a*p+b]
		}
	}
}

// repair sets negative eigenvalues of a symmetric matrix to zero and says
// whether there were any.
func repair(m []float64, p int) bool {
	var e mat.EigenSym
	if !e.Factorize(mat.NewSymDense(p, m), true) {
		return false
	}
	values := e.Values(nil)
	if values[0] >= -1e-12*values[p-1] {
		return false
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	for a := range p {
		for b := range p {
			s := 0.0
			for k, l := range values {
				if l > 0 {
					s += l * vectors.At(a, k) * vectors.At(b, k)
				}
			}
			m[a*p+b] = s
		}
	}
	return true
}

// Of is the variance of the contrast c'b.
func (v *Variance) Of(c []float64) float64 { return v.Between(c, c) }

// Between is the covariance of the contrasts a'b and c'b.
func (v *Variance) Between(a, c []float64) float64 {
	s := 0.0
	for i, x := range a {
		if x == 0 {
			continue
		}
		for j, y := range c {
			s += x * v.Matrix[i*v.p+j] * y
		}
	}
	return s
}

// Unit is the contrast of coefficient j alone.
func (v *Variance) Unit(j int) []float64 {
	c := make([]float64, v.p)
	c[j] = 1
	return c
}

// DF is the degrees of freedom of a contrast: Satterthwaite's approximation
// (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018) for cr2 and cr3,
// G - 1 for other clustered kinds, N - K else; +Inf means z.
func (v *Variance) DF(c []float64) float64 {
	if v.adjusted == nil {
		return v.df
	}
	d := append([]float64(nil), c...)
	v.basis.SolveRTransposed(d)
	return v.adjusted.degrees(d)
}

// Joint is a test that several contrasts are zero at once.
type Joint struct {
	Statistic float64 // F, or chi-squared where DF2 is +Inf
	DF1, DF2  float64
	P         float64
}

// Test tests that all contrasts are zero, given their estimates: a Wald test
// with F(q, df); after cr2 and cr3 the approximate Hotelling test HTZ
// (Tipton & Pustejovsky 2015). It needs a variance of full rank.
func (v *Variance) Test(contrasts [][]float64, estimates []float64) (Joint, error) {
	q := len(contrasts)
	m := make([]float64, q*q)
	for a := range q {
		for b := range q {
			m[a*q+b] = v.Between(contrasts[a], contrasts[b])
		}
	}
	if q == 0 || !linear.Cholesky(m, q, 1e-13) {
		return Joint{}, analysis.NotEstimablef("the joint test of %d contrasts needs a variance of that rank; there are too few clusters for it", q)
	}
	z := append([]float64(nil), estimates...)
	linear.SolveLower(m, q, z)
	wald := 0.0
	for _, x := range z {
		wald += x * x
	}
	j := Joint{DF1: float64(q), DF2: v.df}
	if v.adjusted != nil {
		ds := make([][]float64, q)
		for i, c := range contrasts {
			ds[i] = append([]float64(nil), c...)
			v.basis.SolveRTransposed(ds[i])
		}
		eta := v.adjusted.wishart(ds)
		j.DF2 = eta - j.DF1 + 1
		j.Statistic = j.DF2 / (eta * j.DF1) * wald
		if !(j.DF2 > 0) {
			j.P = math.NaN()
			return j, nil
		}
		j.P = distribution.FUpper(j.Statistic, j.DF1, j.DF2)
		return j, nil
	}
	j.Statistic = wald / j.DF1
	if math.IsInf(v.df, 1) {
		j.Statistic = wald
		j.P = distribution.ChiSquaredUpper(wald, j.DF1)
		return j, nil
	}
	j.P = distribution.FUpper(j.Statistic, j.DF1, j.DF2)
	return j, nil
}
