package floor

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/dataset"
	"swis/dataset/table"
)

// Zeros holds the zeros of a count model against those observed.
type Zeros struct {
	Formula     string
	Exposure    string
	Reference   map[string]string
	Categorical []string
}

// Method describes the comparison.
func (Zeros) Method() analysis.Method {
	m := Diagnose{}.Method()
	return analysis.Method{Name: "Zeros observed and expected", Formula: "expected zeros = sum of exp(-mu), and of (1 + mu/theta)^-theta",
		Conventions: m.Conventions[3:4], References: m.References[1:4]}
}

// Estimate fits the models.
func (z Zeros) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	f, err := formula.Parse(z.Formula)
	if err != nil {
		return nil, err
	}
	if f.HasRandom() || f.HasAbsorbed() {
		return nil, analysis.Unsupportedf("floor fits count models without random or absorbed effects: write school effects as factor(school), or leave them out")
	}
	d, err := formula.Build(f, t, formula.Options{Reference: z.Reference, Categorical: z.Categorical, Exposure: z.Exposure})
	if err != nil {
		return nil, err
	}
	if d.Response.Trials != nil {
		return nil, analysis.Unsupportedf("floor is about counts: give a count on the left, with its exposure as offset(log(pupils)) or --exposure")
	}
	events := 0.0
	for i, y := range d.Response.Y {
		if y < 0 || y != math.Floor(y) {
			return nil, dataset.Problemf(t.Name, t.Line(d.Rows[i]), d.Response.Name, "%g is no count; whole numbers of 0 or more are wanted", y)
		}
		events += y
	}
	if events == 0 {
		return nil, analysis.NotEstimablef("%s is zero in all %d rows: there is nothing to fit; the floor itself is the finding", d.Response.Name, d.N())
	}
	fit := fitZeros(d.Fixed.X, d.Response.Y, d.Offset)
	r := &analysis.Result{
		Title: d.Response.Name + ": zeros observed and expected", Subtitle: d.Text, Method: z.Method(), Notes: d.Notes,
		Fit: analysis.Fit{NObs: d.N(), NDropped: d.DroppedRows(), LogLik: analysis.Num(fit.poisson.LogLik), Deviance: analysis.Num(fit.poisson.Deviance), Theta: analysis.Num(fit.negbin.Theta), Dispersion: analysis.Num(fit.dispersion), Status: fit.poisson.Status},
	}
	n := float64(d.N())
	add := func(name string, value float64, means string) {
		r.Checks = append(r.Checks, analysis.Check{Name: name, Value: analysis.Num(value), Means: means})
	}
	add("zeros_observed", float64(fit.observed), "rows without an event")
	add("zeros_share", float64(fit.observed)/n, "as a share of rows")
	add("zeros_expected_poisson", total(fit.p0Poisson), "under the Poisson model")
	add("zeros_expected_negbin", fit.expectedNegBin(), "under the negative binomial model")
	add("dispersion_pearson", fit.dispersion, "Pearson X^2/(n - k) of the Poisson model; 1 where it fits")
	r.Tests = fit.tests(fit.p0Poisson, fit.p0NegBin, fit.observed)
	r.Curves = fit.rootogram()
	r.Summary = []string{fit.sentence(fit.observed, len(fit.y), total(fit.p0Poisson), fit.expectedNegBin())}
	if s := d.DropSentence(); s != "" {
		r.Note("rows_left_out", s)
	}
	r.Notes = append(r.Notes, fit.doubts()...)
	return r, nil
}

// expectedNegBin is NaN where the negative binomial fit did not converge.
func (z *zeroFit) expectedNegBin() float64 {
	if z.negbin.Status == analysis.NotConverged {
		return math.NaN()
	}
	return total(z.p0NegBin)
}

