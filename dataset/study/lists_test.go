package study

import (
	"strings"
	"testing"
)

// A child who is in care in one list of Annex A and, in a later one, in care
// since a day after the first was made has entered care again: list 8 holds
// the start of the latest period alone. A start that a later list moves to a day
// before the first was made is one period, set right.
func TestLatestPeriodsOfCare(t *testing.T) {
	const header = "Child Unique ID,Date Started to be Looked After,Date Ceased to be Looked After,Child's Legal Status\n"
	const rest = "B,05/12/2020,,V2\nC,01/05/2021,20/05/2021,V2\nD,15/09/2021,,V2\nE,01/08/2021,20/08/2021,V2\n"
	const lookup = "child_id,urn,start\nA,1,01/09/2018\nB,1,01/09/2018\nC,1,01/09/2018\nD,1,01/09/2018\nE,1,01/09/2018\n"
	for second, december := range map[string]string{"A,06/12/2021,07/12/2021,V2\n": "1", "A,07/07/2021,07/12/2021,V2\n": "0"} {
		files := map[string]string{"2021-09-30-list-8.csv": header + "A,04/12/2020,,V2\n" + rest, "2021-12-31-list-8.csv": header + second + strings.Replace(rest, "C,01/05/2021,20/05/2021,V2\n", "", 1), "lookup.csv": lookup}
		s, panel := made(t, files, func(o *Options) {
			o.From, o.To, o.RepairOff = day("2021-07-01"), day("2021-12-31"), []string{"X01"}
		})
		for month, want := range map[string]string{"2021-07": "0", "2021-08": "1", "2021-09": "1", "2021-12": december} {
			if got := panel["1 "+month]["care_entries"]; got != want {
				t.Errorf("%s %s: %q entries, want %s", second, month, got, want)
			}
		}
		if days := s.Panel.Report.Care.Merged; ruleCount(s, "C03") != 1 || days != int64(day("2021-12-07")-day("2021-07-01"))+184+108+19 {
			t.Errorf("%s: C03 %d, %d days", second, ruleCount(s, "C03"), days)
		}
	}
}
