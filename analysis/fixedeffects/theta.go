package fixedeffects

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// moments is the moment estimate of theta from squared Pearson residuals.
func (f *Fit) moments() float64 {
	top, bottom := 0.0, 0.0
	for i, mu := range f.Mu {
		e := f.Y[i] - mu
		top += mu * mu
		bottom += e*e - mu
	}
	if bottom <= 0 {
		return 100
	}
	return min(max(top/bottom, 1e-3), 1e4)
}

// newtonTheta maximises the likelihood over log theta at the present mean.
func (f *Fit) newtonTheta() {
	for range 100 {
		score, curvature := 0.0, 0.0
		for i, mu := range f.Mu {
			s, h := thetaDerivatives(f.Y[i], mu, f.Theta)
			if f.Prior != nil {
				s, h = s*f.Prior[i], h*f.Prior[i]
			}
			score += s
			curvature += h
		}
		// derivatives with respect to log theta
		t := f.Theta
		first, second := score*t, curvature*t*t+score*t
		step := first / math.Abs(second)
		if second >= 0 {
			step = math.Copysign(0.5, first)
		}
		step = math.Copysign(min(math.Abs(step), 2), step)
		f.Theta *= math.Exp(step)
		if math.Abs(step) < 1e-12 || f.Theta > 1e10 {
			return
		}
	}
}

// thetaDerivatives gives the first and second derivative of a row's negative
// binomial log-likelihood in theta.
func thetaDerivatives(y, mu, t float64) (first, second float64) {
	first = math.Log(t) + 1 - math.Log(t+mu) - (y+t)/(t+mu)
	second = 1/t - 2/(t+mu) + (y+t)/((t+mu)*(t+mu))
	if y <= 64 && y == math.Floor(y) {
		for k := range int(y) {
			v := 1 / (t + float64(k))
			first += v
			second -= v * v
		}
		return first, second
	}
	first += mathext.Digamma(y+t) - mathext.Digamma(t)
	second += trigamma(y+t) - trigamma(t)
	return first, second
}

// trigamma is the second derivative of log gamma: recurrence up to 10, then
// the asymptotic series (Abramowitz & Stegun 6.4.12).
func trigamma(x float64) float64 {
	s := 0.0
	for x < 10 {
		s += 1 / (x * x)
		x++
	}
	r := 1 / (x * x)
	return s + 1/x + r/2 + r/x*(1.0/6-r*(1.0/30-r*(1.0/42-r*(1.0/30-r*5.0/66))))
}