// tests are the score tests and the simulated-free tests of the number of zeros.
func (z *zeroFit) tests(poisson, negbin []float64, observed int) []analysis.Test {
	out := []analysis.Test{
		{Name: "overdispersion", Label: "more variation than Poisson", Statistic: analysis.Num(z.over.statistic), PValue: analysis.Num(z.over.p), How: "score test of Dean & Lawless, normal, one-sided"},
		{Name: "zero_inflation", Label: "more zeros than Poisson", Statistic: analysis.Num(z.inflation.statistic), PValue: analysis.Num(z.inflation.p), How: "score test of van den Broek, signed root, normal, one-sided"},
		{Name: "zeros_poisson", Label: "number of zeros, Poisson", Statistic: analysis.Num(float64(observed)), PValue: analysis.Num(zeroTest(poisson, observed)), How: "distribution of the number of zeros at the fitted means, two-sided"},
	}
	if z.negbin.Status != analysis.NotConverged {
		out = append(out, analysis.Test{Name: "zeros_negbin", Label: "number of zeros, negative binomial", Statistic: analysis.Num(float64(observed)), PValue: analysis.Num(zeroTest(negbin, observed)), How: "distribution of the number of zeros at the fitted means, two-sided"})
	}
	return out
}

func (z *zeroFit) sentence(observed, n int, poisson, negbin float64) string {
	text := fmt.Sprintf("Fit at zero: %.0f%% of rows are zero; the Poisson model expects %.0f%%", 100*float64(observed)/float64(n), 100*poisson/float64(n))
	if math.IsNaN(negbin) {
		return text + "; the negative binomial model did not converge."
	}
	return text + fmt.Sprintf(", the negative binomial %.0f%%.", 100*negbin/float64(n))
}

func (z *zeroFit) doubts() []analysis.Note {
	var notes []analysis.Note
	if z.poisson.Status == analysis.Separated {
		notes = append(notes, analysis.Note{Code: "separated", Text: "an arm or period has no event at all: its expected zeros are all its rows, whatever the model"})
	}
	if z.poisson.Status == analysis.NotConverged {
		notes = append(notes, analysis.Note{Code: "not_converged", Text: "the Poisson fit did not converge; its expected zeros are not to be quoted"})
	}
	if z.negbin.Status == analysis.Boundary {
		notes = append(notes, analysis.Note{Code: "no_overdispersion", Text: "the counts vary no more than Poisson: the negative binomial model is the Poisson model here"})
	}
	return notes
}

