package study

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"

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

// register settles the trial's schools: the list given; else a simple list or
// the register among the deliveries, cut to their authorities; else the
// schools that the rows name.
func (s *Study) register() error {
	var listed, gias []dataset.School
	var links []dataset.SchoolLink
	var extra []string
	delivered := map[string]bool{}
	for la := range s.set.LAs.Len() {
		delivered[s.set.LAs.Text(uint32(la))] = true
	}
	for _, x := range s.Extracts {
		links = append(links, x.Links...)
		switch {
		case len(x.Schools) == 0:
		case x.File == s.Options.Schools:
			listed, extra = x.Schools, x.Extra
			if x.Layout == "gias" {
				extra = nil
			}
		case x.Layout == "schools" && s.Options.Schools == "":
			listed, extra = append(listed, x.Schools...), x.Extra
		default:
			gias = append(gias, x.Schools...)
		}
	}
	if s.Options.Schools != "" && len(listed) == 0 && s.refused == nil {
		return dataset.Problems{{File: s.Options.Schools, Text: "holds no school; want a GIAS-shaped list, or columns school_id, la, pupils"}}
	}
	if len(listed) == 0 {
		for _, school := range gias {
			if delivered[school.LA] {
				listed = append(listed, school)
			}
		}
	}
	if len(listed) == 0 {
		listed, s.unnamed = s.seen(), true
	}
	all := gias
	if len(all) > 0 {
		all = append(slices.Clone(gias), listed...)
	}
	if s.set.Off[dataset.RuleNamed("S03")] {
		links = nil
	}
	r, err := linkage.NewRegister(listed, all, links)
	if err != nil {
		return err
	}
	r.Extra = extra
	s.Register = r
	return nil
}

// seen makes a list of the schools that rows name, each in the authority of
// the first row that names it.
func (s *Study) seen() []dataset.School {
	las := make([]uint16, s.set.Schools.Len())
	for _, x := range s.Extracts {
		for _, n := range x.Named {
			if las[n.School] == 0 {
				las[n.School] = n.LA
			}
		}
		for i := range x.Counts {
			if c := &x.Counts[i]; las[c.School] == 0 {
				las[c.School] = c.LA
			}
		}
		for i := range x.Enrolments {
			if e := &x.Enrolments[i]; las[e.School] == 0 {
				las[e.School] = e.LA
			}
		}
	}
	schools := make([]dataset.School, 0, len(las))
	for code, la := range las {
		if number := s.set.Schools.Text(uint32(code)); isSchool(number) {
			schools = append(schools, dataset.School{ID: number, LA: s.set.LAs.Text(uint32(la)), Open: dataset.NoDay, Close: dataset.NoDay, CensusDate: dataset.NoDay,
				Pupils: math.NaN(), FSM: math.NaN()})
		}
	}
	return schools
}

// isSchool says whether a number that only rows name can be a school's: a
// column that is taken for the school's may hold children's ids or UPNs.
func isSchool(number string) bool {
	digits := 0
	for i := range len(number) {
		switch c := number[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z', c == '/', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return number != "" && len(number) <= 12 && digits <= 8 && (digits > 0 || len(number) <= 4)
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
		S47Gap: o.S47Gap, IncludeRespite: o.IncludeRespite, Until18: o.Until18, Outcomes: o.Outcomes, Off: off, KeepEvents: o.KeepEvents}
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
func (s *Study) declared() (others, care map[uint16]panel.Span) {
	others, care = map[uint16]panel.Span{}, map[uint16]panel.Span{}
	for _, x := range s.Extracts {
		if x.From == dataset.NoDay && !x.Declared {
			continue
		}
		out := others
		if len(x.Episodes) > 0 {
			out = care
		}
		for _, name := range x.LAs {
			la := uint16(s.set.LAs.Code(name))
			span := out[la]
			if x.From != dataset.NoDay {
				if m := dataset.Month.Of(x.From); span.First == 0 || m < span.First {
					span.First = m
				}
			}
			if x.Declared && x.Reference != dataset.NoDay {
				span.Last = max(span.Last, dataset.Month.Of(x.Reference))
			}
			out[la] = span
		}
	}
	return others, care
}

// schoolRules flags what is missing in the list of schools.
func (s *Study) schoolRules() {
	pupils, phase := dataset.RuleNamed("P01"), dataset.RuleNamed("S07")
	for i := range s.Register.Schools {
		school := &s.Register.Schools[i]
		old := school.CensusDate != dataset.NoDay && s.Panel.From-school.CensusDate > 366
		if !(school.Pupils > 0) || old {
			s.issues.Add(dataset.Issue{Rule: pupils, File: school.File, Line: school.Line})
		}
		if school.Phase == "" && !s.unnamed || len(s.Options.Phases) > 0 && !s.protocol(school.Phase) {
			s.issues.Add(dataset.Issue{Rule: phase, File: school.File, Line: school.Line})
		}
	}
}

// protocol says whether a phase is one of the protocol's.
func (s *Study) protocol(phase string) bool {
	return slices.ContainsFunc(s.Options.Phases, func(p string) bool { return strings.EqualFold(p, phase) })
}

// pairRules flags rows whose URN and LAESTAB mean two schools (S06): the first
// of each pair at its place, the others as a number.
func (s *Study) pairRules(schools []int32) {
	rule := dataset.RuleNamed("S06")
	for n, x := range s.Extracts {
		for _, p := range x.Pairs {
			if s.Register.Disagree(s.set.Schools.Text(p.URN), s.set.Schools.Text(p.LAESTAB), schools[p.URN], schools[p.LAESTAB]) {
				s.issues.Add(dataset.Issue{Rule: rule, File: uint16(n + 1), LA: p.LA, Line: p.Line, Column: "LAESTAB"})
				s.tally.Add(p.LA, rule, p.Rows-1)
			}
		}
	}
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
