package dataset

// Severity says what a rule does.
type Severity byte

// The severities.
const (
	Refuse     Severity = 'F' // the file is refused
	Quarantine Severity = 'Q' // the row is kept out
	Warn       Severity = 'W' // the row is kept and flagged
	Inform     Severity = 'I' // counted
)

func (s Severity) String() string {
	switch s {
	case Refuse:
		return "refuse"
	case Quarantine:
		return "quarantine"
	case Warn:
		return "warn"
	}
	return "inform"
}

// Rule is one entry of the catalogue of data faults.
type Rule struct {
	ID       string
	Severity Severity
	Text     string
	DfE      string // numbers of the rules of the DfE and sector validators it mirrors
	Repair   string // what is done about it; empty where nothing is changed
	when     when
}

// when a repair is made.
type when uint8

const (
	always    when = iota // or there is none
	unlessOff             // --repair RULE=off leaves it as it is
	ifOn                  // only under --repair RULE=on
)

// CanBeLeft says that --repair RULE=off leaves the rule's cases as they are.
func (r *Rule) CanBeLeft() bool { return r.when == unlessOff }

// OnRequest says that the rule's cases are repaired only under --repair RULE=on.
func (r *Rule) OnRequest() bool { return r.when == ifOn }

// Rules is the catalogue. Every rule has a count in the quality report, at 0 too.
var Rules = []Rule{
	{"F01", Refuse, "not decodable, unclosed quote, NUL byte or line without end", "", "", always},
	{"F02", Inform, "empty file, or header only", "", "", always},
	{"F03", Refuse, "required column missing", "", "", always},
	{"F04", Refuse, "two columns of the same name", "", "", always},
	{"F05", Refuse, "two layouts match, or none", "", "", always},
	{"F06", Quarantine, "row has more or fewer cells than the header", "", "", always},
	{"F07", Refuse, "authority neither in the file nor given", "", "", always},
	{"F08", Refuse, "the same content given twice, but for files of identifiers alone and short lists of Annex A of two deliveries", "", "", always},
	{"F09", Warn, "the file says another authority than the one given for it", "", "the code given is used; rows with a code of their own keep it", always},
	{"F10", Warn, "code of an authority is neither three digits nor E and eight digits", "1530", "", always},
	{"D01", Quarantine, "event date missing or not a date", "8600, 8615, 141", "", always},
	{"D09", Warn, "another date of the row is not a date", "147", "taken as blank", always},
	{"D02", Warn, "order of day and month of a column open", "", "taken as dd/mm", always},
	{"D03", Refuse, "column mixes dd/mm and mm/dd dates", "", "", always},
	{"D04", Warn, "spreadsheet day number in a date column", "", "converted (1900 system)", unlessOff},
	{"D05", Quarantine, "year of two digits", "", "", always},
	{"D06", Quarantine, "event after the day the delivery refers to", "8600, 354", "", always},
	{"D07", Quarantine, "event before 14 October 1991, or a date that stands for none", "353", "", always},
	{"D10", Warn, "an end or birth date that stands for none", "353", "taken as blank", always},
	{"D08", Inform, "time of day dropped", "", "", always},
	{"K01", Quarantine, "child id blank", "8500", "", always},
	{"K02", Warn, "child id damaged by a spreadsheet", "", "a trailing .0 is dropped; zeros lost in front, which the identifiers have, are flagged only", unlessOff},
	{"K0E", Quarantine, "child id in scientific notation", "", "", always},
	{"K03", Warn, "child id longer than 20 characters", "1570", "", always},
	{"K0A", Warn, "child id with signs other than letters, digits, - and _", "1580", "", always},
	{"K04", Warn, "UPN not of the form letter and 12 digits", "1530, 1540, 1550", "", always},
	{"K05", Warn, "UPN with a wrong check letter", "1510", "", always},
	{"K06", Warn, "reason code instead of a UPN", "168", "taken as blank", always},
	{"K07", Warn, "one UPN with several child ids in an authority", "1520", "", always},
	{"K08", Warn, "one child id with several UPNs or birth months", "208, 203, INT11 to INT18", "", always},
	{"K09", Warn, "child with events but without an identifiers row", "INT03", "", always},
	{"K10", Inform, "the same UPN in several authorities", "", "", always},
	{"E01", Inform, "the same event again, all fields alike", "", "one kept", always},
	{"E0R", Inform, "the same event again in another return", "", "", always},
	{"E02", Warn, "the same event again with other details", "", "", always},
	{"E03", Quarantine, "event before birth (referral: more than 40 weeks before)", "8606, 302", "", always},
	{"E04", Warn, "event after death", "8555, 8915", "", always},
	{"E05", Warn, "activity before its own referral", "2889, 1103, 4015", "", always},
	{"E06", Warn, "activity on a referral without further action", "8831, 2990, 4000", "", always},
	{"E07", Warn, "activity after the case closed, or closed before the referral", "8565, 8630", "", always},
	{"E08", Warn, "enquiry or assessment starts while another of the case is open", "8890, 8839, 8863, 8896", "", always},
	{"E09", Warn, "18 or older at the event, or outside the ages of the school's phase (secondary: 10 to 18)", "352", "", always},
	{"E10", Warn, "unknown code (source, need, further action, legal status, reason)", "8866, 8650, 143, 144, 145, 149", "kept; legal status counted as care", always},
	{"E1T", Quarantine, "unknown type of event", "", "", always},
	{"E11", Warn, "referral source is ambiguous: not counted as a school's", "", "", always},
	{"E12", Warn, "day with far more events than usual in its authority", "", "", always},
	{"C01", Quarantine, "care ended before it started", "356", "", always},
	{"C02", Warn, "care ended on the day it started: 0 days", "355", "", always},
	{"C03", Warn, "open episode of care although a later one exists", "142", "ended at the next start", unlessOff},
	{"C04", Warn, "end of care and its reason: only one given", "148", "taken as open where the end is blank", always},
	{"C05", Warn, "episodes of care overlap", "501", "merged before counting", unlessOff},
	{"C06", Warn, "gap before an episode that continues another, or none before care that starts", "433, 431", "under --repair C06=on the gap is closed", ifOn},
	{"C07", Inform, "short breaks (V3, V4)", "", "not counted", always},
	{"C7L", Warn, "short break (V3) longer than 17 days", "365", "", always},
	{"C7Y", Warn, "short breaks (V3) of a child above 75 days in a year", "367", "", always},
	{"C7B", Warn, "V3 and V4 short breaks of a child in one year", "426", "", always},
	{"C08", Warn, "open episode past the 19th birthday or absent from the latest return", "502", "ended with the last return that holds it", unlessOff},
	{"C09", Inform, "older copy of an episode that a later return holds", "502, 503", "the later return counts", always},
	{"S01", Quarantine, "roll or lookup row of a school that the register lacks", "", "", always},
	{"S08", Warn, "event at a school that the register lacks", "", "", always},
	{"S02", Warn, "school not open on the day", "", "", always},
	{"S03", Inform, "school mapped by its one successor or predecessor", "", "mapped", unlessOff},
	{"S04", Refuse, "school merged with or split from one of the trial, without a decision", "", "", always},
	{"S05", Inform, "school not in the trial's list", "", "", always},
	{"S06", Warn, "URN and LAESTAB of a row disagree", "", "", always},
	{"S07", Warn, "phase of the school not given, or not one of the protocol's (--phase)", "", "", always},
	{"L01", Warn, "child not linked to a school on the day", "", "", always},
	{"L02", Inform, "child on two rolls on the day", "", "single, then main, then subsidiary registration", always},
	{"L03", Inform, "linked by a former UPN", "", "", always},
	{"L04", Inform, "linked by a child-to-school lookup", "", "", always},
	{"L05", Quarantine, "left the school before entering it", "", "", always},
	{"L06", Warn, "enrolments of a pupil at two schools overlap, neither a subsidiary one", "", "registration, then the later entry", always},
	{"A01", Quarantine, "more sessions missed than possible", "", "", always},
	{"A02", Inform, "registration without sessions possible, without the number missed, or with more missed than possible", "", "in no sum of its school", always},
	{"A03", Warn, "term of a roll's attendance not given", "", "the term before the latest entry date", always},
	{"A04", Warn, "sessions missed with and without permission do not add up to all that were missed", "", "", always},
	{"A05", Warn, "number of sessions that is none", "", "taken as blank", always},
	{"A06", Warn, "pupil registered twice at a school in a term", "", "the registration with more sessions counts", always},
	{"A07", Warn, "reasons of a pupil whose row of the roll is not there", "", "not counted", always},
	{"U01", Warn, "answer that is no number, or outside the range of its scale", "", "taken as not answered", always},
	{"U02", Inform, "scale of a questionnaire with too few items answered for a score", "", "no score", always},
	{"U03", Warn, "respondent with two questionnaires in a wave", "", "the first counts", always},
	{"X01", Warn, "authority-month without an event of a type that it otherwise reports, or whose return is missing between others", "", "empty, not zero, where ten or more were to be expected or the return is missing", unlessOff},
	{"X02", Warn, "last 60 days before the end of a delivery: late recording likely", "", "", always},
	{"XC1", Warn, "total of an authority's year differs from the published one by more than 10%", "", "", always},
	{"N01", Warn, "suppressed or rounded count", "", "missing, with that reason", always},
	{"N02", Quarantine, "count negative, not whole or above 100 million", "", "", always},
	{"P01", Warn, "number of pupils missing, zero or older than a year", "", "", always},
	{"P02", Refuse, "too many rows of an authority quarantined or unlinked", "", "", always},
}

