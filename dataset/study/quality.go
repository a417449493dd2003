package study

import (
	"fmt"
	"maps"
	"slices"

	"swis/dataset"
	"swis/dataset/linkage"
	"swis/dataset/panel"
)

// Quality is the data-quality report. It holds counts and shares, no
// identifier and no value of an extract.
type Quality struct {
	Schema     string           `json:"schema"`
	Program    string           `json:"program"`
	Disclosure string           `json:"disclosure"`
	From       string           `json:"from"`
	To         string           `json:"to"`
	Period     string           `json:"period"`
	Choices    []Choice         `json:"choices"`
	Files      []FileReport     `json:"files"`
	Skipped    []SkippedFile    `json:"skipped,omitempty"`
	Refused    []string         `json:"refused,omitempty"`
	Rules      []QualityRule    `json:"rules"`
	People     QualityPeople    `json:"identifiers"`
	Linkage    []QualityLinkage `json:"linkage"`
	Months     []QualityMonth   `json:"linkage_by_month"`
	Coverage   []QualityCover   `json:"coverage"`
	Balance    []QualityBalance `json:"reconciliation"`
	Events     []QualityEvents  `json:"events"`
	Care       QualityCare      `json:"days_in_care"`
	Schools    QualitySchools   `json:"schools"`
	Published  []QualityTotal   `json:"published,omitempty"`
	Notes      []string         `json:"notes,omitempty"`
}

// Choice is one recorded choice of how the panel is made.
type Choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// FileReport is one file as it was read.
type FileReport struct {
	File     string   `json:"file"`
	Layout   string   `json:"layout"`
	Why      string   `json:"why"`
	LAs      []string `json:"la"`
	Encoding string   `json:"encoding"`
	LineEnds string   `json:"line_ends"`
	Rows     int64    `json:"rows"`
	First    string   `json:"first_date"`
	Last     string   `json:"last_date"`
	SHA256   string   `json:"sha256"`
	Notes    []string `json:"notes,omitempty"`
}

// SkippedFile is a file of a folder that was not read.
type SkippedFile struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// QualityRule is a rule with its count.
type QualityRule struct {
	Rule     string     `json:"rule"`
	Severity string     `json:"severity"`
	Text     string     `json:"text"`
	DfE      string     `json:"dfe,omitempty"`
	Action   string     `json:"action,omitempty"`
	Count    Number     `json:"count"`
	ByLA     []LANumber `json:"by_la,omitempty"`
}

// LANumber is a count of one authority.
type LANumber struct {
	LA    string `json:"la"`
	Count Number `json:"count"`
}

// QualityPeople is the completeness of identifiers.
type QualityPeople struct {
	Rows        Number `json:"rows"`
	UPNs        Number `json:"with_upn"`
	RightLetter Number `json:"right_check_letter"`
}

// QualityLinkage is how an authority's events of the window were linked.
type QualityLinkage struct {
	LA          string   `json:"la"`
	Rows        int64    `json:"-"` // rows of outcomes, all ends
	Quarantined int64    `json:"-"`
	Unlinked    int64    `json:"-"`
	Events      Number   `json:"events"`
	Linked      Number   `json:"linked"`
	Share       *float64 `json:"share"`
	ByRoll      Number   `json:"by_roll"`
	ByFormer    Number   `json:"by_former_upn"`
	ByLookup    Number   `json:"by_lookup"`
	ByRow       Number   `json:"by_row"`
}

// QualityMonth is the linkage of an authority's events in one month.
type QualityMonth struct {
	LA     string `json:"la"`
	Month  string `json:"month"`
	Events Number `json:"events"`
	Linked Number `json:"linked"`
}

// QualityCover says which periods an authority delivered of an outcome: a
// character a period, 1 delivered, 0 not.
type QualityCover struct {
	LA      string `json:"la"`
	Outcome string `json:"outcome"`
	Periods string `json:"periods"`
	First   string `json:"first_period"`
	Covered int    `json:"covered"`
}

