package fixedeffects

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// offLevels takes the directions of the levels out of v.
func (w *adjuster) offLevels(v []float64) {
	for l := 0; l+1 < len(w.runs); l++ {
		from, to := w.runs[l], w.runs[l+1]
		u, part := w.u[from:to], v[from:to]
		part = part[:len(u)]
		s := 0.0
		for i, x := range u {
			s += x * part[i]
		}
		for i, x := range u {
			part[i] -= s * x
		}
	}
}

// taken sets out to (H - U) v, which the levels are out of.
func (w *adjuster) taken(v, out []float64) {
	n := len(v)
	clear(out)
	if k := len(w.touched); k > 0 {
		local, z, columns, image := w.local, w.z, w.columns, w.image
		single := len(local) == n
		clear(columns)
		if single {
			local, z = local[:n], z[:n]
			for i, x := range v {
				columns[local[i]] += z[i] * x
			}
		} else {
			for at, c := range local {
				columns[c] += z[at] * v[at/w.blocks]
			}
		}
		blas64.Implementation().Dgemv(blas.NoTrans, k, k, 1, w.inverse, k, columns, 1, 0, image, 1)
		if single {
			out = out[:n]
			for i, c := range local {
				out[i] = z[i] * image[c]
			}
		} else {
			for at, c := range local {
				out[at/w.blocks] += z[at] * image[c]
			}
		}
	}
	for j := range w.along {
		w.along[j] = floats.Dot(w.x[j*n:j*n+n], v)
	}
	for l, bread := range w.b.fit.Bread {
		floats.AddScaled(out, floats.Dot(bread, w.along), w.x[l*n:l*n+n])
	}
	w.offLevels(out)
}

// apply sets out to (V (I - H) V + shift) v.
func (w *adjuster) apply(v []float64, shift float64, out []float64) {
	out = out[:len(v)]
	scale, held := w.scale[:len(v)], w.held[:len(v)]
	for i, x := range v {
		out[i] = scale[i] * x
	}
	w.offLevels(out)
	w.taken(out, held)
	for i, x := range v {
		out[i] = scale[i]*(out[i]-held[i]) + shift*x
	}
}

// shift prepares the preconditioner: rank = diag^-1, side = diag^-1 s and, by
// level, left = 1/(1 - s'diag^-1 s).
func (w *adjuster) shift(shift float64) {
	w.left = w.left[:0]
	for i, s := range w.scale {
		w.rank[i] = 1 / (s*s + shift)
	}
	for l := 0; l+1 < len(w.runs); l++ {
		left := 0.0
		for i := w.runs[l]; i < w.runs[l+1]; i++ {
			w.side[i] = w.u[i] * w.scale[i] * w.rank[i]
			left += w.u[i] * w.u[i] * shift * w.rank[i]
		}
		w.left = append(w.left, 1/left)
	}
}

// precondition sets out to (V (I - U) V + shift)^-1 v, by level
//
//	(diag - ss')^-1 = diag^-1 + diag^-1 s s'diag^-1/(1 - s'diag^-1 s),  s = V u,
//
// with 1 - s'diag^-1 s = sum u^2 shift/(V^2 + shift). Without shift V is one.
func (w *adjuster) precondition(v []float64, shift float64, out []float64) {
	if shift == 0 {
		copy(out, v)
		w.offLevels(out)
		return
	}
	if len(w.runs) == 0 {
		floats.MulTo(out, v, w.rank)
		return
	}
	for l := 0; l+1 < len(w.runs); l++ {
		from, end := w.runs[l], w.runs[l+1]
		in, to, side, rank := v[from:end], out[from:end], w.side[from:end], w.rank[from:end]
		in, to, rank = in[:len(side)], to[:len(side)], rank[:len(side)]
		s := 0.0
		for i, x := range side {
			s += x * in[i]
		}
		s *= w.left[l]
		for i, x := range side {
			to[i] = rank[i]*in[i] + s*x
		}
	}
}

// solve sets y to (V (I - H) V + shift)^+ v, v in the range, by preconditioned
// conjugate gradients. It reports whether they converged.
func (w *adjuster) solve(v []float64, shift float64, y []float64) bool {
	w.shift(shift)
	clear(y)
	copy(w.residual, v)
	w.precondition(w.residual, shift, w.prec)
	copy(w.direction, w.prec)
	rho := floats.Dot(w.residual, w.prec)
	target := rho * 1e-28
	for range 500 {
		if !(rho > target) { // below zero by rounding only
			return rho >= -target
		}
		w.apply(w.direction, shift, w.applied)
		step := rho / floats.Dot(w.direction, w.applied)
		floats.AddScaled(y, step, w.direction)
		floats.AddScaled(w.residual, -step, w.applied)
		w.precondition(w.residual, shift, w.prec)
		next := floats.Dot(w.residual, w.prec)
		ratio := next / rho
		rho = next
		floats.AddScaledTo(w.direction, w.prec, ratio, w.direction)
	}
	return false
}

// expand is solve by the series
//
//	y = R v + R E R v + R E R E R v + ...,  R = (V (I - U) V + shift)^-1,
//
// E = V (H - U) V, for shift > 0 and a small E.
func (w *adjuster) expand(v []float64, shift float64, y []float64) {
	w.shift(shift)
	w.precondition(v, shift, y)
	term, t := w.direction, w.applied
	copy(term, y)
	last := floats.Dot(y, y)
	for range 60 {
		floats.MulTo(t, w.scale, term)
		w.offLevels(t)
		w.taken(t, w.held)
		floats.MulTo(t, w.scale, w.held)
		w.precondition(t, shift, term)
		size, whole := 0.0, 0.0
		for i, x := range term {
			y[i] += x
			size += x * x
			whole += y[i] * y[i]
		}
		if size*size <= 1e-28*last*whole { // the next term is as much smaller
			return
		}
		last = size
	}
}
