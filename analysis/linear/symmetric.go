package linear

import "math"

// SymmetricPower replaces each of the m vectors in x (n rows of m, so that
// x[i*m+j] is entry i of vector j) by f(A) times it, where f acts on the
// eigenvalues of the symmetric matrix a (n by n by rows, destroyed). largest,
// the largest eigenvalue, is handed to f. It reports false where the iteration
// does not converge.
//
// A is reduced to tridiagonal form by reflections (Golub & Van Loan, algorithm
// 8.3.1) and that diagonalised by implicit QR steps (8.3.3); reflections and
// rotations are applied to the vectors, and no eigenvector is formed.
func SymmetricPower(n int, a, x []float64, f func(eigenvalue, largest float64) float64) bool {
	if n == 0 {
		return true
	}
	m := len(x) / n
	d, e := make([]float64, n), make([]float64, n)
	beta := make([]float64, n)
	tridiagonalise(n, a, d, e, beta)
	sum := make([]float64, m)
	for k := range n - 2 {
		turn(n, m, k, a, beta[k], x, sum)
	}
	rotations, ok := diagonalise(d, e, x, m)
	if !ok {
		return false
	}
	largest := d[0]
	for _, v := range d {
		largest = max(largest, v)
	}
	for i, v := range d {
		scale := f(v, largest)
		for j := range m {
			x[i*m+j] *= scale
		}
	}
	for i := len(rotations) - 1; i >= 0; i-- {
		r := &rotations[i]
		p, q := x[r.row*m:r.row*m+m], x[(r.row+1)*m:(r.row+1)*m+m]
		for j, u := range p {
			v := q[j]
			p[j], q[j] = r.c*u-r.s*v, r.s*u+r.c*v
		}
	}
	for k := n - 3; k >= 0; k-- {
		turn(n, m, k, a, beta[k], x, sum)
	}
	return true
}

// tridiagonalise leaves diagonal and off-diagonal in d and e, and reflection k
// as I - beta v v', v in rows k+1.. of column k of a.
func tridiagonalise(n int, a, d, e, beta []float64) {
	v, w := make([]float64, n), make([]float64, n)
	for k := range n - 2 {
		d[k] = a[k*n+k]
		tail := 0.0
		for i := k + 2; i < n; i++ {
			tail += a[i*n+k] * a[i*n+k]
		}
		head := a[(k+1)*n+k]
		if tail == 0 {
			e[k] = head
			continue
		}
		length := math.Sqrt(head*head + tail)
		first := head - length
		if head > 0 {
			first = -tail / (head + length)
		}
		e[k] = length
		b := 2 / (first*first + tail)
		beta[k] = b
		a[(k+1)*n+k] = first
		for i := k + 1; i < n; i++ {
			v[i] = a[i*n+k]
			w[i] = 0
		}
		// w = b A v over the lower triangle
		for i := k + 1; i < n; i++ {
			row := a[i*n+k+1 : i*n+i]
			vi, s := v[i], a[i*n+i]*v[i]
			ww, vv := w[k+1:i], v[k+1:i]
			for j, x := range row {
				s += x * vv[j]
				ww[j] += x * vi
			}
			w[i] += s
		}
		dot := 0.0
		for i := k + 1; i < n; i++ {
			w[i] *= b
			dot += w[i] * v[i]
		}
		dot *= b / 2
		for i := k + 1; i < n; i++ {
			w[i] -= dot * v[i]
		}
		for i := k + 1; i < n; i++ {
			row := a[i*n+k+1 : i*n+i+1]
			vi, wi := v[i], w[i]
			ww, vv := w[k+1:i+1], v[k+1:i+1]
			for j := range row {
				row[j] -= vi*ww[j] + wi*vv[j]
			}
		}
	}
	if n >= 2 {
		d[n-2] = a[(n-2)*n+n-2]
		e[n-2] = a[(n-1)*n+n-2]
	}
	d[n-1] = a[(n-1)*n+n-1]
}

// turn applies reflection k to the rows of x.
func turn(n, m, k int, a []float64, beta float64, x, sum []float64) {
	if beta == 0 {
		return
	}
	clear(sum)
	for i := k + 1; i < n; i++ {
		v := a[i*n+k]
		for j, u := range x[i*m : i*m+m] {
			sum[j] += v * u
		}
	}
	for i := k + 1; i < n; i++ {
		v := beta * a[i*n+k]
		row := x[i*m : i*m+m]
		for j, s := range sum {
			row[j] -= v * s
		}
	}
}

// rotation turns rows row and row+1.
type rotation struct {
	row  int
	c, s float64
}

// diagonalise runs implicit QR steps with Wilkinson's shift on the tridiagonal
// matrix of d and e, applying each rotation to the rows of x.
func diagonalise(d, e, x []float64, m int) ([]rotation, bool) {
	n := len(d)
	rotations := make([]rotation, 0, 2*n*n)
	steps := 0
	for high := n - 1; high > 0; {
		negligible := func(i int) bool {
			return math.Abs(e[i]) <= 1.1e-16*(math.Abs(d[i])+math.Abs(d[i+1]))
		}
		if negligible(high - 1) {
			e[high-1] = 0
			high--
			continue
		}
		low := high - 1
		for low > 0 && !negligible(low-1) {
			low--
		}
		if low > 0 {
			e[low-1] = 0
		}
		if steps++; steps > 60*n {
			return nil, false
		}
		half := (d[high-1] - d[high]) / 2
		off := e[high-1]
		shift := d[high] - off*off/(half+math.Copysign(math.Hypot(half, off), half))
		p, z := d[low]-shift, e[low]
		for k := low; k < high; k++ {
			r := math.Sqrt(p*p + z*z)
			if r == 0 {
				r = math.Hypot(p, z)
			}
			c, s := 1.0, 0.0
			if r > 0 {
				c, s = p/r, z/r
			}
			if k > low {
				e[k-1] = r
			}
			dk, dn, ek := d[k], d[k+1], e[k]
			cs := c * s
			d[k] = c*c*dk + 2*cs*ek + s*s*dn
			d[k+1] = s*s*dk - 2*cs*ek + c*c*dn
			e[k] = cs*(dn-dk) + (c*c-s*s)*ek
			if k < high-1 {
				p = e[k]
				z = s * e[k+1]
				e[k+1] *= c
			}
			rotations = append(rotations, rotation{k, c, s})
			u, v := x[k*m:k*m+m], x[(k+1)*m:(k+1)*m+m]
			for j, a := range u {
				b := v[j]
				u[j], v[j] = c*a+s*b, c*b-s*a
			}
		}
	}
	return rotations, true
}
