package glmm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"swis/dataset/table"
)

// TestPooledCounts holds value, gradient, modes and factor of the sums over
// combinations against the general code, which goes row by row: one term,
// nested, crossed, both, with weights, with a variance of zero, and with a
// factor of many crossed levels, some of them missing.
func TestPooledCounts(t *testing.T) {
	for _, random := range [][]string{{"school"}, {"area", "school"}, {"school", "month"}, {"area", "school", "month"}} {
		for seed := range uint64(5) {
			r := rand.New(rand.NewPCG(seed, 5))
			p := toy(r, kernel{base: poisson}, 70, 5+int(seed), random, nil)
			p.weights = make([]float64, p.n())
			for i := range p.weights {
				p.weights[i] = float64(1 + r.IntN(3))
				if r.IntN(9) == 0 { // a month that a school does not have
					for _, term := range p.parts[0].random {
						if term.Group == "month" {
							term.Index[i] = 0
						}
					}
				}
			}
			sums, rows := newObjective(newCells(p), p.kernel, nil), newObjective(newCells(p), p.kernel, nil)
			if sums.pooled == nil {
				t.Fatal("not by sums")
			}
			rows.pooled = nil
			psi := randomPsi(r, sums)
			if seed == 4 {
				psi[sums.lowerAt()] = 0
			}
			got, want := make([]float64, sums.n), make([]float64, sums.n)
			a, ok := sums.evaluate(psi, got)
			b, okToo := rows.evaluate(psi, want)
			if !ok || !okToo {
				t.Fatal("no mode")
			}
			close := func(what string, x, y float64) {
				t.Helper()
				if math.Abs(x-y) > 1e-9*(1+math.Abs(y)) {
					t.Errorf("%v %d: %s is %.15g, want %.15g", random, seed, what, x, y)
				}
			}
			close("the value", a, b)
			for j := range want {
				close(fmt.Sprint("gradient ", j), got[j], want[j])
			}
			for j := range rows.u {
				close("a mode", sums.u[j], rows.u[j])
			}
			for j := range rows.c.chol.inverse {
				close("the inverse", sums.c.chol.inverse[j], rows.c.chol.inverse[j])
			}
			x, y := sums.fixedInformation(), rows.fixedInformation()
			for i := range sums.lowerAt() {
				for j := range i + 1 {
					close("the information", x.At(i, j), y.At(i, j))
				}
			}
			// Far out, exponentials are left to the general code.
			psi[0] = 250
			sums.evaluate(psi, nil)
			if sums.summed() {
				t.Error("sums of numbers at the end of float64")
			}
		}
	}
}

// TestCrossedAgainstGlmer: schools crossed with terms, R 4.2.2, lme4 1.1.31:
// glmer(y ~ swis*post + offset(log(pupils)) + (1 | school) + (1 | term), poisson)
// on pilot-panel, its deviance taken to the optimum by nlminb (rel.tol 1e-15),
// standard errors from numDeriv's Hessian of it.
func TestCrossedAgainstGlmer(t *testing.T) {
	data, err := table.ReadFile(filepath.Join("..", "..", "testdata", "reference", "pilot-panel", "data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		outcome  string
		logLik   float64
		sd       [2]float64
		beta, se [4]float64
	}{
		{"s47", -1254.0511348443, [2]float64{0.6195458444631, 0.1296268581872},
			[4]float64{-6.3444324812870, -0.0603009547901, -0.0254688109582, 0.0574934112432}, [4]float64{0.10844641991, 0.16259028305, 0.12720084102, 0.15698312755}},
		{"s17", -1957.0241930306, [2]float64{0.6166003258971, 0.0563874211224},
			[4]float64{-5.4012182038982, -0.0336586523092, 0.0677745799733, -0.1930201419316}, [4]float64{0.08477251970, 0.14132982820, 0.06752735745, 0.10013504265}},
	} {
		r, err := Generalised{Formula: c.outcome + " ~ swis*post + offset(log(pupils)) + (1 | school) + (1 | term)", Family: "poisson"}.Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		near := func(what string, got, want, tolerance float64) {
			t.Helper()
			if !(math.Abs(got-want) <= tolerance) {
				t.Errorf("%s: %s is %.12g, want %.12g", c.outcome, what, got, want)
			}
		}
		near("log-likelihood", *r.Fit.LogLik, c.logLik, 1e-6)
		for i, e := range r.Estimates {
			near(e.Term, *e.Estimate, c.beta[i], 1e-6)
			near("standard error of "+e.Term, *e.StdError, c.se[i], 1e-5*c.se[i])
		}
		for i, e := range r.RandomEffects {
			near("standard deviation of "+e.Group, *e.SD, c.sd[i], 1e-6)
		}
	}
}
