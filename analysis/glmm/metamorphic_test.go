package glmm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"swis/analysis"
)

// Over 200 data sets and all variants in turn: rows in another order under other
// names, terms in another order, an exposure in another unit, arms that change
// their names, and a level of a factor that no row uses, change nothing but what
// they must. Every state that a fit can end in is compared.
func TestMetamorphic(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 12
	}
	fitted := 0
	for seed := range seeds {
		g := variants[int(seed)%len(variants)]
		p := newPanel(1000+seed, 24, 6)
		base := estimate(t, g, p.table(p.all()))
		if base.Fit.Status == analysis.NotConverged || base.Fit.Status == analysis.Separated {
			continue
		}
		fitted++
		what := fmt.Sprintf("seed %d, %s %s%s%s, ", seed, g.Family, g.Formula, g.ZeroInflation, g.Hurdle)
		same := func(relation string, r *analysis.Result, arm, interaction float64) {
			t.Helper()
			if r.Fit.Status != base.Fit.Status {
				t.Errorf("%s: %s is %s, was %s", what, relation, r.Fit.Status, base.Fit.Status)
				return
			}
			near(t, what+relation+": log-likelihood", r.Fit.LogLik, base.Fit.LogLik, 1e-7)
			for term, sign := range map[string]float64{"arm": arm, "arm:post": interaction} {
				if sign == 0 {
					continue
				}
				turned := sign * *base.Find(term).Estimate
				near(t, what+relation+": "+term, r.Find(term).Estimate, &turned, 2e-5)
				near(t, what+relation+": se of "+term, r.Find(term).StdError, base.Find(term).StdError, 1e-3)
			}
		}

		rng := rand.New(rand.NewPCG(seed, 8))
		renamed := *p
		renamed.school = slices.Clone(p.school)
		for i, name := range p.school {
			renamed.school[i] = string([]byte{'a' + (name[3]-'0')*7%10, 'a' + name[2]}) + name
		}
		same("rows and labels", estimate(t, g, renamed.table(rng.Perm(len(p.y)))), 1, 1)

		scaled := *p
		scaled.pupils = slices.Clone(p.pupils)
		for i := range scaled.pupils {
			scaled.pupils[i] *= 12
		}
		r := estimate(t, g, scaled.table(p.all()))
		same("exposure", r, 1, 1)
		shifted := *base.Find("(Intercept)").Estimate - math.Log(12)
		near(t, what+"intercept", r.Find("(Intercept)").Estimate, &shifted, 2e-5)

		swapped := *p
		swapped.arm = slices.Clone(p.arm)
		for i := range swapped.arm {
			swapped.arm[i] = 1 - p.arm[i]
		}
		same("arms", estimate(t, g, swapped.table(p.all())), 0, -1)

		order := g
		order.Formula = "y ~ post + arm + post:arm" + g.Formula[len("y ~ arm*post"):]
		other := estimate(t, order, p.table(p.all()))
		near(t, what+"terms: log-likelihood", other.Fit.LogLik, base.Fit.LogLik, 1e-7)
		near(t, what+"terms: arm", other.Find("arm").Estimate, base.Find("arm").Estimate, 2e-5)
	}
	if fitted < int(seeds)*3/4 {
		t.Errorf("only %d of %d data sets were fitted", fitted, seeds)
	}
}
