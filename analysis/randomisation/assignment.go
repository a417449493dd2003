package randomisation

import (
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Assignment is an arm, or a first period, for each unit of a table.
type Assignment struct {
	Table  *table.Table   // the rows analysed
	Column string         // holds what was assigned, the same in all rows of a unit
	Units  infer.Clusters // over its rows
	Labels *infer.Labels  // what each unit got, and what it could have got
	Strata []string       // columns within which exchanges are made
	Scheme string         // the trial's scheme set in words, where there is one

	donor []int32 // a row of the table with each arm
}

// Among says between which units exchanges are made.
type Among struct {
	Strata []string      // columns
	Scheme *infer.Scheme // the trial's own schemes, or nil
}

// newAssignment reads what each unit of a design got. It refuses a column that
// changes within a unit and strata that do.
func newAssignment(t *table.Table, d *formula.Design, column string, unit *formula.Group, among Among) (*Assignment, error) {
	arm, err := d.Group(column)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, t.Rows())
	for _, row := range d.Rows {
		keep[row] = true
	}
	a := &Assignment{Table: t.Filter(keep), Column: column, Units: infer.Clusters{Name: unit.Name, Index: unit.Index, Levels: unit.Levels}, Strata: among.Strata}
	a.Labels = &infer.Labels{Arms: len(arm.Levels)}
	var ok bool
	if a.Labels.Arm, ok = byUnit(arm.Index, unit); !ok {
		return nil, analysis.Unsupportedf("--permute: %s changes within %s, so it cannot be what was assigned to one; %s", column, unit.Name, advice)
	}
	if len(arm.Levels) < 2 {
		return nil, analysis.NotEstimablef("every %s has the same %s, so there is nothing to exchange", unit.Name, column)
	}
	if len(among.Strata) > 0 {
		strata, err := d.Group(strings.Join(among.Strata, ":"))
		if err != nil {
			return nil, err
		}
		if a.Labels.Strata, ok = byUnit(strata.Index, unit); !ok {
			return nil, analysis.Unsupportedf("--strata %s: a stratum is a property of a %s, and these vary within one", strings.Join(among.Strata, ","), unit.Name)
		}
	}
	if among.Scheme != nil {
		if err := among.Scheme.Restrict(a.Labels, unit.Levels); err != nil {
			return nil, err
		}
		a.Scheme = among.Scheme.How
	}
	a.donor = make([]int32, len(arm.Levels))
	for i, x := range arm.Index {
		a.donor[x] = int32(i)
	}
	return a, nil
}

// advice is what to do about a column that was made from the arm.
const advice = "columns made from the arm, such as arm times period, would stay as they are: write the product in the formula (swis:post) and name that as --term"

// byUnit gives a property of each unit, and whether it is one.
func byUnit(index []int32, unit *formula.Group) ([]int32, bool) {
	out := make([]int32, len(unit.Levels))
	for i := range out {
		out[i] = -1
	}
	for i, u := range unit.Index {
		if out[u] >= 0 && out[u] != index[i] {
			return nil, false
		}
		out[u] = index[i]
	}
	return out, true
}

// exchanged is the table with arms[u] in all rows of unit u.
func (a *Assignment) exchanged(arms []int32) *table.Table {
	rows := make([]int32, a.Table.Rows())
	for i, u := range a.Units.Index {
		rows[i] = a.donor[arms[u]]
	}
	return a.Table.Exchange(a.Column, rows)
}

// counts are the units of each arm.
func (a *Assignment) counts() []int {
	counts := make([]int, a.Labels.Arms)
	for _, arm := range a.Labels.Arm {
		counts[arm]++
	}
	return counts
}

// How says what is exchanged between what.
func (a *Assignment) How() string {
	if a.Scheme != "" {
		return a.Scheme
	}
	what := a.Column
	if what == Assigned {
		what = "treatment"
	}
	how := what + " exchanged between units (" + a.Units.Name + ")"
	if len(a.Strata) > 0 {
		how += " within " + strings.Join(a.Strata, ", ")
	}
	return how
}

// derived names a column that looks as if it had been made from the one that is
// exchanged: the same in all units of an arm and told by it, or changing within
// units and yet the same in all rows of one arm, as arm times period is. Such a
// column would stay behind when arms are exchanged.
func derived(d *formula.Design, a *Assignment, columns []string) (string, error) {
	arm, err := d.Group(a.Column)
	if err != nil {
		return "", err
	}
	counts := a.counts()
	unit := &formula.Group{Name: a.Units.Name, Index: a.Units.Index, Levels: a.Units.Levels}
	for _, column := range columns {
		if column == a.Column || slices.Contains(strings.Split(unit.Name, ":"), column) {
			continue
		}
		g, err := d.Group(column)
		if err != nil {
			return "", err
		}
		if len(g.Levels) < 2 {
			continue
		}
		level := make([]int32, len(arm.Levels)) // the one value of the column in an arm, -2 where several
		for i := range level {
			level[i] = -1
		}
		for i, x := range arm.Index {
			if level[x] == -1 {
				level[x] = g.Index[i]
			} else if level[x] != g.Index[i] {
				level[x] = -2
			}
		}
		if _, property := byUnit(g.Index, unit); property {
			if !slices.Contains(level, -2) {
				return column, nil
			}
			continue
		}
		for x, l := range level {
			// One unit may well have a covariate that never changes.
			if l >= 0 && counts[x] > 1 {
				return column, nil
			}
		}
	}
	return "", nil
}
