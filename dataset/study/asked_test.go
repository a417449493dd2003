package study

import (
	"testing"

	"swis/dataset"
	"swis/dataset/panel"
)

// Every outcome that is made of events is delivered by a file that has its
// events, and is a column where it is asked for.
func TestEveryOutcomeOfEvents(t *testing.T) {
	files := map[string]string{
		"events.csv": "child_id,school_urn,la,event,date,nfa,source\n" +
			"A,1,801,contact,01/03/2021,1,6\nA,1,801,contact,02/03/2021,0,6\nB,1,801,contact,03/03/2021,,6\n" +
			"A,1,801,referral,04/03/2021,0,2A\nB,1,801,referral,05/03/2021,1,6\nB,1,801,referral,06/03/2021,,6\n" +
			"A,1,801,assessment,07/03/2021,,\nA,1,801,plan,08/03/2021,,\nA,1,801,s47,09/03/2021,,\nA,1,801,s47,10/03/2021,,\n" +
			"A,1,801,icpc,11/03/2021,,\nA,1,801,cpp,12/03/2021,,\n" +
			"A,1,801,suspension,12/03/2021,,\nA,1,801,suspension,15/03/2021,,\nA,1,801,suspension,15/03/2021,,\nB,1,801,permanent_exclusion,16/03/2021,,\n",
		"episodes.csv": "CHILD,DECOM,RNE,LS,DEC,REC\nA,10/03/2021,S,C2,20/03/2021,X1\nA,20/03/2021,P,C2,25/03/2021,E4A\nA,28/03/2021,S,C2,,\nB,20/01/2021,S,V3,,\n",
		"lookup.csv":   "child_id,urn,start\nA,1,01/09/2018\nB,1,01/09/2018\n",
	}
	window := func(o *Options) { o.From, o.To = day("2021-03-01"), day("2021-03-31") }
	want := map[string]string{
		"s47": "2", "s47_children": "1", "s17_starts": "1", "referrals": "3", "referrals_from_schools": "1", "contacts": "3", "days_in_care": "19", "children_in_care": "1",
		"care_entries": "2", "assessments": "1", "cin_plan_starts": "1", "episodes_of_need": "1", "cpp_starts": "1", "icpc": "1", "referred_children": "2",
		"referrals_known": "2", "referrals_nfa": "1", "referrals_nfa_share": "0.5", "contacts_known": "2", "contacts_nfa": "1", "contacts_nfa_share": "0.5",
		"suspensions": "2", "suspended_pupils": "1", "permanent_exclusions": "1",
		"lunchtime_suspensions": "0", "care_orders": "2",
	}
	_, cells := made(t, files, func(o *Options) { window(o); o.Outcomes = []string{panel.AllOutcomes} })
	row := cells["1 2021-03"]
	for _, o := range dataset.Outcomes {
		got, has := row[o.Name]
		if _, delivered := want[o.Name]; !delivered {
			if has {
				t.Errorf("%s is a column although nothing of it is delivered", o.Name)
			}
			continue
		}
		if w := want[o.Name]; got != w {
			t.Errorf("%s: %q, want %q", o.Name, got, w)
		}
	}
	_, cells = made(t, files, window)
	for _, o := range dataset.Outcomes {
		if _, has := cells["1 2021-03"][o.Name]; has != (o.In == dataset.Always || o.In == dataset.Delivered && want[o.Name] != "") {
			t.Errorf("%s is a column without being asked for: %v", o.Name, has)
		}
	}
	_, cells = made(t, files, func(o *Options) { window(o); o.Outcomes = []string{"contacts_nfa_share", "sessions_missed"} })
	if row := cells["1 2021-03"]; row["contacts_nfa_share"] != "0.5" || row["covered_contacts_nfa"] != "1" || row["sessions_missed"] != "" || row["covered_sessions_missed"] != "0" {
		t.Errorf("asked for by name: %v", row)
	}
}

// Where no contact says whether action followed, the number without action is
// not 0 but not known; where none of those that say so ended without action it is 0.
func TestFurtherActionNotRecorded(t *testing.T) {
	ask := func(o *Options) { o.Outcomes = []string{"contacts_nfa_share", "episodes_of_need"} }
	_, cells := made(t, map[string]string{"a.csv": "child_id,school_urn,la,event,date,nfa\nA,1,801,contact,01/03/2021,\nA,1,801,referral,01/03/2021,\n"}, ask)
	if row := cells["1 2021-03"]; row["contacts"] != "1" || row["contacts_nfa"] != "" || row["contacts_nfa_share"] != "" || row["episodes_of_need"] != "" {
		t.Errorf("not recorded: %v", row)
	}
	_, cells = made(t, map[string]string{"a.csv": "child_id,school_urn,la,event,date,nfa\nA,1,801,contact,01/03/2021,0\nA,1,801,referral,01/03/2021,1\nB,2,801,referral,01/03/2021,1\n"}, ask)
	if row := cells["1 2021-03"]; row["contacts_nfa"] != "0" || row["contacts_nfa_share"] != "0" || row["episodes_of_need"] != "0" {
		t.Errorf("recorded as action: %v", row)
	}
	if row := cells["2 2021-03"]; row["contacts_known"] != "0" || row["contacts_nfa_share"] != "" {
		t.Errorf("a share of nothing: %v", row)
	}
}

// Counts of some months of a term do not fill the term; a count given twice
// counts once.
func TestCountsThatDoNotFillThePeriod(t *testing.T) {
	text := "school_id,period,outcome,count\n1,2021-01,s47,2\n1,2021-02,s47,1\n2,2021-01,s47,2\n2,2021-02,s47,1\n2,2021-03,s47,4\n2,2021-03,s47,4\n2,2021-02,s47,9\n"
	s, cells := made(t, map[string]string{"counts.csv": text}, func(o *Options) { o.Period, o.From, o.To = dataset.Term, day("2021-01-01"), day("2021-03-31") })
	if a, b := cells["1 2020-21 2 spring"]["s47"], cells["2 2020-21 2 spring"]["s47"]; a != "" || b != "7" {
		t.Errorf("two months of three: %q; three months with copies: %q; want empty and 7", a, b)
	}
	if ruleCount(s, "E01") != 1 || ruleCount(s, "E02") != 1 {
		t.Errorf("copies: E01 %d, E02 %d", ruleCount(s, "E01"), ruleCount(s, "E02"))
	}
}
