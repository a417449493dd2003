package study

import (
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"swis/dataset"
	"swis/dataset/linkage"
	"swis/dataset/panel"
)

// The files of a follow-up.
const (
	FollowUpFile = "followup.csv" // one row a school and window
	ChildrenFile = "children.csv" // one row a child of the cohort and window
)

// CohortOnRoll asks for the pupils on roll at the trial's schools at baseline.
const CohortOnRoll = "roll"

// child is a member of the cohort as it is written.
type child struct {
	number  int // in the order of the list
	subject panel.Subject
	school  int32
	arm     string
	family  int
}

// followUp adds outcomes up to each of the months asked for: by school from
// the baseline on, and by child of the cohort from its own day on. The panel
// has been built; it is left as it was.
func (s *Study) followUp(ctx context.Context, in *panel.Input, o panel.Options) error {
	months := s.Options.FollowUp
	if len(months) == 0 && s.Options.Cohort != "" {
		months = []int{12}
	}
	if len(months) == 0 {
		return nil
	}
	months = slices.Compact(slices.Sorted(slices.Values(months)))
	if s.Options.Cohort != "" {
		subjects := make([]panel.Subject, len(s.children))
		for i := range s.children {
			subjects[i] = s.children[i].subject
		}
		s.followed = s.Panel.Follow(in, &o, subjects, months)
	}
	if o.Baseline == dataset.NoDay {
		return nil // only children, each from its own day on
	}
	ends := keepEnds(s.Extracts)
	defer ends()
	o.Follow, o.KeepEvents, o.Places = nil, false, false
	again := *in
	again.Issues = nil // they are known
	for _, n := range months {
		reset(s.Extracts)
		window := o
		window.Period, window.From, window.To = dataset.Window, o.Baseline, o.Baseline.AddMonths(n)-1
		p, err := panel.Build(ctx, &again, window)
		if err != nil {
			return err
		}
		s.windows = append(s.windows, followed{n, p})
	}
	return nil
}

// followed is the panel of one window.
type followed struct {
	months int
	panel  *panel.Panel
}

// keepEnds remembers what became of the rows that are kept as records, and
// returns what restores it.
func keepEnds(extracts []*dataset.Extract) func() {
	var ends []dataset.Status
	each := func(work func(*dataset.Status)) {
		for _, x := range extracts {
			for _, chunk := range x.Episodes {
				for i := range chunk {
					work(&chunk[i].Status)
				}
			}
			for i := range x.Counts {
				work(&x.Counts[i].Status)
			}
			for i := range x.Attendance {
				work(&x.Attendance[i].Status)
			}
		}
	}
	each(func(status *dataset.Status) { ends = append(ends, *status) })
	return func() {
		n := 0
		each(func(status *dataset.Status) { *status = ends[n]; n++ })
	}
}

// reset makes rows that no rule kept out ready to be counted again.
func reset(extracts []*dataset.Extract) {
	again := func(status *dataset.Status) {
		if *status != dataset.Quarantined {
			*status = dataset.Pending
		}
	}
	for _, x := range extracts {
		for _, chunk := range x.Episodes {
			for i := range chunk {
				again(&chunk[i].Status)
			}
		}
		for i := range x.Counts {
			again(&x.Counts[i].Status)
		}
		for i := range x.Attendance {
			again(&x.Attendance[i].Status)
		}
	}
}

// cohort settles the children that are followed, and asks for their events.
func (s *Study) cohort(in *panel.Input, o *panel.Options) error {
	baseline, without := o.Baseline, false           // without a day
	ids := map[dataset.PupilKey][]dataset.ChildKey{} // one an authority
	for _, key := range s.People.Order {
		c := s.People.Children[key]
		if c.Pupil == 0 {
			continue
		}
		taken := slices.ContainsFunc(ids[c.Pupil], func(k dataset.ChildKey) bool { return s.People.Children[k].LA == c.LA })
		if _, same := s.People.Same[key]; !taken && !same {
			ids[c.Pupil] = append(ids[c.Pupil], key)
		}
	}
	add := func(m dataset.Member, school int32) {
		subject := panel.Subject{LA: m.LA, Start: m.Day, Birth: dataset.NoDay, Death: dataset.NoDay, Known: true}
		if subject.Start == dataset.NoDay {
			subject.Start, without = baseline, without || baseline == dataset.NoDay
		}
		pupil := m.Pupil
		if m.Child != 0 {
			if first, same := s.People.Same[m.Child]; same {
				m.Child = first
			}
			subject.Keys = append(subject.Keys, m.Child)
			if pupil == 0 {
				pupil = s.People.Children[m.Child].Pupil
			}
		}
		for _, key := range ids[pupil] {
			if pupil != 0 && !slices.Contains(subject.Keys, key) && (m.Child == 0 || s.People.Children[key].LA != m.LA) {
				subject.Keys = append(subject.Keys, key)
			}
		}
		if subject.LA == 0 && len(subject.Keys) > 0 {
			subject.LA = s.People.Children[subject.Keys[0]].LA
		}
		if len(subject.Keys) == 0 || m.Child == 0 { // found by UPN only: the authority must hold UPNs
			subject.Known = subject.LA != 0 && s.People.HasUPN[subject.LA]
		}
		for _, key := range subject.Keys {
			if c, ok := s.People.Children[key]; ok {
				if subject.Birth == dataset.NoDay {
					subject.Birth = c.Birth
				}
				if subject.Death == dataset.NoDay {
					subject.Death = c.Death
				}
			}
		}
		x := child{number: len(s.children) + 1, subject: subject, school: school, arm: s.set.Labels.Text(m.Arm)}
		if school == linkage.Other && len(subject.Keys) > 0 {
			if link := in.Linker.Find(subject.Keys[0], subject.Start, 0); link.Method != linkage.NotLinked {
				x.school = link.School
			}
		}
		s.children = append(s.children, x)
	}
	if s.Options.Cohort == CohortOnRoll {
		if !in.Linker.HasRolls() {
			return dataset.Problems{{Text: "--cohort roll needs pupil rolls: give them with --roll"}}
		}
		if baseline == dataset.NoDay {
			return dataset.Problems{{Text: "--cohort roll needs the day: give it with --baseline"}}
		}
		for _, on := range in.Linker.OnRoll(baseline) {
			la := uint16(s.set.LAs.Code(s.Register.Schools[on.School].LA))
			add(dataset.Member{Pupil: on.Pupil, LA: la, Day: dataset.NoDay}, on.School)
		}
	}
	families := map[uint64]int{}
	for _, x := range s.Extracts {
		if s.Options.Cohort == CohortOnRoll {
			break
		}
		for _, m := range x.Members {
			add(m, linkage.Other)
			if m.Group != 0 {
				if families[m.Group] == 0 {
					families[m.Group] = len(families) + 1
				}
				s.children[len(s.children)-1].family = families[m.Group]
			}
		}
	}
	switch {
	case len(s.children) == 0:
		return dataset.Problems{{File: s.Options.Cohort, Text: "no child to follow; want columns child_id or upn, la, index_date (swis formats cohort), or pupils on roll on the day"}}
	case without:
		return dataset.Problems{{File: s.Options.Cohort, Column: "index_date", Text: "blank in some rows: give the day with --baseline"}}
	}
	o.Follow = map[dataset.ChildKey]bool{}
	for i := range s.children {
		for _, key := range s.children[i].subject.Keys {
			o.Follow[key] = true
		}
	}
	return nil
}

