package mixed

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/infer"
)

// simulateCoverage draws data sets from the fitted model, fits each again with
// the same inference and reports, for each coefficient, how often the interval
// held the value that the data were drawn from and how often the test rejected
// zero: the trial's own operating characteristics, if the model is true.
func (m *model) simulateCoverage(ctx context.Context, r *analysis.Result, f *fit, l Linear) error {
	truth := f.beta()
	s := newSimulator(m, f)
	c := s.criterion(f.reml)
	p := f.p
	covered, rejected := make([]int, p), make([]int, p)
	used, failed, boundary := 0, 0, 0
	for i := range l.Coverage {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.draw(stream(l.Seed, "mixed-coverage", i))
		one := c.refit(s.theta)
		if !one.converged {
			failed++
			continue
		}
		used++
		if one.boundary {
			boundary++
		}
		beta := one.beta()
		errors, dfs, err := m.standardErrors(one, l.DF)
		if err != nil {
			return err
		}
		for j := range p {
			e := infer.Wald("", beta[j], errors[j], dfs[j], l.Level, analysis.Identity)
			if e.ConfLow != nil && *e.ConfLow <= truth[j] && truth[j] <= *e.ConfHigh {
				covered[j]++
			}
			if e.PValue != nil && *e.PValue < 1-l.Level {
				rejected[j]++
			}
		}
	}
	if used == 0 {
		return analysis.NotEstimablef("none of %d simulated fits converged; simplify the random terms", l.Coverage)
	}
	n := float64(used)
	for j := range p {
		name := m.name(j)
		share := float64(covered[j]) / n
		r.Checks = append(r.Checks,
			analysis.Check{Name: "coverage:" + name, Value: analysis.Num(share),
				Means: fmt.Sprintf("of %d data sets drawn from this fit, the share whose %g%% interval held the truth (simulation error %.3f)", used, 100*l.Level, math.Sqrt(share*(1-share)/n))},
			analysis.Check{Name: "rejected:" + name, Value: analysis.Num(float64(rejected[j]) / n), Means: fmt.Sprintf("share with p < %.3g: the power of this design if the estimate is the truth", 1-l.Level)})
	}
	r.Checks = append(r.Checks, analysis.Check{Name: "coverage_boundary", Value: analysis.Num(float64(boundary) / n), Means: "share of the simulated fits with a variance of zero"})
	if failed > 0 {
		r.Note("coverage_failures", fmt.Sprintf("%d of %d simulated fits did not converge and were left out", failed, l.Coverage))
	}
	return nil
}

// standardErrors gives the standard errors of the kept coefficients and their
// degrees of freedom (+Inf for z).
func (m *model) standardErrors(f *fit, df DF) (errors, dfs []float64, err error) {
	p := f.p
	vcov := f.vcov()
	errors, dfs = make([]float64, p), make([]float64, p)
	for j := range p {
		errors[j], dfs[j] = math.Sqrt(vcov[j*p+j]), math.Inf(1)
	}
	switch df {
	case Satterthwaite:
		s := f.satterthwaite()
		for j := range p {
			dfs[j] = s.df(m.unit(j))
		}
	case KenwardRoger:
		kr := f.kenwardRoger()
		if kr == nil {
			return nil, nil, analysis.NotEstimablef("the expected information of the variances is singular, so that Kenward-Roger is not defined; use --df satterthwaite")
		}
		for j := range p {
			unit := m.unit(j)
			errors[j] = f.sigma() * math.Sqrt(quadratic(unit, kr.adjusted))
			_, _, dfs[j] = kr.contrastTest([][]float64{unit}, m.engineBeta(f))
		}
	}
	return errors, dfs, nil
}
