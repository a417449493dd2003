package study

import "testing"

// An entry to care proceedings is the first order of a court after none: a
// change of order or of placement is no other, an order after a gap is; short
// breaks and voluntary care are none. A list with the latest status alone does
// not say, and its authority's cells are empty.
func TestEntriesToCareProceedings(t *testing.T) {
	lookup := "child_id,urn,start\nA,1,01/09/2018\nB,1,01/09/2018\nC,1,01/09/2018\nD,1,01/09/2018\nE,2,01/09/2018\n"
	returns := "CHILD,DECOM,RNE,LS,DEC,REC\n" +
		"A,10/01/2021,S,V2,20/01/2021,X1\nA,20/01/2021,L,C1,05/02/2021,X1\nA,05/02/2021,P,C1,20/02/2021,X1\nA,20/02/2021,L,C2,25/02/2021,X1\nA,25/02/2021,B,E1,,\n" + // one, in January
		"B,10/01/2021,S,C1,20/01/2021,E4A\nB,01/03/2021,S,C2,,\n" + // two: home in between
		"C,10/01/2021,S,V2,01/02/2021,X1\nC,01/02/2021,S,V3,02/02/2021,E4A\nC,15/02/2021,S,L2,20/02/2021,E4A\n" + // none
		"D,10/12/2020,S,C2,05/01/2021,X1\nD,05/01/2021,P,C2,,\n" + // before the window
		"E,05/02/2021,S,C1,10/02/2021,X1\nE,05/02/2021,S,C1,10/02/2021,X1\nE,10/02/2021,P,C1,,\n" // one, given twice
	window := func(o *Options) {
		o.From, o.To, o.Outcomes = day("2021-01-01"), day("2021-03-31"), []string{"care_orders"}
	}
	want := map[string]string{"1 2021-01": "2", "1 2021-02": "0", "1 2021-03": "1", "2 2021-01": "0", "2 2021-02": "1"}
	check := func(name string, files map[string]string, want map[string]string) {
		t.Helper()
		_, cells := made(t, files, window)
		for cell, n := range want {
			if got, has := cells[cell]["care_orders"]; !has || got != n {
				t.Errorf("%s, %s: %q, want %q", name, cell, got, n)
			}
		}
	}
	check("return", map[string]string{"episodes.csv": returns, "lookup.csv": lookup}, want)

	episodes := "clae_person_id,clae_cla_episode_start_date,clae_cla_episode_start_reason,clae_cla_episode_ceased_date\nA,2021-01-10,S,\nB,2021-01-10,S,2021-01-20\nB,2021-03-01,S,\nC,2021-01-10,S,2021-02-02\nD,2020-12-10,S,\nE,2021-02-05,S,2021-03-31\n"
	legal := "lega_person_id,lega_legal_status,lega_legal_status_start_date,lega_legal_status_end_date\n" +
		"A,V2,2021-01-10,2021-01-20\nA,Interim care order,2021-01-20,2021-02-20\nA,C2 - Full care order,2021-02-20,2021-02-25\nA,Placement order granted,2021-02-25,NULL\n" +
		"B,C1,2021-01-10,2021-01-20\nB,C2,2021-03-01,NULL\nC,V2,2021-01-10,2021-02-02\nD,C2,2020-12-10,\nE,C1,2021-02-05,\n"
	check("dataset", map[string]string{"cla.csv": episodes, "legal.csv": legal, "lookup.csv": lookup}, want)

	list := "Child Unique ID,Date of Birth,Date Started to be Looked After,Child's Legal Status,Date Ceased to be Looked After,Reason Ceased to be Looked After\nA,01/05/2008,10/01/2021,C2,,\nB,01/05/2008,10/01/2021,C1,20/03/2021,E4A\n"
	check("latest status alone", map[string]string{"list8.csv": list, "lookup.csv": lookup}, map[string]string{"1 2021-01": "", "1 2021-02": ""})
}
