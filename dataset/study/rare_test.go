package study

import "testing"

// A rare event of one table of a census is 0, not unknown, in a year in which
// the tables that came with it have rows.
func TestTablesOfACensusCoverTogether(t *testing.T) {
	const roll = "upn,URN,entrydate,leavingdate\nA000000000001,901,01/09/2018,01/09/2023\n"
	const ids = "LAchildID,UPN,FormerUPN,PersonBirthDate\nA,A000000000001,,01/05/2008\n"
	const s47 = "LAchildID,S47ActualStartDate\nA,10/11/2020\n"
	const details = "LAchildID,CINdetailsID,CINreferralDate,ReferralSource,ReferralNFA\nA,1,14/09/2020,2A,0\nA,2,30/08/2021,1A,0\n"
	_, cells := made(t, map[string]string{"schools.csv": "school_id,la,pupils\n901,801,500\n", "roll.csv": roll, "ids.csv": ids, "s47.csv": s47, "details.csv": details}, func(o *Options) {
		o.From, o.To = day("2020-09-01"), day("2021-08-31")
	})
	if got := cells["901 2021-05"]; got["s47"] != "0" || got["referrals"] != "0" {
		t.Errorf("May 2021: s47 %q, referrals %q, want 0 and 0", got["s47"], got["referrals"])
	}
	if got := cells["901 2020-11"]; got["s47"] != "1" {
		t.Errorf("November 2020: s47 %q, want 1", got["s47"])
	}
}
