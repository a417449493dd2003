package study

import (
	"maps"
	"slices"
	"strings"
)

// relate says how the numbers of the report hang together.
func (q *Quality) relate(t *vault) {
	for i := range q.Balance {
		b := &q.Balance[i]
		t.sum(t.at[&b.Rows], t.places(b.ends())...)
		for k := range q.Files {
			if q.Files[k].File == b.File {
				t.sum(t.at[&b.Rows], t.at[&q.Files[k].Rows])
			}
		}
	}
	for i := range q.Rules {
		r := &q.Rules[i]
		var parts []int
		rest := r.Count.Value
		for k := range r.ByLA {
			parts = append(parts, t.at[&r.ByLA[k].Count])
			rest -= r.ByLA[k].Count.Value
		}
		if len(parts) > 0 {
			if rest > 0 { // of no authority
				parts = append(parts, t.rest(rest))
			}
			t.sum(t.at[&r.Count], parts...)
		}
	}
	events := map[string][7][]int{} // by authority and end
	for i := range q.Events {
		e := &q.Events[i]
		ends := events[e.LA]
		for k, p := range t.places([]*Number{&e.Counted, &e.Duplicate, &e.Quarantined, &e.OutOfWindow, &e.Unlinked, &e.OtherSchool, &e.OtherKind}) {
			ends[k] = append(ends[k], p)
		}
		events[e.LA] = ends
	}
	for i := range q.Linkage {
		l := &q.Linkage[i]
		unlinked := t.rest(l.Events.Value - l.Linked.Value)
		t.sum(t.at[&l.Events], t.at[&l.Linked], unlinked)
		t.sum(t.at[&l.Linked], t.places([]*Number{&l.ByRoll, &l.ByFormer, &l.ByLookup, &l.ByRow})...)
		q.relateRates(t, l, unlinked)
		ends := events[l.LA]
		if len(ends[4]) > 0 {
			t.sum(unlinked, ends[4]...)
		}
		q.relateRules(t, l.LA, ends)
	}
	for _, group := range q.deliveries() { // what its files come to is what its authorities do
		for k := range 7 {
			var files, las []int
			sum := int64(0)
			for _, i := range group.balance {
				n := q.Balance[i].ends()[k]
				files = append(files, t.at[n])
				sum += n.Value
			}
			for _, la := range group.las {
				las = append(las, events[la][k]...)
			}
			if len(files) > 0 && len(las) > 0 {
				whole := t.rest(sum)
				t.sum(whole, files...)
				t.sum(whole, las...)
			}
		}
	}
	for i := range q.People {
		p := &q.People[i]
		t.sum(t.at[&p.Rows], t.at[&p.UPNs], t.rest(p.Rows.Value-p.UPNs.Value))
		t.sum(t.at[&p.Rows], t.at[&p.Births], t.rest(p.Rows.Value-p.Births.Value))
		t.sum(t.at[&p.UPNs], t.at[&p.RightLetter], t.rest(p.UPNs.Value-p.RightLetter.Value))
	}
	q.relateCareDays(t)
	for i := range q.Duplicates { // the same numbers as of the rules
		d := &q.Duplicates[i]
		for rule, n := range d.byRule() {
			for k := range q.Rules {
				for m := range q.Rules[k].ByLA {
					if of := &q.Rules[k].ByLA[m]; q.Rules[k].Rule == rule && of.LA == d.LA {
						t.sum(t.at[n], t.at[&of.Count])
					}
				}
			}
		}
	}
	q.relateCare(t)
}

// ends are the numbers of rows by what became of them.
func (b *QualityBalance) ends() []*Number {
	return []*Number{&b.Counted, &b.Duplicate, &b.Quarantined, &b.OutOfWindow, &b.Unlinked, &b.OtherSchool, &b.OtherKind}
}

// partOfReport is some authorities and all files with rows of any of them.
type partOfReport struct {
	las     []string
	balance []int // lines of the reconciliation
}

// deliveries parts the files and authorities into those that hang together.
func (q *Quality) deliveries() []*partOfReport {
	of := map[string]*partOfReport{}
	var list []*partOfReport
	for i := range q.Balance {
		d := &partOfReport{balance: []int{i}}
		file := strings.TrimSuffix(q.Balance[i].File, inWarehouse)
		for k := range q.Files {
			if q.Files[k].File == file {
				d.las = slices.Clone(q.Files[k].LAs)
			}
		}
		for _, la := range d.las {
			if other := of[la]; other != nil && other != d {
				d.las, d.balance = append(d.las, other.las...), append(d.balance, other.balance...)
				for _, la := range other.las {
					of[la] = d
				}
				list = slices.DeleteFunc(list, func(x *partOfReport) bool { return x == other })
			}
			of[la] = d
		}
		list = append(list, d)
	}
	for _, d := range list {
		slices.Sort(d.las)
		slices.Sort(d.balance)
		d.las = slices.Compact(d.las)
	}
	return list
}

