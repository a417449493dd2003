package study

import (
	"cmp"
	"slices"

	"swis/dataset"
	"swis/dataset/panel"
)

// tolerance is how far an authority's year may be from the published total.
const tolerance = 0.1

// totals compares an authority's years with the published totals, where an
// open table is among the files (XC1). Only years that the authority delivered
// whole are compared.
func (q *Quality) totals(s *Study, n func(int64) Number) {
	months := &s.Panel.Report.Months
	type key struct {
		la      string
		year    int
		outcome string
	}
	seen := map[key]bool{}
	for _, x := range s.Extracts {
		for _, pub := range x.Published {
			la, ok := s.authority(pub)
			name := s.laText(la)
			if at := (key{name, pub.Year, pub.Outcome}); !ok || pub.Value <= 0 || seen[at] {
				continue
			} else {
				seen[at] = true
			}
			spans := months.Spans
			if careFigure(pub.Outcome) {
				spans = months.Care
			}
			span, delivered := spans[la]
			first := dataset.Month.Of(dataset.DayOf(pub.Year-1, 4, 1))
			if !delivered || first < span.First || first+11 > span.Last {
				continue
			}
			sum, counted := annualOf(s.Panel.Report.Years[la], pub.Outcome, pub.Year)
			if !counted {
				continue
			}
			ratio := float64(sum) / pub.Value
			q.Published = append(q.Published, QualityTotal{LA: name, Year: pub.Year, Outcome: pub.Outcome, Delivered: n(sum), Published: pub.Value, Ratio: &ratio,
				Differs: ratio < 1-tolerance || ratio > 1+tolerance})
		}
	}
	slices.SortFunc(q.Published, func(a, b QualityTotal) int {
		return cmp.Or(cmp.Compare(a.LA, b.LA), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Year, b.Year))
	})
}

// authority is the number of the authority of a published figure among those
// that delivered, by either of its codes.
func (s *Study) authority(pub dataset.Published) (uint16, bool) {
	for la := 1; la < s.set.LAs.Len(); la++ {
		if text := s.laText(uint16(la)); text == pub.LA || text == pub.Area && text != "" {
			return uint16(la), true
		}
	}
	return 0, false
}

func careFigure(outcome string) bool {
	return outcome == "children_in_care_31_march" || outcome == "children_entering_care"
}

// annualOf is what an authority delivered of a published figure in a year; ok is
// false where it delivers nothing of the kind at all.
func annualOf(a *panel.Annual, outcome string, year int) (n int64, ok bool) {
	if a == nil {
		return 0, false
	}
	by := map[string]map[int]int64{
		"s47": a.Events[dataset.EnquiryStart], "s47_children": a.Children[dataset.EnquiryStart], "icpc": a.Events[dataset.Conference],
		"referrals": a.Events[dataset.Referral], "referral_children": a.Children[dataset.Referral], "referrals_from_schools": a.Schools,
		"assessments_completed": a.Events[dataset.AssessmentEnd], "cin_plans_started": a.Events[dataset.PlanStart], "cp_plans_started": a.Events[dataset.ProtectionStart],
		"children_in_care_31_march": a.InCare, "children_entering_care": a.Entries,
	}[outcome]
	return by[year], len(by) > 0
}
