package study

import "testing"

// Episodes with their legal statuses in a table of their own give the days in
// care that the return gives.
func TestSafeguardingDatasetCare(t *testing.T) {
	window := func(o *Options) { o.From, o.To = day("2021-04-01"), day("2022-03-31") }
	returned := checked(t, files("e.csv", episodes+
		care("A1", "13/09/2021", "S", "C1", "13/10/2021", "X1")+care("A1", "13/10/2021", "L", "C2", "20/12/2021", "E4A")+
		care("A2", "13/09/2021", "S", "V3", "20/09/2021", "E4A")+care("A3", "13/09/2021", "S", "V4", "20/09/2021", "E4A")), window)
	tables := checked(t, files(
		"ssd_cla_episodes.csv", "clae_cla_episode_id,clae_person_id,clae_cla_episode_start_date,clae_cla_episode_start_reason,clae_cla_primary_need_code,clae_cla_episode_ceased_date,clae_cla_episode_ceased_reason\n"+
			"1,A1,2021-09-13 00:00:00,S,N1,2021-10-13 00:00:00,X1\n2,A1,2021-10-13 00:00:00,L,N1,2021-12-20 00:00:00,E4A\n3,A2,2021-09-13 00:00:00,S,N1,2021-09-20 00:00:00,E4A\n4,A3,2021-09-13 00:00:00,S,N1,2021-09-20 00:00:00,E4A\n",
		"ssd_legal_status.csv", "lega_legal_status_id,lega_person_id,lega_legal_status,lega_legal_status_start_date,lega_legal_status_end_date\n"+
			"1,A1,C1 - Interim care order,2021-09-13 00:00:00,2021-10-13 00:00:00\n2,A1,C2,2021-10-13 00:00:00,NULL\n3,A2,Accommodated for short breaks: individual episodes,2021-09-01 00:00:00,NULL\n4,A3,V4,2021-09-13 00:00:00,2021-09-20 00:00:00\n"), window)
	a, b := returned.Panel.Report.Care, tables.Panel.Report.Care
	if a != b || a.Merged != 98 || a.Respite != 14 {
		t.Errorf("return %+v, tables %+v", a, b)
	}
	if n := ruleCount(tables, "E10") + ruleCount(tables, "C04"); n != 0 {
		t.Errorf("%d codes in doubt", n)
	}
	without := checked(t, files("a.csv", "clae_person_id,clae_cla_episode_start_date,clae_cla_episode_start_reason,clae_cla_episode_ceased_date\nA1,2021-09-13,S,2021-10-13\nA2,2021-09-13,S,2021-10-13\n",
		"b.csv", "lega_person_id,lega_legal_status,lega_legal_status_start_date,lega_legal_status_end_date\nA1,C2,2021-09-13,\nA2,C2,2021-01-13,2021-02-13\n"), window)
	if n := ruleCount(without, "E10"); n != 1 || without.Panel.Report.Care.Merged != 60 {
		t.Errorf("without a status: %d flagged, %d days", n, without.Panel.Report.Care.Merged)
	}
}
