package study

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"swis/dataset/disclosure"
)

// Number is a count of a quality report: Mark stands in its place where the
// disclosure profile withholds it.
type Number struct {
	Value int64
	Mark  string
}

// String is the count, or the mark.
func (n Number) String() string {
	if n.Mark != "" {
		return n.Mark
	}
	return strconv.FormatInt(n.Value, 10)
}

// MarshalJSON writes a number, or the mark as a text.
func (n Number) MarshalJSON() ([]byte, error) {
	if n.Mark != "" {
		return []byte(strconv.Quote(n.Mark)), nil
	}
	return strconv.AppendInt(nil, n.Value, 10), nil
}

// gate is the rule of a profile for one count that stands alone: dfe withholds
// 1 to 5; tre 1 to 9, and rounds the others to 5.
func gate(profile string, n int64) Number {
	switch {
	case tooSmall(profile, n):
		return Number{Mark: "c"}
	case profile == "tre":
		return Number{Value: (n + 2) / 5 * 5}
	}
	return Number{Value: n}
}

func tooSmall(profile string, n int64) bool {
	return profile == "dfe" && n >= 1 && n <= 5 || profile == "tre" && n >= 1 && n < 10
}

// count makes the Numbers of a report while it is built; withhold passes all of
// them through the profile at the end, together.
func count(n int64) Number { return Number{Value: n} }

// vault holds all numbers of a report and what they say about each other.
type vault struct {
	profile   string
	cells     []disclosure.Cell
	numbers   []*Number
	at        map[*Number]int
	relations []disclosure.Relation
}

// gather finds every Number below v, so that none is forgotten.
func (t *vault) gather(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			t.gather(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			t.gather(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Number]() {
			n := v.Addr().Interface().(*Number)
			t.at[n] = len(t.cells)
			t.numbers = append(t.numbers, n)
			t.cells = append(t.cells, disclosure.Cell{Value: float64(n.Value), Small: tooSmall(t.profile, n.Value)})
			return
		}
		for i := range v.NumField() {
			t.gather(v.Field(i))
		}
	}
}

// rest is a number that is in no table but follows from others.
func (t *vault) rest(n int64) int {
	t.cells = append(t.cells, disclosure.Cell{Value: float64(n), Small: tooSmall(t.profile, n), Unpublished: true})
	return len(t.cells) - 1
}

func (t *vault) places(numbers []*Number) []int {
	out := make([]int, len(numbers))
	for i, n := range numbers {
		out[i] = t.at[n]
	}
	return out
}

// sum says that total is the sum of parts, plus what readers know.
func (t *vault) sum(total int, parts ...int) {
	r := disclosure.Relation{Total: total, Parts: parts, Plus: t.cells[total].Value}
	for _, p := range parts {
		r.Plus -= t.cells[p].Value
	}
	t.relations = append(t.relations, r)
}

// withhold passes all numbers of the report through its profile: others are
// withheld with the small ones until none of these follows from the tables
// together, and tre rounds what is left.
func (q *Quality) withhold() {
	if q.Disclosure != "dfe" && q.Disclosure != "tre" {
		return
	}
	t := &vault{profile: q.Disclosure, at: map[*Number]int{}}
	t.gather(reflect.ValueOf(q))
	q.relate(t)
	hidden := disclosure.Protect(t.cells, t.relations)
	q.keepTotals(func(n *Number) bool { return hidden[t.at[n]] })
	for i, n := range t.numbers {
		if *n = gate(q.Disclosure, n.Value); hidden[i] {
			*n = Number{Mark: "c"}
		}
	}
	q.shares(t)
}

// outcomesOf are the outcomes that are counts of a type of event.
var outcomesOf = map[string][]string{"s47_start": {"s47"}, "assessment_start": {"s17_starts"}, "cin_plan_start": {"s17_starts"}, "referral": {"referrals"}, "contact": {"contacts"}}

// keepTotals keeps the counts of events that the panel adds up to as well, before
// they are replaced by what is shown.
func (q *Quality) keepTotals(hidden func(*Number) bool) {
	for i := range q.Events {
		e := &q.Events[i]
		for _, outcome := range outcomesOf[e.Type] {
			q.counted = append(q.counted, countedTotal{e.LA, outcome, e.Counted.Value, hidden(&e.Counted)})
		}
	}
	q.counted = append(q.counted, countedTotal{"", "days_in_care", q.Care.Panel.Value, hidden(&q.Care.Panel)})
}

// countedTotal is the total of an outcome in the panel.
type countedTotal struct {
	la, outcome string
	n           int64
	hidden      bool
}

// Totals gives the counts of the report that are totals of the panel, by
// authority and outcome, and whether they are withheld; an empty authority is
// all. Without a disclosure profile there are none.
func (q *Quality) Totals(each func(la, outcome string, n int64, withheld bool)) {
	for _, c := range q.counted {
		each(c.la, c.outcome, c.n, c.hidden)
	}
}

