package infer

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// smallest dimension from which LAPACK pays for its set-up.
const lapackFrom = 11

// eigen decomposes a symmetric p×p matrix: ascending eigenvalues, and their
// eigenvectors as columns. m is not changed.
func eigen(m []float64, p int) (values, vectors []float64) {
	if p < lapackFrom {
		return jacobi(m, p)
	}
	var e mat.EigenSym
	if !e.Factorize(mat.NewSymDense(p, append([]float64(nil), m...)), true) {
		panic("infer: a symmetric matrix has no eigenvalues; it holds NaN")
	}
	var v mat.Dense
	e.VectorsTo(&v)
	return e.Values(nil), v.RawMatrix().Data
}

// jacobi is the cyclic Jacobi method, accurate and quick for small matrices.
func jacobi(m []float64, p int) (values, vectors []float64) {
	a := append([]float64(nil), m...)
	v := make([]float64, p*p)
	for i := range p {
		v[i*p+i] = 1
	}
	for range 60 {
		off, scale := 0.0, 0.0
		for i := range p {
			scale += a[i*p+i] * a[i*p+i]
			for j := range i {
				off += a[i*p+j] * a[i*p+j]
			}
		}
		if !(off > 1e-32*(scale+off)) {
			break
		}
		for i := range p {
			for j := i + 1; j < p; j++ {
				rotate(a, v, p, i, j)
			}
		}
	}
	order := make([]int, p)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		if a[x*p+x] < a[y*p+y] {
			return -1
		}
		return 1
	})
	values, vectors = make([]float64, p), make([]float64, p*p)
	for k, i := range order {
		values[k] = a[i*p+i]
		for r := range p {
			vectors[r*p+k] = v[r*p+i]
		}
	}
	return values, vectors
}

// rotate makes element (i, j) zero (Golub & Van Loan 2013, section 8.5).
func rotate(a, v []float64, p, i, j int) {
	x := a[i*p+j]
	if x == 0 {
		return
	}
	tau := (a[j*p+j] - a[i*p+i]) / (2 * x)
	t := math.Copysign(1, tau) / (math.Abs(tau) + math.Sqrt(1+tau*tau))
	c := 1 / math.Sqrt(1+t*t)
	s := t * c
	for k := range p {
		aki, akj := a[k*p+i], a[k*p+j]
		a[k*p+i], a[k*p+j] = c*aki-s*akj, s*aki+c*akj
	}
	for k := range p {
		aik, ajk := a[i*p+k], a[j*p+k]
		a[i*p+k], a[j*p+k] = c*aik-s*ajk, s*aik+c*ajk
		vki, vkj := v[k*p+i], v[k*p+j]
		v[k*p+i], v[k*p+j] = c*vki-s*vkj, s*vki+c*vkj
	}
}
