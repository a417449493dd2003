package randomisation

import (
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/dataset/table"
)

// ByFormula finds the assigned column in a term of a formula: the one of the
// term's columns that is the same in all rows of a unit.
type ByFormula struct {
	Formula string
	Other   string // a second, one-sided formula of the model, such as its zero part; or ""
	Options formula.Options
	Term    string // the coefficient, such as swis:post
	Unit    string // column of the assigned unit; "" is, for a term of one column, the coarsest grouping of the formula within which it does not change
	Among
}

// Assignment reads the formula's columns.
func (b ByFormula) Assignment(t *table.Table) (*Assignment, error) {
	f, err := formula.Parse(b.Formula)
	if err != nil {
		return nil, err
	}
	o := b.Options
	o.Also = append(slices.Clone(o.Also), b.Strata...)
	if b.Unit != "" {
		o.Also = append(o.Also, b.Unit)
	}
	var zero []string
	if b.Other != "" {
		other, err := formula.Parse(b.Other)
		if err != nil {
			return nil, err
		}
		zero = other.Columns()
		o.Also = append(o.Also, zero...)
	}
	d, err := formula.Build(f, t, o)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(d.Fixed.Names, b.Term) {
		names := slices.DeleteFunc(slices.Clone(d.Fixed.Names), func(n string) bool { return n == "(Intercept)" })
		if b.Term == "" {
			return nil, analysis.Unsupportedf("--permute: name the coefficient with --term: one of %s", strings.Join(names, ", "))
		}
		return nil, analysis.Unsupportedf("no coefficient %q: --term is one of %s", b.Term, strings.Join(names, ", "))
	}
	unit, column, err := b.assigned(d)
	if err != nil {
		return nil, err
	}
	a, err := newAssignment(t, d, column, unit, b.Among)
	if err != nil {
		return nil, err
	}
	made, err := derived(d, a, append(f.Variables(), zero...))
	if err != nil {
		return nil, err
	}
	if made != "" {
		return nil, analysis.Unsupportedf("--permute: column %s is told by %s or constant in one of its arms, as if made from it; %s", made, column, advice)
	}
	return a, nil
}

// assigned finds the unit and the term's column that is a property of it.
func (b ByFormula) assigned(d *formula.Design) (*formula.Group, string, error) {
	columns := d.TermColumns(b.Term)
	if b.Unit == "" && len(columns) > 1 {
		// Within some grouping each of the columns may be constant: the arm by
		// school, the period by month. Only one was assigned.
		return nil, "", analysis.Unsupportedf("--permute: %s is made of %s: name the unit that was assigned with --cluster, such as --cluster school", b.Term, strings.Join(columns, " and "))
	}
	var units []*formula.Group
	if b.Unit != "" {
		g, err := d.Group(b.Unit)
		if err != nil {
			return nil, "", err
		}
		units = append(units, g)
	} else {
		for _, r := range d.Random {
			units = append(units, &formula.Group{Name: r.Group, Levels: r.Levels, Index: r.Index})
		}
		for _, a := range d.Absorbed {
			units = append(units, &formula.Group{Name: a.Name, Levels: a.Levels, Index: a.Index})
		}
		slices.SortStableFunc(units, func(a, b *formula.Group) int { return len(a.Levels) - len(b.Levels) })
	}
	for _, unit := range units {
		var constant []string
		for _, column := range columns {
			g, err := d.Group(column)
			if err != nil {
				return nil, "", err
			}
			if _, ok := byUnit(g.Index, unit); ok && len(g.Levels) > 1 {
				constant = append(constant, column)
			}
		}
		switch {
		case len(constant) == 1:
			return unit, constant[0], nil
		case len(constant) > 1:
			return nil, "", analysis.Unsupportedf("--permute: %s holds several properties of a %s (%s); choose a --term with one", b.Term, unit.Name, strings.Join(constant, ", "))
		}
	}
	if len(units) == 0 {
		return nil, "", analysis.Unsupportedf("--permute: name the assigned unit with --cluster")
	}
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.Name
	}
	return nil, "", analysis.Unsupportedf("--permute: %s changes within %s, and what was assigned does not change within a unit: name that unit with --cluster; %s", strings.Join(columns, ", "), strings.Join(names, " and "), advice)
}
