package glmm

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Truth are the values of a model's parameters that outcomes are drawn under.
type Truth struct {
	Coefficients     map[string]float64 // by name; those not named are 0
	ZeroCoefficients map[string]float64 // of the zero part
	SD               map[string]float64 // by group ("school"), or group and column ("school:post")
	Theta            float64            // negbin: variance mu + mu^2/theta
	Dispersion       float64            // negbin1: variance mu(1 + dispersion); gamma: dispersion mu^2; lognormal: of the logarithm
}

// Simulation is the behaviour of a planned analysis over draws of its outcome.
type Simulation struct {
	Term       string
	Reps       int
	Failed     int     // fits that did not converge; they count as not significant
	Power      float64 // share of fits with p < alpha
	PowerError float64 // its Monte Carlo standard error
	Coverage   float64 // share of intervals that hold the truth, of the fits that converged
	Mean       float64 // of the estimates
	SD         float64 // of the estimates
	MeanError  float64 // mean standard error
}

// Simulate draws outcomes of a planned study and fits the planned model to each:
// power, coverage and bias of one term at significance level alpha. The table
// holds every column of the formula but the outcome, which need not be there and
// is not looked at (cbind needs its columns for the trials).
// Replicate i uses the stream "seed/glmm-simulate/i", so that the answer is the
// same for any number of processors.
func (g Generalised) Simulate(ctx context.Context, data *table.Table, truth Truth, term string, alpha float64, reps int, seed string) (*Simulation, error) {
	f, err := formula.Parse(g.Formula)
	if err != nil {
		return nil, err
	}
	if reps < 1 {
		return nil, analysis.Unsupportedf("%d simulations: want a positive number", reps)
	}
	ones := make([]float64, data.Rows())
	for i := range ones {
		ones[i] = 1
	}
	if name := f.Response(); !strings.ContainsAny(name, "(+*/ ") {
		data = data.With(f.Response(), ones)
	}
	m, err := g.model(data)
	if err != nil {
		return nil, err
	}
	s, err := m.planned(truth)
	if err != nil {
		return nil, err
	}
	at := slices.Index(m.design.Fixed.Names, term)
	if at < 0 {
		return nil, analysis.Unsupportedf("no term %q in the model: want one of %v", term, m.design.Fixed.Names)
	}
	type replicate struct {
		estimate, stdError float64
		converged          bool
	}
	all := make([]replicate, reps)
	err = infer.Replicate(ctx, reps, func() func(int) {
		return func(i int) {
			main, _ := m.refit(s.draw(infer.Stream(seed, "glmm-simulate", i)))
			estimate, stdError := main.coefficients(0)
			all[i] = replicate{estimate[at], stdError[at], main.status != analysis.NotConverged && stdError[at] > 0}
		}
	})
	if err != nil {
		return nil, err
	}
	out := &Simulation{Term: term, Reps: reps}
	z := distribution.NormalQuantile(1 - alpha/2)
	fitted := 0.0
	for _, r := range all {
		if !r.converged {
			out.Failed++
			continue
		}
		fitted++
		if math.Abs(r.estimate) > z*r.stdError {
			out.Power++
		}
		if math.Abs(r.estimate-s.coefficients[0][at]) <= z*r.stdError {
			out.Coverage++
		}
		out.Mean += r.estimate
		out.SD += r.estimate * r.estimate
		out.MeanError += r.stdError
	}
	out.Power /= float64(reps)
	out.PowerError = math.Sqrt(out.Power * (1 - out.Power) / float64(reps))
	out.Coverage /= fitted
	out.Mean /= fitted
	out.MeanError /= fitted
	out.SD = math.Sqrt(max(0, out.SD/fitted-out.Mean*out.Mean) * fitted / (fitted - 1))
	return out, nil
}

// simulator draws outcomes of a model's rows.
type simulator struct {
	m            *model
	coefficients [2][]float64
	factors      [2][][]float64 // of every random term of a part: roots of the covariance, k by k
	phi          float64
	fixed        [2][]float64 // n, linear predictors without random effects
}

// planned is the simulator of given parameter values.
func (m *model) planned(truth Truth) (*simulator, error) {
	s := &simulator{m: m, phi: math.NaN()}
	switch families[m.options.Family] {
	case negbin2:
		s.phi = math.Log(truth.Theta)
	case negbin1:
		s.phi = math.Log(truth.Dispersion)
	case gamma:
		s.phi = -math.Log(truth.Dispersion)
	case lognormal:
		s.phi = math.Log(truth.Dispersion) / 2
	default:
		s.phi = 0
	}
	if math.IsNaN(s.phi) || math.IsInf(s.phi, 0) {
		return nil, analysis.Unsupportedf("simulating family %s wants a positive theta (negbin) or dispersion (negbin1, gamma, lognormal)", m.options.Family)
	}
	used := map[string]bool{}
	for h, d := range []*formula.Design{m.design, m.zero} {
		if d == nil {
			continue
		}
		from := truth.Coefficients
		if h == 1 {
			from = truth.ZeroCoefficients
		}
		for name := range from {
			if !slices.Contains(d.Fixed.Names, name) {
				return nil, analysis.Unsupportedf("no coefficient %q in the model: want some of %v", name, d.Fixed.Names)
			}
		}
		for _, name := range d.Fixed.Names {
			s.coefficients[h] = append(s.coefficients[h], from[name])
		}
		for _, r := range d.Random {
			k := max(1, len(r.Names))
			l := make([]float64, k*k)
			for a := range k {
				key := r.Group
				if len(r.Names) > a && r.Names[a] != "(Intercept)" {
					key += ":" + r.Names[a]
				}
				sd, ok := truth.SD[key]
				if !ok || sd < 0 {
					return nil, analysis.Unsupportedf("the standard deviation of %q is wanted to simulate the random effects", key)
				}
				used[key] = true
				l[a*k+a] = sd
			}
			s.factors[h] = append(s.factors[h], l)
		}
	}
	for key := range truth.SD {
		if !used[key] {
			return nil, analysis.Unsupportedf("no random effect %q in the model", key)
		}
	}
	s.predict()
	return s, nil
}

