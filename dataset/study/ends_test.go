package study

import (
	"fmt"
	"strings"
	"testing"
)

// Ends that many rows of a census repeat are not many: a year without any may
// be one in which little happened, and not one of which the census is not.
func TestRepeatedEndsDoNotMakeYearsOfACensus(t *testing.T) {
	for _, c := range []struct {
		ends, copies int
		want         string // plans begun in June 2021, in a year in which none ended
	}{{3, 1, "0"}, {3, 4, "0"}, {12, 1, ""}} {
		var plans strings.Builder
		plans.WriteString("LAchildID,CINPlanStartDate,CINPlanEndDate\n")
		for i := range c.ends {
			for range c.copies {
				fmt.Fprintf(&plans, "C%d,2021-05-04,\nC%d,2022-05-10,2022-06-%02d\n", i, i, 10+i%2)
			}
		}
		_, panel := made(t, map[string]string{"plans.csv": plans.String(), "lookup.csv": "child_id,urn,start\nC1,1,01/09/2018\n"}, func(o *Options) {
			o.From, o.To, o.Outcomes = day("2021-04-01"), day("2022-06-30"), []string{"cin_plan_starts"}
		})
		if got := panel["1 2021-06"]["cin_plan_starts"]; got != c.want {
			t.Errorf("%d ends, %d times each: %q plans in a month of the year before, want %q", c.ends, c.copies, got, c.want)
		}
	}
}