// fit compares the zeros of the follow-up with models of arm, or arm by period.
func (s *diagnosis) fit() {
	x := [][]float64{ones(len(s.rows.y)), floats(s.rows.treated)}
	if s.rows.panel {
		product := make([]float64, len(s.rows.y))
		for i := range product {
			product[i] = float64(s.rows.treated[i] * s.rows.post[i])
		}
		x = append(x, floats(s.rows.post), product)
	}
	if total(s.rows.y) == 0 {
		s.result.Note("no_events", "there is no event at all, so no model can be fitted")
		return
	}
	offset := make([]float64, len(s.rows.y))
	for i, e := range s.rows.exposure {
		offset[i] = math.Log(e)
	}
	z := fitZeros(x, s.rows.y, offset)
	t := analysis.Table{Name: "zeros", Title: "Rows without an event", Columns: []analysis.Column{
		{Name: "arm", Format: analysis.Text}, {Name: "period", Format: analysis.Text}, {Name: "rows", Format: analysis.Count},
		{Name: "observed", Format: analysis.Percent}, {Name: "poisson", Label: "Poisson expects", Format: analysis.Percent}, {Name: "negbin", Label: "negative binomial expects", Format: analysis.Percent}}}
	for _, arm := range []int8{1, 0} {
		for post := range int8(2) {
			n, observed, poisson, negbin := 0.0, 0.0, 0.0, 0.0
			for i, y := range s.rows.y {
				if s.rows.treated[i] == arm && s.rows.post[i] == post {
					n++
					poisson += z.p0Poisson[i]
					negbin += z.p0NegBin[i]
					if y == 0 {
						observed++
					}
				}
			}
			if n == 0 {
				continue
			}
			name, period := []string{s.comparison, s.intervention}[arm], []string{"before", "follow-up"}[post]
			share := func(k float64) analysis.Cell { return analysis.Cell{Value: analysis.Num(k / n)} }
			if z.negbin.Status == analysis.NotConverged {
				negbin = math.NaN()
			}
			row := []analysis.Cell{{Text: name}, {Text: period}, {Value: analysis.Num(n)}, share(observed), share(poisson), share(negbin)}
			row[3].Behind = &s.cells[arm][post].of
			t.Rows = append(t.Rows, row)
		}
	}
	s.result.Tables = append(s.result.Tables, t)
	var poisson, negbin []float64
	observed := 0
	for i, y := range s.rows.y {
		if s.rows.post[i] == 1 {
			poisson, negbin = append(poisson, z.p0Poisson[i]), append(negbin, z.p0NegBin[i])
			if y == 0 {
				observed++
			}
		}
	}
	expected := total(negbin)
	if z.negbin.Status == analysis.NotConverged {
		expected = math.NaN()
	}
	s.check("zeros_expected_poisson", total(poisson), "")
	s.check("zeros_expected_negbin", expected, "")
	s.check("dispersion_pearson", z.dispersion, "Pearson dispersion of the Poisson model of arm and period, all rows")
	s.result.Tests = append(s.result.Tests, z.tests(poisson, negbin, observed)...)
	s.result.Curves = append(s.result.Curves, z.rootogram()...)
	s.result.Notes = append(s.result.Notes, z.doubts()...)
	s.result.Fit.Theta = analysis.Num(z.negbin.Theta)
	s.result.Summary = append(s.result.Summary, z.sentence(observed, len(poisson), total(poisson), expected))
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func floats(x []int8) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// scale puts the effect on three scales side by side.
func (s *diagnosis) scale() {
	estimates := scales(s.units, s.rows.panel, per, s.d.Level)
	design := "difference"
	if s.rows.panel {
		design = "difference in differences"
	}
	labels := []string{"rate " + s.perWords(), "rate ratio", "share with any event"}
	hows := []string{"mean of schools, Welch's t", "robust to schools, t with G - 2", "mean of schools, Welch's t"}
	var signs, decisions [2]bool
	for i := range estimates {
		e := &estimates[i]
		e.Label, e.How = labels[i], hows[i]
		e.Estimand = design + " between the arms, crude"
		if e.Estimate == nil || e.PValue == nil || *e.Estimate == 0 {
			continue
		}
		signs[sign(*e.Estimate)] = true
		decisions[map[bool]int{true: 1}[*e.PValue < s.limits.Alpha]] = true
	}
	s.result.Estimates = estimates
	agree := !(signs[0] && signs[1]) && !(decisions[0] && decisions[1])
	s.held("scales_agree", map[bool]float64{true: 1}[agree], 1, agree, "")
	if agree {
		s.result.Summary = append(s.result.Summary, "Scale: the effect in levels, in ratios and in the share with any event agree in sign and decision.")
	} else {
		s.result.Summary = append(s.result.Summary, "Scale: levels, ratio and the share with any event do not agree; the planned scale decides and the others are to be shown.")
		s.result.Note("scales_disagree", "sign or decision differ between levels, ratios and any event: parallel trends cannot hold on all three; say which one was planned and why")
	}
	if s.rows.panel {
		s.parallelCheck()
	}
}

func sign(x float64) int {
	if x < 0 {
		return 0
	}
	return 1
}

// parallelCheck reports where the implied counterfactual distribution is negative.
func (s *diagnosis) parallelCheck() {
	const limit = 10
	mass, stdError := s.rows.parallel(limit)
	least, at := 0.0, -1
	c := analysis.Curve{Name: "counterfactual_distribution", XLabel: "events in a row (10 and more together)", YLabel: "implied share without an effect"}
	for k, m := range mass {
		c.X, c.Y = append(c.X, analysis.Num(float64(k))), append(c.Y, analysis.Num(m))
		if m < least {
			least = m
			if m < -1.96*stdError[k]-1e-12 {
				at = k
			}
		}
	}
	s.result.Curves = append(s.result.Curves, c)
	s.held("counterfactual_min", least, 0, at < 0, "the most negative part of the distribution that parallel trends on every scale would imply (Roth & Sant'Anna); beyond chance below zero the scale matters")
	if at >= 0 {
		s.result.Note("functional_form", fmt.Sprintf("parallel trends on every scale would give %d events a share of %.3f, more than chance below nothing: the choice between levels and ratios matters here", at, mass[max(at, 0)]))
	}
}
