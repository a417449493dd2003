package study

import (
	"fmt"
	"slices"

	"swis/dataset"
	"swis/dataset/panel"
)

// report fills the quality report.
func (s *Study) report() error {
	ranks := map[uint16]int{}
	las := make([]uint16, s.set.LAs.Len())
	for i := range las {
		las[i] = uint16(i)
	}
	slices.SortFunc(las, s.byName)
	for rank, la := range las {
		ranks[la] = rank
	}
	panel.SortIssues(s.issues, func(la uint16) int { return ranks[la] })
	o := s.Options
	q := &Quality{Schema: "swis.quality/1", Program: o.Program, Disclosure: o.Disclosure, Period: o.Period.String()}
	s.Quality = q
	n := count
	defer q.withhold()
	for _, f := range s.skipped {
		q.Skipped = append(q.Skipped, SkippedFile{f.path, f.why})
	}
	for _, p := range s.refused {
		q.Refused = append(q.Refused, p.String())
	}
	for _, x := range s.Extracts {
		f := FileReport{File: x.File, Layout: x.Layout, Why: x.Why, LAs: x.LAs, Encoding: x.Encoding, LineEnds: x.LineEnds, Rows: n(x.Rows), SHA256: x.SHA256, Notes: x.Notes}
		if x.First != dataset.NoDay {
			f.First, f.Last = dataset.Month.Label(dataset.Month.Of(x.First)), dataset.Month.Label(dataset.Month.Of(x.Last))
		}
		q.Files = append(q.Files, f)
	}
	if s.Panel == nil {
		q.rules(s, n)
		return nil
	}
	p, r := s.Panel, &s.Panel.Report
	q.From, q.To = p.From.String(), p.To.String()
	attribution := "events: school on the day; days in care: school when the period of care began (or the window, if later)"
	switch o.Attribution {
	case AtEvent:
		attribution = "school on the day"
	case AtBaseline:
		attribution = "school at baseline"
	}
	respite := "short breaks (V3, V4) not counted"
	if o.IncludeRespite {
		respite = "V3 short breaks counted, V4 not"
	}
	if o.Until18 {
		respite += "; until the 18th birthday"
	}
	q.Choices = []Choice{{"periods", periodWords(o.Period)}, {"section 17 start", string(o.S17)}, {"attribution", attribution}, {"days in care", "from the start to the day before the end; " + respite},
		{"enquiries of a child within", fmt.Sprintf("%d days are one", o.S47Gap)}, {"refused above", fmt.Sprintf("%.3g%% quarantined or unlinked in an authority", 100*o.Threshold)}}
	for _, id := range o.RepairOff {
		q.Choices = append(q.Choices, Choice{"repair " + id, "off"})
	}
	for _, id := range o.RepairOn {
		q.Choices = append(q.Choices, Choice{"repair " + id, "on"})
	}
	q.rules(s, n)
	q.People = QualityPeople{n(s.People.Rows), n(s.People.UPNs), n(s.People.RightLetters)}
	q.linkage(s, n)
	q.rates(s, n)
	q.coverage(s)
	for i, x := range s.Extracts {
		f := r.Files[i+1]
		q.Balance = append(q.Balance, QualityBalance{x.File, n(x.Rows), n(f[dataset.Counted]), n(f[dataset.Duplicate]), n(x.Read[dataset.Quarantined] + f[dataset.Quarantined] - x.Settled),
			n(f[dataset.OutOfWindow]), n(f[dataset.Unlinked]), n(f[dataset.OtherSchool]), n(f[dataset.OtherKind] + x.Read[dataset.OtherKind])})
		if w := r.Warehouse[i+1]; w != nil {
			sum := int64(0)
			for _, k := range w {
				sum += k
			}
			q.Balance = append(q.Balance, QualityBalance{x.File + " (rows in the warehouse)", n(sum), n(w[dataset.Counted]), n(w[dataset.Duplicate]), n(w[dataset.Quarantined]),
				n(w[dataset.OutOfWindow]), n(w[dataset.Unlinked]), n(w[dataset.OtherSchool]), n(w[dataset.OtherKind])})
		}
	}
	c := r.Care
	q.Care = QualityCare{n(c.Rows), n(c.Children), n(c.Raw), n(c.Respite), n(c.Overlap), n(c.Aged), n(c.Merged), n(c.Uncovered), n(c.Unlinked), n(c.OtherSchool), n(c.Panel)}
	q.Schools = QualitySchools{Listed: len(s.Register.Schools), From: "the schools that the rows name"}
	if !s.unnamed {
		q.Schools.From = "the list given"
	}
	for _, change := range s.Register.Mapped {
		words := change.From + " to " + change.To
		if change.Decided {
			q.Schools.Mapped = append(q.Schools.Mapped, words)
		} else {
			q.Schools.Undecided = append(q.Schools.Undecided, words)
		}
	}
	slices.Sort(q.Schools.Mapped)
	slices.Sort(q.Schools.Undecided)
	q.Decisions = s.decisionRows(n)
	q.totals(s, n)
	q.notes(s)
	return nil
}

func periodWords(kind dataset.PeriodKind) string {
	switch kind {
	case dataset.Term:
		return "terms: autumn September to December, spring January to March, summer April to August"
	case dataset.Year:
		return "academic years, September to August"
	}
	return "calendar months"
}

func (s *Study) laText(la uint16) string { return s.set.LAs.Text(uint32(la)) }

// byName orders authorities by code, because their numbers depend on which
// worker met them first.
func (s *Study) byName(a, b uint16) int {
	switch x, y := s.laText(a), s.laText(b); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
