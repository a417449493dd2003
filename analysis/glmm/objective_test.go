package glmm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis/formula"
)

// toy makes a random problem: schools in areas crossed with months.
func toy(r *rand.Rand, k kernel, schools, rows int, random, zeroRandom []string) *problem {
	n := schools * rows
	p := &problem{kernel: k, y: make([]float64, n)}
	one, x, post, off := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	school, area, month := make([]int32, n), make([]int32, n), make([]int32, n)
	us := make([]float64, schools)
	for i := range us {
		us[i] = r.NormFloat64() * 0.6
	}
	if k.base == binomial {
		p.trials = make([]float64, n)
	}
	for i := range n {
		school[i], month[i] = int32(i/rows), int32(i%rows)
		area[i] = school[i] % 3
		one[i], x[i], post[i] = 1, math.Round(4*r.NormFloat64())/8, float64(i%2)
		off[i] = math.Log(float64(1 + i%3))
		mu := math.Exp(0.3 + 0.3*x[i] + us[school[i]] + off[i])
		switch k.base {
		case binomial:
			p.trials[i] = float64(1 + i%4)
			for range int(p.trials[i]) {
				if r.Float64() < mu/(1+mu) {
					p.y[i]++
				}
			}
		case gamma, lognormal:
			p.y[i] = mu * r.ExpFloat64()
		default:
			l, c := math.Exp(-mu*math.Exp(0.4*r.NormFloat64())), r.Float64()
			for c > l {
				c *= r.Float64()
				p.y[i]++
			}
			if k.zeros == inflated && r.Float64() < 0.3 {
				p.y[i] = 0
			}
			if k.zeros == truncated {
				p.y[i]++
			}
		}
	}
	if k.ceiling {
		p.ceiling = make([]float64, n)
		for i := range p.ceiling {
			p.ceiling[i] = float64(2 + i%5)
			p.y[i] = min(p.y[i], p.ceiling[i])
		}
	}
	terms := func(names []string) (out []formula.Random) {
		for _, name := range names {
			f := formula.Random{Group: "school", Index: school, Levels: make([]string, schools), Names: []string{"(Intercept)"}, Z: [][]float64{nil}}
			switch name {
			case "area":
				f.Group, f.Index, f.Levels = "area", area, make([]string, 3)
			case "month":
				f.Group, f.Index, f.Levels = "month", month, make([]string, rows)
			case "slope":
				f.Names, f.Z, f.Correlated = []string{"(Intercept)", "post"}, [][]float64{nil, post}, true
			case "only":
				f.Names, f.Z = []string{"post"}, [][]float64{post}
			}
			out = append(out, f)
		}
		return out
	}
	p.parts[0] = part{names: []string{"(Intercept)", "x", "post"}, x: [][]float64{one, x, post}, offset: off, random: terms(random)}
	if k.zeros == inflated {
		p.parts[1] = part{names: []string{"(Intercept)", "x"}, x: [][]float64{one, x}, random: terms(zeroRandom)}
	}
	return p
}

type shape struct {
	k            kernel
	random, zero []string
	nodes        int
}

func shapes() (all []shape) {
	kernels := []kernel{{base: poisson}, {base: binomial}, {base: negbin2}, {base: negbin1}, {base: gamma}, {base: lognormal},
		{base: poisson, zeros: truncated}, {base: negbin2, zeros: truncated}, {base: negbin1, zeros: truncated}, {base: poisson, zeros: inflated}, {base: negbin2, zeros: inflated}, {base: negbin1, zeros: inflated}}
	for _, zeros := range []zeros{plain, truncated, inflated} {
		for _, base := range []base{poisson, negbin2, negbin1} {
			kernels = append(kernels, kernel{base, zeros, true})
		}
	}
	for _, k := range kernels {
		for _, random := range [][]string{nil, {"school"}, {"area", "school"}, {"school", "month"}, {"slope"}, {"slope", "area", "month"}, {"school", "only"}} {
			all = append(all, shape{k: k, random: random})
		}
		for _, random := range [][]string{{"school"}, {"only"}} {
			all = append(all, shape{k: k, random: random, nodes: 5})
		}
		if k.zeros == inflated {
			all = append(all, shape{k: k, random: []string{"slope"}, zero: []string{"school", "area"}}, shape{k: k, zero: []string{"school"}}, shape{k: k, zero: []string{"school"}, nodes: 4})
		}
	}
	return all
}

func (s shape) String() string {
	return fmt.Sprintf("base%d-zeros%d-%t-%v-%v-%d", s.k.base, s.k.zeros, s.k.ceiling, s.random, s.zero, s.nodes)
}

func randomPsi(r *rand.Rand, o *objective) []float64 {
	psi := make([]float64, o.n)
	for i := range psi {
		psi[i] = 0.4 * r.NormFloat64()
	}
	for i := o.lowerAt(); i < o.lowerAt()+o.nLower; i++ {
		psi[i] = 0.5 + 0.2*r.Float64()
	}
	return psi
}

// The analytic gradient is the derivative of the objective, for every family,
// zero part, structure of random effects and number of nodes.
func TestGradientIsTheDerivative(t *testing.T) {
	for _, s := range shapes() {
		t.Run(s.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 11))
			p := toy(r, s.k, 7, 6, s.random, s.zero)
			var nodes []node
			if s.nodes > 1 {
				nodes = gaussHermite(s.nodes)
			}
			o := newObjective(newCells(p), s.k, nodes)
			psi := randomPsi(r, o)
			grad := make([]float64, o.n)
			if _, ok := o.evaluate(psi, grad); !ok {
				t.Fatal("no mode")
			}
			for j := range psi {
				const h = 1e-3
				at := func(x float64) float64 {
					q := append([]float64(nil), psi...)
					q[j] += x
					f, ok := o.evaluate(q, nil)
					if !ok {
						t.Fatal("no mode")
					}
					return f
				}
				want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
				if math.Abs(grad[j]-want) > 2e-8*(1+math.Abs(want)) {
					t.Errorf("parameter %d: gradient %.10g, differences %.10g", j, grad[j], want)
				}
			}
		})
	}
}
