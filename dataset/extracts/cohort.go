package extracts

import (
	"hash/maphash"

	"swis/dataset"
)

// cohort is a list of children that are followed, each from a day of its own:
// of a trial that randomised families, the day of the letter.
var cohort = Layout{
	Name: "cohort", Title: "children that are followed from a day on", AnyOf: []string{"child_id", "upn"}, Without: []string{"event", "entrydate"},
	Columns: []Column{
		{Name: "index_date", Kind: Date, Required: true, Also: []string{"letter_date", "randomised", "randomisation_date"}, Means: "day from which the child is followed; blank: the baseline"},
		{Name: "child_id", Kind: ChildID, Also: []string{"LAchildID", "CHILD"}, Means: "the authority's id of the child; or"},
		{Name: "upn", Kind: UPN, Means: "unique pupil number"},
		laColumn,
		{Name: "arm", Means: "arm, where children or families are assigned"},
		{Name: "family", Also: []string{"family_id", "cluster"}, Means: "what groups children, such as a family; numbered in the result"},
	},
	Row: func(r *Row) {
		m := dataset.Member{Day: r.Date(0)}
		m.Pupil, _ = r.Pupil(2)
		if b := r.cell(1); b != nil {
			child, ok := r.childOf(b, 1)
			if !ok {
				r.Quarantine(ruleK0E, 1)
				return
			}
			m.Child = child
		}
		if m.Child == 0 && m.Pupil == 0 {
			r.Quarantine(ruleK01, 1)
			return
		}
		m.Arm = r.label(4)
		if b := r.cell(5); b != nil {
			m.Group = maphash.Bytes(r.file.set.Keys.seed, b) | 1
		}
		m.Line, m.LA, m.File = uint32(r.line), r.la, r.file.number
		r.out.members = append(r.out.members, m)
	},
}
