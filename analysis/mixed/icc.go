package mixed

import "math"

// iccInterval gives likelihood limits of the intra-cluster correlation of a
// model with one random intercept: theta^2/(1 + theta^2), where the criterion of
// the fit has risen by z^2. The criterion is already the lowest over everything
// else at each theta. The fit is left at its optimum.
func (f *fit) iccInterval(z float64) (low, high float64) {
	theta := f.theta[0]
	p := &profiler{fit: f, z: z, minimum: f.deviance}
	deviance := func(t float64) float64 {
		v, ok := f.value([]float64{t})
		if !ok {
			return math.NaN()
		}
		return v
	}
	// The engine's columns have unit mean square, which for ones is themselves:
	// theta is the ratio of the standard deviations.
	share := func(t float64) float64 { return t * t / (1 + t*t) }
	up := p.root(z*max(0.3*theta, 0.02), func(x float64) float64 { return deviance(theta + x) })
	if zero := deviance(0); theta > 0 && zero-p.minimum > z*z {
		down := p.root(min(z*0.3*theta, theta/2), func(x float64) float64 { return deviance(max(theta-x, 0)) })
		low = share(theta - down)
	}
	f.factorise([]float64{theta})
	f.solve()
	return low, share(theta + up)
}
