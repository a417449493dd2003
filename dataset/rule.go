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
	Switch   bool   // --repair RULE=off leaves it as it is
}

// Rules is the catalogue. Every rule has a count in the quality report, at 0 too.
var Rules = []Rule{
	{"F01", Refuse, "not decodable, unclosed quote, NUL byte or line without end", "", "", false},
	{"F02", Inform, "empty file, or header only", "", "", false},
	{"F03", Refuse, "required column missing", "", "", false},
	{"F04", Refuse, "two columns of the same name", "", "", false},
	{"F05", Refuse, "two layouts match, or none", "", "", false},
	{"F06", Quarantine, "row has more or fewer cells than the header", "", "", false},
	{"F07", Refuse, "authority neither in the file nor given", "", "", false},
	{"F08", Refuse, "the same file given twice", "", "", false},
	{"F09", Warn, "the file says another authority than the one given for it", "", "the code given is used; rows with a code of their own keep it", false},
	{"D01", Quarantine, "event date missing or not a date", "8600, 8615, 141", "", false},
	{"D09", Warn, "another date of the row is not a date", "147", "taken as blank", false},
	{"D02", Warn, "order of day and month open: taken as dd/mm", "", "dd/mm", false},
	{"D03", Refuse, "column mixes dd/mm and mm/dd dates", "", "", false},
	{"D04", Warn, "spreadsheet day number in a date column", "", "converted (1900 system)", true},
	{"D05", Quarantine, "year of two digits", "", "", false},
	{"D06", Quarantine, "event after the day the delivery refers to", "8600, 354", "", false},
	{"D07", Quarantine, "event before 14 October 1991, or a date that stands for none", "353", "", false},
	{"D10", Warn, "an end or birth date that stands for none", "353", "taken as blank", false},
	{"D08", Inform, "time of day dropped", "", "", false},
	{"K01", Quarantine, "child id blank", "8500", "", false},
	{"K02", Warn, "child id damaged by a spreadsheet", "", "a trailing .0 is dropped", true},
	{"K0E", Quarantine, "child id in scientific notation", "", "", false},
	{"K03", Warn, "child id longer than 20 characters or with signs", "1570, 1580", "", false},
	{"K04", Warn, "UPN not of the form letter and 12 digits", "1530, 1540, 1550", "", false},
	{"K05", Warn, "UPN with a wrong check letter", "1510", "", false},
	{"K06", Inform, "reason code instead of a UPN", "168", "taken as blank", false},
	{"K07", Warn, "one UPN with several child ids in an authority", "1520", "", false},
	{"K08", Warn, "one child id with several UPNs or birth months", "208, 203, INT11", "", false},
	{"K09", Warn, "child with events but without an identifiers row", "INT03", "", false},
	{"K10", Inform, "the same UPN in several authorities", "", "", false},
	{"E01", Inform, "the same event again, all fields alike", "", "one kept", false},
	{"E0R", Inform, "the same event again in another return", "", "", false},
	{"E02", Warn, "the same event again with other details", "", "", false},
	{"E03", Quarantine, "event before birth (referral: more than 40 weeks before)", "8606, 302", "", false},
	{"E04", Warn, "event after death", "8555, 8915", "", false},
	{"E05", Warn, "activity before its own referral", "2889, 1103, 4015", "", false},
	{"E06", Warn, "activity on a referral without further action", "8831, 2990, 4000", "", false},
	{"E07", Warn, "activity after the case closed, or closed before the referral", "8565, 8630", "", false},
	{"E08", Warn, "two enquiries or assessments of a case at once", "8890, 8839, 8863, 8896", "", false},
	{"E09", Warn, "18 or older at the event", "352", "", false},
	{"E10", Warn, "unknown code", "8866, 8650, 144, 143", "", false},
	{"E1T", Quarantine, "unknown type of event", "", "", false},
	{"E11", Warn, "referral source is ambiguous: not counted as a school's", "", "", false},
	{"E12", Warn, "day with far more events than usual in its authority", "", "", false},
	{"C01", Quarantine, "care ended before it started", "356", "", false},
	{"C02", Warn, "care ended on the day it started: 0 days", "355", "", false},
	{"C03", Warn, "open episode of care although a later one exists", "142", "ended at the next start", true},
	{"C04", Warn, "end of care and its reason: only one given", "148", "taken as open where the end is blank", false},
	{"C05", Warn, "episodes of care overlap", "501", "merged before counting", true},
	{"C06", Warn, "gap although the episode is said to continue, or none although care is said to start", "433, 431", "", false},
	{"C07", Inform, "short breaks (V3, V4)", "365, 367, 426", "not counted", false},
	{"C08", Warn, "open episode older than the 19th birthday or absent from the latest return", "502", "ended with the last return that holds it", true},
	{"C09", Inform, "older copy of an episode that a later return holds", "502, 503", "the later return counts", false},
	{"S01", Quarantine, "roll or lookup row of a school that the register lacks", "", "", false},
	{"S08", Warn, "event at a school that the register lacks", "", "", false},
	{"S02", Warn, "school not open on the day", "", "", false},
	{"S03", Inform, "school mapped by its one successor or predecessor", "", "mapped", true},
	{"S04", Warn, "school merged or split: needs a decision", "", "", false},
	{"S05", Inform, "school not in the trial's list", "", "", false},
	{"S06", Warn, "URN and LAESTAB of a row disagree", "", "", false},
	{"S07", Warn, "phase of the school not given", "", "", false},
	{"L01", Warn, "child not linked to a school on the day", "", "", false},
	{"L02", Inform, "child on two rolls on the day", "", "single, then main, then subsidiary registration", false},
	{"L03", Inform, "linked by a former UPN", "", "", false},
	{"L04", Inform, "linked by a child-to-school lookup", "", "", false},
	{"L05", Quarantine, "left the school before entering it", "", "", false},
	{"X01", Warn, "authority-month without an event of a type that it otherwise reports", "", "empty, not zero, where ten or more were to be expected", true},
	{"X02", Inform, "last 60 days before the end of a delivery: late recording likely", "", "", false},
	{"XC1", Warn, "total of an authority's year differs from the published one by more than 10%", "", "", false},
	{"N01", Warn, "suppressed or rounded count", "", "missing, with that reason", false},
	{"N02", Quarantine, "count negative or not whole", "", "", false},
	{"P01", Warn, "number of pupils missing, zero or older than a year", "", "", false},
	{"P02", Refuse, "too many rows of an authority quarantined or unlinked", "", "", false},
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
