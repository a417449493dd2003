package extracts

import (
	"strings"

	"swis/dataset"
)

// openTable is a table of DfE's open statistics: used to compare totals. Each
// release has some of the figures, under names that change.
var openTable = Layout{
	Name: "ees", Title: "DfE open statistics by authority and year", Without: []string{"urn", "school_urn"},
	Columns: append([]Column{
		{Name: "time_period", Required: true, Means: "year ending 31 March"},
		{Name: "time_identifier", Required: true, Means: "kind of year"},
		{Name: "geographic_level", Required: true, Means: "National, Regional, Local authority"},
		{Name: "old_la_code", Means: "three digits"},
		{Name: "new_la_code", Means: "nine characters"},
		{Name: "population_type", Means: "which children a children_count is of"},
		{Name: "children_count", Kind: Number, Means: "children looked after on 31 March, or who started in the year"},
	}, publishedColumns()...),
	Row: func(r *Row) {
		year, ok := number(r.cell(0))
		level := strings.ToLower(r.Text(2))
		p := dataset.Published{}
		switch {
		case !ok, year < 1990, year > 999999, !strings.HasPrefix(level, "local authority"):
			return
		}
		if p.LA, p.Area = laCode(r.cell(3)), laCode(r.cell(4)); p.LA == "" && p.Area == "" {
			return
		}
		if year > 9999 { // 202324
			year = float64(int(year)/100 + 1)
		}
		p.Year = int(year)
		for i, figure := range publishedFigures {
			p.Outcome = figure.outcome
			r.figure(p, publishedFrom+i)
		}
		switch kind := strings.ToLower(r.Text(5)); {
		case strings.HasPrefix(kind, "children looked after on 31 march"):
			p.Outcome = "children_in_care_31_march"
			r.figure(p, 6)
		case strings.HasPrefix(kind, "children starting to be looked after"):
			p.Outcome = "children_entering_care"
			r.figure(p, 6)
		}
	},
}

func (r *Row) figure(p dataset.Published, slot int) {
	if x, ok := number(r.cell(slot)); ok {
		p.Value = x
		r.out.published = append(r.out.published, p)
	}
}

// publishedFrom is the place of the first of publishedFigures.
const publishedFrom = 7

// publishedFigures are the figures that a delivery can be held against, with
// their names in the releases.
var publishedFigures = []struct {
	outcome, means string
	names          []string
}{
	{"s47", "Section 47 enquiries in the year", []string{"Section47", "section47_count"}},
	{"s47_children", "children with one", []string{"Section47_child", "section47_child_count"}},
	{"icpc", "initial child protection conferences", []string{"ICPC", "icpc_count"}},
	{"referrals", "referrals in the year", []string{"Referrals", "referral_count"}},
	{"referral_children", "children with one", []string{"Referrals_child", "referral_child_count"}},
	{"referrals_from_schools", "referrals made by schools", []string{"Schools"}},
	{"assessments_completed", "assessments completed", []string{"Assessments_completed", "assessments_completed_count"}},
	{"cin_plans_started", "child in need plans that started", []string{"CINPlan_start", "cinplan_start_count"}},
	{"cp_plans_started", "child protection plans that started", []string{"CPP_start", "cpp_start_count"}},
}

func publishedColumns() (columns []Column) {
	for _, f := range publishedFigures {
		columns = append(columns, Column{Name: f.names[0], Also: f.names[1:], Kind: Number, Means: f.means})
	}
	return columns
}
