package randomisation

import (
	"slices"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/dataset/table"
)

// ByPanel finds the first treated period, or the arm, of each unit of a panel.
type ByPanel struct {
	Outcome    string
	Covariates []string
	Options    formula.Options
	Column     string   // cohort or arm, the same in all rows of a unit
	Treated    []string // units by name, in place of Column; they are written to column Assigned
	Unit       string   // of the panel
	Clusters   []string // columns of clusters: the first is the assigned unit where Column does not change within it
	Time       string
	Among
}

// Assigned is the 0/1 column that stands for units treated by name.
const Assigned = "(treated)"

// Assignment reads the panel's columns.
func (b ByPanel) Assignment(t *table.Table) (*Assignment, error) {
	column := b.Column
	if column == "" {
		column = Assigned
		units, err := t.Category(b.Unit)
		if err != nil {
			return nil, err
		}
		treated := make([]float64, t.Rows())
		for i, code := range units.Codes {
			if code >= 0 && slices.Contains(b.Treated, units.Levels[code]) {
				treated[i] = 1
			}
		}
		t = t.With(Assigned, treated)
	}
	quoted := func(name string) string {
		if t.Has(name) {
			return "`" + name + "`"
		}
		return name
	}
	text := quoted(b.Outcome) + " ~ 1"
	for _, c := range b.Covariates {
		text += " + " + quoted(c)
	}
	f, err := formula.Parse(text)
	if err != nil {
		return nil, err
	}
	o := b.Options
	o.Also = slices.Concat([]string{b.Unit, b.Time, column}, b.Clusters, b.Strata)
	d, err := formula.Build(f, t, o)
	if err != nil {
		return nil, err
	}
	unit, err := d.Group(b.Unit)
	if err != nil {
		return nil, err
	}
	if len(b.Clusters) > 0 {
		cluster, err := d.Group(b.Clusters[0])
		if err != nil {
			return nil, err
		}
		arm, err := d.Group(column)
		if err != nil {
			return nil, err
		}
		if _, ok := byUnit(arm.Index, cluster); ok {
			unit = cluster
		}
	}
	a, err := newAssignment(t, d, column, unit, b.Among)
	if err != nil {
		return nil, err
	}
	made, err := derived(d, a, f.Variables())
	if err != nil {
		return nil, err
	}
	if made != "" {
		return nil, analysis.Unsupportedf("--permute: covariate %s is told by %s or constant in one of its arms, as if made from it, and would stay as it is when that is exchanged; leave it out of --covariates", made, column)
	}
	return a, nil
}
