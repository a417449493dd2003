package describe

import (
	"context"
	"fmt"
	"math"

	"swis/analysis"
	"swis/dataset/table"
)

// Balance is the baseline table of two arms: means, standard deviations and
// standardised differences, never p-values. Rows are pupils or schools; with
// School the rows are pupils and a second table compares school means.
type Balance struct {
	Treated    string   // column of arms, 0/1 or two words
	Reference  string   // level that is the comparison arm; empty: found by its name
	Covariates []string // empty: all numeric columns; words give one row a level
	School     string   // column of schools, for the school-level table; or empty
	Limit      float64  // an absolute standardised difference above it is marked; 0 means 0.1
	schools    bool     // the rows compared are schools
	codes      []int32  // schools of the rows compared, where these are pupils
}

// Method describes the table.
func (Balance) Method() analysis.Method {
	return analysis.Method{
		Name:    "Baseline table with standardised differences",
		Formula: "(m1 - m0) / sqrt((s1^2 + s0^2)/2); s^2 = p(1 - p) for a 0/1 column",
		Conventions: []string{"cells that are missing or suppressed are left out, column by column",
			"no tests of baseline differences: randomisation makes them chance, matching makes them meaningless"},
		References: []analysis.Reference{{Key: "Austin 2009", Text: "Balance diagnostics for comparing the distribution of baseline covariates between treatment groups in propensity-score matched samples. Statistics in Medicine 28, 3083-3107", DOI: "10.1002/sim.3697"}},
	}
}

// level is one row of the baseline table: a column, or one level of a column
// of words as 0/1.
type level struct {
	name   string
	column string
	values []float64
	events []float64 // behind a rate; nil where the values are no rates of events
}

// Estimate fills checks mean_treated:*, mean_control:*, sd_treated:*,
// sd_control:* and smd:*, and the table "balance"; with School also
// smd_school:* and the table "balance_school".
func (d Balance) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	arms, err := analysis.ReadArms(t, d.Treated, d.Reference)
	if err != nil {
		return nil, err
	}
	intervention, comparison := arms.Names()
	names, err := numericColumns(t, d.Covariates, d.Treated)
	if err != nil {
		return nil, err
	}
	var levels []level
	for _, name := range names {
		more, err := columnLevels(t, name)
		if err != nil {
			return nil, err
		}
		levels = append(levels, more...)
	}
	n1, n0 := count(arms.Treated)
	r := &analysis.Result{Title: "Baseline by arm", Method: d.Method(), Fit: analysis.Fit{NObs: n1 + n0, NDropped: arms.Missing, Status: analysis.Exact}}
	rows := func(n int, arm string) string {
		if d.schools {
			return fmt.Sprintf("%d %s", n, arm)
		}
		return r.Tell(analysis.Behind{N: float64(n)}, func(n float64) string { return fmt.Sprintf("%.0f %s", n, arm) })
	}
	r.Subtitle = fmt.Sprintf("%s and %s rows", rows(n1, intervention), rows(n0, comparison))
	if arms.Missing > 0 {
		r.Note("arm_missing", fmt.Sprintf("%d rows without an arm in column %s are left out", arms.Missing, d.Treated))
	}
	if d.School != "" {
		schools, err := t.Category(d.School)
		if err != nil {
			return nil, err
		}
		d.codes = schools.Codes
	}
	d.compare(r, "", "balance", "Baseline by arm", arms.Treated, levels, arms, nil)
	if d.School != "" {
		d.codes = nil
		schools, treated, means, err := schoolMeans(t, d.School, arms, levels)
		if err != nil {
			return nil, err
		}
		r.Fit.NGroups = map[string]int{d.School: schools}
		s1, s0 := count(treated)
		d.compare(r, "_school", "balance_school", fmt.Sprintf("Baseline by arm: means of %d and %d schools", s1, s0), treated, means, arms, nil)
	}
	return r, nil
}

