package study

import (
	"maps"
	"slices"

	"swis/dataset"
)

// ruleCounts are the cases of each rule by authority, 0 for those of none.
type ruleCounts map[dataset.RuleID]map[uint16]int64

func (c ruleCounts) add(rule dataset.RuleID, la uint16, n int64) {
	if n == 0 {
		return
	}
	if c[rule] == nil {
		c[rule] = map[uint16]int64{}
	}
	c[rule][la] += n
}

// ruleCounts counts every case of every rule.
func (s *Study) ruleCounts() ruleCounts {
	c := ruleCounts{}
	for _, tally := range []dataset.Tally{s.tally, s.issues.Count()} {
		for la := range tally {
			for rule, n := range tally[la] {
				c.add(dataset.RuleID(rule), uint16(la), n)
			}
		}
	}
	for _, p := range s.refused {
		if dataset.KnownRule(p.Rule) && (p.Rule != "S04" || len(c[dataset.RuleNamed(p.Rule)]) == 0) { // its rows are counted
			c.add(dataset.RuleNamed(p.Rule), 0, 1)
		}
	}
	if s.Panel == nil {
		return c
	}
	for _, row := range s.Quality.Linkage {
		if row.tested() > s.Options.Threshold {
			c.add(dataset.RuleNamed("P02"), uint16(s.set.LAs.Code(row.LA)), 1)
		}
	}
	for _, arm := range s.armsAbove() {
		c.add(dataset.RuleNamed("P02"), arm.la, 1)
	}
	for _, total := range s.Quality.Published {
		if total.Differs {
			c.add(dataset.RuleNamed("XC1"), uint16(s.set.LAs.Code(total.LA)), 1)
		}
	}
	months := &s.Panel.Report.Months
	for _, without := range []map[uint16]map[dataset.EventType][]dataset.Period{months.Silent, months.Between, months.Zero} {
		for la, types := range without {
			for _, list := range types {
				c.add(dataset.RuleNamed("X01"), la, int64(len(list)))
			}
		}
	}
	for la := range months.CareGaps {
		c.add(dataset.RuleNamed("X01"), la, s.missingMonths(la))
	}
	for la, edge := range s.Panel.Edge {
		for _, late := range edge {
			if late {
				c.add(dataset.RuleNamed("X02"), uint16(s.set.LAs.Code(la)), 1)
			}
		}
	}
	return c
}

// rules fills the table of rules, those that never applied included.
func (q *Quality) rules(s *Study, n func(int64) Number) {
	counts := s.ruleCounts()
	rows, byLA := s.rows()
	for i := range dataset.Rules {
		rule := &dataset.Rules[i]
		id := dataset.RuleID(i)
		total := int64(0)
		for _, k := range counts[id] {
			total += k
		}
		row := QualityRule{Rule: rule.ID, Severity: rule.Severity.String(), Text: rule.Text, DfE: rule.DfE, Action: s.action(id), Count: n(total), Share: share(total, rows)}
		for _, la := range slices.SortedFunc(maps.Keys(counts[id]), s.byName) {
			if la > 0 {
				row.ByLA = append(row.ByLA, LANumber{s.laText(la), n(counts[id][la]), share(counts[id][la], byLA[s.laText(la)])})
			}
		}
		q.Rules = append(q.Rules, row)
	}
}

// action says what is done about the cases of a rule.
func (s *Study) action(id dataset.RuleID) string {
	rule := &dataset.Rules[id]
	switch {
	case rule.OnRequest() && s.set.Off[id]:
		return "left as it is; " + rule.Repair
	case rule.OnRequest():
		return "repaired on request"
	case rule.Repair != "" && s.set.Off[id]:
		return "repair switched off"
	case rule.Repair != "":
		return rule.Repair
	}
	switch rule.Severity {
	case dataset.Refuse:
		return "file refused"
	case dataset.Quarantine:
		return "row kept out"
	case dataset.Warn:
		return "kept and flagged"
	}
	return "counted"
}

// rows are the rows read of layouts that are used, in all and by authority.
func (s *Study) rows() (all int64, byLA map[string]int64) {
	byLA = map[string]int64{}
	for _, x := range s.Extracts {
		for _, ended := range x.Tallies { // in the warehouse that the file comes from
			all += ended.Rows()
			byLA[s.laText(ended.LA)] += ended.Rows()
		}
		if len(x.Tallies) > 0 {
			continue
		}
		all += x.Rows
		for i, la := range x.LAs {
			byLA[la] += x.LARows[i]
		}
	}
	return all, byLA
}

// share is a part of a whole, nil where there is none.
func share(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	x := float64(part) / float64(whole)
	return &x
}
