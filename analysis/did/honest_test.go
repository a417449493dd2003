package did

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"

	"swis/analysis"
)

// programme is a linear programme: inequalities a x <= b in free variables.
type programme struct {
	a [][]float64
	b []float64
}

func (p *programme) add(row []float64, bound float64) {
	p.a, p.b = append(p.a, row), append(p.b, bound)
}

// maximise solves it in gonum's equality form.
func (p *programme) maximise(t *testing.T, c []float64) (float64, bool) {
	t.Helper()
	g := mat.NewDense(len(p.a), len(c), nil)
	for i, row := range p.a {
		g.SetRow(i, row)
	}
	negative := make([]float64, len(c))
	for j, x := range c {
		negative[j] = -x
	}
	cc, aa, bb := lp.Convert(negative, g, p.b, nil, nil)
	x, _, err := lp.Simplex(cc, aa, bb, 1e-12, nil)
	return -x, err == nil
}

// relativeProgramme is the worst case of relative magnitudes as one linear
// programme for each earlier step and sign that could be the largest; the
// variables are the later trends, the earlier ones known.
func relativeProgramme(t *testing.T, pre, weights []float64, size float64) (worst float64) {
	all := append(append([]float64(nil), pre...), 0)
	for s := range pre {
		step := size * math.Abs(all[s+1]-all[s])
		p := &programme{}
		for k := range weights {
			for _, direction := range []float64{-1, 1} {
				row := make([]float64, len(weights))
				row[k] = direction
				if k > 0 {
					row[k-1] = -direction
				}
				p.add(row, step)
			}
		}
		v, ok := p.maximise(t, weights)
		if !ok {
			t.Fatal("no solution")
		}
		worst = max(worst, v)
	}
	return worst
}

// TestRelativeClosedForm: the range of relative magnitudes is M times the
// largest earlier step times the sum of the absolute tail sums of the weights.
func TestRelativeClosedForm(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 31))
		q, n := 1+r.IntN(4), 1+r.IntN(4)
		e := &eventEstimates{}
		for range q {
			e.pre = append(e.pre, r.NormFloat64())
		}
		for range n {
			e.weights = append(e.weights, r.NormFloat64())
		}
		size := 2 * r.Float64()
		if got, want := e.relativeRange(size), relativeProgramme(t, e.pre, e.weights, size); math.Abs(got-want) > 1e-9*(1+want) {
			t.Fatalf("seed %d: %g, want %g", seed, got, want)
		}
	}
}

// TestSmoothWorstCase: the worst case of an affine estimator under smoothness of
// one is that of a linear programme in the trend, whose slope is not bounded.
func TestSmoothWorstCase(t *testing.T) {
	solved := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 32))
		q, n := 2+r.IntN(3), 1+r.IntN(3)
		path := newSmoothPath(randomEvents(r, q, n))
		c := path.c[r.IntN(len(path.c))]
		v := path.weights(c)
		// zero at the reference, and at the period before, which takes out the slope
		place := make([]int, q+n+1)
		free := 0
		for k := range place {
			place[k] = -1
			if k != q && k != q-1 {
				place[k] = free
				free++
			}
		}
		p := &programme{}
		for k := 1; k < q+n; k++ {
			for _, direction := range []float64{1, -1} {
				row := make([]float64, free)
				for offset, f := range []float64{1, -2, 1} {
					if j := place[k-1+offset]; j >= 0 {
						row[j] += direction * f
					}
				}
				p.add(row, 1)
			}
		}
		objective := make([]float64, free)
		for k, j := range place {
			switch {
			case j < 0:
			case k < q:
				objective[j] = v[k]
			default:
				objective[j] = v[k-1]
			}
		}
		want, ok := p.maximise(t, objective)
		if !ok {
			continue
		}
		solved++
		if got := path.bias(c); math.Abs(got-want) > 1e-7*(1+want) {
			t.Fatalf("seed %d: worst case %g, want %g", seed, got, want)
		}
	}
	if solved < 30 {
		t.Fatalf("%d programmes compared only", solved)
	}
}

