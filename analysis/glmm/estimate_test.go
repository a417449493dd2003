package glmm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

// panel is a small trial: counts of schools in areas over periods.
type panel struct {
	school, area      []string
	arm, post, pupils []float64
	y                 []float64
}

func newPanel(seed uint64, schools, periods int) *panel {
	r := rand.New(rand.NewPCG(seed, 1))
	p := &panel{}
	areas := make([]float64, 6)
	for i := range areas {
		areas[i] = 0.7 * r.NormFloat64()
	}
	for s := range schools {
		u := 0.5*r.NormFloat64() + areas[s%6]
		size := float64(200 + r.IntN(600))
		for t := range periods {
			p.school = append(p.school, fmt.Sprintf("S%03d", s))
			p.area = append(p.area, fmt.Sprintf("A%d", s%6))
			p.arm = append(p.arm, float64(s/6%2))
			p.post = append(p.post, float64(2*t/periods))
			p.pupils = append(p.pupils, size)
			mu := size / 300 * math.Exp(u-0.4*p.arm[len(p.arm)-1]*p.post[len(p.post)-1])
			p.y = append(p.y, count(r, mu*gammaDraw(r, 2)))
		}
	}
	return p
}

// count draws a Poisson number, gammaDraw a gamma one with mean 1.
func count(r *rand.Rand, mu float64) (k float64) {
	for s := r.ExpFloat64(); s < mu; s += r.ExpFloat64() {
		k++
	}
	return k
}

func gammaDraw(r *rand.Rand, shape int) (sum float64) {
	for range shape {
		sum += r.ExpFloat64() / float64(shape)
	}
	return sum
}

func (p *panel) table(order []int) *table.Table {
	text := func(x []string) []string {
		out := make([]string, len(order))
		for i, o := range order {
			out[i] = x[o]
		}
		return out
	}
	number := func(x []float64) []float64 {
		out := make([]float64, len(order))
		for i, o := range order {
			out[i] = x[o]
		}
		return out
	}
	return table.Build("panel", len(order)).Texts("school", text(p.school)).Texts("area", text(p.area)).
		Numbers("arm", number(p.arm)).Numbers("post", number(p.post)).Numbers("pupils", number(p.pupils)).Numbers("y", number(p.y)).Table()
}

func (p *panel) all() []int {
	order := make([]int, len(p.y))
	for i := range order {
		order[i] = i
	}
	return order
}