// writeChildren writes one row a child and window. Children are numbered in
// the order of the list; nothing in a row identifies them but to who has it.
func (s *Study) writeChildren(out io.Writer) error {
	w := csv.NewWriter(out)
	families := slices.ContainsFunc(s.children, func(c child) bool { return c.family > 0 })
	arms := slices.ContainsFunc(s.children, func(c child) bool { return c.arm != "" }) // else the arms are those of schools
	header := []string{"child", "la", "school_id"}
	if families {
		header = append(header, "family")
	}
	if arms {
		header = append(header, "arm")
	}
	header = append(header, "index_month", "age", "window", "days_available", "days_in_care", "in_care_at_start", "in_care_at_end", "entered_care")
	var counts []int
	for i := range dataset.Outcomes {
		if s.Panel.Has[i] && panel.IsEventCount(&dataset.Outcomes[i]) {
			counts = append(counts, i)
			header = append(header, dataset.Outcomes[i].Name)
		}
	}
	w.Write(header)
	number := func(n int) string {
		if n < 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	for k := range s.children {
		c := &s.children[k]
		school, age, family := "", "", ""
		if c.school >= 0 {
			school = s.Register.Schools[c.school].ID
		}
		if birth := c.subject.Birth; birth != dataset.NoDay && birth <= c.subject.Start {
			years := 0
			for birth.Birthday(years+1) <= c.subject.Start {
				years++
			}
			age = strconv.Itoa(years)
		}
		if c.family > 0 {
			family = strconv.Itoa(c.family)
		}
		for _, f := range s.followed[k] {
			row := []string{strconv.Itoa(c.number), text(s.laText(c.subject.LA)), text(school)}
			if families {
				row = append(row, family)
			}
			if arms {
				row = append(row, text(c.arm))
			}
			row = append(row, dataset.Month.Label(dataset.Month.Of(c.subject.Start)), age,
				strconv.Itoa(f.Months), number(int(f.Available)), number(int(f.Care)), number(int(f.AtStart)), number(int(f.AtEnd)), number(int(f.Entered)))
			for _, o := range counts {
				row = append(row, number(int(f.Counts[o])))
			}
			w.Write(row)
		}
	}
	w.Flush()
	return w.Error()
}

// writeFollowUp writes one row a school and window.
func (s *Study) writeFollowUp(out io.Writer) error {
	w := csv.NewWriter(out)
	header := []string{"school_id", "la", "window", "from", "to", "pupils", "exposure"}
	has := s.windows[0].panel.Has
	for o, outcome := range dataset.Outcomes {
		if has[o] {
			header = append(header, outcome.Name)
		}
	}
	w.Write(header)
	rows := make([]*panelRows, len(s.windows))
	for i := range s.windows {
		rows[i] = newPanelRows(s.windows[i].panel)
	}
	for si := range s.Register.Schools {
		school := &s.Register.Schools[si]
		for i, f := range s.windows {
			pupils, exposure := exposureOf(f.panel, si, school, &rows[i].periods[0])
			row := []string{text(school.ID), text(school.LA), strconv.Itoa(f.months), f.panel.From.String(), f.panel.To.String(), string(appendNumber(nil, pupils, 6)), string(appendNumber(nil, exposure, 10))}
			for o := range dataset.Outcomes {
				if has[o] {
					var cell []byte
					if at := slices.IndexFunc(rows[i].columns, func(c panelColumn) bool { return c.outcome == o }); at >= 0 {
						cell, _ = rows[i].cell(nil, &rows[i].columns[at], si, 0, there(exposure))
					}
					row = append(row, string(cell))
				}
			}
			w.Write(row)
		}
	}
	w.Flush()
	return w.Error()
}