// TestStraightLine: with smoothness of zero and next to no estimation error the
// trend is the straight line through the earlier periods.
func TestStraightLine(t *testing.T) {
	e := &eventEstimates{pre: []float64{-0.4, -0.2}, post: []float64{1, 1.2}, weights: []float64{0.5, 0.5}, v: make([][]float64, 4), df: math.Inf(1)}
	for i := range e.v {
		e.v[i] = make([]float64, 4)
		e.v[i][i] = 1e-14
	}
	low, high, from, to := bending{newSmoothPath(e), 0.95}.interval(0)
	// trend 0.2 a period from zero at -1: 0.2 and 0.4 at the two later ones
	want := (1 - 0.2 + 1.2 - 0.4) / 2
	for _, x := range []float64{low, high, from, to} {
		if math.Abs(x-want) > 1e-6 {
			t.Fatalf("%g to %g, interval %g to %g, want %g", low, high, from, to, want)
		}
	}
}

// randomEvents draws an event study with a covariance of full rank.
func randomEvents(r *rand.Rand, q, n int) *eventEstimates {
	k := q + n
	e := &eventEstimates{df: math.Inf(1), v: make([][]float64, k)}
	root := mat.NewDense(k, k+2, nil)
	for i := range k {
		for j := range k + 2 {
			root.Set(i, j, r.NormFloat64())
		}
	}
	var v mat.Dense
	v.Mul(root, root.T())
	for i := range k {
		e.v[i] = mat.Row(nil, i, &v)
		for j := range e.v[i] {
			e.v[i][j] /= float64(k)
		}
		if i < q {
			e.pre = append(e.pre, r.NormFloat64())
		} else {
			e.post, e.weights = append(e.post, r.NormFloat64()), append(e.weights, r.Float64())
		}
	}
	return e
}

// TestSmoothBias: no trend whose slope changes by at most one misses the effect
// by more than the worst case, and one does so exactly; a straight trend never.
func TestSmoothBias(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 34))
		q, n := 1+r.IntN(4), 1+r.IntN(4)
		p := newSmoothPath(randomEvents(r, q, n))
		c := p.c[r.IntN(len(p.c))]
		v := p.weights(c)
		miss := func(slope float64, kinks []float64) (s float64) { // kinks at 1..q+n-1
			trend := make([]float64, q+n+1)
			at := func(k int) float64 { return kinks[k-1] }
			for k := q + 1; k <= q+n; k++ {
				trend[k] = trend[k-1] + slope
				for m := q + 1; m < k; m++ {
					trend[k] += at(m)
				}
			}
			step := slope
			for k := q - 1; k >= 0; k-- {
				step -= at(k + 1)
				trend[k] = trend[k+1] - step
			}
			for j := range q {
				s += v[j] * trend[j]
			}
			for j := range n {
				s += v[q+j] * trend[q+1+j]
			}
			return s
		}
		kinks := make([]float64, q+n-1)
		if x := miss(3, kinks); math.Abs(x) > 1e-9 {
			t.Fatalf("seed %d: a straight trend misses by %g", seed, x)
		}
		reached := 0.0
		for m := range kinks {
			clear(kinks)
			kinks[m] = 1
			reached += math.Abs(miss(0, kinks))
		}
		if bias := p.bias(c); math.Abs(reached-bias) > 1e-9*(1+bias) {
			t.Fatalf("seed %d: worst case %g, want %g", seed, bias, reached)
		}
	}
}

