package fixedeffects

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// applyRoot replaces each of the vectors in a (one after the other, each of
// len(rows)) by A_g' times it. With H = Phi^-1/2 K Phi^-1/2
//
//	CR2  A = Phi^1/2 (Phi (I - H) Phi)^(+1/2) Phi^1/2, and (I - H)^(+1/2) where Phi = c I
//	CR3  A' = Phi^-1/2 (I - H)^+ Phi^1/2
//
// Nothing of the size of the cluster squared is formed, except for effects with
// slopes nested in the clusters, and where the iteration does not converge.
func (w *adjuster) applyRoot(a []float64) {
	constant := w.constant()
	before, after := 0.5, 0.5
	if w.b.kind == CR3 {
		after = -0.5
	} else if constant {
		before, after = 0, 0
	}
	w.scaleBy(a, before)
	if !w.plain || !w.power(a, constant) {
		w.dense(a, constant)
	}
	w.scaleBy(a, after)
}

// constant says whether the working variance is the same in all rows.
func (w *adjuster) constant() bool {
	v := w.b.fit.Var
	if v == nil {
		return true
	}
	for _, r := range w.rows {
		if v[r] != v[w.rows[0]] {
			return false
		}
	}
	return true
}

// scaleBy multiplies the vectors by Phi^power, power 0, 1/2 or -1/2.
func (w *adjuster) scaleBy(a []float64, power float64) {
	v := w.b.fit.Var
	if v == nil || power == 0 {
		return
	}
	n := len(w.rows)
	for i, r := range w.rows {
		x := math.Sqrt(v[r])
		if power < 0 {
			x = 1 / x
		}
		for at := i; at < len(a); at += n {
			a[at] *= x
		}
	}
}

// smallShare is the eigenvalue of H - U up to which the series is used.
const smallShare = 0.05

// power replaces the vectors by (V (I - H) V)^(+1/2) times them for CR2, V the
// working variance or one where that is constant, and by (I - H)^+ for CR3. The
// inverse root is a sum of shifted inverses. It reports false, with a
// unchanged, where a solution was not reached.
func (w *adjuster) power(a []float64, constant bool) bool {
	n := len(w.rows)
	w.load(constant || w.b.kind == CR3)
	largest, ok := w.deflate()
	if !ok {
		return false
	}
	low, high := floats.Min(w.scale), floats.Max(w.scale)
	bottom := low * low * (1 - largest) // of the eigenvalues of V (I - H) V that are not zero
	w.result = append(w.result[:0], a...)
	for at := 0; at < len(a); at += n {
		v := w.result[at : at+n]
		size := floats.Norm(v, 2)
		w.intoRange(v)
		switch {
		case floats.Norm(v, 2) <= 1e-13*size: // nothing but rounding is left
			clear(v)
			continue
		case w.b.kind == CR3:
			if !w.solve(v, 0, w.solution) {
				return false
			}
			copy(v, w.solution)
		case !w.inverseRoot(v, bottom, high*high, largest):
			return false
		}
		w.intoRange(v)
	}
	copy(a, w.result)
	return true
}

// inverseRoot replaces v by (V (I - H) V)^(+1/2) v, whose eigenvalues lie
// between bottom and top.
func (w *adjuster) inverseRoot(v []float64, bottom, top, largest float64) bool {
	series := largest <= smallShare && len(w.null) == 0
	clear(w.sum)
	for _, node := range w.nodes.over(bottom, top) {
		if series {
			w.expand(v, bottom*node.shift, w.solution)
		} else if !w.solve(v, bottom*node.shift, w.solution) {
			return false
		}
		for i, x := range w.solution {
			w.sum[i] += node.weight * x
		}
	}
	root := math.Sqrt(bottom)
	for i, x := range w.sum {
		v[i] = root * x
	}
	return true
}
