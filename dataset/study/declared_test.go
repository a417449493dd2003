package study

import (
	"path/filepath"
	"testing"
)

// What a mapping file says of the events' end leaves the returns of care where
// they end: an open period of care is not carried on into months that no
// return covers, and those months are empty, not zero.
func TestDeclaredEndHoldsForItsOwnFiles(t *testing.T) {
	files := map[string]string{
		"map.yaml":     "complete_to: 2021-12-31\n",
		"events.csv":   "child_id,event,date\nA,s47,2020-05-04\nB,s47,2021-09-09\n",
		"episodes.csv": "CHILD,DECOM,RNE,LS,DEC,REC\nA,10/06/2020,S,C2,,\nB,13/06/2020,S,C2,20/06/2020,E4A\n",
		"lookup.csv":   "child_id,urn,start\nA,1,01/09/2018\nB,2,01/09/2018\n",
	}
	for _, c := range []struct {
		care bool // the mapping file is given for the returns of care too
		want map[string]string
	}{
		{false, map[string]string{"1 2021-03": "31", "1 2021-04": "", "2 2020-06": "7", "2 2021-03": "0", "2 2021-12": ""}},
		{true, map[string]string{"1 2021-03": "31", "1 2021-04": "30", "2 2020-06": "7", "2 2021-03": "0", "2 2021-12": "0"}},
	} {
		_, panel := made(t, files, func(o *Options) {
			dir := o.Sources[0].Path
			o.Sources = nil
			for _, name := range []string{"events.csv", "episodes.csv", "lookup.csv"} {
				source := Source{Path: filepath.Join(dir, name), LA: "801"}
				if name == "events.csv" || c.care && name == "episodes.csv" {
					source.Map = filepath.Join(dir, "map.yaml")
				}
				o.Sources = append(o.Sources, source)
			}
			o.From, o.To = day("2020-04-01"), day("2021-12-31")
		})
		for cell, days := range c.want {
			if got, ok := panel[cell]["days_in_care"]; !ok || got != days {
				t.Errorf("declared for care %v, %s: %q days in care, want %q", c.care, cell, got, days)
			}
		}
		if got := panel["2 2021-12"]["s47"]; got != "0" {
			t.Errorf("declared for care %v: %q enquiries in the last month, want 0", c.care, got)
		}
	}
}

// A return of care without a row names no year: it covers nothing.
func TestReturnOfCareWithoutARow(t *testing.T) {
	s, panel := made(t, map[string]string{
		"events.csv":   "child_id,event,date\nA,s47,2020-05-04\nA,s47,2020-06-09\n",
		"episodes.csv": "CHILD,DECOM,RNE,LS,DEC,REC\n",
		"lookup.csv":   "child_id,urn,start\nA,1,01/09/2018\n",
	}, func(o *Options) { o.From, o.To = day("2020-05-01"), day("2020-06-30") })
	row := panel["1 2020-05"]
	if days, ok := row["days_in_care"]; !ok || days != "" || row["s47"] != "1" {
		t.Errorf("%q days in care and %q enquiries, want none and 1", days, row["s47"])
	}
	if ruleCount(s, "F02") != 1 {
		t.Errorf("F02 %d times, want 1", ruleCount(s, "F02"))
	}
}
