package fixedeffects

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"swis/analysis/linear"
)

// counts fits Poisson, negative binomial and binomial models by iteratively reweighted
// least squares around the absorption. Rows that separation fixes (at zero, shares
// at zero or one) are
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

// suspicious says whether a fitted mean runs to zero, or a share to one, as
// under separation.
func (f *Fit) suspicious() bool {
	mean := 0.0
	for _, m := range f.Mu {
		mean += m
	}
	mean /= float64(len(f.Mu))
	for i, m := range f.Mu {
		if f.Y[i] == 0 && m < 1e-6*mean || f.Family == Binomial && f.Y[i] == 1 && 1-m < 1e-6 {
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
	if f.Family == Binomial {
		f.middle()
	} else {
		f.margins()
	}
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

// middle starts a binomial model from the outcomes moved towards one half.
func (f *Fit) middle() {
	for i, y := range f.Y {
		trials := 1.0
		if f.Prior != nil {
			trials = f.Prior[i]
		}
		share := (y*trials + 0.5) / (trials + 1)
		f.Eta[i] = math.Log(share / (1 - share))
	}
	f.setEta(f.Eta)
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
	if f.Family == Binomial {
		objective = math.Inf(-1) // the start does not have the model's form
	}
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
		for halving := 0; halving < 30 && !math.IsInf(objective, -1) && !(next >= objective-1e-9*(1+math.Abs(objective))); halving++ {
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

// finish adopts the last step and fills likelihood, deviance and the record of
// convergence.
func (f *Fit) finish() {
	f.Rank = f.Absorb.Rank()
	f.adopt(f.last, f.lastX)
	f.last, f.lastX = solved{}, nil
	n := f.N()
	f.Resid = make([]float64, n)
	f.Jac = f.Mu
	if f.Family == Binomial {
		f.Jac = make([]float64, n)
		for i, mu := range f.Mu {
			f.Jac[i] = mu * (1 - mu)
		}
	}
	f.Var = f.Jac
	if f.Family == NegBin || f.Prior != nil {
		f.Var = make([]float64, n)
		for i, v := range f.Jac {
			f.Var[i] = v
			if f.Family == NegBin {
				f.Var[i] += v * v / f.Theta
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
	if f.Family == Binomial {
		f.LogLik += f.chooses()
	}
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
