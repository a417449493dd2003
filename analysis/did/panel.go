package did

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/formula"
	"swis/dataset"
	"swis/dataset/table"
)

// Panel is a table read as units by periods, over the n rows with every column
// in use.
type Panel struct {
	Design *formula.Design // covariates, offset, rows
	Y      []float64       // n
	Offset []float64       // n, log exposure; nil without
	Expo   []float64       // n, exposure; nil without
	Weight []float64       // n or nil

	Unit    *formula.Group
	Time    *formula.Group
	Periods []float64 // value of each time level
	Cohort  []float64 // first treated period of each unit, +Inf never
	Starts  []float64 // the distinct finite cohorts, in order

	X     [][]float64 // covariate columns of n
	Names []string    // their names

	Intervention string // how the arms are called
	Comparison   string
	table        *table.Table
	labels       bool // periods are labels, numbered 1 to T
	words        words
}

// N is the number of rows.
func (p *Panel) N() int { return len(p.Y) }

// group reads a column as a grouping; unit and period are known already.
func (p *Panel) group(name string) (*formula.Group, error) {
	switch name {
	case p.Unit.Name:
		return p.Unit, nil
	case p.Time.Name:
		return p.Time, nil
	}
	return p.Design.Group(name)
}

// Period is the period of row i.
func (p *Panel) Period(i int) float64 { return p.Periods[p.Time.Index[i]] }

// Start is the first treated period of row i's unit, +Inf never.
func (p *Panel) Start(i int) float64 { return p.Cohort[p.Unit.Index[i]] }

// Treated says whether row i is treated.
func (p *Panel) Treated(i int) bool { return p.Period(i) >= p.Start(i) }

// backquote writes a column name so that a formula reads it as one name. A
// name that is no column is left as it is: it may be a term such as log(x).
func backquote(t *table.Table, name string) string {
	if t.Has(name) {
		return "`" + name + "`"
	}
	return name
}

// begin is how every regression of this package starts: the family is known,
// the inference settled and the panel read.
func begin(t *table.Table, d *Data, i *Inference, name string) (*Panel, fixedeffects.Family, error) {
	family, err := familyOf(name)
	if err != nil {
		return nil, 0, err
	}
	if err := i.settle(d.Unit, family); err != nil {
		return nil, 0, err
	}
	p, err := d.read(t, i.Cluster, family != fixedeffects.Gaussian)
	return p, family, err
}

// read builds the panel. Faults of the table are dataset.Problems: a cohort
// that is empty, an arm that changes within a unit, a unit and period that
// occur twice, a negative count.
func (d *Data) read(t *table.Table, cluster []string, counts bool) (*Panel, error) {
	if err := d.Complete(); err != nil {
		return nil, err
	}
	text := backquote(t, d.Outcome) + " ~ 1"
	for _, c := range d.Covariates {
		text += " + " + backquote(t, c)
	}
	f, err := formula.Parse(text)
	if err != nil {
		return nil, err
	}
	also := append([]string{d.Unit, d.Time}, cluster...)
	for _, c := range []string{d.Treated} {
		if c != "" {
			also = append(also, c)
		}
	}
	if d.Cohort != "" {
		if err := refuseEmpty(t, d.Cohort); err != nil {
			return nil, err
		}
	}
	design, err := formula.Build(f, t, formula.Options{Reference: d.Reference, Categorical: d.Categorical, Also: also, Exposure: d.Exposure, Weights: d.Weights})
	if err != nil {
		return nil, err
	}
	p := &Panel{Design: design, Y: design.Response.Y, Offset: design.Offset, Weight: design.Weights, table: t}
	if p.Unit, err = design.Group(d.Unit); err != nil {
		return nil, err
	}
	if p.Time, err = design.Group(d.Time); err != nil {
		return nil, err
	}
	if d.Exposure != "" {
		p.Expo = make([]float64, p.N())
		for i, o := range p.Offset {
			p.Expo[i] = math.Exp(o)
		}
	}
	for j, name := range design.Fixed.Names {
		if name != "(Intercept)" {
			p.Names = append(p.Names, name)
			p.X = append(p.X, design.Fixed.X[j])
		}
	}
	if err := p.periods(t, d.Time); err != nil {
		return nil, err
	}
	if err := p.unique(t, d.Unit, d.Time); err != nil {
		return nil, err
	}
	if counts {
		if err := p.refuseNegative(t, d.Outcome); err != nil {
			return nil, err
		}
	}
	if err := p.cohorts(t, d); err != nil {
		return nil, err
	}
	p.words = wordsOf(d, p)
	return p, nil
}

