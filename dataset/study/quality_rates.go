package study

import (
	"maps"
	"slices"

	"swis/dataset"
	"swis/dataset/linkage"
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
func (q *Quality) rates(s *Study, n func(int64) Number) {
	r := &s.Panel.Report
	row := func(la uint16, by, level string, events, linked int64) {
		if events == 0 {
			return
		}
		rate := QualityRate{LA: s.laText(la), By: by, Level: level, Events: n(events), Linked: n(linked), Arm: by == "arm" && level != noArm || by == careDays && level != "all" && level != "arm "+noArm}
		if rate.Events.Mark == "" && rate.Linked.Mark == "" && n(events-linked).Mark == "" {
			share := float64(rate.Linked.Value) / float64(max(1, rate.Events.Value))
			rate.Share = &share
		}
		q.Rates = append(q.Rates, rate)
	}
	for _, la := range slices.SortedFunc(maps.Keys(r.Links), s.byName) {
		total, missing := int64(0), int64(0)
		for m, k := range r.Links[la] {
			total += k
			if linkage.Method(m) == linkage.NotLinked {
				missing = k
			}
		}
		row(la, "all", "all", total, total-missing)
		if types := r.LinksByType[la]; types != nil {
			for t := range types {
				all := int64(0)
				for _, k := range types[t] {
					all += k
				}
				row(la, "outcome", dataset.EventType(t).String(), all, all-types[t][linkage.NotLinked])
			}
		}
		if s.arms != nil {
			for arm, ends := range s.arms.sums(r.Places[la]) {
				row(la, "arm", s.arms.level(arm), ends.Linked+ends.Unlinked, ends.Linked)
			}
		}
		for _, month := range slices.Sorted(maps.Keys(r.Monthly[la])) {
			row(la, "month", dataset.Month.Label(month), r.Monthly[la][month][0], r.Monthly[la][month][1])
		}
		for m, k := range r.Links[la] {
			if linkage.Method(m) != linkage.NotLinked && k > 0 {
				row(la, "method", linkage.Method(m).String(), total, k)
			}
		}
	}
	for _, la := range slices.SortedFunc(maps.Keys(r.CarePlaces), s.byName) {
		all := r.CarePlaces[la].Sum()
		row(la, careDays, "all", all.Linked+all.Unlinked, all.Linked)
		if s.arms != nil {
			for arm, ends := range s.arms.sums(r.CarePlaces[la]) {
				row(la, careDays, "arm "+s.arms.level(arm), ends.Linked+ends.Unlinked, ends.Linked)
			}
		}
	}
}

// careDays are the rates of days in care, which are no events.
const careDays = "days_in_care"
