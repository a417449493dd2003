package irls

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// start gives the linear predictor that a fit begins with, offset included.
func (m *Model) start(eta []float64) {
	for i, y := range m.Y {
		switch m.Family {
		case Gaussian:
			eta[i] = y
		case Binomial:
			t := m.trials(i)
			eta[i] = math.Log((y + 0.5) / (t - y + 0.5))
		case Gamma:
			eta[i] = math.Log(y)
		default:
			eta[i] = math.Log(y + 0.1)
		}
	}
}

func (m *Model) trials(i int) float64 {
	if m.Trials == nil {
		return 1
	}
	return m.Trials[i]
}

// at is the family at a theta: the negative binomial without overdispersion is
// the Poisson.
func (m *Model) at(theta float64) Family {
	if m.Family == NegBin && math.IsInf(theta, 1) {
		return Poisson
	}
	return m.Family
}

// score sets, from eta, the mean, the derivative s of the log-likelihood by
// eta and the expected weight w, and returns the part of the log-likelihood
// that depends on eta.
func (m *Model) score(eta, mu, s, w []float64, theta float64) float64 {
	total := 0.0
	switch m.at(theta) {
	case Gaussian:
		for i, e := range eta {
			mu[i], s[i], w[i] = e, m.Y[i]-e, 1
		}
	case Poisson:
		for i, e := range eta {
			a := math.Exp(e)
			mu[i], s[i], w[i] = a, m.Y[i]-a, a
		}
	case Binomial:
		for i, e := range eta {
			t := m.trials(i)
			p := 1 / (1 + math.Exp(-e))
			mu[i], s[i] = t*p, m.Y[i]-t*p
			w[i] = t * p / (1 + math.Exp(e))
		}
	case Gamma:
		for i, e := range eta {
			a := math.Exp(e)
			mu[i], s[i], w[i] = a, m.Y[i]/a-1, 1
		}
	case NegBin:
		for i, e := range eta {
			a := math.Exp(e)
			c := 1 / (1 + a/theta)
			mu[i], s[i], w[i] = a, (m.Y[i]-a)*c, a*c
		}
	}
	if m.Weights != nil {
		for i, p := range m.Weights {
			s[i] *= p
			w[i] *= p
		}
	}
	for i, e := range eta {
		l := m.kernel(i, e, mu[i], theta)
		if m.Weights != nil {
			l *= m.Weights[i]
		}
		total += l
	}
	return total
}

// kernel is the part of row i's log-likelihood that depends on eta.
func (m *Model) kernel(i int, eta, mu, theta float64) float64 {
	y := m.Y[i]
	switch m.at(theta) {
	case Gaussian:
		return -(y - eta) * (y - eta) / 2
	case Poisson:
		return y*eta - mu
	case Binomial:
		// y*eta - t*log(1 + exp(eta)), without overflow
		if eta > 0 {
			return -(m.trials(i)-y)*eta - m.trials(i)*math.Log1p(math.Exp(-eta))
		}
		return y*eta - m.trials(i)*math.Log1p(math.Exp(eta))
	case Gamma:
		return -y/mu - eta
	}
	return y*eta - (y+theta)*math.Log1p(mu/theta)
}

// constants is the part of the log-likelihood that does not depend on eta.
func (m *Model) constants(theta float64) float64 {
	total := 0.0
	for i, y := range m.Y {
		l := 0.0
		switch m.at(theta) {
		case Poisson:
			l = -logFactorial(y)
		case Binomial:
			if t := m.trials(i); t != 1 {
				l = logFactorial(t) - logFactorial(y) - logFactorial(t-y)
			}
		case NegBin:
			l = logRising(y, theta) - logFactorial(y)
		}
		if m.Weights != nil {
			l *= m.Weights[i]
		}
		total += l
	}
	return total
}

func logFactorial(y float64) float64 {
	if y < 2 && y == math.Floor(y) {
		return 0
	}
	l, _ := math.Lgamma(y + 1)
	return l
}

// logRising is log(Gamma(y + theta)/Gamma(theta)) - y log(theta), exact for
// whole y where theta is large.
func logRising(y, theta float64) float64 {
	if y == math.Floor(y) && y < 1000 {
		l := 0.0
		for i := 1.0; i < y; i++ {
			l += math.Log1p(i / theta)
		}
		return l
	}
	a, _ := math.Lgamma(y + theta)
	b, _ := math.Lgamma(theta)
	return a - b - y*math.Log(theta)
}

// finish sets deviance, Pearson's statistic and the log-likelihood.
func (m *Model) finish(f *Fit, kernel float64) {
	n, rows := 0.0, 0.0
	for i, y := range m.Y {
		p := 1.0
		if m.Weights != nil {
			p = m.Weights[i]
		}
		n += p
		rows++
		if f.Separated != nil && f.Separated[i] {
			continue
		}
		mu := f.Mu[i]
		switch m.at(f.Theta) {
		case Gaussian:
			f.Deviance += p * (y - mu) * (y - mu)
			f.Pearson += p * (y - mu) * (y - mu)
		case Poisson:
			f.Deviance += 2 * p * (yLog(y, mu) - (y - mu))
			f.Pearson += p * (y - mu) * (y - mu) / mu
		case Binomial:
			t := m.trials(i)
			f.Deviance += 2 * p * (yLog(y, mu) + yLog(t-y, t-mu))
			f.Pearson += p * (y - mu) * (y - mu) / (mu * (1 - mu/t))
		case Gamma:
			f.Deviance += 2 * p * (-math.Log(y/mu) + (y-mu)/mu)
			f.Pearson += p * (y - mu) * (y - mu) / (mu * mu)
		case NegBin:
			f.Deviance += 2 * p * (yLog(y, mu) - (y+f.Theta)*math.Log1p((y-mu)/(mu+f.Theta)))
			f.Pearson += p * (y - mu) * (y - mu) / (mu + mu*mu/f.Theta)
		}
	}
	switch m.Family {
	case Gaussian:
		f.LogLik = -rows/2*(math.Log(2*math.Pi*f.Deviance/rows)+1) + m.halfLogWeights()
	case Gamma:
		f.LogLik = m.gammaLogLik(f, f.Deviance/n)
	default:
		f.LogLik = kernel + m.constants(f.Theta)
	}
}

func (m *Model) halfLogWeights() float64 {
	s := 0.0
	for _, w := range m.Weights {
		s += math.Log(w) / 2
	}
	return s
}

// gammaLogLik is the log-likelihood at a dispersion, as R's logLik takes it.
func (m *Model) gammaLogLik(f *Fit, dispersion float64) float64 {
	shape, total := 1/dispersion, 0.0
	lg, _ := math.Lgamma(shape)
	for i, y := range m.Y {
		l := shape*math.Log(shape*y/f.Mu[i]) - shape*y/f.Mu[i] - math.Log(y) - lg
		if m.Weights != nil {
			l *= m.Weights[i]
		}
		total += l
	}
	return total
}

// yLog is y log(y/mu), 0 at y = 0.
func yLog(y, mu float64) float64 {
	if y == 0 {
		return 0
	}
	return y * math.Log(y/mu)
}

func digamma(x float64) float64 { return mathext.Digamma(x) }

// trigamma is the second derivative of log Gamma, by recurrence to 15 and the
// asymptotic series from there.
func trigamma(x float64) float64 {
	s := 0.0
	for x < 15 {
		s += 1 / (x * x)
		x++
	}
	u := 1 / (x * x)
	return s + 1/x + u/2 + u/x*(1.0/6-u*(1.0/30-u*(1.0/42-u*(1.0/30-u*(5.0/66-u*691.0/2730)))))
}
