package study

import (
	"fmt"
	"testing"
)

// A month without an event among others with many rows is not delivered only
// where the rows are of many events: deliveries that overlap repeat them.
func TestRepeatedEventsDoNotMakeMonthsSilent(t *testing.T) {
	for _, c := range []struct {
		events, copies int
		may            string
	}{{4, 3, "0"}, {12, 1, ""}, {12, 3, ""}} {
		files := map[string]string{}
		for copied := range c.copies {
			text := "child_id,event,date,urn\n"
			for _, month := range []string{"02", "03", "04", "06", "07", "08"} {
				for child := range c.events { // on two days, so that days alone do not tell
					text += fmt.Sprintf("C%d,s47,2021-%s-%02d,1\n", child, month, 10+child%2)
				}
			}
			files[fmt.Sprintf("list-%d.csv", copied)] = text + fmt.Sprintf("D%d,s47,2021-08-20,1\n", copied)
		}
		s, panel := made(t, files, func(o *Options) { o.From, o.To = day("2021-02-01"), day("2021-08-31") })
		if got := panel["1 2021-05"]["s47"]; got != c.may || panel["1 2021-04"]["s47"] != fmt.Sprint(c.events) {
			t.Errorf("%+v: %q in the month without events, %q in the one before", c, got, panel["1 2021-04"]["s47"])
		}
		if n := ruleCount(s, "X01"); n != 1 {
			t.Errorf("%+v: X01 %d, want 1", c, n)
		}
	}
}
