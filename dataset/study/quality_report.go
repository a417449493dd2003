package study

import (
	"fmt"
	"slices"

	"swis/dataset"
)

// report fills the quality report.
func (s *Study) report() error {
	ranks := make([]int, s.set.LAs.Len())
	las := make([]uint16, len(ranks))
	for i := range las {
		las[i] = uint16(i)
	}
	slices.SortFunc(las, s.byName)
	for rank, la := range las {
		ranks[la] = rank
	}
	if err := s.issues.Order(func(la uint16) int { return ranks[la] }); err != nil {
		return err
	}
	o := s.Options
	q := &Quality{Schema: "swis.quality/1", Program: o.Program, Disclosure: o.Disclosure, Period: o.Period.String()}
	s.Quality = q
	n := count
	defer q.blind(s)
	defer q.withhold(s)
	for _, f := range s.skipped {
		q.Skipped = append(q.Skipped, SkippedFile{f.path, f.why})
	}
	for _, p := range s.refused {
		q.Refused = append(q.Refused, p.String())
	}
	q.files(s, n)
	if s.Panel == nil {
		q.people(s, n)
		q.rules(s, n)
		return nil
	}
	q.From, q.To = s.Panel.From.String(), s.Panel.To.String()
	q.choices(&o)
	q.people(s, n)
	q.linkage(s)
	q.rates(s)
	q.coverage(s)
	q.months(s)
	q.edges(s, n)
	q.balance(s, n)
	q.care(s)
	q.schools(s)
	q.Decisions = s.decisionRows(n)
	q.totals(s, n)
	q.rules(s, n)
	q.copies(s, n)
	q.notes(s)
	return nil
}

// files lists the files as they were read.
func (q *Quality) files(s *Study, n func(int64) Number) {
	for _, x := range s.Extracts {
		f := FileReport{File: x.File, Layout: x.Layout, Why: x.Why, LAs: x.LAs, Encoding: x.Encoding, LineEnds: x.LineEnds, Bytes: x.Bytes, Rows: n(x.Rows), SHA256: x.SHA256, Notes: x.Notes}
		if x.First != dataset.NoDay {
			f.First, f.Last = dataset.Month.Label(dataset.Month.Of(x.First)), dataset.Month.Label(dataset.Month.Of(x.Last))
		}
		q.Files = append(q.Files, f)
	}
}

// choices records how the panel is made.
func (q *Quality) choices(o *Options) {
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
}

// schools lists what became of schools that changed.
func (q *Quality) schools(s *Study) {
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
