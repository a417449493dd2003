package study

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"

	"swis/dataset"
	"swis/dataset/extracts"
	"swis/dataset/grouped"
	"swis/dataset/issues"
	"swis/dataset/linkage"
	"swis/dataset/panel"
)

// Progress is told how far the work has come; it may be nil.
type Progress func(Step)

// Step is how far the work has come: reading files, then counting events.
type Step struct {
	File        string // being read; empty once all are read
	Number      int    // of the file, from 1
	Files       int
	Done, Total int64 // bytes of all files; later, parts of the events
	Rows        int64 // of the files, read so far
}

// Study is what ingest makes of the deliveries.
type Study struct {
	Options  Options
	Extracts []*dataset.Extract
	Register *linkage.Register
	People   *linkage.People
	Panel    *panel.Panel
	Quality  *Quality
	LAs      []string

	keys    *extracts.Keys
	set     *extracts.Set
	issues  *issues.List
	tally   dataset.Tally
	refused dataset.Problems
	skipped []skipped
	alike   dataset.Problems // short lists that are alike in two deliveries
	named   named
	unnamed bool // no list of schools was given: those seen
	noWay   bool // neither a roll nor a lookup was given
	arms    *arms

	children []child            // of the cohort
	followed [][]panel.FollowUp // by child and window
	windows  []followed         // by school
	scales   []string           // of the surveys
	answers  []answered

	decisions []linkage.Decision
	places    map[int]linkage.Place // of decisions about children, by line
	schools   *linkage.Choices
}

// Close gives back what the study holds outside memory: the temporary file of
// the cases of rules, where there were many. Write and Warnings need it.
func (s *Study) Close() error { return s.issues.Close() }

// Refused are the files that were not read, with the reasons. Check reports
// them; Build returns them as its error.
func (s *Study) Refused() dataset.Problems { return s.refused }

// Build reads the sources, links children to schools and builds the panel.
// Faults that refuse a file come back all together as dataset.Problems.
// Nothing is written.
func Build(ctx context.Context, o Options, progress Progress) (*Study, error) {
	s, err := build(ctx, o, progress, false)
	switch {
	case err != nil:
		return nil, err
	case s.refused != nil:
		return nil, s.refused
	}
	if err := s.threshold(); err != nil {
		return s, err
	}
	return s, nil
}

// Check reads the sources and applies all rules, for the quality report. Files
// that are refused do not stop it: see Refused.
func Check(ctx context.Context, o Options, progress Progress) (*Study, error) {
	return build(ctx, o, progress, true)
}

func build(ctx context.Context, o Options, progress Progress, check bool) (*Study, error) {
	if o.Threshold == 0 {
		o.Threshold = DefaultThreshold
	}
	if err := o.Validate(); err != nil {
		return nil, dataset.Problems{{Text: err.Error()}}
	}
	keys, err := extracts.NewKeys(o.KeyFile, o.KeepEvents)
	if err != nil {
		return nil, err
	}
	set := extracts.NewSet(keys)
	set.Events = grouped.New(o.Memory, o.Temp)
	defer set.Events.Close()
	set.Issues = issues.New(min(o.Memory/32, issues.DefaultBudget), o.Temp)
	set.Lenient = check
	off := map[dataset.RuleID]bool{}
	if err := o.repairs(off); err != nil {
		return nil, err
	}
	set.Off = off
	s := &Study{Options: o, keys: keys, set: set, issues: set.Issues}

	all := slices.Clone(o.Sources)
	for _, path := range o.Published {
		all = append(all, Source{Path: path})
	}
	for _, path := range append(slices.Clone(o.Rolls), o.Links...) {
		all = append(slices.Clip(all), Source{Path: path, LA: firstLA(o.Sources)})
	}
	if o.Cohort != "" && o.Cohort != CohortOnRoll {
		all = append(slices.Clip(all), Source{Path: o.Cohort, LA: firstLA(o.Sources), Layout: "cohort"})
	}
	if o.Schools != "" {
		all = append(slices.Clip(all), Source{Path: o.Schools})
	}
	withAll := o
	withAll.Sources = all
	files, left, err := withAll.expand()
	if err != nil {
		return nil, err
	}
	files = unique(files)
	s.skipped = left
	if len(files) == 0 {
		return nil, dataset.Problems{{Text: "no file to read: the folders hold no CSV or XML file"}}
	}
	if size(files) > 200<<20 {
		// Most of the memory is events, which hold no pointers: collecting
		// garbage often costs little, and letting it double the memory is dear.
		defer debug.SetGCPercent(debug.SetGCPercent(25))
	}
	if err := s.readAll(ctx, set, files, progress); err != nil {
		return nil, err
	}
	if s.refused != nil && !check {
		return s, nil
	}
	if err := s.register(); err != nil {
		return nil, err
	}
	s.folderReferences()
	if err := s.decide(); err != nil {
		return nil, err
	}
	if s.refused != nil && !check {
		return s, nil
	}
	if err := s.link(); err != nil {
		return nil, err
	}
	for la := range set.LAs.Len() {
		s.LAs = append(s.LAs, set.LAs.Text(uint32(la)))
	}
	if progress != nil {
		set.Events.Progress = func(done, total int64) { progress(Step{Done: done, Total: total}) }
	}
	if err := s.panel(ctx, off); err != nil {
		if check && onlyUndated(err) {
			return s, s.report()
		}
		return nil, err
	}
	s.showFrom()
	return s, s.report()
}

