package study

import (
	"maps"
	"slices"

	"swis/dataset"
	"swis/dataset/linkage"
	"swis/dataset/panel"
)

// QualityRate is how many of an authority's events of the window were linked
// to a school, by one thing at a time: outcome (type of event), arm, month or
// method; and how many of the days in care, of all and by arm. Arms are
// blinded: A and B say nothing of which is which. By method, Linked is the
// number linked so, and the shares add up to that of all. Where arms have
// different numbers of schools, only their shares are shown.
type QualityRate struct {
	LA     string   `json:"la"`
	By     string   `json:"by"`
	Level  string   `json:"level"`
	Events Number   `json:"events"`
	Linked Number   `json:"linked"`
	Share  *float64 `json:"share"`
	Arm    bool     `json:"-"` // of one arm
}

// rates fills the rates of linkage.
func (q *Quality) rates(s *Study) {
	r := &s.Panel.Report
	rate := func(la uint16, by, level string, events, linked Number) {
		if events.Value == 0 {
			return
		}
		share := float64(linked.Value) / float64(events.Value)
		q.Rates = append(q.Rates, QualityRate{LA: s.laText(la), By: by, Level: level, Events: events, Linked: linked, Share: &share,
			Arm: by == "arm" && level != noArm || by == careDays && level != "all" && level != "arm "+noArm})
	}
	for _, la := range slices.SortedFunc(maps.Keys(r.Links), s.byName) {
		row := func(by, level string, kind panel.PartKind, at int32, events, linked int64) {
			rate(la, by, level, s.part(events, kind, la, at, 0), s.part(linked, kind, la, at, 1))
		}
		total, missing := int64(0), int64(0)
		for m, k := range r.Links[la] {
			total += k
			if linkage.Method(m) == linkage.NotLinked {
				missing = k
			}
		}
		row("all", "all", panel.LinksOf, 0, total, total-missing)
		if types := r.LinksByType[la]; types != nil {
			for t := range types {
				all := int64(0)
				for _, k := range types[t] {
					all += k
				}
				row("outcome", dataset.EventType(t).String(), panel.LinksOfType, int32(t), all, all-types[t][linkage.NotLinked])
			}
		}
		if s.arms != nil {
			for arm, ends := range s.arms.sums(r.Places[la]) {
				rate(la, "arm", s.arms.level(arm), count(ends.Linked+ends.Unlinked), count(ends.Linked).by(s.arms.makers(arm, r.Places[la])))
			}
		}
		for _, month := range slices.Sorted(maps.Keys(r.Monthly[la])) {
			row("month", dataset.Month.Label(month), panel.LinksOfMonth, int32(month), r.Monthly[la][month][0], r.Monthly[la][month][1])
		}
		for m, k := range r.Links[la] {
			if linkage.Method(m) != linkage.NotLinked && k > 0 {
				rate(la, "method", linkage.Method(m).String(), s.part(total, panel.LinksOf, la, 0, 0), s.part(k, panel.LinksBy, la, 0, uint8(m)))
			}
		}
	}
	for _, la := range slices.SortedFunc(maps.Keys(r.CarePlaces), s.byName) {
		all := r.CarePlaces[la].Sum()
		rate(la, careDays, "all", count(all.Linked+all.Unlinked), count(all.Linked))
		if s.arms != nil {
			for arm, ends := range s.arms.sums(r.CarePlaces[la]) {
				rate(la, careDays, "arm "+s.arms.level(arm), count(ends.Linked+ends.Unlinked), count(ends.Linked).by(s.arms.makers(arm, r.CarePlaces[la])))
			}
		}
	}
}

// careDays are the rates of days in care, which are no events.
const careDays = "days_in_care"