// relate says how the numbers of the report hang together.
func (q *Quality) relate(t *vault) {
	for i := range q.Balance {
		b := &q.Balance[i]
		t.sum(t.at[&b.Rows], t.places([]*Number{&b.Counted, &b.Duplicate, &b.Quarantined, &b.OutOfWindow, &b.Unlinked, &b.OtherSchool, &b.OtherKind})...)
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
		if len(parts) > 0 { // the rest is of no authority
			t.sum(t.at[&r.Count], append(parts, t.rest(rest))...)
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
	var together [7][]int
	for i := range q.Linkage {
		l := &q.Linkage[i]
		unlinked := t.rest(l.Events.Value - l.Linked.Value)
		t.sum(t.at[&l.Events], t.at[&l.Linked], unlinked)
		t.sum(t.at[&l.Linked], t.places([]*Number{&l.ByRoll, &l.ByFormer, &l.ByLookup, &l.ByRow})...)
		var months, linked, rests []int
		for k := range q.Months {
			if m := &q.Months[k]; m.LA == l.LA {
				rest := t.rest(m.Events.Value - m.Linked.Value)
				t.sum(t.at[&m.Events], t.at[&m.Linked], rest)
				months, linked, rests = append(months, t.at[&m.Events]), append(linked, t.at[&m.Linked]), append(rests, rest)
			}
		}
		if len(months) > 0 {
			t.sum(t.at[&l.Events], months...)
			t.sum(t.at[&l.Linked], linked...)
			t.sum(unlinked, rests...)
		}
		ends := events[l.LA]
		if len(ends[4]) > 0 {
			t.sum(unlinked, ends[4]...)
		}
		for k, parts := range ends {
			if len(parts) > 0 {
				sum := int64(0)
				for _, p := range parts {
					sum += int64(t.cells[p].Value)
				}
				whole := t.rest(sum) // of the authority and end
				t.sum(whole, parts...)
				together[k] = append(together[k], whole)
			}
		}
		q.relateRules(t, l.LA, ends)
	}
	for k, parts := range together { // what all files come to is what all authorities do
		var files []int
		sum := int64(0)
		for i := range q.Balance {
			b := &q.Balance[i]
			n := []*Number{&b.Counted, &b.Duplicate, &b.Quarantined, &b.OutOfWindow, &b.Unlinked, &b.OtherSchool, &b.OtherKind}[k]
			files = append(files, t.at[n])
			sum += n.Value
		}
		if len(files) > 0 && len(parts) > 0 {
			whole := t.rest(sum)
			t.sum(whole, files...)
			t.sum(whole, parts...)
		}
	}
	for i := range q.People {
		p := &q.People[i]
		t.sum(t.at[&p.Rows], t.at[&p.UPNs], t.rest(p.Rows.Value-p.UPNs.Value))
		t.sum(t.at[&p.Rows], t.at[&p.Births], t.rest(p.Rows.Value-p.Births.Value))
		t.sum(t.at[&p.UPNs], t.at[&p.RightLetter], t.rest(p.UPNs.Value-p.RightLetter.Value))
	}
	q.relateRates(t)
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
func (q *Quality) relateRates(t *vault) {
	for i := range q.Linkage {
		l := &q.Linkage[i]
		events, linked := map[string][]int{}, map[string][]int{}
		for k := range q.Rates {
			r := &q.Rates[k]
			if r.LA != l.LA || r.By == careDays {
				continue
			}
			t.sum(t.at[&r.Events], t.at[&r.Linked], t.rest(r.Events.Value-r.Linked.Value))
			events[r.By] = append(events[r.By], t.at[&r.Events])
			linked[r.By] = append(linked[r.By], t.at[&r.Linked])
		}
		for by, parts := range events {
			if by != "method" {
				t.sum(t.at[&l.Events], parts...)
			}
			t.sum(t.at[&l.Linked], linked[by]...)
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

// shares withholds the shares that give a withheld number away, and makes the
// others from the numbers as they are shown.
func (q *Quality) shares(t *vault) {
	for i := range q.Rules {
		r := &q.Rules[i]
		r.Share = shown(r.Share, r.Count, t.profile)
		for k := range r.ByLA {
			r.ByLA[k].Share = shown(r.ByLA[k].Share, r.ByLA[k].Count, t.profile)
		}
	}
	for i := range q.Linkage {
		l := &q.Linkage[i]
		events, linked := t.cells[t.at[&l.Events]].Value, t.cells[t.at[&l.Linked]].Value
		if l.Events.Mark != "" || l.Linked.Mark != "" || tooSmall(t.profile, int64(events-linked)) {
			l.Share = nil
		} else if l.Share != nil && l.Events.Value > 0 {
			share := min(1, float64(l.Linked.Value)/float64(l.Events.Value))
			l.Share = &share
		}
	}
	for i := range q.Rates {
		r := &q.Rates[i]
		if r.Events.Mark != "" || r.Linked.Mark != "" || tooSmall(t.profile, int64(t.cells[t.at[&r.Events]].Value-t.cells[t.at[&r.Linked]].Value)) {
			r.Share = nil
		}
	}
	for i := range q.People {
		p := &q.People[i]
		p.UPNShare = shown(p.UPNShare, p.UPNs, t.profile)
		p.RightShare = shown(p.RightShare, p.RightLetter, t.profile)
	}
	for i := range q.Published {
		if p := &q.Published[i]; p.Delivered.Mark != "" {
			p.Ratio = nil
		} else if p.Published > 0 {
			ratio := float64(p.Delivered.Value) / p.Published
			p.Ratio = &ratio
		}
	}
}

// shown is a share of rows as it may be shown beside its count.
func shown(share *float64, n Number, profile string) *float64 {
	switch {
	case share == nil || n.Mark != "":
		return nil
	case profile == "tre":
		rounded := math.Round(*share*1000) / 1000
		return &rounded
	}
	return share
}

// ratioText is a ratio for reading, a mark where it is withheld.
func ratioText(ratio *float64) string {
	if ratio == nil {
		return "c"
	}
	return fmt.Sprintf("%.2f", *ratio)
}

// zero says that the count is 0 and shown.
func (n Number) zero() bool { return n.Value == 0 && n.Mark == "" }