// QualityBalance is the reconciliation of one file: Rows is the sum of the others.
type QualityBalance struct {
	File        string `json:"file"`
	Rows        Number `json:"rows"`
	Counted     Number `json:"counted"`
	Duplicate   Number `json:"duplicate"`
	Quarantined Number `json:"quarantined"`
	OutOfWindow Number `json:"out_of_window"`
	Unlinked    Number `json:"unlinked"`
	OtherSchool Number `json:"other_school"`
	OtherKind   Number `json:"other_kind"`
}

// QualityEvents is what became of an authority's events of a type.
type QualityEvents struct {
	LA          string `json:"la"`
	Type        string `json:"type"`
	Counted     Number `json:"counted"`
	Duplicate   Number `json:"duplicate"`
	Quarantined Number `json:"quarantined"`
	OutOfWindow Number `json:"out_of_window"`
	Unlinked    Number `json:"unlinked"`
	OtherSchool Number `json:"other_school"`
	OtherKind   Number `json:"other_kind"`
}

// QualityCare is the waterfall of days in care inside the window: raw less
// short breaks less days given twice is merged; merged is panel and what is
// not in it.
type QualityCare struct {
	Rows         Number `json:"rows"`
	Children     Number `json:"children"`
	Raw          Number `json:"raw_days"`
	Respite      Number `json:"short_breaks"`
	Overlap      Number `json:"overlap"`
	Merged       Number `json:"merged_days"`
	NotDelivered Number `json:"not_delivered"`
	Unlinked     Number `json:"unlinked"`
	OtherSchool  Number `json:"other_school"`
	Panel        Number `json:"panel_days"`
}

// QualitySchools is what is known about the schools.
type QualitySchools struct {
	Listed    int      `json:"listed"`
	From      string   `json:"list"`
	Mapped    []string `json:"mapped,omitempty"`
	Undecided []string `json:"undecided,omitempty"`
}

