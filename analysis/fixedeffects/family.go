package fixedeffects

import (
	"math"

	"swis/analysis/linear"
)

// The likelihoods: Poisson and negative binomial with log link, binomial with
// logit link, whose outcome is the share of successes and whose prior weight is
// the number of trials.

// weigh fills working weights and working outcome of a step: expected
// information, or observed for a Newton step of the negative binomial.
func (f *Fit) weigh(omega, z []float64, newton bool) {
	linear.Parts(len(omega), 0, func(from, to int, _ []float64) {
		for i, mu := range f.Mu[from:to] {
			i += from
			w, move := mu, (f.Y[i]-mu)/mu
			switch {
			case f.Family == Binomial:
				w = mu * (1 - mu)
				move = (f.Y[i] - mu) / w
			case newton:
				t := f.Theta
				w = t * mu * (f.Y[i] + t) / ((t + mu) * (t + mu))
				move = (f.Y[i] - mu) * (t + mu) / (mu * (f.Y[i] + t))
			case f.Family == NegBin:
				w = mu / (1 + mu/f.Theta)
			}
			if f.Prior != nil {
				w *= f.Prior[i]
			}
			omega[i] = max(w, 1e-300)
			z[i] = f.Eta[i] + move
			if f.Offset != nil {
				z[i] -= f.Offset[i]
			}
		}
	})
}

// setEta sets the linear predictor and the mean.
func (f *Fit) setEta(eta []float64) {
	f.Eta = eta
	linear.Parts(len(eta), 0, func(from, to int, _ []float64) { f.means(from, to) })
}

// means sets the mean of some rows.
func (f *Fit) means(from, to int) {
	mu := f.Mu[from:to]
	if f.Family == Binomial {
		for i, e := range f.Eta[from:to] {
			mu[i] = 1 / (1 + math.Exp(-min(max(e, -36), 36)))
		}
		return
	}
	for i, e := range f.Eta[from:to] {
		mu[i] = max(math.Exp(min(e, 600)), 1e-300)
	}
}

// objective is the log-likelihood up to terms without the mean.
func (f *Fit) objective() float64 {
	return linear.Parts(f.N(), 1, func(from, to int, sum []float64) { sum[0] = f.objectiveOf(from, to) })[0]
}

func (f *Fit) objectiveOf(from, to int) float64 {
	s := 0.0
	for i := from; i < to; i++ {
		mu := f.Mu[i]
		v := f.Y[i]*f.Eta[i] - mu
		switch f.Family {
		case Binomial:
			v = f.Y[i]*f.Eta[i] - max(f.Eta[i], 0) - math.Log1p(math.Exp(-math.Abs(f.Eta[i])))
		case NegBin:
			v = f.Y[i]*f.Eta[i] - (f.Y[i]+f.Theta)*math.Log1p(mu/f.Theta)
		}
		if f.Prior != nil {
			v *= f.Prior[i]
		}
		s += v
	}
	return s
}

// contribution gives log-likelihood and deviance of a row, before its prior
// weight; the constant of binomial counts is chooses.
func (f *Fit) contribution(y, mu, eta float64) (logLik, deviance float64) {
	if f.Family == Binomial {
		logLik = y*eta - max(eta, 0) - math.Log1p(math.Exp(-math.Abs(eta)))
		if y > 0 {
			deviance += 2 * y * math.Log(y/mu)
		}
		if y < 1 {
			deviance += 2 * (1 - y) * math.Log((1-y)/(1-mu))
		}
		return logLik, deviance
	}
	ratio := 0.0
	if y > 0 {
		ratio = y * math.Log(y/mu)
	}
	lg := 0.0
	if y > 1 {
		lg, _ = math.Lgamma(y + 1)
	}
	if f.Family != NegBin {
		return y*eta - mu - lg, 2 * (ratio - (y - mu))
	}
	t := f.Theta
	a, _ := math.Lgamma(y + t)
	b, _ := math.Lgamma(t)
	logLik = a - b - lg + y*(eta-math.Log(t)) - (y+t)*math.Log1p(mu/t)
	return logLik, 2 * (ratio - (y+t)*(math.Log1p(y/t)-math.Log1p(mu/t)))
}

// chooses is the sum of the log binomial coefficients of the trials.
func (f *Fit) chooses() float64 {
	sum := 0.0
	for i, m := range f.Prior {
		if k := math.Round(m * f.Y[i]); m > 1 {
			a, _ := math.Lgamma(m + 1)
			b, _ := math.Lgamma(k + 1)
			c, _ := math.Lgamma(m - k + 1)
			sum += a - b - c
		}
	}
	return sum
}