// relateCare ties the waterfall of days in care down each column, and those of
// the authorities to that of all.
func (q *Quality) relateCare(t *vault) {
	all := t.places(q.Care.numbers())
	parts := make([][]int, len(all))
	down := func(c *QualityCare) {
		t.sum(t.at[&c.All], t.at[&c.Clipped], t.at[&c.Raw])
		t.sum(t.at[&c.Raw], t.places([]*Number{&c.Respite, &c.Overlap, &c.Aged, &c.Merged})...)
		t.sum(t.at[&c.Merged], t.places([]*Number{&c.NotDelivered, &c.Unlinked, &c.OtherSchool, &c.Panel})...)
	}
	down(&q.Care)
	for i := range q.CareByLA {
		down(&q.CareByLA[i])
		for k, at := range t.places(q.CareByLA[i].numbers()) {
			parts[k] = append(parts[k], at)
		}
	}
	for k := range all {
		if len(parts[k]) > 0 {
			t.sum(all[k], parts[k]...)
		}
	}
}

// relateRates ties the rates of linkage to the authority's events: the levels
// of each thing add up to them, but by method, where they add up to the linked.
func (q *Quality) relateRates(t *vault, l *QualityLinkage, unlinked int) {
	levels := map[string]*[3][]int{} // events, linked and the rest, by what they are by
	for k := range q.Rates {
		r := &q.Rates[k]
		if r.LA != l.LA || r.By == careDays {
			continue
		}
		of := levels[r.By]
		if of == nil {
			of = &[3][]int{}
			levels[r.By] = of
		}
		rest := t.rest(r.Events.Value - r.Linked.Value)
		t.sum(t.at[&r.Events], t.at[&r.Linked], rest)
		of[0], of[1], of[2] = append(of[0], t.at[&r.Events]), append(of[1], t.at[&r.Linked]), append(of[2], rest)
	}
	for _, by := range slices.Sorted(maps.Keys(levels)) {
		of := levels[by]
		t.sum(t.at[&l.Linked], of[1]...)
		if by != "method" {
			t.sum(t.at[&l.Events], of[0]...)
			t.sum(unlinked, of[2]...)
		}
	}
}

// relateCareDays ties the days in care of authorities and arms to the waterfall.
func (q *Quality) relateCareDays(t *vault) {
	var unlinked []int
	arms := map[string][2][]int{}
	for i := range q.Rates {
		r := &q.Rates[i]
		if r.By != careDays {
			continue
		}
		rest := t.rest(r.Events.Value - r.Linked.Value)
		t.sum(t.at[&r.Events], t.at[&r.Linked], rest)
		if r.Level == "all" {
			unlinked = append(unlinked, rest)
			continue
		}
		of := arms[r.LA]
		of[0], of[1] = append(of[0], t.at[&r.Events]), append(of[1], t.at[&r.Linked])
		arms[r.LA] = of
	}
	if len(unlinked) > 0 {
		t.sum(t.at[&q.Care.Unlinked], unlinked...)
	}
	for i := range q.Rates {
		r := &q.Rates[i]
		if of, ok := arms[r.LA]; ok && r.By == careDays && r.Level == "all" {
			t.sum(t.at[&r.Events], of[0]...)
			t.sum(t.at[&r.Linked], of[1]...)
		}
	}
}

// relateRules ties an authority's counts of rules to the ends of its rows.
func (q *Quality) relateRules(t *vault, la string, ends [7][]int) {
	byEnd := map[string]int{"E01": 1, "E02": 1, "E0R": 1, "L01": 4, "S05": 5, "S08": 5, "S04": 5}
	rules := map[int][]int{}
	for i := range q.Rules {
		end, ok := byEnd[q.Rules[i].Rule]
		if q.Rules[i].Severity == "quarantine" {
			end, ok = 2, true
		}
		for k := range q.Rules[i].ByLA {
			if n := &q.Rules[i].ByLA[k]; ok && n.LA == la {
				rules[end] = append(rules[end], t.at[&n.Count])
			}
		}
	}
	for end, of := range rules {
		if len(ends[end]) == 0 {
			continue
		}
		sum := int64(0)
		for _, p := range of {
			sum += int64(t.cells[p].Value)
		}
		whole := t.rest(sum)
		t.sum(whole, of...)
		t.sum(whole, ends[end]...)
	}
}