// QualityTotal compares an authority's year with the published total.
type QualityTotal struct {
	LA        string  `json:"la"`
	Year      int     `json:"year"`
	Outcome   string  `json:"outcome"`
	Delivered Number  `json:"delivered"`
	Published float64 `json:"published"`
	Ratio     float64 `json:"ratio"`
	Differs   bool    `json:"differs"`
}

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
	n := gate(o.Disclosure)
	for _, f := range s.skipped {
		q.Skipped = append(q.Skipped, SkippedFile{f.path, f.why})
	}
	for _, p := range s.refused {
		q.Refused = append(q.Refused, p.String())
	}
	for _, x := range s.Extracts {
		f := FileReport{File: x.File, Layout: x.Layout, Why: x.Why, LAs: x.LAs, Encoding: x.Encoding, LineEnds: x.LineEnds, Rows: x.Rows, SHA256: x.SHA256, Notes: x.Notes}
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
	q.Choices = []Choice{{"periods", periodWords(o.Period)}, {"section 17 start", string(o.S17)}, {"attribution", attribution}, {"days in care", "from the start to the day before the end; " + respite},
		{"enquiries of a child within", fmt.Sprintf("%d days are one", o.S47Gap)}, {"refused above", fmt.Sprintf("%.3g%% quarantined or unlinked in an authority", 100*o.Threshold)}}
	for _, id := range o.RepairOff {
		q.Choices = append(q.Choices, Choice{"repair " + id, "off"})
	}
	q.rules(s, n)
	q.People = QualityPeople{n(s.People.Rows), n(s.People.UPNs), n(s.People.RightLetters)}
	q.linkage(s, n)
	q.coverage(s)
	for i, x := range s.Extracts {
		f := r.Files[i+1]
		q.Balance = append(q.Balance, QualityBalance{x.File, n(x.Rows), n(f[dataset.Counted]), n(f[dataset.Duplicate]), n(x.Read[dataset.Quarantined] + f[dataset.Quarantined] - x.Settled),
			n(f[dataset.OutOfWindow]), n(f[dataset.Unlinked]), n(f[dataset.OtherSchool]), n(f[dataset.OtherKind] + x.Read[dataset.OtherKind])})
	}
	c := r.Care
	q.Care = QualityCare{n(c.Rows), n(c.Children), n(c.Raw), n(c.Respite), n(c.Overlap), n(c.Merged), n(c.Uncovered), n(c.Unlinked), n(c.OtherSchool), n(c.Panel)}
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

func (q *Quality) rules(s *Study, n func(int64) Number) {
	total := s.tally
	byLA := map[dataset.RuleID]map[uint16]int64{}
	for _, i := range s.issues {
		total[i.Rule]++
		if i.LA == 0 {
			continue
		}
		if byLA[i.Rule] == nil {
			byLA[i.Rule] = map[uint16]int64{}
		}
		byLA[i.Rule][i.LA]++
	}
	for _, p := range s.refused {
		if dataset.KnownRule(p.Rule) {
			total[dataset.RuleNamed(p.Rule)]++
		}
	}
	if s.Panel != nil {
		for r, silent := range map[string]map[uint16]map[dataset.EventType][]dataset.Period{"X01": s.Panel.Report.Months.Silent} {
			for _, types := range silent {
				for _, months := range types {
					total[dataset.RuleNamed(r)] += int64(len(months))
				}
			}
		}
		for _, types := range s.Panel.Report.Months.Zero {
			for _, months := range types {
				total[dataset.RuleNamed("X01")] += int64(len(months))
			}
		}
		for _, edge := range s.Panel.Edge {
			for _, late := range edge {
				if late {
					total[dataset.RuleNamed("X02")]++
				}
			}
		}
	}
	for i, rule := range dataset.Rules {
		row := QualityRule{Rule: rule.ID, Severity: rule.Severity.String(), Text: rule.Text, DfE: rule.DfE, Action: rule.Repair, Count: n(total[i])}
		if rule.Repair != "" && s.set.Off[dataset.RuleID(i)] {
			row.Action = "repair switched off"
		}
		las := byLA[dataset.RuleID(i)]
		for _, la := range slices.SortedFunc(maps.Keys(las), s.byName) {
			row.ByLA = append(row.ByLA, LANumber{s.laText(la), n(las[la])})
		}
		q.Rules = append(q.Rules, row)
	}
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

func (q *Quality) linkage(s *Study, n func(int64) Number) {
	r := &s.Panel.Report
	outcome := map[dataset.EventType]bool{dataset.EnquiryStart: true, dataset.Referral: true, dataset.Contact: true, dataset.AssessmentStart: true, dataset.PlanStart: true, dataset.Section17Start: true}
	atReading := map[uint16]int64{}
	for _, i := range s.issues {
		if dataset.Rules[i.Rule].Severity == dataset.Quarantine && (i.Rule == dataset.RuleNamed("K01") || i.Rule == dataset.RuleNamed("K0E") || i.Rule == dataset.RuleNamed("F06") || i.Rule == dataset.RuleNamed("E1T")) {
			atReading[i.LA]++
		}
	}
	las := map[uint16]bool{}
	for la := range r.Types {
		las[la] = true
	}
	for la := range r.Episodes {
		las[la] = true
	}
	for _, la := range slices.SortedFunc(maps.Keys(las), s.byName) {
		row := QualityLinkage{LA: s.laText(la), Quarantined: atReading[la]}
		add := func(ends *[dataset.Statuses]int64) {
			row.Quarantined += ends[dataset.Quarantined]
			row.Unlinked += ends[dataset.Unlinked]
			for _, k := range ends {
				row.Rows += k
			}
		}
		if types := r.Types[la]; types != nil {
			for t := range types {
				if outcome[dataset.EventType(t)] {
					add(&types[t])
				}
				if sum := types[t]; sum != ([dataset.Statuses]int64{}) {
					q.Events = append(q.Events, QualityEvents{row.LA, dataset.EventType(t).String(), n(sum[dataset.Counted]), n(sum[dataset.Duplicate]), n(sum[dataset.Quarantined]),
						n(sum[dataset.OutOfWindow]), n(sum[dataset.Unlinked]), n(sum[dataset.OtherSchool]), n(sum[dataset.OtherKind])})
				}
			}
		}
		row.Rows += atReading[la]
		if episodes := r.Episodes[la]; episodes != nil {
			add(episodes)
		}
		if by := r.Links[la]; by != nil {
			all := int64(0)
			for _, k := range by {
				all += k
			}
			linked := all - by[linkage.NotLinked]
			if all > 0 {
				share := float64(linked) / float64(all)
				row.Share = &share
			}
			row.Events, row.Linked = n(all), n(linked)
			row.ByRoll, row.ByFormer, row.ByLookup, row.ByRow = n(by[linkage.ByRoll]), n(by[linkage.ByFormer]), n(by[linkage.ByLookup]), n(by[linkage.ByRow])
		}
		q.Linkage = append(q.Linkage, row)
		months := r.Monthly[la]
		for _, m := range slices.Sorted(maps.Keys(months)) {
			q.Months = append(q.Months, QualityMonth{row.LA, dataset.Month.Label(m), n(months[m][0]), n(months[m][1])})
		}
	}
}

func (q *Quality) coverage(s *Study) {
	p := s.Panel
	for _, la := range slices.Sorted(maps.Keys(p.Covered)) {
		if !slices.ContainsFunc(p.Schools, func(x dataset.School) bool { return x.LA == la }) {
			continue
		}
		for o, outcome := range dataset.Outcomes {
			row := QualityCover{LA: la, Outcome: outcome.Name, First: p.Kind.Label(p.First)}
			bits := make([]byte, p.Periods)
			for i := range bits {
				bits[i] = '0'
				if p.Covered[la][o][i] {
					bits[i] = '1'
					row.Covered++
				}
			}
			row.Periods = string(bits)
			q.Coverage = append(q.Coverage, row)
		}
	}
}

// totals compares an authority's years with the published totals, where an
// open table is among the files (XC1).
func (q *Quality) totals(s *Study, n func(int64) Number) {
	types := map[string]dataset.EventType{"s47": dataset.EnquiryStart, "referrals": dataset.Referral}
	months := &s.Panel.Report.Months
	for _, x := range s.Extracts {
		for _, pub := range x.Published {
			t, ok := types[pub.Outcome]
			la := uint16(s.set.LAs.Code(pub.LA))
			counts := months.Counts[la]
			if !ok || pub.LA == "" || counts == nil || counts[t] == nil || pub.Value <= 0 {
				continue
			}
			sum := int64(0)
			span := months.Spans[la]
			first := dataset.Month.Of(dataset.DayOf(pub.Year-1, 4, 1))
			if first < span.First || first+11 > span.Last {
				continue // not delivered whole
			}
			for m := first; m < first+12; m++ {
				sum += int64(counts[t][m-months.First])
			}
			ratio := float64(sum) / pub.Value
			row := QualityTotal{pub.LA, pub.Year, pub.Outcome, n(sum), pub.Value, ratio, ratio < 0.9 || ratio > 1.1}
			if row.Differs {
				for i := range q.Rules {
					if q.Rules[i].Rule == "XC1" {
						q.Rules[i].Count.Value++
					}
				}
			}
			q.Published = append(q.Published, row)
		}
	}
}

func (q *Quality) notes(s *Study) {
	p := s.Panel
	for _, la := range slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, x := range p.Schools {
			if !yield(x.LA) {
				return
			}
		}
	})) {
		if _, ok := p.Covered[la]; !ok {
			q.Notes = append(q.Notes, fmt.Sprintf("authority %s of the list of schools delivered nothing: all its cells are empty. Are the codes in the extracts written alike?", la))
		}
	}
	silent := p.Report.Months.Silent
	for _, la := range slices.SortedFunc(maps.Keys(silent), s.byName) {
		for _, t := range slices.Sorted(maps.Keys(silent[la])) {
			q.Notes = append(q.Notes, fmt.Sprintf("authority %s: %d months without any %s although about ten or more were to be expected: taken as not delivered (X01)", s.laText(la), len(silent[la][t]), t))
		}
	}
	if len(q.Schools.Undecided) > 0 {
		q.Notes = append(q.Notes, fmt.Sprintf("%d school numbers merged or split with a school of the trial: their rows are left out until it is decided (S04)", len(q.Schools.Undecided)))
	}
	if p.PupilDays == nil && s.unnamed {
		q.Notes = append(q.Notes, "no list of schools and no roll: numbers of pupils and exposure are empty; give --schools FILE")
	}
	q.Notes = append(q.Notes, "A panel by school and period is disclosive: it is for analysis inside the project, never a table to publish.")
}
