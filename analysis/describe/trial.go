package describe

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
	"swis/dataset/table"
)

// Trial describes a panel of schools and periods: the baseline table of the
// arms at school level and at pupil level, the flow of schools and pupils, and
// what is analysed of each outcome. Its rows are school-periods.
type Trial struct {
	Unit       string
	Arm        string   // column of arms; empty cells: not assigned
	Reference  string   // level of the comparison arm
	Post       string   // 0/1 column, 1 from the start on; empty: every row is baseline
	Exposure   string   // pupil-time of a row
	Pupils     string   // pupils of a row; empty or absent: no counts of pupils
	Outcomes   []string // columns of counts
	Covariates []string // columns of the baseline table; empty: pupils and whatever is constant in schools and numeric
	Limit      float64
}

// Method describes the tables.
func (Trial) Method() analysis.Method {
	m := Balance{}.Method()
	m.Name = "Baseline table and flow of schools and pupils"
	m.Conventions = append(m.Conventions,
		"one value a school: pupils are the mean of the periods before the start, outcomes events per 1,000 units of exposure before the start",
		"at pupil level schools count with their pupils as weights",
		"analysed: the outcome is known in at least one period before and one from the start on")
	return m
}

// school is a school of the panel.
type school struct {
	name       string
	arm        int8
	pupils     float64      // mean before the start, else of all its periods; NaN where unknown
	known      [2][]bool    // by outcome, before and from the start on
	events     [2][]float64 // the same
	exposure   [2][]float64
	covariates []float64
}

// Estimate makes the tables.
func (d Trial) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	arms, err := analysis.ReadArms(t, d.Arm, d.Reference)
	if err != nil {
		return nil, err
	}
	if d.Outcomes, err = known(t, d.Outcomes); err != nil {
		return nil, err
	}
	names, err := d.covariates(t, arms)
	if err != nil {
		return nil, err
	}
	schools, err := d.schools(t, arms, names)
	if err != nil {
		return nil, err
	}
	r := &analysis.Result{Title: "Baseline by arm, and the flow of schools and pupils", Method: d.Method(), Fit: analysis.Fit{NObs: t.Rows(), NGroups: map[string]int{d.Unit: len(schools)}, Status: analysis.Exact}}
	treated := make([]int8, len(schools))
	pupils := make([]float64, len(schools))
	for g, s := range schools {
		treated[g], pupils[g] = s.arm, s.pupils
	}
	n1, n0 := count(treated)
	intervention, comparison := arms.Names()
	r.Subtitle = fmt.Sprintf("%d %s and %d %s schools", n1, intervention, n0, comparison)
	levels := d.levels(schools, names)
	b := Balance{Treated: d.Arm, Limit: d.Limit, schools: true}
	b.compare(r, "", "balance", fmt.Sprintf("Baseline, school level: %d and %d schools", n1, n0), treated, levels, arms, nil)
	if slices.ContainsFunc(pupils, func(x float64) bool { return x > 0 }) {
		b.schools = false
		b.compare(r, "_pupil", "balance_pupil", "Baseline, pupil level: schools weighted by their pupils", treated, levels[1:], arms, pupils)
	}
	d.flow(r, schools, arms)
	d.analysed(r, schools, arms)
	return r, nil
}

