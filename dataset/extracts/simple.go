package extracts

import (
	"strings"

	"swis/dataset"
)

// events is the simple file of one row an event.
var events = Layout{
	Name: "events", Title: "one row an event", Without: []string{"Type", "outcome"},
	Delivers: []dataset.EventType{dataset.Contact, dataset.Referral, dataset.AssessmentStart, dataset.PlanStart, dataset.EnquiryStart, dataset.Section17Start},
	Columns: []Column{
		{Name: "child_id", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "event", Required: true, Also: []string{"event_type"}, Means: "contact, referral, school_referral, assessment, cin_plan, s17_start or s47_enquiry"},
		{Name: "date", Kind: Date, Required: true, Also: []string{"event_date"}, Means: "date of the event"},
		{Name: "school_urn", Kind: SchoolNumber, Also: []string{"urn", "school_id", "laestab"}, Means: "the child's school on the day, where the authority knows it"},
		laColumn,
		{Name: "source", Also: []string{"referral_source"}, Means: "referral source"},
		{Name: "nfa", Kind: YesNo, Means: "no further action"},
		{Name: "upn", Kind: UPN, Means: "unique pupil number"},
		laestabColumn,
	},
	Row: eventRow,
}

// SchoolReferral is a referral that a school made, in one word.
const SchoolReferral = dataset.EventTypes + 1

// EventWords are the words that extracts use for types of events, by the
// letters and digits of each in lower case; a school's referral is SchoolReferral.
var EventWords = map[string]dataset.EventType{
	"contact": dataset.Contact, "contacts": dataset.Contact,
	"referral": dataset.Referral, "referrals": dataset.Referral, "cinreferraldate": dataset.Referral,
	"schoolreferral": SchoolReferral, "referralfromschool": SchoolReferral,
	"assessment": dataset.AssessmentStart, "assessmentstart": dataset.AssessmentStart, "s17assessment": dataset.AssessmentStart, "assessmentactualstartdate": dataset.AssessmentStart,
	"plan": dataset.PlanStart, "cinplan": dataset.PlanStart, "cinplanstart": dataset.PlanStart, "cinplanstartdate": dataset.PlanStart,
	"s17": dataset.Section17Start, "s17start": dataset.Section17Start, "section17": dataset.Section17Start, "section17start": dataset.Section17Start,
	"s47": dataset.EnquiryStart, "s47start": dataset.EnquiryStart, "s47enquiry": dataset.EnquiryStart, "section47": dataset.EnquiryStart,
	"section47enquiry": dataset.EnquiryStart, "s47actualstartdate": dataset.EnquiryStart, "enquiry": dataset.EnquiryStart,
	"closure": dataset.CaseClosed, "caseclosed": dataset.CaseClosed, "cinclosuredate": dataset.CaseClosed,
	"icpc": dataset.Conference,
	"cpp":  dataset.ProtectionStart, "cppstart": dataset.ProtectionStart, "cppstartdate": dataset.ProtectionStart,
	"suspension": dataset.Suspension, "fixedexclusion": dataset.Suspension, "permanentexclusion": dataset.PermanentExclusion,
}

func readEventType(b []byte) uint32 {
	if t, ok := EventWords[normal(string(b))]; ok {
		return uint32(t)
	}
	return unknownType
}

func eventRow(r *Row) {
	child, ok := r.Child(0)
	if !ok {
		return
	}
	kind := r.Coded(1, readEventType)
	if kind == unknownType || kind == 0 {
		r.Quarantine(ruleE1T, 1)
		return
	}
	e := dataset.Event{Child: child, Day: r.Date(2), Parent: noParent, School: r.SchoolOf(3, 8)}
	switch {
	case kind == uint32(SchoolReferral):
		e.Type, e.Flags = dataset.Referral, dataset.FromSchool
	case kind == uint32(dataset.Referral):
		e.Type, e.Flags = dataset.Referral, r.referral(5, 6)
	default:
		e.Type = dataset.EventType(kind)
		if e.Type == dataset.Contact {
			e.Flags = r.noAction(6)
		}
	}
	if r.Has(7) {
		p := dataset.Person{Child: child, Birth: dataset.NoDay, Death: dataset.NoDay}
		if p.Pupil, p.CheckLetter = r.Pupil(7); p.Pupil != 0 {
			r.Person(p)
		}
	}
	r.Event(e)
}

