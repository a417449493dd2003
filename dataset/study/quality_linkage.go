package study

import (
	"maps"
	"slices"

	"swis/dataset"
	"swis/dataset/linkage"
	"swis/dataset/panel"
)

// keptOutUnread are the rules that keep a row out before its event is known.
var keptOutUnread = []dataset.RuleID{dataset.RuleNamed("K01"), dataset.RuleNamed("K0E"), dataset.RuleNamed("F06"), dataset.RuleNamed("E1T")}

func (q *Quality) linkage(s *Study) {
	r := &s.Panel.Report
	outcome := s.Panel.EventTypes()
	atReading := map[uint16]int64{}
	for la, rules := range s.issues.Count() {
		for _, rule := range keptOutUnread {
			atReading[uint16(la)] += rules[rule]
		}
	}
	for la, n := range r.KeptOut { // counted in a warehouse
		atReading[la] += n
	}
	las := map[uint16]bool{}
	for la := range r.Types {
		las[la] = true
	}
	for la := range r.Episodes {
		las[la] = true
	}
	for _, la := range slices.SortedFunc(maps.Keys(las), s.byName) {
		row := QualityLinkage{LA: s.laText(la), Quarantined: atReading[la]}
		add := func(ends *[dataset.Statuses]int64) {
			row.Quarantined += ends[dataset.Quarantined]
			row.Unlinked += ends[dataset.Unlinked]
			for _, k := range ends {
				row.Rows += k
			}
		}
		if types := r.Types[la]; types != nil {
			for t := range types {
				if outcome[dataset.EventType(t)] {
					add(&types[t])
				}
				if sum := types[t]; sum != ([dataset.Statuses]int64{}) {
					end := func(end dataset.Status) Number {
						return s.part(sum[end], panel.EndsOfType, la, int32(t), uint8(end))
					}
					q.Events = append(q.Events, QualityEvents{row.LA, dataset.EventType(t).String(), end(dataset.Counted), end(dataset.Duplicate), end(dataset.Quarantined),
						end(dataset.OutOfWindow), end(dataset.Unlinked), end(dataset.OtherSchool), end(dataset.OtherKind)})
				}
			}
		}
		row.Rows += atReading[la]
		if episodes := r.Episodes[la]; episodes != nil {
			add(episodes)
		}
		if by := r.Links[la]; by != nil {
			all := int64(0)
			for _, k := range by {
				all += k
			}
			linked := all - by[linkage.NotLinked]
			if all > 0 {
				share := float64(linked) / float64(all)
				row.Share = &share
			}
			row.NoWay = s.noWay && linked == 0
			row.Events, row.Linked = s.part(all, panel.LinksOf, la, 0, 0), s.part(linked, panel.LinksOf, la, 0, 1)
			method := func(m linkage.Method) Number { return s.part(by[m], panel.LinksBy, la, 0, uint8(m)) }
			row.ByRoll, row.ByFormer, row.ByLookup, row.ByRow = method(linkage.ByRoll), method(linkage.ByFormer), method(linkage.ByLookup), method(linkage.ByRow)
		}
		q.Linkage = append(q.Linkage, row)
	}
}
