package study

import (
	"maps"
	"slices"

	"swis/dataset"
	"swis/dataset/panel"
)

// balance is what became of the rows of each file: they add up, which ingest
// makes sure of before it writes anything.
func (q *Quality) balance(s *Study, n func(int64) Number) {
	for i, x := range s.Extracts {
		f := s.Panel.Report.Files[i+1]
		of := func(end dataset.Status) Number {
			return s.part(f[end], panel.EndsOfFile, 0, int32(i+1), uint8(end))
		}
		q.Balance = append(q.Balance, QualityBalance{x.File, n(x.Rows), of(dataset.Counted), of(dataset.Duplicate), n(x.Read[dataset.Quarantined] + f[dataset.Quarantined] - x.Settled),
			of(dataset.OutOfWindow), of(dataset.Unlinked), of(dataset.OtherSchool), n(f[dataset.OtherKind] + x.Read[dataset.OtherKind])})
		if w := s.Panel.Report.Warehouse[i+1]; w != nil {
			sum := int64(0)
			for _, k := range w {
				sum += k
			}
			q.Balance = append(q.Balance, QualityBalance{x.File + inWarehouse, n(sum), n(w[dataset.Counted]), n(w[dataset.Duplicate]), n(w[dataset.Quarantined]),
				n(w[dataset.OutOfWindow]), n(w[dataset.Unlinked]), n(w[dataset.OtherSchool]), n(w[dataset.OtherKind])})
		}
	}
}

// care is the waterfall of days in care.
func (q *Quality) care(s *Study) {
	of := func(la string, c *panel.CareDays) QualityCare {
		care := QualityCare{LA: la}
		values := c.Numbers()
		for k, to := range care.numbers() {
			*to = count(values[k]).by(&c.Makers[k])
		}
		care.Children.makers = nil // each counts once
		return care
	}
	r := &s.Panel.Report
	q.Care = of("", &r.Care)
	for _, la := range slices.SortedFunc(maps.Keys(r.CareBy), s.byName) {
		q.CareByLA = append(q.CareByLA, of(s.laText(la), r.CareBy[la]))
	}
}

// numbers are those of the waterfall, in the order of panel.CareDays.
func (c *QualityCare) numbers() []*Number {
	return []*Number{&c.Rows, &c.Children, &c.All, &c.Clipped, &c.Raw, &c.Respite, &c.Overlap, &c.Aged, &c.Merged, &c.NotDelivered, &c.Unlinked, &c.OtherSchool, &c.Panel, &c.Gaps}
}

// byRule are the numbers by the rule that counts them.
func (c *QualityCopies) byRule() map[string]*Number {
	return map[string]*Number{"E01": &c.Same, "E02": &c.Other, "E0R": &c.Returned, "C09": &c.Superseded, "C03": &c.Closed, "C08": &c.Absent}
}

// copies counts what each authority delivered more than once, in one return or
// in several.
func (q *Quality) copies(s *Study, n func(int64) Number) {
	counts := s.ruleCounts()
	ids := []dataset.RuleID{dataset.RuleNamed("E01"), dataset.RuleNamed("E02"), dataset.RuleNamed("E0R"), dataset.RuleNamed("C09"), dataset.RuleNamed("C03"), dataset.RuleNamed("C08")}
	las := map[uint16]bool{}
	for _, id := range ids {
		for la := range counts[id] {
			las[la] = true
		}
	}
	for _, la := range slices.SortedFunc(maps.Keys(las), s.byName) {
		of := func(i int) Number { return n(counts[ids[i]][la]) }
		q.Duplicates = append(q.Duplicates, QualityCopies{s.laText(la), of(0), of(1), of(2), of(3), of(4), of(5)})
	}
}