func refuseEmpty(t *table.Table, column string) error {
	c, err := t.Category(column)
	if err != nil {
		return err
	}
	var problems dataset.Problems
	for i, code := range c.Codes {
		if code < 0 {
			problems = append(problems, dataset.Problem{File: t.Name, Line: t.Line(i), Column: column,
				Text: "empty cell; want the first treated period, or never"})
			if len(problems) == 5 {
				break
			}
		}
	}
	if problems != nil {
		return problems
	}
	return nil
}

// periods gives each time level its value: the number of a numeric column,
// else its place among the sorted labels from 1.
func (p *Panel) periods(t *table.Table, column string) error {
	kind, err := t.Kind(column)
	if err != nil {
		return err
	}
	p.Periods = make([]float64, len(p.Time.Levels))
	for l, text := range p.Time.Levels {
		p.Periods[l] = float64(l + 1)
		if kind == table.NumericKind {
			if p.Periods[l], err = strconv.ParseFloat(text, 64); err != nil {
				return dataset.Problemf(t.Name, 0, column, "a cell that is not a period; numbers are wanted")
			}
		}
	}
	return nil
}

// period reads a period as a person writes it: a level of the time column, or
// for a numeric column any number.
func (p *Panel) period(text string) (float64, bool) {
	if l := slices.Index(p.Time.Levels, text); l >= 0 {
		return p.Periods[l], true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || p.labels {
		return 0, false
	}
	return x, true
}

// unique refuses a unit and period that occur twice.
func (p *Panel) unique(t *table.Table, unit, time string) error {
	periods := len(p.Periods)
	if increasing(p.Unit.Index, p.Time.Index) {
		return nil
	}
	seen := make([]int32, len(p.Unit.Levels)*periods)
	var problems dataset.Problems
	for i := range p.Unit.Index {
		at := int(p.Unit.Index[i])*periods + int(p.Time.Index[i])
		if seen[at] != 0 {
			problems = append(problems, dataset.Problem{File: t.Name, Line: t.Line(p.Design.Rows[i]), Column: unit,
				Text: fmt.Sprintf("%s %s at %s %s stands in line %d already; want one row a %s and %s, so add them up or correct the key",
					unit, p.Unit.Levels[p.Unit.Index[i]], time, p.Time.Levels[p.Time.Index[i]], t.Line(p.Design.Rows[seen[at]-1]), unit, time)})
			if len(problems) == 5 {
				break
			}
			continue
		}
		seen[at] = int32(i + 1)
	}
	if problems != nil {
		return problems
	}
	return nil
}

// increasing says whether the pairs are in order, no two the same, as the rows
// of a panel mostly are.
func increasing(first, second []int32) bool {
	for i := 1; i < len(first); i++ {
		if first[i] < first[i-1] || first[i] == first[i-1] && second[i] <= second[i-1] {
			return false
		}
	}
	return true
}

func (p *Panel) refuseNegative(t *table.Table, column string) error {
	var problems dataset.Problems
	for i, y := range p.Y {
		if y < 0 {
			problems = append(problems, dataset.Problem{File: t.Name, Line: t.Line(p.Design.Rows[i]), Column: column,
				Text: fmt.Sprintf("%g is negative; a count is wanted", y)})
			if len(problems) == 5 {
				break
			}
		}
	}
	if problems != nil {
		return problems
	}
	return nil
}

// cohorts sets the first treated period of every unit.
func (p *Panel) cohorts(t *table.Table, d *Data) error {
	p.Intervention, p.Comparison = "intervention", "comparison"
	p.Cohort = make([]float64, len(p.Unit.Levels))
	for u := range p.Cohort {
		p.Cohort[u] = math.NaN()
	}
	kind, _ := t.Kind(d.Time)
	p.labels = kind != table.NumericKind
	var start float64
	if d.Cohort == "" {
		var ok bool
		if start, ok = p.period(d.Start); !ok {
			return analysis.Unsupportedf("--start %s: no such period in column %s, whose periods run from %s to %s", d.Start, d.Time, p.Time.Levels[0], p.Time.Levels[len(p.Time.Levels)-1])
		}
	}
	var err error
	switch {
	case d.Cohort != "":
		if err = p.readCohort(t, d); err == nil && d.Arm != "" {
			if arms, bad := analysis.ReadArms(t, d.Arm, d.Reference[d.Arm]); bad == nil {
				p.Intervention, p.Comparison = arms.Names()
			}
		}
	case d.Treated != "":
		err = p.readTreated(t, d, start)
	default:
		err = p.readUnits(d, start)
	}
	if err != nil {
		return err
	}
	for _, c := range p.Cohort {
		if !math.IsInf(c, 1) && !slices.Contains(p.Starts, c) {
			p.Starts = append(p.Starts, c)
		}
	}
	slices.Sort(p.Starts)
	return nil
}

// set gives a unit its cohort and refuses a second, different one.
func (p *Panel) set(t *table.Table, column string, i int, cohort float64) error {
	u := p.Unit.Index[i]
	if old := p.Cohort[u]; !math.IsNaN(old) && old != cohort {
		return dataset.Problemf(t.Name, t.Line(p.Design.Rows[i]), column, "changes within %s %s; want one value a %s (for a column that switches on use --formula)", p.Unit.Name, p.Unit.Levels[u], p.Unit.Name)
	}
	p.Cohort[u] = cohort
	return nil
}

func (p *Panel) readCohort(t *table.Table, d *Data) error {
	column := d.Cohort
	g, err := p.Design.Group(column)
	if err != nil {
		return err
	}
	values := make([]float64, len(g.Levels))
	for l, text := range g.Levels {
		switch strings.ToLower(text) {
		case "never", "0", "inf", "+inf", "infinity":
			values[l] = math.Inf(1)
			continue
		}
		v, ok := p.period(text)
		if x, err := strconv.ParseFloat(text, 64); err == nil && (math.IsInf(x, 1) || x == 0) {
			v, ok = math.Inf(1), true
		}
		if all, err := t.Category(p.Time.Name); !ok && err == nil && slices.Contains(all.Levels, text) {
			return analysis.NotEstimablef("%s has no value in %s, in which some %ss start", d.Outcome, text, p.Unit.Name)
		}
		if !ok {
			return dataset.Problemf(t.Name, 0, column, "%q is no period of column %s; want one of its periods, or never", text, p.Time.Name)
		}
		values[l] = v
	}
	for i, l := range g.Index {
		if err := p.set(t, column, i, values[l]); err != nil {
			return err
		}
	}
	return nil
}

func (p *Panel) readTreated(t *table.Table, d *Data, start float64) error {
	arms, err := analysis.ReadArms(t, d.Treated, d.Reference[d.Treated])
	if err != nil {
		return err
	}
	p.Intervention, p.Comparison = arms.Names()
	never := math.Inf(1)
	for i, r := range p.Design.Rows {
		cohort := never
		if arms.Treated[r] == 1 {
			cohort = start
		}
		if p.Cohort[p.Unit.Index[i]] == cohort {
			continue
		}
		if err := p.set(t, d.Treated, i, cohort); err != nil {
			return err
		}
	}
	return nil
}

func (p *Panel) readUnits(d *Data, start float64) error {
	for u := range p.Cohort {
		p.Cohort[u] = math.Inf(1)
	}
	for _, name := range d.TreatedUnits {
		u := slices.Index(p.Unit.Levels, name)
		if u < 0 {
			hint := ""
			if n := table.Nearest(name, p.Unit.Levels); n != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", n)
			}
			return analysis.Unsupportedf("--treated-units: no %s %q in the rows kept%s", p.Unit.Name, name, hint)
		}
		p.Cohort[u] = start
	}
	p.Intervention = strings.Join(d.TreatedUnits, ", ")
	if len(d.TreatedUnits) > 3 {
		p.Intervention = "intervention"
	}
	return nil
}
