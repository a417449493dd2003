package study

import "testing"

// The share of contacts without further action is read from every layout that
// can record it; what a cell leaves unclear is flagged and counts on neither
// side; where nobody records it the share is empty.
func TestContactsWithoutAction(t *testing.T) {
	people := "link_person_id,link_identifier_type,link_identifier_value\n1,UPN,A000000000001\n2,UPN,A000000000002\n"
	roll := "upn,URN,entrydate,leavingdate\nA000000000001,1,01/09/2019,01/09/2023\nA000000000002,1,01/09/2019,01/09/2023\n"
	schools := "school_id,la,pupils\n1,801,500\n"
	for _, x := range []struct {
		name, contacts   string
		all, known, none string
		share            string
		unclear          int64
	}{
		{"outcomes", "Child Unique ID,Date of Birth,Date of Contact,Contact Source,Contact Outcome\n1,01/05/2008,01/03/2021,x,a) No Further Action\n1,,02/03/2021,x,Progress to Referral\n2,,03/03/2021,x,NFA\n2,,04/03/2021,x,Advice\n2,,05/03/2021,x,\n", "5", "3", "2", "0.6666666667", 1},
		{"nfa", "Child Unique ID,Date of Birth,Date of Contact,Contact NFA?\n1,01/05/2008,01/03/2021,b. No\n1,,02/03/2021,1 - Yes\n2,,03/03/2021,FA\n2,,04/03/2021,see notes\n", "4", "3", "1", "0.3333333333", 1},
		{"further", "Child Unique ID,Date of Birth,Date of Contact,Further Action (Y/N)\n1,01/05/2008,01/03/2021,N\n1,,02/03/2021,Y\n", "2", "2", "1", "0.5", 0},
		{"ssd", "cont_person_id,cont_contact_date,cont_contact_outcome_json\n1,2021-03-01 00:00:00,\"{\"\"NFA_FLAG\"\": \"\"Y\"\"}\"\n1,2021-03-02 00:00:00,CIN Referral\n2,2021-03-03 00:00:00,NULL\n2,2021-03-04 00:00:00,\"{\"\"NFA_FLAG\"\": \"\"N\"\"}\"\n", "4", "2", "1", "0.5", 1},
		{"plain events", "child_id,event,date,nfa\n1,contact,01/03/2021,1\n1,contact,02/03/2021,0\n2,contact,03/03/2021,\n", "3", "2", "1", "0.5", 0},
		{"not recorded", "Child Unique ID,Date of Birth,Date of Contact,Contact Source\n1,01/05/2008,01/03/2021,x\n1,,02/03/2021,x\n", "2", "", "", "", 0},
		{"never said", "Child Unique ID,Date of Birth,Date of Contact,Contact Outcome\n1,01/05/2008,01/03/2021,\n1,,02/03/2021,other\n", "2", "", "", "", 1},
	} {
		s, cells := made(t, map[string]string{"ids.csv": people, "roll.csv": roll, "schools.csv": schools, "contacts 2021-03-31.csv": x.contacts},
			func(o *Options) { o.Outcomes = []string{"contacts_nfa_share"} })
		row := cells["1 2021-03"]
		if row["contacts"] != x.all || row["contacts_known"] != x.known || row["contacts_nfa"] != x.none || row["contacts_nfa_share"] != x.share {
			t.Errorf("%s: contacts %s, known %s, without action %s, share %s; want %s %s %s %s", x.name, row["contacts"], row["contacts_known"], row["contacts_nfa"], row["contacts_nfa_share"], x.all, x.known, x.none, x.share)
		}
		for _, r := range s.Quality.Rules {
			if r.Rule == "E10" && r.Count.Value != x.unclear {
				t.Errorf("%s: E10 counted %d times, want %d", x.name, r.Count.Value, x.unclear)
			}
		}
	}
}

// The same of referrals: Annex A 3, the census, the dataset's flag and, where
// that is blank, its outcomes.
func TestReferralsWithoutAction(t *testing.T) {
	roll := "upn,URN,entrydate,leavingdate\nA000000000001,1,01/09/2019,01/09/2023\n"
	lookup := "child_id,upn,urn,start\n1,A000000000001,1,01/09/2019\n"
	schools := "school_id,la,pupils\n1,801,500\n"
	for name, referrals := range map[string]string{
		"annex A": "Child Unique ID,Date of Birth,Date of Referral,Referral Source,Referral NFA?\n1,01/05/2008,01/03/2021,2A Schools,a) Yes\n1,,02/03/2021,6 Police,FA\n1,,03/03/2021,6 Police,tbc\n",
		"census":  "LAchildID,CINreferralDate,ReferralSource,ReferralNFA\n1,01/03/2021,2A,10.0\n1,02/03/2021,6,0.0\n1,03/03/2021,6,true\n",
		"dataset": "cine_person_id,cine_referral_date,cine_referral_source_code,cine_referral_nfa,cine_referral_outcome_json\n1,2021-03-01,2A,Y,\n1,2021-03-02,6,,\"{\"\"SINGLE_ASSESSMENT_FLAG\"\": \"\"Y\"\"}\"\n1,2021-03-03,6,NULL,NULL\n",
	} {
		_, cells := made(t, map[string]string{"lookup.csv": lookup, "roll.csv": roll, "schools.csv": schools, "referrals 2021-03-31.csv": referrals}, func(o *Options) { o.Outcomes = []string{"referrals_nfa_share"} })
		row := cells["1 2021-03"]
		if got := [3]string{row["referrals_known"], row["referrals_nfa"], row["referrals_nfa_share"]}; got != [3]string{"2", "1", "0.5"} {
			t.Errorf("%s: known, without action and share %v, want 2, 1 and 0.5", name, got)
		}
	}
}
