package study

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"swis/dataset/disclosure"
	"swis/dataset/panel"
)

// Number is a count of a quality report: Mark stands in its place where the
// disclosure profile withholds it.
type Number struct {
	Value int64
	Mark  string

	makers *panel.Makers // nil where they are not known
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
	if tooSmall(profile, n) {
		return Number{Mark: "c"}
	}
	return Number{Value: int64(disclosure.Rule(profile).Round(float64(n)))}
}

func tooSmall(profile string, n int64) bool { return disclosure.Rule(profile).Small(float64(n)) }

// withheld says whether a count may not be known: it is small, of few children,
// or dominated by two children or by two schools.
func (n *Number) withheld(profile string) bool {
	rule, m := disclosure.Rule(profile), n.makers
	if tooSmall(profile, n.Value) || m == nil || n.Value == 0 {
		return tooSmall(profile, n.Value)
	}
	total := float64(n.Value)
	return rule.Small(float64(m.Children)) || rule.Dominated(total, m.ByChild) || rule.Dominated(total, m.BySchool)
}

// by is the count with those who make it up.
func (n Number) by(m *panel.Makers) Number {
	n.makers = m
	return n
}

// part is a count of the panel's report with those who make it up, where they
// are noted.
func (s *Study) part(n int64, kind panel.PartKind, la uint16, at int32, end uint8) Number {
	return count(n).by(s.Panel.Report.Makers[panel.Part{Kind: kind, LA: la, At: at, End: end}])
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
			t.cells = append(t.cells, disclosure.Cell{Value: float64(n.Value), Small: n.withheld(t.profile)})
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
func (q *Quality) withhold(s *Study) {
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
	q.nameless(s)
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
