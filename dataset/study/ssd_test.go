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

// The rules on the course of a case hold for the safeguarding dataset's tables,
// which refer to the referral by its id: an enquiry while another is open, up to
// its end; an assessment before its referral; a plan on a referral without
// further action; an enquiry after the case closed. Another case does not matter.
func TestSafeguardingDatasetCases(t *testing.T) {
	const cases = "cine_referral_id,cine_person_id,cine_referral_date,cine_referral_source_code,cine_referral_nfa,cine_close_date\n" +
		"R-1,A1,2021-05-13,6,N,\nR-2,A1,2021-06-13,6,N,\nR-3,A2,2021-05-13,6,N,2021-07-30\nR-4,A3,2021-05-13,6,Y,\n"
	const enquiries = "s47e_s47_enquiry_id,s47e_referral_id,s47e_person_id,s47e_s47_start_date,s47e_s47_end_date\n" +
		"1,R-1,A1,2021-06-20,2021-07-05\n2,R-2,A1,2021-07-01,2021-07-10\n3,R-1,A1,2021-07-02,2021-07-20\n4,R-1,A1,2021-07-20,\n5,R-3,A2,2021-08-02,2021-08-03\n"
	s := checked(t, files("ssd_cin_episodes.csv", cases, "ssd_s47_enquiry.csv", enquiries,
		"ssd_cin_assessments.csv", "cina_assessment_id,cina_referral_id,cina_person_id,cina_assessment_start_date,cina_assessment_auth_date\n1,R-2,A1,2021-06-12,2021-07-01\n2,R-1,A1,2021-05-14,2021-06-01\n",
		"ssd_cin_plans.csv", "cinp_cin_plan_id,cinp_referral_id,cinp_person_id,cinp_cin_plan_start_date,cinp_cin_plan_end_date\n1,R-4,A3,2021-06-01,\n2,R-3,A2,2021-06-01,2021-07-30\n"), nil)
	for rule, want := range map[string]int64{"E05": 1, "E06": 1, "E07": 1, "E08": 1} {
		if n := ruleCount(s, rule); n != want {
			t.Errorf("%s %d times, want %d", rule, n, want)
		}
	}
	if n := ruleCount(s, "E02") + ruleCount(s, "X01"); n != 0 {
		t.Errorf("%d rows in doubt", n)
	}
}