// TestShortestByGrid searches the weights of affine estimators by brute force:
// none gives a shorter interval.
func TestShortestByGrid(t *testing.T) {
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 35))
		q := 2 + int(seed%2)
		p := newSmoothPath(randomEvents(r, q, 1+r.IntN(3)))
		size := []float64{0, 0.1, 0.5, 2}[seed/2%4]
		_, _, half := p.interval(size, 0.95)
		best, at := math.Inf(1), make([]float64, q-1)
		length := func(c []float64) float64 {
			v := p.weights(c)
			return fixedLength(size*p.bias(c), math.Sqrt(p.e.product(v, v)), 0.95)
		}
		for scale := 4.0; scale > 1e-4; scale /= 3 { // nested grids
			centre := append([]float64(nil), at...)
			for a := range 25 {
				for b := range 25 {
					c := []float64{centre[0] + scale*(float64(a)/12-1)}
					if q == 3 {
						c = append(c, centre[1]+scale*(float64(b)/12-1))
					}
					if l := length(c); l < best {
						best, at = l, c
					}
				}
			}
		}
		if half > best*(1+1e-6) || half < best*(1-1e-3) {
			t.Errorf("seed %d: half length %g, by search %g", seed, half, best)
		}
	}
}

// TestLargestQuantile against closed forms and simulation.
func TestLargestQuantile(t *testing.T) {
	for _, c := range []struct{ rho, p float64 }{{0, math.Pow(normalLower(2), 2)}, {1, normalLower(2)}, {-1, 2*normalLower(2) - 1}} {
		if got := bothBelow(2, c.rho); math.Abs(got-c.p) > 1e-9 {
			t.Errorf("rho %g: %g, want %g", c.rho, got, c.p)
		}
	}
	for _, rho := range []float64{-0.95, -0.4, 0.3, 0.8} {
		r := rand.New(rand.NewPCG(7, 36))
		c := largestQuantile(0.9, rho)
		below, draws := 0, 200000
		for range draws {
			a := r.NormFloat64()
			if b := rho*a + math.Sqrt(1-rho*rho)*r.NormFloat64(); max(a, b) <= c {
				below++
			}
		}
		if share := float64(below) / float64(draws); math.Abs(share-0.9) > 0.003 {
			t.Errorf("rho %g: %g lie below", rho, share)
		}
	}
}

// TestHybridSize: at the edge of the hypothesis the test rejects 5%, whatever
// the correlation, and nowhere inside it more.
func TestHybridSize(t *testing.T) {
	for _, rho := range []float64{-0.9, -0.3, 0.5, 0.95} {
		for _, mean := range []float64{0, -0.3, -1, -5} {
			r := rand.New(rand.NewPCG(3, 37))
			rejected, draws := 0, 20000
			s := step{sd: [2]float64{1, 1}, rho: rho, level: 0.95, firstSize: 0.005, first: largestQuantile(0.995, rho)}
			for range draws {
				a := r.NormFloat64()
				b := mean + rho*a + math.Sqrt(1-rho*rho)*r.NormFloat64()
				// moments a and b: theta - reach d = a, -theta - reach d = b
				s.theta, s.d, s.reach = (a-b)/2, -(a+b)/2, 1
				if !s.accepts(0) {
					rejected++
				}
			}
			share := float64(rejected) / float64(draws)
			if share > 0.05+4*math.Sqrt(0.05*0.95/float64(draws)) || mean == -5 && share < 0.045 {
				t.Errorf("rho %g, other moment %g: rejects %.4f", rho, mean, share)
			}
		}
	}
}