// compare adds the checks and the table of one level of observation. Weights,
// where there are any, count each value so many times.
func (d Balance) compare(r *analysis.Result, suffix, name, title string, treated []int8, levels []level, arms *analysis.Arms, weights []float64) {
	limit := d.Limit
	if limit == 0 {
		limit = 0.1
	}
	intervention, comparison := arms.Names()
	out := analysis.Table{Name: name, Title: title, Columns: []analysis.Column{
		{Name: "covariate", Label: "covariate", Format: analysis.Text},
		{Name: "n_treated", Label: "n", Unit: intervention, Format: analysis.Count}, {Name: "mean_treated", Label: "mean", Unit: intervention, Format: analysis.Ratio}, {Name: "sd_treated", Label: "sd", Unit: intervention, Format: analysis.Ratio},
		{Name: "n_control", Label: "n", Unit: comparison, Format: analysis.Count}, {Name: "mean_control", Label: "mean", Unit: comparison, Format: analysis.Ratio}, {Name: "sd_control", Label: "sd", Unit: comparison, Format: analysis.Ratio},
		{Name: "smd", Label: "std. diff.", Format: analysis.Ratio},
	}}
	over := 0
	sides := [2]side{{name: comparison}, {name: intervention}}
	for arm := range sides {
		s := &sides[arm]
		s.rows, s.weights, s.schools, s.units = make([]bool, len(treated)), weights, d.codes, d.schools || suffix == "_school"
		for i, a := range treated {
			s.rows[i] = int(a) == arm
		}
	}
	for _, l := range levels {
		m1, m0 := summarise(split(l.values, treated, 1)), summarise(split(l.values, treated, 0))
		if weights != nil {
			m1 = weighted(split(l.values, treated, 1), split(weights, treated, 1))
			m0 = weighted(split(l.values, treated, 0), split(weights, treated, 0))
		}
		smd := standardisedDifference(m1, m0)
		mean1, all1, ones1 := sides[1].of(&l, &m1)
		mean0, all0, ones0 := sides[0].of(&l, &m0)
		if ones1 {
			out.Sums = append(out.Sums, rest(&l, &sides[1], all1, &m1))
		}
		if ones0 {
			out.Sums = append(out.Sums, rest(&l, &sides[0], all0, &m0))
		}
		made(r, "mean_treated"+suffix+":"+l.name, m1.mean, mean1)
		made(r, "mean_control"+suffix+":"+l.name, m0.mean, mean0)
		add(r, "sd_treated"+suffix+":"+l.name, m1.sd)
		add(r, "sd_control"+suffix+":"+l.name, m0.sd)
		check := analysis.Check{Name: "smd" + suffix + ":" + l.name, Value: analysis.Num(smd), Limit: analysis.Num(limit)}
		if check.Value != nil {
			ok := math.Abs(smd) <= limit
			check.OK = &ok
			if !ok {
				over++
			}
		}
		r.Checks = append(r.Checks, check)
		out.Rows = append(out.Rows, []analysis.Cell{{Text: l.name},
			numberOf(float64(m1.n), all1), numberOf(m1.mean, mean1), number(m1.sd), numberOf(float64(m0.n), all0), numberOf(m0.mean, mean0), number(m0.sd), number(smd)})
	}
	r.Tables = append(r.Tables, out)
	what := map[string]string{"": "rows", "_school": "school means", "_pupil": "pupil level"}[suffix]
	if d.schools {
		what = "school level"
	}
	r.Summary = append(r.Summary, fmt.Sprintf("%d of %d baseline columns differ between the arms by more than %g standard deviations (%s).", over, len(levels), limit, what))
}

// columnLevels is a column as the rows of a baseline table.
func columnLevels(t *table.Table, name string) ([]level, error) {
	kind, err := t.Kind(name)
	if err != nil {
		return nil, err
	}
	if kind == table.NumericKind {
		c, err := t.Numeric(name)
		if err != nil {
			return nil, err
		}
		return []level{{name: name, column: name, values: c.Values}}, nil
	}
	c, err := t.Category(name)
	if err != nil {
		return nil, err
	}
	out := make([]level, len(c.Levels))
	for l, text := range c.Levels {
		values := make([]float64, len(c.Codes))
		for i, code := range c.Codes {
			switch {
			case code < 0:
				values[i] = math.NaN()
			case int(code) == l:
				values[i] = 1
			}
		}
		out[l] = level{name: name + "=" + text, column: name, values: values}
	}
	return out, nil
}

// schoolMeans averages each column within schools. A school in both arms is an
// input fault.
func schoolMeans(t *table.Table, column string, arms *analysis.Arms, levels []level) (int, []int8, []level, error) {
	schools, err := t.Category(column)
	if err != nil {
		return 0, nil, nil, err
	}
	treated := make([]int8, len(schools.Levels))
	for g := range treated {
		treated[g] = -1
	}
	for i, g := range schools.Codes {
		if g < 0 || arms.Treated[i] < 0 {
			continue
		}
		if treated[g] >= 0 && treated[g] != arms.Treated[i] {
			return 0, nil, nil, analysis.Unsupportedf("school %s has rows in both arms; drop --school, or give the arm of the school", schools.Levels[g])
		}
		treated[g] = arms.Treated[i]
	}
	means := make([]level, len(levels))
	for k, l := range levels {
		values := make([]float64, len(treated))
		n := make([]float64, len(treated))
		for i, g := range schools.Codes {
			if g >= 0 && !math.IsNaN(l.values[i]) {
				values[g] += l.values[i]
				n[g]++
			}
		}
		for g := range values {
			values[g] /= n[g] // NaN for a school without a value
		}
		means[k] = level{name: l.name, column: l.column, values: values}
	}
	return len(treated), treated, means, nil
}

func split(x []float64, treated []int8, arm int8) []float64 {
	var out []float64
	for i, v := range x {
		if treated[i] == arm {
			out = append(out, v)
		}
	}
	return out
}

func count(treated []int8) (n1, n0 int) {
	for _, a := range treated {
		switch a {
		case 1:
			n1++
		case 0:
			n0++
		}
	}
	return n1, n0
}
