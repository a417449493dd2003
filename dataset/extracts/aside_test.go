package extracts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// Tables that come in the folder of a delivery and are not used are recognised
// by their columns; those that make an outcome are read; a table of another
// kind is refused, even where it comes near one of them.
func TestTablesLeftAside(t *testing.T) {
	for header, want := range map[string]string{
		"addr_table_id,addr_address_json,addr_person_id,addr_address_type,addr_address_start_date":                                     "ssd-other",
		"cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json":                                                                "ssd-other",
		"clap_cla_placement_id,clap_cla_placement_start_date,clap_cla_placement_urn,clap_cla_id,clap_person_id":                        "ssd-other",
		"invo_involvements_id,invo_professional_id,invo_professional_role_id,invo_person_id":                                           "ssd-other",
		"prof_professional_id,prof_staff_id,prof_professional_name":                                                                    "ssd-other",
		"disa_person_id,disa_table_id,disa_disability_code":                                                                            "ssd-other",
		"miss_table_id,miss_person_id,miss_missing_episode_start_date":                                                                 "ssd-other",
		"ehcr_ehcp_request_id,ehcr_send_table_id,ehcr_ehcp_req_date":                                                                   "ssd-other",
		"csdq_table_id,csdq_person_id,csdq_sdq_completed_date,csdq_sdq_score":                                                          "ssd-other",
		"cppl_cp_plan_id,cppl_referral_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date":                                "ssd-cpplans",
		"icpc_icpc_id,icpc_s47_enquiry_id,icpc_person_id,icpc_icpc_date":                                                               "ssd-conferences",
		"send_table_id,send_upn,send_uln,send_upn_unknown,send_person_id":                                                              "ssd-send",
		"Child Unique ID,Gender,Date of Birth,Age,Assessment start date,Assessment completion date,Organisation completing assessment": "annexa-2",
		"Child Unique ID,Gender,Eligibility Category,LA in Touch,Type of Accommodation,Activity Status":                                "annexa-9",
		"Child Unique ID,Family identifier,Date of Birth,Date of Placement Order,Date of Adoption Order":                               "annexa-10",
		"Individual adopter identifier,Family identifier,Gender,Date enquiry received":                                                 "annexa-11",
		",LAchildID,Disability":                                                                                    "cin-csv-other",
		"LAchildID,CINdetailsID,AssessmentID,AssessmentFactor":                                                     "cin-csv-other",
		"LAchildID,CINdetailsID,PPStartDate,LBPSentDate,PPOutcome":                                                 "cin-csv-other",
		"addressesonrolltableid,NativeId,addressesonrollorderseqcolumn,sourceid,pupilonrolltableid,postcode":       "roll-other",
		"schoolcensustableid,NativeId,schoolcensusorderseqcolumn,sourceid,name,collection,term,year,referencedate": "roll-other",
		"Group UID,Group ID,Group Name,Joined date,URN,EstablishmentName,LA (code)":                                "gias-other",
		"GID,URN,UID,Role,Surname,Date of appointment,Appointing body":                                             "gias-other",
		"establishment-type-group-code,establishment-type-group-name":                                              "gias-other",
		"Local Authority GIAS ID,Local Authority Name,Postcode":                                                    "gias-other",
		"cina_person_id,cina_assessment_start_date,cinf_assessment_id":                                             "ssd-assessments", // what is read goes first
		"LAchildID,URN,event,date,Disability":                                                                      "",
		"s47e_s47_enquiry_id,s47e_person_id,s47e_s47_end_date":                                                     "", // without its start
		"pupilonrolltableid,NativeId,termlysessiondetailsonrolltableid,termlysessiondetailsonrollorderseqcolumn":   "",
		"address,address_person,professional,department,team_id":                                                   "",
		"LAchildID,Favourite colour":                                                                               "",
		"Child Unique ID,Family name":                                                                              "",
	} {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, []byte(header+"\n"+strings.Repeat(",", strings.Count(header, ","))+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, x, _, err := readFile(t, path)
		var problems dataset.Problems
		switch {
		case want == "":
			if !errors.As(err, &problems) || problems[0].Rule != "F05" {
				t.Errorf("%s: read as %v, %v; want it refused by F05", header, x, err)
			}
		case err != nil || x.Layout != want:
			t.Errorf("%s: %v, %v; want %s", header, x, err, want)
		default:
			l, err := Named(want)
			if err != nil {
				t.Fatal(err)
			}
			if noted := strings.Contains(strings.Join(x.Notes, " "), "recognised, not used"); noted != (l.Ignored != "") {
				t.Errorf("%s: notes %q", header, x.Notes)
			}
		}
	}
}