// TestSensitivityCovers draws event studies whose later trend obeys the
// restriction as hard as it can; the interval must cover the true effect.
func TestSensitivityCovers(t *testing.T) {
	for _, c := range []struct {
		name     string
		relative bool
		size     float64
		trend    []float64 // at -3, -2, 0, 1
	}{
		{"parallel", true, 0, []float64{0, 0, 0, 0}},
		{"relative", true, 1, []float64{0.5, 0, 0.5, 1}},
		{"relative, no trend", true, 1, []float64{0, 0, 0, 0}},
		{"smooth, straight", false, 0, []float64{-0.6, -0.3, 0.3, 0.6}},
		{"smooth, bent", false, 0.2, []float64{-0.6, -0.3, 0.5, 1.2}},
		{"smooth, bent early", false, 0.2, []float64{-1, -0.3, 0.5, 1.5}},
	} {
		r := rand.New(rand.NewPCG(1, 33))
		covered, draws, width := 0, 400, 0.0
		for range draws {
			e := &eventEstimates{weights: []float64{0.5, 0.5}, v: make([][]float64, 4), df: math.Inf(1)}
			shared := 0.2 * r.NormFloat64()
			for k := range 4 {
				e.v[k] = []float64{0.04, 0.04, 0.04, 0.04}
				e.v[k][k] = 0.08
				b := c.trend[k] + shared + 0.2*r.NormFloat64()
				if k < 2 {
					e.pre = append(e.pre, b)
				} else {
					e.post = append(e.post, b)
				}
			}
			var rule restriction = bending{newSmoothPath(e), 0.95}
			if c.relative {
				rule = relative{e, 0.95}
			}
			_, _, low, high := rule.interval(c.size)
			if low <= 0 && high >= 0 {
				covered++
			}
			width += (high - low) / float64(draws)
			if inside := low <= 0 && high >= 0; !inside && !rule.holds(c.size) {
				t.Fatalf("%s: zero outside %g to %g is said to be in the set", c.name, low, high)
			}
		}
		share := float64(covered) / float64(draws)
		t.Logf("%s: covers %.3f, width %.2f", c.name, share, width)
		if share < 0.93 {
			t.Errorf("%s: covers %.3f", c.name, share)
		}
	}
}