// counts is a table of counts by school and period, for authorities that do
// not hand over rows of children.
var counts = Layout{
	Name: "counts", Title: "counts by school and period", Without: []string{"child_id", "upn"},
	Columns: []Column{
		{Name: "school_id", Kind: SchoolNumber, Required: true, Also: []string{"urn", "school_urn", "laestab"}, Means: "the school"},
		{Name: "period", Required: true, Also: []string{"month", "term"}, Means: "2023-09, 2023-24 1 autumn, 2023-24, or the first day"},
		{Name: "outcome", Required: true, Means: "name of the outcome, e.g. s47"},
		{Name: "count", Kind: Number, Required: true, Also: []string{"value", "n"}, Means: "the number; c, <5 and the like are missing, never 0"},
		laColumn, laestabColumn,
		{Name: "reason", Means: "of swis ingest --sql: the end of rows that the warehouse counted, in place of a school; covered: cells not named are 0"},
	},
	Row: func(r *Row) {
		covered := string(r.cell(6)) == coveredCell
		if r.cell(6) != nil && !covered {
			tallyRow(r)
			return
		}
		c := dataset.Count{}
		if !covered {
			if c.School = r.SchoolOf(0, 5); c.School == 0 {
				r.Quarantine(ruleS01, 0)
				return
			}
		}
		outcome := r.Coded(2, readOutcome)
		if outcome == 0 || outcome == unknownOutcome {
			r.Quarantine(ruleE1T, 2)
			return
		}
		c.Outcome = int16(outcome - 1)
		start, kind, ok := periodCell(r.cell(1))
		if !ok {
			r.Quarantine(ruleD01, 1)
			return
		}
		c.Kind = kind
		y, m, d := start.Date()
		c.Day = write(shapeCertain, y, m, d) | dataset.Day(1<<21)
		b := r.cell(3)
		value, isNumber := number(b)
		switch {
		case b == nil || !isNumber && suppressed(b):
			c.Missing = true
			r.Flag(ruleN01, 3)
		case !isNumber || !wholeCount(value):
			r.Quarantine(ruleN02, 3)
			return
		}
		c.Value = value
		if !covered {
			r.Count(c)
			return
		}
		if value != 0 || c.Missing {
			r.Quarantine(ruleN02, 3)
			return
		}
		c.Further, c.Line, c.LA, c.File = true, uint32(r.line), r.la, r.file.number // of each school that the file names
		r.out.counts = append(r.out.counts, c)
	},
}

// coveredCell is the reason of a row that says of an authority, a period and an
// outcome that every cell that the file does not name is zero.
const coveredCell = "covered"

// maxCount bounds a count, so that those of the months of a year add up.
const maxCount = 100_000_000

// wholeCount says whether a number can be a count of a school and period.
func wholeCount(x float64) bool { return x >= 0 && x <= maxCount && x == float64(int64(x)) }

// tallyRow reads what became of rows that were counted in a warehouse: outcome
// is a type of event there and period a month.
func tallyRow(r *Row) {
	t := dataset.Ended{LA: r.la}
	n, isNumber := number(r.cell(3))
	if !isNumber || n < 0 || n != float64(int64(n)) {
		r.Quarantine(ruleN02, 3)
		return
	}
	t.N = int64(n)
	if b := r.cell(2); string(b) == "session" {
		t.Sessions = true
	} else if string(b) == "episode" {
		t.Episodes = true
	} else if b != nil {
		for e := dataset.NoEvent + 1; e < dataset.EventTypes; e++ {
			if e.String() == string(b) {
				t.Type = e
			}
		}
		if t.Type == dataset.NoEvent {
			r.Quarantine(ruleE1T, 2)
			return
		}
	}
	if b := r.cell(1); b != nil {
		month, err := dataset.ParsePeriod(dataset.Month, string(b))
		if err != nil || month < 1990*12 || month >= 2100*12 {
			r.Quarantine(ruleD01, 1)
			return
		}
		t.Month = month
	}
	switch reason := r.Text(6); reason {
	case "from_school":
		t.Flag = dataset.FromSchool
	case "action_known":
		t.Flag = dataset.NFAKnown
	case "no_action":
		t.Flag = dataset.NoAction
	case "by_roll", "by_former", "by_lookup":
		t.Linked = reason[len("by_"):]
	case "first_day", "last_day":
		t.First, t.Last = reason == "first_day", reason == "last_day"
		if t.Month == 0 || t.N < 1 || t.N > 31 {
			r.Quarantine(ruleD01, 1)
			return
		}
	case "not_delivered":
		t.Status, t.NotDelivered = dataset.OutOfWindow, true
	default:
		for s := dataset.Counted; s < dataset.Statuses; s++ {
			if s.String() == reason {
				t.Status = s
			}
		}
		if t.Status == dataset.Pending && !dataset.KnownRule(reason) {
			r.Quarantine(ruleE1T, 6)
			return
		}
		if t.Status == dataset.Pending {
			t.Rule = reason
		}
	}
	if t.Status != dataset.Pending && !t.Sessions && !t.Episodes && (t.Type == dataset.NoEvent || t.Month == 0) {
		r.Quarantine(ruleD01, 1)
		return
	}
	r.out.tallies = append(r.out.tallies, t)
}

const unknownOutcome = 255

func readOutcome(b []byte) uint32 {
	for i, o := range dataset.Outcomes {
		if o.Kind != dataset.ShareOutcome && strings.EqualFold(o.Name, string(b)) {
			return uint32(i + 1)
		}
	}
	return unknownOutcome
}

// periodCell reads the label of a period or its first day.
func periodCell(b []byte) (dataset.Day, dataset.PeriodKind, bool) {
	text := string(b)
	for _, kind := range []dataset.PeriodKind{dataset.Term, dataset.Month, dataset.Year} {
		if p, err := dataset.ParsePeriod(kind, text); err == nil {
			return kind.Start(p), kind, true
		}
	}
	var s dateStats
	d, ok := day(s.parse(b), orderDayFirst, false)
	return d, dataset.Month, ok && d != dataset.NoDay
}