// known leaves out the outcomes that no row holds: nobody delivered them.
func known(t *table.Table, outcomes []string) ([]string, error) {
	var out []string
	for _, name := range outcomes {
		c, err := t.Numeric(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(c.Values, func(x float64) bool { return !math.IsNaN(x) }) {
			out = append(out, name)
		}
	}
	return out, nil
}

// covariates are the numeric columns of the baseline table, besides pupils and
// outcomes, that do not change within schools.
func (d Trial) covariates(t *table.Table, arms *analysis.Arms) ([]string, error) {
	if d.Covariates != nil {
		return d.Covariates, nil
	}
	units, err := t.Category(d.Unit)
	if err != nil {
		return nil, err
	}
	var names []string
	skip := append([]string{d.Unit, d.Arm, d.Post, d.Exposure, d.Pupils, "la", "urn", "laestab", "start", "treated", "pair"}, d.Outcomes...)
	for _, name := range t.Names() {
		kind, err := t.Kind(name)
		if err != nil {
			return nil, err
		}
		if kind != table.NumericKind || slices.Contains(skip, name) || strings.HasPrefix(name, "covered_") {
			continue
		}
		c, err := t.Numeric(name)
		if err != nil {
			return nil, err
		}
		first := make([]float64, len(units.Levels))
		for g := range first {
			first[g] = math.NaN()
		}
		constant, varies, isArm := true, false, true
		for i, g := range units.Codes {
			x := c.Values[i]
			if g < 0 || math.IsNaN(x) {
				continue
			}
			if math.IsNaN(first[g]) {
				first[g] = x
			}
			constant = constant && first[g] == x
			varies = varies || x != c.Values[0]
			isArm = isArm && (arms.Treated[i] < 0 || x == float64(arms.Treated[i]))
		}
		if constant && varies && !isArm {
			names = append(names, name)
		}
	}
	return names, nil
}

// schools sums the rows by school.
func (d Trial) schools(t *table.Table, arms *analysis.Arms, covariates []string) ([]school, error) {
	units, err := t.Category(d.Unit)
	if err != nil {
		return nil, err
	}
	number := func(name string) ([]float64, error) {
		if name == "" || !t.Has(name) {
			return nil, nil
		}
		c, err := t.Numeric(name)
		if err != nil {
			return nil, err
		}
		return c.Values, nil
	}
	post, err := number(d.Post)
	if err != nil {
		return nil, err
	}
	exposure, err := number(d.Exposure)
	if err != nil {
		return nil, err
	}
	pupils, err := number(d.Pupils)
	if err != nil {
		return nil, err
	}
	columns := make([][]float64, 0, len(d.Outcomes)+len(covariates))
	for _, name := range append(slices.Clone(d.Outcomes), covariates...) {
		c, err := t.Numeric(name)
		if err != nil {
			return nil, err
		}
		columns = append(columns, c.Values)
	}
	outcomes, rest := columns[:len(d.Outcomes)], columns[len(d.Outcomes):]
	out := make([]school, len(units.Levels))
	for g := range out {
		s := &out[g]
		s.name, s.arm, s.pupils = units.Levels[g], -1, math.NaN()
		s.covariates = make([]float64, len(rest))
		for k := range rest {
			s.covariates[k] = math.NaN()
		}
		for p := range 2 {
			s.known[p], s.events[p], s.exposure[p] = make([]bool, len(outcomes)), make([]float64, len(outcomes)), make([]float64, len(outcomes))
		}
	}
	var roll [2][]meanOf
	roll[0], roll[1] = make([]meanOf, len(out)), make([]meanOf, len(out))
	for i, g := range units.Codes {
		if g < 0 {
			continue
		}
		s := &out[g]
		if a := arms.Treated[i]; a >= 0 {
			s.arm = a
		}
		period := 0
		if post != nil && post[i] == 1 {
			period = 1
		}
		if pupils != nil {
			roll[period][g].add(pupils[i])
		}
		for k, y := range outcomes {
			e := 1.0
			if exposure != nil {
				e = exposure[i]
			}
			if !math.IsNaN(y[i]) && e > 0 {
				s.known[period][k] = true
				s.events[period][k] += y[i]
				s.exposure[period][k] += e
			}
		}
		for k, x := range rest {
			if math.IsNaN(s.covariates[k]) {
				s.covariates[k] = x[i]
			}
		}
	}
	for g := range out {
		out[g].pupils = roll[0][g].value()
		if math.IsNaN(out[g].pupils) {
			out[g].pupils = roll[1][g].value()
		}
	}
	return out, nil
}

// meanOf is a running mean of the values that are there.
type meanOf struct{ sum, n float64 }

func (m *meanOf) add(x float64) {
	if !math.IsNaN(x) {
		m.sum += x
		m.n++
	}
}

func (m *meanOf) value() float64 { return m.sum / m.n }

// levels are the rows of the baseline table: pupils first, then covariates,
// then the baseline rates of the outcomes.
func (d Trial) levels(schools []school, covariates []string) []level {
	column := func(name string, of func(s *school) float64) level {
		l := level{name: name, column: name, values: make([]float64, len(schools))}
		for g := range schools {
			l.values[g] = of(&schools[g])
		}
		return l
	}
	out := []level{column("pupils", func(s *school) float64 { return s.pupils })}
	for k, name := range covariates {
		out = append(out, column(name, func(s *school) float64 { return s.covariates[k] }))
	}
	for k, name := range d.Outcomes {
		rate := column(name+" per 1,000", func(s *school) float64 { return 1000 * s.events[0][k] / s.exposure[0][k] })
		rate.column, rate.events = name, column(name, func(s *school) float64 { return s.events[0][k] }).values
		out = append(out, rate)
	}
	return out
}
