package study

import (
	"maps"
	"slices"

	"swis/dataset"
)

func (q *Quality) rules(s *Study, n func(int64) Number) {
	total := s.tally
	byLA := map[dataset.RuleID]map[uint16]int64{}
	for _, i := range s.issues {
		total[i.Rule]++
		if i.LA == 0 {
			continue
		}
		if byLA[i.Rule] == nil {
			byLA[i.Rule] = map[uint16]int64{}
		}
		byLA[i.Rule][i.LA]++
	}
	for _, p := range s.refused {
		if dataset.KnownRule(p.Rule) {
			total[dataset.RuleNamed(p.Rule)]++
		}
	}
	if s.Panel != nil {
		for r, silent := range map[string]map[uint16]map[dataset.EventType][]dataset.Period{"X01": s.Panel.Report.Months.Silent} {
			for _, types := range silent {
				for _, months := range types {
					total[dataset.RuleNamed(r)] += int64(len(months))
				}
			}
		}
		for _, types := range s.Panel.Report.Months.Zero {
			for _, months := range types {
				total[dataset.RuleNamed("X01")] += int64(len(months))
			}
		}
		for _, edge := range s.Panel.Edge {
			for _, late := range edge {
				if late {
					total[dataset.RuleNamed("X02")]++
				}
			}
		}
	}
	for i, rule := range dataset.Rules {
		row := QualityRule{Rule: rule.ID, Severity: rule.Severity.String(), Text: rule.Text, DfE: rule.DfE, Action: rule.Repair, Count: n(total[i])}
		if rule.Repair != "" && s.set.Off[dataset.RuleID(i)] {
			row.Action = "repair switched off"
		}
		las := byLA[dataset.RuleID(i)]
		for _, la := range slices.SortedFunc(maps.Keys(las), s.byName) {
			row.ByLA = append(row.ByLA, LANumber{s.laText(la), n(las[la])})
		}
		q.Rules = append(q.Rules, row)
	}
}
