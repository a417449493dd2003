package study

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// daily is one contact a day from a day to another, of children in turn, and a
// Section 47 enquiry every sixtieth day.
func daily(from, to string, but func(d dataset.Day) bool) string {
	var b strings.Builder
	b.WriteString("child_id,event,date,urn\n")
	for d := day(from); d <= day(to); d++ {
		if but != nil && but(d) {
			continue
		}
		fmt.Fprintf(&b, "C%d,contact,%s,1\n", d%7, d)
		if d%60 == 0 {
			fmt.Fprintf(&b, "C%d,s47,%s,1\n", d%7, d)
		}
	}
	return b.String()
}

// months is a row of the panel's cells of school 1, - for an empty one and + for
// a number above 0.
func monthsOf(panel map[string]map[string]string, outcome, from, to string) string {
	var b strings.Builder
	for p := dataset.Month.Of(day(from)); p <= dataset.Month.Of(day(to)); p++ {
		switch cell := panel["1 "+dataset.Month.Label(p)][outcome]; cell {
		case "":
			b.WriteByte('-')
		case "0":
			b.WriteByte('0')
		default:
			b.WriteByte('+')
		}
	}
	return b.String()
}

// A month in which nothing of social care began, where much was to be expected,
// is empty for what is rare too.
func TestWhatIsRareIsSilentWithTheRest(t *testing.T) {
	_, panel := made(t, map[string]string{"e.csv": daily("2021-01-01", "2021-12-31", func(d dataset.Day) bool { return d >= day("2021-05-01") && d < day("2021-06-01") })}, nil)
	contacts, enquiries := monthsOf(panel, "contacts", "2021-01-01", "2021-12-31"), monthsOf(panel, "s47", "2021-01-01", "2021-12-31")
	if contacts != "++++-+++++++" || strings.Count(enquiries, "-") != 1 || enquiries[4] != '-' || !strings.Contains(enquiries, "0") {
		t.Errorf("contacts %s, enquiries %s", contacts, enquiries)
	}
}

// The month within which a delivery begins or ends is empty, by what is in it
// or by the mapping file, but where the window begins or ends there as well.
func TestDeliveriesThatEndWithinAMonth(t *testing.T) {
	for name, c := range map[string]struct {
		from, to, mapped, window, want string
	}{
		"whole months":          {"2021-02-01", "2021-11-30", "", "", "-++++++++++-"},
		"a week short":          {"2021-02-05", "2021-11-24", "", "", "-++++++++++-"},
		"within":                {"2021-02-17", "2021-11-12", "", "", "--++++++++--"},
		"declared":              {"2021-02-05", "2021-11-24", "from: 2021-02-05\ncomplete_to: 2021-11-24\n", "", "--++++++++--"},
		"declared, and whole":   {"2021-02-17", "2021-11-12", "from: 2021-02-01\ncomplete_to: 2021-11-30\n", "", "-++++++++++-"},
		"the window ends there": {"2021-01-01", "2021-11-12", "complete_to: 2021-11-12\n", "2021-11-12", "+++++++++++-"},
	} {
		_, panel := made(t, map[string]string{"e.csv": daily(c.from, c.to, nil), "map.yaml": c.mapped + "la: \"801\"\n"}, func(o *Options) {
			o.From, o.To = day("2021-01-01"), day("2021-12-31")
			if c.window != "" {
				o.To = day(c.window)
			}
			o.Sources[0].Map = filepath.Join(o.Sources[0].Path, "map.yaml")
		})
		if got := monthsOf(panel, "contacts", "2021-01-01", "2021-12-31"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