// fitted is the simulator of the estimates. zero is the fit of a hurdle's zero
// part, or nil.
func (m *model) fitted(main, zero *fit) *simulator {
	s := &simulator{m: m, phi: main.o.phi(main.psi)}
	if !main.o.kernel.hasPhi() {
		s.phi = math.Inf(1)
	}
	for h, d := range []*formula.Design{m.design, m.zero} {
		if d == nil {
			continue
		}
		f, part := main, h
		if h == 1 && zero != nil {
			f, part = zero, 0
		}
		s.coefficients[h] = make([]float64, len(d.Fixed.Names))
		at := 0
		if part == 1 {
			at = f.o.c.p[0]
		}
		for i, j := range f.kept[part] {
			s.coefficients[h][j] = f.psi[at+i]
		}
		for i, r := range d.Random {
			for t := range f.o.c.terms {
				t := &f.o.c.terms[t]
				if t.part != part || t.index != i {
					continue
				}
				l := make([]float64, t.k*t.k)
				t.entries(func(p, a, b int) { l[t.source(a)*t.k+b] = f.psi[f.o.lowerAt()+p] })
				s.factors[h] = append(s.factors[h], l)
				break
			}
			if len(s.factors[h]) < i+1 { // held at zero with its part
				k := max(1, len(r.Names))
				s.factors[h] = append(s.factors[h], make([]float64, k*k))
			}
		}
	}
	s.predict()
	for i, logit := range main.sure {
		s.fixed[1][i] += logit
	}
	if m.options.ZeroInflation != "" && main.problem.kernel.zeros == plain {
		for i := range s.fixed[1] {
			s.fixed[1][i] = math.Inf(-1) // no structural zeros
		}
	}
	return s
}

func (s *simulator) predict() {
	for h, d := range []*formula.Design{s.m.design, s.m.zero} {
		if d == nil {
			continue
		}
		s.fixed[h] = make([]float64, d.N())
		if d.Offset != nil {
			copy(s.fixed[h], d.Offset)
		}
		for j, x := range d.Fixed.X {
			for i, v := range x {
				s.fixed[h][i] += v * s.coefficients[h][j]
			}
		}
	}
}

// draw gives a new outcome of every row.
func (s *simulator) draw(r *rand.Rand) []float64 {
	var eta [2][]float64
	for h, d := range []*formula.Design{s.m.design, s.m.zero} {
		if d == nil {
			continue
		}
		eta[h] = slices.Clone(s.fixed[h])
		for t, random := range d.Random {
			k := max(1, len(random.Names))
			b := make([]float64, k*len(random.Levels))
			u := make([]float64, k)
			for l := range random.Levels {
				for a := range u {
					u[a] = r.NormFloat64()
				}
				for a := range k {
					for e := range k {
						b[l*k+a] += s.factors[h][t][a*k+e] * u[e]
					}
				}
			}
			for i, l := range random.Index {
				for a, z := range random.Z {
					if z == nil {
						eta[h][i] += b[int(l)*k+a]
					} else {
						eta[h][i] += z[i] * b[int(l)*k+a]
					}
				}
			}
		}
	}
	y := make([]float64, len(eta[0]))
	hurdle := s.m.options.Hurdle != ""
	for i, e := range eta[0] {
		if eta[1] != nil {
			if _, p, _ := softplus(eta[1][i]); r.Float64() < p {
				continue
			}
		}
		y[i] = s.one(r, i, e)
		for tries := 0; hurdle && y[i] == 0; tries++ {
			if tries == 1000 {
				y[i] = 1 // the limit of a truncated count as its mean goes to zero
				break
			}
			y[i] = s.one(r, i, e)
		}
		if c := s.m.whole.ceiling; c != nil {
			y[i] = min(y[i], c[i])
		}
	}
	return y
}

// one draws the outcome of row i at linear predictor eta.
func (s *simulator) one(r *rand.Rand, i int, eta float64) float64 {
	mu := math.Exp(min(eta, 30))
	switch families[s.m.options.Family] {
	case binomial:
		_, p, _ := softplus(eta)
		if t := s.m.main.trials; t != nil {
			return distuv.Binomial{N: t[i], P: p, Src: r}.Rand()
		}
		if r.Float64() < p {
			return 1
		}
		return 0
	case lognormal:
		return math.Exp(eta + math.Exp(s.phi)*r.NormFloat64())
	case gamma:
		shape := math.Exp(s.phi)
		return distuv.Gamma{Alpha: shape, Beta: shape / mu, Src: r}.Rand()
	case negbin2:
		if theta := math.Exp(s.phi); !math.IsInf(theta, 1) {
			mu = distuv.Gamma{Alpha: theta, Beta: theta / mu, Src: r}.Rand()
		}
	case negbin1:
		if d := math.Exp(s.phi); !math.IsInf(d, 1) && d > 0 {
			mu = distuv.Gamma{Alpha: mu / d, Beta: 1 / d, Src: r}.Rand()
		}
	}
	if !(mu > 0) {
		return 0
	}
	return distuv.Poisson{Lambda: mu, Src: r}.Rand()
}
