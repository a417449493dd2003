package linear

import "fmt"

// formDiagonal sets diag to the diagonal of S, the preconditioner.
func (a *Absorber) formDiagonal() {
	if a.diag == nil {
		a.diag = make([]float64, a.columns)
	}
	clear(a.diag)
	for _, g := range a.groups {
		for r, l := range g.index {
			z := g.value(int32(r))
			a.diag[g.offset+int(l)] += a.weight(int32(r)) * z * z
		}
	}
	for i, d := range a.diag {
		if d <= 0 {
			a.diag[i] = 1
		}
	}
}

// conjugateGradients solves S gamma = b with S applied through the rows. S is
// singular but b lies in its range, so the iteration stays there.
func (a *Absorber) conjugateGradients(b, gamma []float64) {
	k := a.columns
	residual := append([]float64(nil), b...)
	clear(gamma)
	direction := make([]float64, k)
	preconditioned := make([]float64, k)
	image := make([]float64, k)
	column := make([]float64, a.n)
	old, target := 0.0, 0.0
	for iteration := range 10000 {
		rho := 0.0
		for i, r := range residual {
			preconditioned[i] = r / a.diag[i]
			rho += r * preconditioned[i]
		}
		if iteration == 0 {
			target = rho * 1e-27
		}
		if rho <= target {
			return
		}
		beta := 0.0
		if old > 0 {
			beta = rho / old
		}
		for i := range direction {
			direction[i] = preconditioned[i] + beta*direction[i]
		}
		a.apply(direction, image, column)
		curvature := 0.0
		for i := range direction {
			curvature += direction[i] * image[i]
		}
		if curvature <= 0 {
			return
		}
		step := rho / curvature
		for i := range gamma {
			gamma[i] += step * direction[i]
			residual[i] -= step * image[i]
		}
		old = rho
	}
	a.err = fmt.Errorf("absorption of %d effects did not converge in 10,000 steps", k)
}

// apply sets image to S direction.
func (a *Absorber) apply(direction, image, column []float64) {
	clear(column)
	for _, g := range a.groups {
		coef := direction[g.offset : g.offset+g.levels]
		for r, l := range g.index {
			column[r] += coef[l] * g.value(int32(r))
		}
	}
	a.removeFirst(column)
	clear(image)
	a.scatter(column, image)
}
