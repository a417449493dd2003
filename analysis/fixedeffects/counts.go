package fixedeffects

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis/linear"
)

// counts fits Poisson and negative binomial models by iteratively reweighted
// least squares around the absorption. Rows that separation fixes at zero are
// found by the iterative rectifier (Correia, Guimaraes & Zylkin 2019) and left
// out; columns that only they identify are Infinite.
func (f *Fit) counts() error {
	if err := f.reweight(); err != nil {
		return err
	}
	if !f.suspicious() {
		return nil
	}
	separated, err := f.rectify()
	if err != nil || len(separated) == 0 {
		return err
	}
	return f.withoutSeparated(separated)
}

// suspicious says whether a fitted mean runs to zero, as under separation.
func (f *Fit) suspicious() bool {
	mean := 0.0
	for _, m := range f.Mu {
		mean += m
	}
	mean /= float64(len(f.Mu))
	for i, m := range f.Mu {
		if f.Y[i] == 0 && m < 1e-6*mean {
			return true
		}
	}
	return !f.Converged
}

// reweight is the iteration. For the negative binomial theta is updated by
// Newton steps between the steps of the mean.
func (f *Fit) reweight() error {
	n := f.N()
	f.Absorb = linear.NewAbsorber(n, f.Effects, nil)
	f.Eta, f.Mu = make([]float64, n), make([]float64, n)
	f.margins()
	if f.start != nil {
		f.setEta(slices.Clone(f.start))
	}
	f.Theta = math.Inf(1)
	if f.Family == NegBin {
		f.Theta = 1e3
		if err := f.iterate(1e-6); err != nil {
			return err
		}
		f.Theta = f.moments()
		for range 200 {
			old := f.Theta
			if err := f.iterate(1e-8); err != nil {
				return err
			}
			f.newtonTheta()
			if math.Abs(f.Theta-old) <= 1e-9*f.Theta || f.Theta > 1e10 {
				break
			}
		}
	}
	if err := f.iterate(1e-20); err != nil {
		return err
	}
	f.finish()
	return nil
}

// margins starts from the means that match the events of the levels of one
// effect after the other, or the rate of all rows. Such a start has the model's
// form, and without covariates is near the optimum.
func (f *Fit) margins() {
	copy(f.Eta, f.Offset)
	f.setEta(f.Eta)
	match := func(index []int32, levels int) {
		events, expected := make([]float64, levels), make([]float64, levels)
		for i, y := range f.Y {
			l := int32(0)
			if index != nil {
				l = index[i]
			}
			w := 1.0
			if f.Prior != nil {
				w = f.Prior[i]
			}
			events[l] += w * y
			expected[l] += w * f.Mu[i]
		}
		for l := range events {
			expected[l] = events[l] / expected[l]
			events[l] = math.Log(expected[l])
		}
		linear.Parts(len(f.Mu), 0, func(from, to int, _ []float64) {
			for i := from; i < to; i++ {
				l := int32(0)
				if index != nil {
					l = index[i]
				}
				f.Mu[i] *= expected[l]
				f.Eta[i] += events[l]
			}
		})
	}
	matched := false
	for e := range f.Effects {
		if len(f.Effects[e].Slopes) == 0 {
			match(f.Effects[e].Index, f.Effects[e].Levels)
			matched = true
		}
	}
	if !matched {
		match(nil, 1)
	}
}

// iterate runs reweighted least squares at the present theta until the Newton
// decrement, the sum of squared changes of the linear predictor under the
// working weights, is below tolerance.
func (f *Fit) iterate(tolerance float64) error {
	n, q := f.N(), len(f.Raw)
	omega, z, spare := make([]float64, n), make([]float64, n), make([]float64, n)
	columns := make([][]float64, q+1) // X and the working outcome, residualised
	for j := range columns {
		columns[j] = make([]float64, n)
	}
	x, working := columns[:q], columns[q]
	from := append(slices.Clone(f.Raw), z)
	objective := f.objective()
	f.Converged = false
	var last solved
	scoring := false
	for step := range 200 {
		f.Iterations++
		// The negative binomial takes Newton steps after the first ones, and
		// at the optimum one scoring step for the expected weights.
		newton := f.Family == NegBin && step >= 3 && !scoring
		f.weigh(omega, z, newton)
		f.Absorb.SetWeights(omega)
		if err := f.Absorb.Residuals(columns, from, false); err != nil {
			return err
		}
		if step == 0 {
			last.kept = orthogonalise(x, f.Raw, omega).kept
		}
		beta, ok := normal(last.kept, x, working, omega)
		if !ok {
			last = solve(x, f.Raw, slices.Clone(working), omega)
			beta = last.beta
		}
		old := f.Eta
		decrement, next := f.advance(spare, z, working, omega, last.kept, x, beta)
		spare = old
		for halving := 0; halving < 30 && !(next >= objective-1e-9*(1+math.Abs(objective))); halving++ {
			for i := range f.Eta {
				f.Eta[i] = (f.Eta[i] + old[i]) / 2
			}
			f.setEta(f.Eta)
			next = f.objective()
		}
		objective = next
		if decrement <= tolerance*float64(n) {
			f.Converged = true
			if !newton {
				break
			}
			scoring = true
		}
	}
	f.last, f.lastX, f.Omega = solve(x, f.Raw, working, omega), x, omega
	return nil
}

