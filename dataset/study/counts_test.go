package study

import (
	"fmt"
	"strings"
	"testing"

	"swis/dataset"
)

// A table of counts fills what an authority's rows do not deliver; what the
// rows deliver is not counted twice. A month that the rows lack is the table's.
func TestCountsBesideRows(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("child_id,school_urn,la,event,date\n")
	for i := range 200 {
		if month := 9 + i%4; month != 11 { // no November
			fmt.Fprintf(&rows, "k%d,901,801,referral,2021-%02d-%02d\n", i, month, 1+i%28)
		}
	}
	s, cells := made(t, map[string]string{
		"events.csv":  rows.String(),
		"counts.csv":  "school_id,period,outcome,count,la\n901,2021-09,referrals,12,801\n901,2021-11,referrals,13,801\n901,2021-09,s47,3,801\n902,2021-09,referrals,4,802\n902,2021-10,referrals,5000000000,802\n902,2021-11,referrals,100000000,802\n902,2021-12,referrals,-1,802\n",
		"schools.csv": "school_id,la,pupils\n901,801,500\n902,802,600\n",
	}, func(o *Options) {
		o.Period, o.From, o.To = dataset.Month, day("2021-09-01"), day("2021-12-31")
	})
	for cell, want := range map[string]string{"901 2021-09": "50 3", "901 2021-10": "50 ", "901 2021-11": "13 ", "901 2021-12": "50 ", "902 2021-09": "4 ", "902 2021-10": " ", "902 2021-11": "100000000 ", "902 2021-12": " "} {
		if got := cells[cell]["referrals"] + " " + cells[cell]["s47"]; got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	for rule, want := range map[string]int64{"E02": 1, "N02": 2} {
		if got := ruleCount(s, rule); got != want {
			t.Errorf("%s %d times, want %d", rule, got, want)
		}
	}
}

// A register gives sessions by any period: a half-day counts once, attended
// before missed; what is no possible session is in no sum; a term is known
// where the school has sessions in each of its months inside the window.
func TestRegisterOfAttendance(t *testing.T) {
	head := "upn,school_urn,date,session,mark\n"
	autumn := head + "A000000000001,901,2021-09-06,AM,/\nA000000000001,901,2021-09-06,PM,O\nA000000000001,901,2021-09-06,PM,O\nA000000000002,901,2021-09-06,AM,#\nA000000000002,901,06/09/2021,PM,I\n" +
		"A000000000001,901,2021-10-04,AM,I\nA000000000001,901,2021-10-04,AM,L\nA000000000001,902,2021-10-04,AM,G\nA000000000001,901,2021-11-01,AM,\\\nA000000000001,901,2021-12-01,AM,C1\n"
	files := map[string]string{"autumn.csv": autumn,
		"again.csv":   head + "A000000000001,901,2021-09-06,AM,N\nA000000000003,901,2022-01-10,AM,U\nA000000000003,903,2022-01-10,AM,U\nA000000000003,901,2021-08-30,AM,/\n,901,2022-01-10,AM,/\nA000000000003,901,2022-01-11,AM,q7\n",
		"schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n"}
	window := func(kind dataset.PeriodKind) func(*Options) {
		return func(o *Options) {
			o.Period, o.From, o.To, o.Threshold = kind, day("2021-09-01"), day("2022-01-31"), 1
		}
	}
	s, cells := made(t, files, window(dataset.Term))
	sessions := func(cell string) string {
		row := cells[cell]
		return strings.Join([]string{row["sessions_possible"], row["sessions_missed"], row["sessions_authorised"], row["sessions_unauthorised"]}, " ")
	}
	for cell, want := range map[string]string{"901 2021-22 1 autumn": "6 3 2 1", "901 2021-22 2 spring": "1 1 0 1", "902 2021-22 1 autumn": "   ", "902 2021-22 2 spring": "   "} {
		if got := sessions(cell); got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	for rule, want := range map[string]int64{"K01": 1, "E10": 1, "E01": 1, "E02": 2} {
		if got := ruleCount(s, rule); got != want {
			t.Errorf("%s %d times, want %d", rule, got, want)
		}
	}
	counted, other := int64(0), int64(0)
	for _, b := range s.Quality.Balance {
		counted += b.Counted.Value
		other += b.OtherSchool.Value + b.OutOfWindow.Value + b.Duplicate.Value
	}
	if counted != 7 || other != 1+1+1+1+1+1 { // school 903, August, an incomplete autumn of 902, three copies
		t.Errorf("%d counted, %d not", counted, other)
	}
	_, cells = made(t, files, window(dataset.Month))
	for cell, want := range map[string]string{"901 2021-09": "3 2 1 1", "901 2021-10": "1 0 0 0", "902 2021-10": "1 1 0 1", "902 2021-11": "   "} {
		if got := sessions(cell); got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
}