// TestBenzartiCarloni holds the intervals against those that the authors'
// program HonestDiD 0.2.8 for R gives for the event study of Benzarti & Carloni
// (2019), which comes with it: four earlier and four later years. Its
// fixed-length intervals use a simulated critical value, its conditional ones a
// grid and other units for the moments.
func TestBenzartiCarloni(t *testing.T) {
	e := func(weights ...float64) *eventEstimates {
		return &eventEstimates{df: math.Inf(1), weights: weights,
			pre:  []float64{0.00669635180383921, 0.0293450336903334, -0.00647297222167253, 0.0730149894952774},
			post: []float64{0.195961117744446, 0.312063902616501, 0.239541545510292, 0.126042500138283},
			v: [][]float64{
				{0.000842835812363774, 0.00047686867765151, 0.000261805107584223, 0.000235422034165822, 0.000167637146660127, 0.000112870766315609, 1.99281621462433e-05, -0.000136826536618173},
				{0.00047686867765151, 0.000642542028799653, 0.000398742500692606, 0.00024355151981581, 0.000220196030568331, 0.00018045911565423, 3.84376508009154e-05, -2.96042198897339e-05},
				{0.000261805107584223, 0.000398742500692606, 0.000522994960192591, 0.000211768609005958, 0.000184072225238197, 0.000145852784044109, 7.00519740348682e-05, 5.95299497945234e-05},
				{0.000235422034165822, 0.00024355151981581, 0.000211768609005958, 0.000308959541143849, 0.000119786607683636, 0.000133408131659962, 0.000101633500889875, 0.000107905172626488},
				{0.000167637146660127, 0.000220196030568331, 0.000184072225238197, 0.000119786607683636, 0.000359970435965806, 0.000247881864197552, 0.000174957924173214, 0.000165425692102872},
				{0.000112870766315609, 0.00018045911565423, 0.000145852784044109, 0.000133408131659962, 0.000247881864197552, 0.000426394981332123, 0.000217143780901097, 0.000289274787064642},
				{1.99281621462433e-05, 3.84376508009154e-05, 7.00519740348682e-05, 0.000101633500889875, 0.000174957924173214, 0.000217143780901097, 0.000488669786136597, 0.000380532204871997},
				{-0.000136826536618173, -2.96042198897339e-05, 5.95299497945234e-05, 0.000107905172626488, 0.000165425692102872, 0.000289274787064642, 0.000380532204871997, 0.000761739443987608},
			}}
	}
	first, mean := e(1, 0, 0, 0), e(0.25, 0.25, 0.25, 0.25)
	for _, c := range []struct {
		name            string
		rule            restriction
		size, low, high float64
		tolerance       float64
	}{
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0, 0.131411315937022, 0.216169648182799, 2e-4},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.01, 0.154965267080773, 0.27038453032652, 1e-3},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.02, 0.177301087900198, 0.315956468194821, 1e-3},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.1, 0.1194440001, 0.4185082143, 1e-3},
		{"first, smooth", bending{newSmoothPath(first), 0.95}, 0.2, 0.01944400015, 0.5185082143, 1e-3},
		{"mean, smooth", bending{newSmoothPath(mean), 0.95}, 0, 0.133193369303247, 0.230362614090703, 2e-4},
		{"mean, smooth", bending{newSmoothPath(mean), 0.95}, 0.01, 0.124138265521726, 0.368035364887987, 1e-3},
		{"mean, smooth", bending{newSmoothPath(mean), 0.95}, 0.02, 0.113901858858792, 0.476743542104818, 1e-3},
		{"first, relative", relative{first, 0.95}, 0.5, 0.11812948578177346, 0.2715838660256206, 2e-3},
		{"first, relative", relative{first, 0.95}, 1, 0.06723125075039843, 0.3186837253083857, 2e-3},
		{"mean, relative", relative{mean, 0.95}, 0.5, 0.06775439808538886, 0.3691913893670205, 3e-3},
		{"mean, relative", relative{mean, 0.95}, 1, -0.06968617947647976, 0.506631966928889, 3e-3},
	} {
		_, _, low, high := c.rule.interval(c.size)
		t.Logf("%s, M = %g: %.5f to %.5f, HonestDiD %.5f to %.5f", c.name, c.size, low, high, c.low, c.high)
		if math.Abs(low-c.low) > c.tolerance || math.Abs(high-c.high) > c.tolerance {
			t.Errorf("%s, M = %g: %.5f to %.5f, HonestDiD has %.5f to %.5f", c.name, c.size, low, high, c.low, c.high)
		}
	}
	low, high, _, _ := relative{mean, 0.95}.interval(0.5)
	if math.Abs(low-0.1190423143561929) > 1e-9 || math.Abs(high-0.3177622186485678) > 1e-9 {
		t.Errorf("range %g to %g", low, high)
	}
}

// TestSensitivityOfCohorts: with one start Sun and Abraham's event study is the
// plain one, and so are its bounds; with several it has bounds of its own.
func TestSensitivityOfCohorts(t *testing.T) {
	data, _ := secondTable(4, false)
	for _, kind := range []string{"relative", "smooth"} {
		d := secondColumns("y", false)
		plain := estimate(t, Event{Data: d, Reference: -1, Sensitivity: Sensitivity{Kind: kind, Sizes: []float64{0.5}}}, data)
		cohorts := estimate(t, SunAbraham{Data: d, Reference: -1, Sensitivity: Sensitivity{Kind: kind, Sizes: []float64{0.5}}}, data)
		row := func(r *analysis.Result) []analysis.Cell {
			for _, table := range r.Tables {
				if table.Name == "sensitivity" {
					return table.Rows[0]
				}
			}
			t.Fatal("no bounds")
			return nil
		}
		for c, cell := range row(plain) {
			near(t, kind, row(cohorts)[c].Value, *cell.Value, 1e-7)
		}
	}
	staggered, _ := secondTable(5, true)
	if _, err := (SunAbraham{Data: secondColumns("y", true), Reference: -1, Sensitivity: Sensitivity{Kind: "smooth"}}).Estimate(context.Background(), staggered); err != nil {
		t.Error(err)
	}
}