func estimate(t *testing.T, g Generalised, data *table.Table) *analysis.Result {
	t.Helper()
	r, err := g.Estimate(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want analysis.Number, limit float64) {
	t.Helper()
	if got == nil || want == nil || math.Abs(*got-*want) > limit*(1+math.Abs(*want)) {
		t.Errorf("%s: got %v, want %v", what, deref(got), deref(want))
	}
}

func deref(x analysis.Number) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

func same2(t *testing.T, a, b *analysis.Result, limit float64) {
	t.Helper()
	near(t, "log-likelihood", a.Fit.LogLik, b.Fit.LogLik, limit)
	for i := range a.Estimates {
		near(t, a.Estimates[i].Term, a.Estimates[i].Estimate, b.Estimates[i].Estimate, limit)
		near(t, a.Estimates[i].Term+" se", a.Estimates[i].StdError, b.Estimates[i].StdError, 1e-5)
	}
	for i := range a.RandomEffects {
		if a.RandomEffects[i].With != "" {
			near(t, "correlation", a.RandomEffects[i].Correlation, b.RandomEffects[i].Correlation, 1e-4)
			continue
		}
		near(t, a.RandomEffects[i].Group, a.RandomEffects[i].SD, b.RandomEffects[i].SD, 10*limit)
	}
}

var variants = []Generalised{
	{Formula: "y ~ arm*post + (1 | area) + (1 | school)", Family: "poisson", Exposure: "pupils"},
	{Formula: "y ~ arm*post + (1 + post | school)", Family: "poisson", Exposure: "pupils"},
	{Formula: "y ~ arm*post + (1 | school)", Family: "negbin", Exposure: "pupils", Quadrature: 7},
	{Formula: "y ~ arm*post + (1 | school)", Family: "negbin1", Exposure: "pupils"},
	{Formula: "y ~ arm*post + (1 | school)", Family: "poisson", Exposure: "pupils", ZeroInflation: "~ arm"},
	{Formula: "y ~ arm*post + (1 | school)", Family: "negbin", Exposure: "pupils", Hurdle: "~ arm*post + (1 | school)"},
}

// Estimates do not depend on the order of the rows, nor on the unit of the
// exposure but for the intercept, and turn with the names of the arms.
func TestInvariances(t *testing.T) {
	for _, g := range variants {
		t.Run(g.Family+" "+g.Formula+g.ZeroInflation+g.Hurdle, func(t *testing.T) {
			p := newPanel(4, 36, 8)
			base := estimate(t, g, p.table(p.all()))
			if base.Fit.Status != analysis.Converged {
				t.Fatal(base.Fit.Status, base.Notes)
			}
			order := rand.New(rand.NewPCG(8, 8)).Perm(len(p.y))
			same2(t, estimate(t, g, p.table(order)), base, 1e-7)

			scaled := *p
			scaled.pupils = slices.Clone(p.pupils)
			for i := range scaled.pupils {
				scaled.pupils[i] *= 12
			}
			r := estimate(t, g, scaled.table(p.all()))
			near(t, "log-likelihood", r.Fit.LogLik, base.Fit.LogLik, 1e-7)
			near(t, "arm", r.Find("arm").Estimate, base.Find("arm").Estimate, 1e-6)
			shifted := *base.Find("(Intercept)").Estimate - math.Log(12)
			near(t, "intercept", r.Find("(Intercept)").Estimate, &shifted, 1e-6)

			swapped := *p
			swapped.arm = slices.Clone(p.arm)
			for i := range swapped.arm {
				swapped.arm[i] = 1 - p.arm[i]
			}
			r = estimate(t, g, swapped.table(p.all()))
			near(t, "log-likelihood", r.Fit.LogLik, base.Fit.LogLik, 1e-7)
			negative := -*base.Find("arm:post").Estimate
			near(t, "arm:post", r.Find("arm:post").Estimate, &negative, 1e-6)
			near(t, "arm:post se", r.Find("arm:post").StdError, base.Find("arm:post").StdError, 1e-5)
		})
	}
}

// Doubling every row by weights doubles the log-likelihood given the random
// effects: rows written twice and rows of weight 2 give one answer.
func TestWeightsAreRepeatedRows(t *testing.T) {
	p := newPanel(5, 24, 6)
	twos := make([]float64, len(p.y))
	for i := range twos {
		twos[i] = 2
	}
	for _, family := range []string{"poisson", "negbin", "negbin1"} {
		g := Generalised{Formula: "y ~ arm*post + (1 | school)", Family: family, Exposure: "pupils"}
		twice := estimate(t, g, p.table(append(p.all(), p.all()...)))
		g.Weights = "w"
		same2(t, estimate(t, g, p.table(p.all()).With("w", twos)), twice, 1e-7)
	}
}

// A share of so many trials, counts of both outcomes and single yes-or-no rows
// are the same data.
func TestThreeWaysToWriteABinomial(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	var school []string
	var yes, no, share, trials, x []float64
	var schools1 []string
	var y1, x1 []float64
	for s := range 20 {
		u := 0.7 * r.NormFloat64()
		for k := range 3 {
			n, hits := float64(4+r.IntN(8)), 0.0
			for range int(n) {
				y := 0.0
				if r.Float64() < 1/(1+math.Exp(-u-0.5*float64(k))) {
					y = 1
				}
				hits += y
				schools1, y1, x1 = append(schools1, fmt.Sprint("S", s)), append(y1, y), append(x1, float64(k))
			}
			school = append(school, fmt.Sprint("S", s))
			yes, no, share, trials, x = append(yes, hits), append(no, n-hits), append(share, hits/n), append(trials, n), append(x, float64(k))
		}
	}
	data := table.Build("t", len(yes)).Texts("school", school).Numbers("yes", yes).Numbers("no", no).Numbers("share", share).Numbers("n", trials).Numbers("x", x).Table()
	counts := estimate(t, Generalised{Formula: "cbind(yes, no) ~ x + (1 | school)", Family: "binomial"}, data)
	same2(t, estimate(t, Generalised{Formula: "share ~ x + (1 | school)", Family: "binomial", Weights: "n"}, data), counts, 1e-8)
	single := estimate(t, Generalised{Formula: "y ~ x + (1 | school)", Family: "binomial"}, table.Build("t", len(y1)).Texts("school", schools1).Numbers("y", y1).Numbers("x", x1).Table())
	near(t, "x", single.Find("x").Estimate, counts.Find("x").Estimate, 1e-7)
	near(t, "x se", single.Find("x").StdError, counts.Find("x").StdError, 1e-5)
}

// An arm without any event has no finite coefficient; the rest is the fit
// without that arm's rows.
func TestSeparationIsNamed(t *testing.T) {
	p := newPanel(6, 36, 6)
	for i := range p.y {
		if p.arm[i] == 1 {
			p.y[i] = 0
		}
	}
	var rest []int
	for i := range p.y {
		if p.arm[i] == 0 {
			rest = append(rest, i)
		}
	}
	for _, family := range []string{"poisson", "negbin"} {
		g := Generalised{Formula: "y ~ arm + post + (1 | school)", Family: family, Exposure: "pupils"}
		r := estimate(t, g, p.table(p.all()))
		if r.Fit.Status != analysis.Separated || r.Find("arm").Estimate != nil {
			t.Fatalf("status %s, arm %v", r.Fit.Status, r.Find("arm").Estimate)
		}
		if !slices.ContainsFunc(r.Notes, func(n analysis.Note) bool { return n.Code == "separation" && strings.Contains(n.Text, "arm") }) {
			t.Errorf("no note names the column: %v", r.Notes)
		}
		g.Formula = "y ~ post + (1 | school)"
		without := estimate(t, g, p.table(rest))
		near(t, "log-likelihood", r.Fit.LogLik, without.Fit.LogLik, 1e-7)
		near(t, "post", r.Find("post").Estimate, without.Find("post").Estimate, 1e-6)
		near(t, "post se", r.Find("post").StdError, without.Find("post").StdError, 1e-5)
	}
}

// Counts that are Poisson, or less varied, have no negative binomial
// dispersion: the limit is reported as such.
func TestPoissonLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := newPanel(7, 30, 8)
	for i := range p.y {
		p.y[i] = math.Round(p.pupils[i]/100 + r.Float64())
	}
	for _, family := range []string{"negbin", "negbin1"} {
		got := estimate(t, Generalised{Formula: "y ~ arm + (1 | school)", Family: family, Exposure: "pupils"}, p.table(p.all()))
		want := estimate(t, Generalised{Formula: "y ~ arm + (1 | school)", Family: "poisson", Exposure: "pupils"}, p.table(p.all()))
		if got.Fit.Status != analysis.Boundary || got.Fit.Theta != nil || got.Fit.Dispersion != nil {
			t.Errorf("%s: status %s, theta %v", family, got.Fit.Status, got.Fit.Theta)
		}
		near(t, "log-likelihood", got.Fit.LogLik, want.Fit.LogLik, 1e-9)
		if *got.Fit.AIC-*want.Fit.AIC != 2 {
			t.Error("the dispersion is not counted")
		}
	}
}

