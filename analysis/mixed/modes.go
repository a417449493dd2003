package mixed

import "math"

// mode is the conditional mode of one random effect, with its conditional
// standard deviation given theta, sigma and beta.
type mode struct {
	group, level, column int
	estimate, deviation  float64
}

// modes are Lambda u of all levels, as written, with standard deviations from
// sigma^2 Lambda M^-1 Lambda'. The fit is left at its optimum.
func (f *fit) modes() []mode {
	f.inverse.Of(f.factor, 0)
	var out []mode
	sigma := f.sigma()
	for gi, g := range f.groups {
		k := g.k()
		root := make([]float64, k*k) // back * Lambda
		for r := range k {
			for c := range k {
				for t := c; t < k; t++ {
					root[r*k+c] += g.back[r*k+t] * f.lambda[gi][t*k+c]
				}
			}
		}
		for j := range g.levels {
			node := int(f.first[gi]) + j
			at := f.structure.Start(node)
			d := &f.diagonal[node]
			inverse := f.inverse.Diag
			if d.Dense {
				inverse = f.inverse.Dense
			}
			for r := range k {
				var estimate, variance float64
				for a := range k {
					estimate += root[r*k+a] * f.effects[at+a]
					for b := range k {
						variance += root[r*k+a] * root[r*k+b] * inverse[d.Base+a*d.RowStride+b]
					}
				}
				out = append(out, mode{gi, j, r, f.yScale * estimate, sigma * math.Sqrt(max(variance, 0))})
			}
		}
	}
	return out
}
