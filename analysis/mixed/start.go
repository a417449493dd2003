package mixed

import "math"

// momentStart is a starting theta from moments: with y~ the residuals of least
// squares, E (Z_j'y~)_a^2 is about sigma^2 (Z_j'Z_j)_aa plus the sum over all
// effects b of (Z_j'Z_b)^2 times their variances, which is linear in the
// variances; and all of them add up to the variance of y~. Correlations start
// at zero. Only the start depends on it.
func (s *system) momentStart() []float64 {
	offset := make([]int, len(s.groups))
	total := 0
	for gi, g := range s.groups {
		offset[gi] = total
		total += g.k()
	}
	a := make([]float64, total*total)
	right := make([]float64, total)
	m := s.p + 1
	for gi, g := range s.groups {
		k := g.k()
		for j := range g.levels {
			zz := s.zz[gi][j*k*k : (j+1)*k*k]
			for r := range k {
				row := (offset[gi] + r) * total
				for c := range k {
					a[row+offset[gi]+c] += zz[r*k+c] * zz[r*k+c]
				}
				y := s.zx[gi][(j*k+r)*m+s.p]
				right[offset[gi]+r] += y*y - zz[r*k+r]
				for c := range total {
					a[row+c] -= zz[r*k+r]
				}
			}
		}
	}
	for i := range s.edges {
		e := &s.edges[i]
		ka, kb := s.groups[e.groupEarlier].k(), s.groups[e.groupLater].k()
		for r := range kb {
			for c := range ka {
				v := s.cross[e.block+r*ka+c]
				row, column := offset[e.groupLater]+r, offset[e.groupEarlier]+c
				a[row*total+column] += v * v
				a[column*total+row] += v * v
			}
		}
	}
	variances := solveGeneral(a, right, total)
	const least = 2e-3 // of the variance of y~; a start at zero would not move
	left := 1.0
	for i, v := range variances {
		variances[i] = min(max(v, least), 0.95)
		left -= variances[i]
	}
	if s.translation == nil {
		left = max(left, 0.05)
	} else {
		left = max(s.translation.xx[m*m-1]/float64(s.n), 1e-30)
	}
	theta := make([]float64, len(s.params))
	for i, p := range s.params {
		if p.diagonal() {
			theta[i] = math.Sqrt(variances[offset[p.group]+p.row] / left)
		}
	}
	if s.translation != nil {
		s.levelStart(theta, left)
	}
	return theta
}

// levelStart is the start from the levels' own fits, where these explain nearly
// all of y~: theta is the Cholesky factor of their covariance over the variance
// left within levels.
func (s *system) levelStart(theta []float64, left float64) {
	const least = 0.05 // smallest diagonal theta
	m := s.p + 1
	for gi, g := range s.groups {
		k := g.k()
		b := s.translation.b[gi]
		for _, t := range g.terms {
			n := len(t.names)
			if n == 1 {
				continue
			}
			v := make([]float64, n*n)
			for j := range g.levels {
				for r := range n {
					for col := range n {
						v[r*n+col] += b[(j*k+t.first+r)*m+s.p] * b[(j*k+t.first+col)*m+s.p]
					}
				}
			}
			for i := range v {
				v[i] /= left * float64(len(g.levels))
			}
			semidefiniteCholesky(v, n)
			for i, p := range s.params {
				if p.group != gi || p.column < t.first || p.column >= t.first+n {
					continue
				}
				theta[i] = v[(p.row-t.first)*n+p.column-t.first]
				if p.diagonal() {
					theta[i] = max(theta[i], least)
				}
			}
		}
	}
}

// solveGeneral solves the n by n system by row with partial pivoting; what
// cannot be had is zero.
func solveGeneral(a, b []float64, n int) []float64 {
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if math.Abs(a[r*n+c]) > math.Abs(a[pivot*n+c]) {
				pivot = r
			}
		}
		if a[pivot*n+c] == 0 {
			continue
		}
		for j := range n {
			a[c*n+j], a[pivot*n+j] = a[pivot*n+j], a[c*n+j]
		}
		b[c], b[pivot] = b[pivot], b[c]
		for r := c + 1; r < n; r++ {
			f := a[r*n+c] / a[c*n+c]
			for j := c; j < n; j++ {
				a[r*n+j] -= f * a[c*n+j]
			}
			b[r] -= f * b[c]
		}
	}
	x := make([]float64, n)
	for r := n - 1; r >= 0; r-- {
		v := b[r]
		for c := r + 1; c < n; c++ {
			v -= a[r*n+c] * x[c]
		}
		if a[r*n+r] != 0 {
			x[r] = v / a[r*n+r]
		}
		if math.IsNaN(x[r]) || math.IsInf(x[r], 0) {
			x[r] = 0
		}
	}
	return x
}
