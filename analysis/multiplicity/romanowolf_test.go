package multiplicity

import (
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis/distribution"
)

// correlated draws m statistics with common correlation rho around means.
func correlated(r *rand.Rand, mean []float64, rho float64) []float64 {
	common := r.NormFloat64()
	out := make([]float64, len(mean))
	for j := range out {
		out[j] = mean[j] + math.Sqrt(rho)*common + math.Sqrt(1-rho)*r.NormFloat64()
	}
	return out
}

func nullDraws(r *rand.Rand, m, n int, rho float64) [][]float64 {
	draws := make([][]float64, m)
	for range n {
		for j, x := range correlated(r, make([]float64, m), rho) {
			draws[j] = append(draws[j], math.Abs(x))
		}
	}
	return draws
}

// By the algorithm: at level a, the tests not yet rejected are held against
// the distribution of their largest statistic until nothing more is rejected.
// The rejected ones are those with an adjusted p of at most a.
func TestRomanoWolfAgainstRejection(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	for range 200 {
		m := 1 + r.IntN(6)
		mean := make([]float64, m)
		for j := range mean {
			mean[j] = 2 * r.NormFloat64()
		}
		observed := correlated(r, mean, 0.5)
		draws := nullDraws(r, m, 59, 0.5)
		for _, all := range []bool{false, true} {
			adjusted := RomanoWolf(observed, draws, all)
			for _, level := range []float64{0.021, 0.051, 0.11, 0.4} {
				rejected := make([]bool, m)
				for again := true; again; {
					again = false
					var now []int
					for j := range m {
						hits := 0
						for i := range draws[0] {
							for k := range m {
								if !rejected[k] && draws[k][i] >= math.Abs(observed[j]) {
									hits++
									break
								}
							}
						}
						p := float64(1+hits) / 60
						if all {
							p = float64(hits) / 59
						}
						if !rejected[j] && p <= level {
							now = append(now, j)
						}
					}
					for _, j := range now {
						rejected[j], again = true, true
					}
				}
				for j := range m {
					if rejected[j] != (adjusted[j] <= level) {
						t.Fatalf("t %v at %g: adjusted %v, rejected %v", observed, level, adjusted, rejected)
					}
				}
			}
		}
	}
}

// The chance of any false finding is kept, with some hypotheses false too, and
// more of the false ones are found than by Holm where statistics go together.
func TestRomanoWolfErrorAndPower(t *testing.T) {
	const trials, m = 1500, 8
	any, found, holm := 0, 0, 0
	draws := nullDraws(rand.New(rand.NewPCG(1, 1)), m, 1999, 0.8)
	for seed := range uint64(trials) {
		r := rand.New(rand.NewPCG(seed, 8))
		observed := correlated(r, []float64{3, 3, 3, 0, 0, 0, 0, 0}, 0.8)
		p := make([]float64, m)
		for j, x := range observed {
			p[j] = distribution.StudentTwoSided(x, math.Inf(1))
		}
		adjusted, plain := RomanoWolf(observed, draws, false), Holm(p)
		wrong := false
		for j := range m {
			if j >= 3 {
				wrong = wrong || adjusted[j] <= 0.05
				continue
			}
			if adjusted[j] <= 0.05 {
				found++
			}
			if plain[j] <= 0.05 {
				holm++
			}
		}
		if wrong {
			any++
		}
	}
	t.Logf("any false finding %.3f; true ones found %.3f, by Holm %.3f", float64(any)/trials, float64(found)/3/trials, float64(holm)/3/trials)
	if share := float64(any) / trials; share > 0.05+3*math.Sqrt(0.05*0.95/trials) {
		t.Errorf("any false finding in %.3f of trials", share)
	}
	if float64(found) < 1.05*float64(holm) {
		t.Errorf("%d found, by Holm %d", found, holm)
	}
}