// onlyUndated says that there was nothing to make a panel of.
func onlyUndated(err error) bool {
	_, ok := err.(dataset.Problems)
	return ok
}

// firstLA is the authority of all sources, where it is one.
func firstLA(sources []Source) string {
	la := ""
	for i, s := range sources {
		if i > 0 && s.LA != la {
			return ""
		}
		la = s.LA
	}
	return la
}

// unique drops files that are named twice by their path.
func unique(files []delivery) []delivery {
	seen := map[string]bool{}
	return slices.DeleteFunc(files, func(f delivery) bool {
		twice := seen[f.path]
		seen[f.path] = true
		return twice
	})
}

func (s *Study) link() error {
	s.People = linkage.NewPeople(s.Extracts, s.decided())
	if err := s.People.Join(s.Extracts, s.set.Events); err != nil {
		return err
	}
	if err := linkage.Returns(s.People, s.Extracts, s.set.Events); err != nil {
		return err
	}
	s.issues.Add(s.People.Issues...)
	s.tally.Add(0, dataset.RuleNamed("K10"), s.People.Moves)
	return nil
}

func (s *Study) panel(ctx context.Context, off map[dataset.RuleID]bool) error {
	o := s.Options
	s.pairRules(s.schools.Schools)
	s.issues.Add(linkage.Overlaps(s.schools.Schools, s.Extracts)...)
	linker := linkage.NewLinker(s.People, s.schools, s.Extracts)
	s.issues.Add(linker.Issues...)
	s.noWay = linker.Empty()
	in := &panel.Input{Extracts: s.Extracts, Events: s.set.Events, Issues: s.issues, People: s.People, Linker: linker, Schools: s.Register.Schools, LAs: s.LAs, Drops: s.schools.Drops}
	in.Declared, in.DeclaredCare = s.declared()
	if o.Allocation != "" {
		var err error
		if s.arms, err = s.readArms(o.Allocation); err != nil {
			return err
		}
	}
	options := panel.Options{Period: o.Period, From: o.From, To: o.To, Baseline: o.Baseline, Events: panel.OnTheDay, Care: panel.AtStart,
		S17:    panel.S17(slices.Index([]S17Definition{S17Assessments, S17Plans, S17Episodes}, o.S17)),
		Annual: slices.ContainsFunc(s.Extracts, func(x *dataset.Extract) bool { return len(x.Published) > 0 }),
		S47Gap: o.S47Gap, IncludeRespite: o.IncludeRespite, Until18: o.Until18, Outcomes: o.Outcomes, Off: off, KeepEvents: o.KeepEvents, Makers: o.Disclosure == "tre", Places: o.Allocation != "" || o.ArmsLater}
	switch o.Attribution {
	case AtEvent:
		options.Care = panel.OnTheDay
	case AtBaseline:
		options.Events, options.Care = panel.AtBaseline, panel.AtBaseline
	case AtEpisodeStart:
		options.Care = panel.AtStart
	}
	s.survey()
	if o.Cohort != "" {
		if err := s.cohort(in, &options); err != nil {
			return err
		}
	}
	p, err := panel.Build(ctx, in, options)
	if err != nil {
		return err
	}
	s.Panel = p
	if err := s.followUp(ctx, in, options); err != nil {
		return err
	}
	s.issues.Add(p.Report.Issues...)
	s.tally.Join(p.Report.Tally)
	s.schoolRules()
	return s.balance()
}

// declared collects the spans that mapping files give, for files with rows of
// care apart: what a file of events covers says nothing of the returns of
// children looked after, which may end years before.
func (s *Study) declared() (others, care map[uint16]panel.Declared) {
	others, care = map[uint16]panel.Declared{}, map[uint16]panel.Declared{}
	for _, x := range s.Extracts {
		if x.From == dataset.NoDay && !x.Declared || panel.Rolling(x) { // lists are held against their own months
			continue
		}
		out := others
		if len(x.Episodes) > 0 {
			out = care
		}
		for _, name := range x.LAs {
			la := uint16(s.set.LAs.Code(name))
			d, ok := out[la]
			if !ok {
				d.Days = panel.Bounds{First: dataset.NoDay, Last: dataset.NoDay}
			}
			if x.From != dataset.NoDay && (d.Days.First == dataset.NoDay || x.From < d.Days.First) {
				d.Days.First, d.Span.First = x.From, dataset.Month.Of(x.From)
			}
			if x.Declared && x.Reference > d.Days.Last {
				d.Days.Last, d.Span.Last = x.Reference, dataset.Month.Of(x.Reference)
			}
			out[la] = d
		}
	}
	return others, care
}

// balance makes sure that every row that was read is accounted for, once.
func (s *Study) balance() error {
	for n, x := range s.Extracts {
		files := s.Panel.Report.Files[n+1]
		// rows kept out when they were read never became records; those kept
		// out later are among the records' ends
		sum := x.Read[dataset.OtherKind] + x.Read[dataset.Quarantined]
		for _, status := range []dataset.Status{dataset.Counted, dataset.Duplicate, dataset.OutOfWindow, dataset.Unlinked, dataset.OtherSchool, dataset.OtherKind} {
			sum += files[status]
		}
		sum += files[dataset.Quarantined] - x.Settled
		if sum != x.Rows || files[dataset.Pending] != 0 {
			return fmt.Errorf("reconciliation of %s does not balance: %d rows read, %d accounted for; nothing is written, please report this", x.File, x.Rows, sum)
		}
	}
	return nil
}

// text keeps a cell of a table from being read as a formula.
func text(cell string) string { return dataset.PlainCell(cell) }
