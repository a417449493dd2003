package did

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// words are how the columns are called in sentences.
type words struct {
	unit, units  string // "school", "schools"
	time, times  string // "term", "terms"
	outcome      string // "Section 47 enquiries"
	events       string // "enquiries", for counts
	exposureUnit string // "pupil-years"; empty without exposure
}

// outcomeWords are the outcomes that a study folder holds.
var outcomeWords = map[string][2]string{
	"s47": {"Section 47 enquiries", "enquiries"}, "section47": {"Section 47 enquiries", "enquiries"}, "s47_children": {"Children with a Section 47 enquiry", "children"},
	"s17": {"Section 17 starts", "starts"}, "s17_starts": {"Section 17 starts", "starts"},
	"referrals": {"Referrals", "referrals"}, "referrals_from_schools": {"Referrals from schools", "referrals"}, "contacts": {"Contacts", "contacts"},
	"days_in_care": {"Days in care", "days"}, "children_in_care": {"Children in care", "children"},
}

func wordsOf(d *Data, p *Panel) words {
	w := words{unit: noun(d.Unit), time: noun(d.Time), outcome: d.Outcome, events: "events"}
	if d.TimeUnit != "" {
		w.time = d.TimeUnit
	}
	w.units, w.times = plural(w.unit), plural(w.time)
	if o, ok := outcomeWords[strings.ToLower(d.Outcome)]; ok {
		w.outcome, w.events = o[0], o[1]
	}
	switch e := strings.ToLower(d.Exposure); {
	case e == "":
	case e == "exposure" || strings.Contains(e, "year"):
		w.exposureUnit = "pupil-years"
	default:
		w.exposureUnit = noun(d.Exposure) + " a " + w.time
	}
	return w
}

// noun is a column name as a word: school_id is a school, la an LA.
func noun(column string) string {
	c := strings.ToLower(column)
	for _, suffix := range []string{"_id", "_code", "_name"} {
		c = strings.TrimSuffix(c, suffix)
	}
	switch c {
	case "la", "new_la", "old_la", "lad":
		return "LA"
	case "urn":
		return "school"
	case "time_period":
		return "period"
	}
	return strings.ReplaceAll(c, "_", " ")
}

func plural(word string) string {
	switch {
	case strings.HasSuffix(word, "s"):
		return word
	case strings.HasSuffix(word, "y") && !strings.HasSuffix(word, "ay"):
		return word[:len(word)-1] + "ies"
	}
	return word + "s"
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes a count with separated thousands.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// label is a number without needless digits, as in term names.
func label(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// percent is a change in per cent, for sentences.
func percent(share float64) string {
	v := math.Abs(share) * 100
	switch {
	case v < 0.95:
		return fmt.Sprintf("%.1f%%", v)
	case v < 1000:
		return fmt.Sprintf("%.0f%%", v)
	}
	return "more than tenfold"
}
