package did

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
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

// TestSensitivityOfGroupTime: with one start, a balanced panel and no covariates
// the averages by event time of Callaway and Sant'Anna with the universal base
// are the event study's, and the covariance of their influence functions is its
// CR0 matrix; so are bounds and interval but for t in place of z.
func TestSensitivityOfGroupTime(t *testing.T) {
	data, second := secondTable(4, false)
	if !second.balanced() {
		t.Fatal("the panel is not balanced")
	}
	d := secondColumns("y", false)
	inference := Inference{Vcov: "cr0", Level: 0.95}
	p, family, err := begin(data, &d, &inference, "")
	if err != nil {
		t.Fatal(err)
	}
	times := slices.DeleteFunc(p.eventTimes(), func(k float64) bool { return k == -1 })
	names, columns := p.eventColumns(times)
	r, err := p.regress(family, names, columns, p.effects(), inference)
	if err != nil {
		t.Fatal(err)
	}
	want := r.jointOf(r.events(times))
	w := p.widen()
	cells, _ := w.groupTime(groupTimeOptions{universal: true})
	got := jointInfluence(w.aggregate(cells)["dynamic"].parts, nil, 0)
	if len(got.times) != len(want.times) {
		t.Fatalf("event times %v, want %v", got.times, want.times)
	}
	for i := range want.times {
		near(t, "effect", &got.estimates[i], want.estimates[i], 1e-9)
		for j := range want.times {
			near(t, "covariance", &got.v[i][j], want.v[i][j], 1e-9)
		}
	}
	want.df = math.Inf(1)
	for _, kind := range []string{"relative", "smooth"} {
		o := Sensitivity{Kind: kind, Sizes: []float64{0.5}}
		var byRegression analysis.Result
		if err := p.sensitivity(&byRegression, want, 0.95, o); err != nil {
			t.Fatal(err)
		}
		cs := estimate(t, CallawaySantAnna{Data: d, Base: "universal", Sensitivity: o}, data)
		bounds := slices.IndexFunc(cs.Tables, func(t analysis.Table) bool { return t.Name == "sensitivity" })
		if bounds < 0 {
			t.Fatal("no bounds")
		}
		for c, cell := range byRegression.Tables[0].Rows[0] {
			near(t, kind, cs.Tables[bounds].Rows[0][c].Value, *cell.Value, 1e-7)
		}
	}
	if _, err := (CallawaySantAnna{Data: d, Sensitivity: Sensitivity{Kind: "smooth"}}).Estimate(context.Background(), data); err == nil || !strings.Contains(err.Error(), "universal") {
		t.Error(err)
	}
}