// advance sets the linear predictor to the fitted working outcome, in eta, and
// the mean. It gives the Newton decrement and the new objective.
func (f *Fit) advance(eta, z, working, omega []float64, kept []int, x [][]float64, beta []float64) (decrement, objective float64) {
	old := f.Eta
	f.Eta = eta
	sums := linear.Parts(len(eta), 2, func(from, to int, sums []float64) {
		part := eta[from:to]
		floats.SubTo(part, z[from:to], working[from:to])
		for k, j := range kept {
			floats.AddScaled(part, beta[k], x[j][from:to])
		}
		if f.Offset != nil {
			floats.Add(part, f.Offset[from:to])
		}
		for i, e := range part {
			d := e - old[from+i]
			sums[0] += omega[from+i] * d * d
		}
		f.means(from, to)
		sums[1] = f.objectiveOf(from, to)
	})
	return sums[0], sums[1]
}

// weigh fills working weights and working outcome of a step: expected
// information, or observed for a Newton step of the negative binomial.
func (f *Fit) weigh(omega, z []float64, newton bool) {
	linear.Parts(len(omega), 0, func(from, to int, _ []float64) {
		for i, mu := range f.Mu[from:to] {
			i += from
			w, move := mu, (f.Y[i]-mu)/mu
			switch {
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
		if f.Family == NegBin {
			v = f.Y[i]*f.Eta[i] - (f.Y[i]+f.Theta)*math.Log1p(mu/f.Theta)
		}
		if f.Prior != nil {
			v *= f.Prior[i]
		}
		s += v
	}
	return s
}

// finish adopts the last step and fills likelihood, deviance and the record of
// convergence.
func (f *Fit) finish() {
	f.Rank = f.Absorb.Rank()
	f.adopt(f.last, f.lastX)
	f.last, f.lastX = solved{}, nil
	n := f.N()
	f.Resid = make([]float64, n)
	f.Jac = f.Mu
	f.Var = f.Mu
	if f.Family == NegBin || f.Prior != nil {
		f.Var = make([]float64, n)
		for i, mu := range f.Mu {
			f.Var[i] = mu
			if f.Family == NegBin {
				f.Var[i] += mu * mu / f.Theta
			}
			if f.Prior != nil {
				f.Var[i] /= f.Prior[i]
			}
		}
	}
	sums := linear.Parts(n, 2, func(from, to int, sums []float64) {
		for i := from; i < to; i++ {
			mu := f.Mu[i]
			f.Resid[i] = f.Y[i] - mu
			l, d := f.contribution(f.Y[i], mu, f.Eta[i])
			if f.Prior != nil {
				l, d = l*f.Prior[i], d*f.Prior[i]
			}
			sums[0] += l
			sums[1] += d
		}
	})
	f.LogLik, f.Deviance = sums[0], sums[1]
	f.Gradient = 0
	for _, x := range f.X {
		sums := linear.Parts(n, 2, func(from, to int, sums []float64) {
			for i := from; i < to; i++ {
				v := x[i]
				sums[0] += v * f.Jac[i] / f.Var[i] * f.Resid[i]
				sums[1] += v * v * f.Omega[i]
			}
		})
		f.Gradient = max(f.Gradient, math.Abs(sums[0])/math.Sqrt(sums[1]))
	}
	if f.Gradient > 1e-4 {
		f.Converged = false
	}
}

// contribution gives log-likelihood, constants included, and deviance of a row.
func (f *Fit) contribution(y, mu, eta float64) (logLik, deviance float64) {
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