// A column that repeats another is left out, named, and changes nothing else.
func TestCollinearColumn(t *testing.T) {
	p := newPanel(9, 24, 6)
	data := p.table(p.all())
	g := Generalised{Formula: "y ~ arm + post + I(2*arm) + (1 | school)", Family: "poisson", Exposure: "pupils"}
	r := estimate(t, g, data)
	if e := r.Find("I(2 * arm)"); e == nil || e.Estimate != nil {
		t.Errorf("the repeated column has an estimate: %+v", e)
	}
	g.Formula = "y ~ arm + post + (1 | school)"
	near(t, "log-likelihood", r.Fit.LogLik, estimate(t, g, data).Fit.LogLik, 1e-10)
}

// The variance of the areas is zero when the schools of every area are alike.
func TestZeroVarianceIsAnAnswer(t *testing.T) {
	p := newPanel(10, 30, 8)
	for i := range p.area {
		p.area[i] = fmt.Sprint("A", (i/8)%3)
	}
	// Every area gets the same counts in the same order.
	for i := range p.y {
		p.y[i] = p.y[i%8+8*((i/8)/3*3)]
		p.arm[i] = p.arm[i%8+8*((i/8)/3*3)]
		p.pupils[i] = 500
	}
	data := p.table(p.all())
	for _, family := range []string{"poisson", "negbin"} {
		r := estimate(t, Generalised{Formula: "y ~ arm*post + (1 | area) + (1 | school)", Family: family, Exposure: "pupils"}, data)
		without := estimate(t, Generalised{Formula: "y ~ arm*post + (1 | school)", Family: family, Exposure: "pupils"}, data)
		if r.Fit.Status != analysis.Boundary {
			t.Fatalf("%s: status %s", family, r.Fit.Status)
		}
		near(t, "log-likelihood", r.Fit.LogLik, without.Fit.LogLik, 1e-8)
		near(t, "arm:post se", r.Find("arm:post").StdError, without.Find("arm:post").StdError, 1e-5)
		for _, e := range r.RandomEffects {
			if e.Group == "area" && *e.SD != 0 {
				t.Errorf("sd of areas %g", *e.SD)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	p := newPanel(11, 12, 4)
	data := p.table(p.all())
	for _, c := range []struct {
		g    Generalised
		want string
	}{
		{Generalised{Formula: "y ~ arm + (1 | school) + (1 | area)", Family: "poisson", Quadrature: 9}, "one scalar random term"},
		{Generalised{Formula: "y ~ arm + (1 + post | school)", Family: "poisson", Quadrature: 9}, "one scalar random term"},
		{Generalised{Formula: "y ~ arm", Family: "poisson"}, "swis glm"},
		{Generalised{Formula: "y ~ arm + (1 | school)", Family: "weibull"}, "defined for"},
		{Generalised{Formula: "y ~ arm + (1 | school)", Family: "binomial"}, "0 or 1 is wanted"},
		{Generalised{Formula: "I(y - 100) ~ arm + (1 | school)", Family: "poisson"}, "negative"},
		{Generalised{Formula: "I(0 * y) ~ arm + (1 | school)", Family: "poisson"}, "zero in all"},
		{Generalised{Formula: "y ~ arm + (1 | school)", Family: "poisson", Hurdle: "~ arm", ZeroInflation: "~ arm"}, "exclude each other"},
	} {
		_, err := c.g.Estimate(context.Background(), data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.g, err, c.want)
		}
	}
}

// A covariate counted from another origin, such as a calendar year, moves the
// intercept and what belongs to it, exactly as the algebra says, and no more.
func TestShiftOfACovariate(t *testing.T) {
	p := newPanel(12, 40, 8)
	year := make([]float64, len(p.y))
	for i := range year {
		year[i] = float64(i % 8)
	}
	const shift = 2013
	g := Generalised{Formula: "y ~ arm + year + (1 + year | school)", Family: "poisson", Exposure: "pupils", Effects: true}
	near0 := estimate(t, g, p.table(p.all()).With("year", year))
	for i := range year {
		year[i] += shift
	}
	away := estimate(t, g, p.table(p.all()).With("year", year))
	if away.Fit.Status != analysis.Converged {
		t.Fatal(away.Fit.Status, away.Notes)
	}
	near(t, "log-likelihood", away.Fit.LogLik, near0.Fit.LogLik, 1e-9)
	for _, term := range []string{"arm", "year"} {
		near(t, term, away.Find(term).Estimate, near0.Find(term).Estimate, 1e-6)
		near(t, term+" se", away.Find(term).StdError, near0.Find(term).StdError, 1e-5)

	}
	intercept := *near0.Find("(Intercept)").Estimate - shift**near0.Find("year").Estimate
	near(t, "intercept", away.Find("(Intercept)").Estimate, &intercept, 1e-6)
	sd := func(r *analysis.Result, term, with string) float64 {
		for _, e := range r.RandomEffects {
			if e.Term == term && e.With == with {
				if with != "" {
					return *e.Covariance
				}
				return *e.SD
			}
		}
		t.Fatal("no", term, with)
		return 0
	}
	slope := sd(near0, "year", "")
	got := sd(away, "year", "")
	near(t, "slope sd", &got, &slope, 1e-5)
	covariance := sd(near0, "(Intercept)", "year") - shift*slope*slope
	got = sd(away, "(Intercept)", "year")
	near(t, "covariance", &got, &covariance, 1e-5)
	for i := range near0.Effects {
		a, b := near0.Effects[i], away.Effects[i]
		if a.Term != b.Term || a.Level != b.Level {
			t.Fatalf("effects in another order: %+v %+v", a, b)
		}
		if a.Term == "year" {
			near(t, "slope of "+a.Level, b.Estimate, a.Estimate, 1e-5)
			near(t, "its sd", b.StdError, a.StdError, 1e-5)
		}
	}
}