// RuleID is the place of a rule in Rules.
type RuleID uint8

var ruleIndex = func() map[string]RuleID {
	index := make(map[string]RuleID, len(Rules))
	for i, r := range Rules {
		index[r.ID] = RuleID(i)
	}
	return index
}()

// RuleNamed returns the rule of an id; an unknown id is a programmer's error.
func RuleNamed(id string) RuleID {
	r, ok := ruleIndex[id]
	if !ok {
		panic("dataset: no rule " + id)
	}
	return r
}

// KnownRule says whether there is a rule of that id.
func KnownRule(id string) bool { _, ok := ruleIndex[id]; return ok }

func (r RuleID) String() string { return Rules[r].ID }

// Tally counts rules by authority where no place is kept.
type Tally [][len(ruleSpace)]int64

// ruleSpace is as wide as a RuleID can count.
var ruleSpace [256]struct{}

// Add counts n cases of a rule in an authority, 0 for none.
func (t *Tally) Add(la uint16, rule RuleID, n int64) {
	for int(la) >= len(*t) {
		*t = append(*t, [len(ruleSpace)]int64{})
	}
	(*t)[la][rule] += n
}

// Join adds another tally.
func (t *Tally) Join(o Tally) {
	for la := range o {
		for rule, n := range o[la] {
			if n != 0 {
				t.Add(uint16(la), RuleID(rule), n)
			}
		}
	}
}

// Issue is one case of a rule. It holds no value of an extract.
type Issue struct {
	Rule   RuleID
	File   uint16
	LA     uint16 // 0 where no authority is at hand
	Line   uint32 // 0 where the fault is not at a line
	Column string
}
