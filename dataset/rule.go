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
}

// Rules is the catalogue. Every rule has a count in the quality report, at 0 too.
var Rules = []Rule{
	{"F01", Refuse, "not decodable, unclosed quote, NUL byte or line without end", "", ""},
	{"F02", Inform, "empty file, or header only", "", ""},
	{"F03", Refuse, "required column missing", "", ""},
	{"F04", Refuse, "two columns of the same name", "", ""},
	{"F05", Refuse, "two layouts match, or none", "", ""},
	{"F06", Quarantine, "row has more or fewer cells than the header", "", ""},
	{"F07", Refuse, "authority neither in the file nor given", "", ""},
	{"F08", Refuse, "the same file given twice", "", ""},
	{"D01", Quarantine, "event date missing or not a date", "8600, 8615, 141", ""},
	{"D09", Warn, "another date of the row is not a date", "147", "taken as blank"},
	{"D02", Warn, "order of day and month open: taken as dd/mm", "", "dd/mm"},
	{"D03", Refuse, "column mixes dd/mm and mm/dd dates", "", ""},
	{"D04", Warn, "spreadsheet day number in a date column", "", "converted (1900 system)"},
	{"D05", Quarantine, "year of two digits", "", ""},
	{"D06", Quarantine, "event after the day the delivery refers to", "8600, 354", ""},
	{"D07", Quarantine, "event before 14 October 1991, or a date that stands for none", "353", ""},
	{"D10", Warn, "an end or birth date that stands for none", "353", "taken as blank"},
	{"D08", Inform, "time of day dropped", "", ""},
	{"K01", Quarantine, "child id blank", "8500", ""},
	{"K02", Warn, "child id damaged by a spreadsheet", "", "a trailing .0 is dropped"},
	{"K0E", Quarantine, "child id in scientific notation", "", ""},
	{"K03", Warn, "child id longer than 20 characters or with signs", "1570, 1580", ""},
	{"K04", Warn, "UPN not of the form letter and 12 digits", "1530, 1540, 1550", ""},
	{"K05", Warn, "UPN with a wrong check letter", "1510", ""},
	{"K06", Inform, "reason code instead of a UPN", "168", "taken as blank"},
	{"K07", Warn, "one UPN with several child ids in an authority", "1520", ""},
	{"K08", Warn, "one child id with several UPNs or birth months", "208, 203, INT11", ""},
	{"K09", Warn, "child with events but without an identifiers row", "INT03", ""},
	{"K10", Inform, "the same UPN in several authorities", "", ""},
	{"E01", Inform, "the same event again, all fields alike", "", "one kept"},
	{"E02", Warn, "the same event again with other details", "", "one kept"},
	{"E03", Quarantine, "event before birth (referral: more than 40 weeks before)", "8606, 302", ""},
	{"E04", Warn, "event after death", "8555, 8915", ""},
	{"E05", Warn, "activity before its own referral", "2889, 1103, 4015", ""},
	{"E06", Warn, "activity on a referral without further action", "8831, 2990, 4000", ""},
	{"E07", Warn, "activity after the case closed, or closed before the referral", "8565, 8630", ""},
	{"E08", Warn, "two enquiries or assessments of a case at once", "8890, 8839, 8863, 8896", ""},
	{"E09", Warn, "18 or older at the event", "352", ""},
	{"E10", Warn, "unknown code", "8866, 8650, 144, 143", ""},
	{"E1T", Quarantine, "unknown type of event", "", ""},
	{"E11", Warn, "referral source is ambiguous: not counted as a school's", "", ""},
	{"E12", Warn, "day with far more events than usual in its authority", "", ""},
	{"C01", Quarantine, "care ended before it started", "356", ""},
	{"C02", Warn, "care ended on the day it started: 0 days", "355", ""},
	{"C03", Warn, "open episode of care although a later one exists", "142", "ended at the next start"},
	{"C04", Warn, "end of care and its reason: only one given", "148", "taken as open where the end is blank"},
	{"C05", Warn, "episodes of care overlap", "501", "merged before counting"},
	{"C06", Warn, "gap although the episode is said to continue, or none although care is said to start", "433, 431", ""},
	{"C07", Inform, "short breaks (V3, V4)", "365, 367, 426", "not counted"},
	{"C08", Warn, "open episode older than the 19th birthday or absent from the latest return", "502", "ended with the last return that holds it"},
	{"C09", Inform, "older copy of an episode that a later return holds", "502, 503", "the later return counts"},
	{"S01", Warn, "school not in the register", "", ""},
	{"S02", Warn, "school not open on the day", "", ""},
	{"S03", Inform, "school mapped by its one successor or predecessor", "", "mapped"},
	{"S04", Warn, "school merged or split: needs a decision", "", ""},
	{"S05", Inform, "school not in the trial's list", "", ""},
	{"S06", Warn, "URN and LAESTAB of a row disagree", "", ""},
	{"S07", Warn, "phase of the school not given", "", ""},
	{"L01", Warn, "child not linked to a school on the day", "", ""},
	{"L02", Inform, "child on two rolls on the day", "", "single, then main, then subsidiary registration"},
	{"L03", Inform, "linked by a former UPN", "", ""},
	{"L04", Inform, "linked by a child-to-school lookup", "", ""},
	{"L05", Quarantine, "left the school before entering it", "", ""},
	{"X01", Warn, "authority-month without an event of a type that it otherwise reports", "", "empty, not zero, where ten or more were to be expected"},
	{"X02", Inform, "last 60 days before the end of a delivery: late recording likely", "", ""},
	{"XC1", Warn, "total of an authority's year differs from the published one by more than 10%", "", ""},
	{"N01", Warn, "suppressed or rounded count", "", "missing, with that reason"},
	{"N02", Quarantine, "count negative or not whole", "", ""},
	{"P01", Warn, "number of pupils missing, zero or older than a year", "", ""},
	{"P02", Refuse, "too many rows of an authority quarantined or unlinked", "", ""},
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

// Issue is one case of a rule. It holds no value of an extract.
type Issue struct {
	Rule   RuleID
	File   uint16
	LA     uint16 // 0 where no authority is at hand
	Line   uint32 // 0 where the fault is not at a line
	Column string
}
