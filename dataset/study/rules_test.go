package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"swis/dataset"
)

// ruleCase is a delivery that triggers one rule.
type ruleCase struct {
	severity dataset.Severity
	count    int64
	action   string // start of what is said to be done
	files    map[string]string
	set      func(*Options)
	off      string // the switch of its repair, RULE=off or RULE=on; empty where there is none
	switched string // what the switch changes: name of an effect below
}

const (
	events     = "child_id,school_urn,la,event,date\n"
	episodes   = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
	header     = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
	roll       = "URN,upn,entrydate,enrolstatus\n"
	left       = "URN,upn,entrydate,leavingdate,enrolstatus\n"
	lookup     = "child_id,urn,start,end\n"
	schoolRows = "school_id,la,phase,pupils\n100001,801,secondary,500\n100002,801,secondary,400\n"
	census     = "pupilonrolltableid,NativeId,upn,entrydate,sourceid,termlysessionspossible,termlysessionsauthorised,termlysessionsunauthorised\n"
	absence    = "time_period,time_identifier,geographic_level,urn,sess_possible,sess_overall,sess_authorised,sess_unauthorised\n"
	details    = "LAchildID,CINdetailsID,CINreferralDate,ReferralSource,PrimaryNeedCode,CINclosureDate,ReferralNFA\n"
	enquiry    = "LAchildID,CINdetailsID,S47ActualStartDate,InitialCPCtarget,DateOfInitialCPC,ICPCnotRequired\n"
	assess     = "LAchildID,CINdetailsID,AssessmentActualStartDate,AssessmentAuthorisationDate\n"
	one        = "A1,100001,801,s47,03/09/2021\n"
	day13      = "ZZ,100001,801,referral,13/09/2021\n" // settles the order of day and month
	register   = "URN,EstablishmentName,LA (code),EstablishmentNumber,PhaseOfEducation (name),OpenDate,CloseDate,NumberOfPupils,CensusDate\n" +
		"100001,Oak,801,4001,Secondary,,,500,20-01-2021\n100002,Elm,801,4002,Secondary,,,400,20-01-2021\n100009,Far,802,4009,Secondary,,,300,20-01-2021\n"
)

// care is one row of an episode.
func care(child, start, rne, ls, end, rec string) string {
	return fmt.Sprintf("%s,%s,%s,%s,N1,U1,PR1,%s,%s,,,,\n", child, start, rne, ls, end, rec)
}

// several repeats a row with a number in it.
func several(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i+1)
	}
	return b.String()
}

func files(nameText ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(nameText); i += 2 {
		m[nameText[i]] = nameText[i+1]
	}
	return m
}

// months gives n referrals in each month from September 2021 but the one left out.
func months(n, without int) string {
	var b strings.Builder
	for m := range 12 {
		if m == without {
			continue
		}
		for i := range n {
			fmt.Fprintf(&b, "M%d_%d,100001,801,referral,%02d/%02d/%d\n", m, i, i%27+1, (m+8)%12+1, 2021+(m+8)/12)
		}
	}
	return b.String()
}

// year gives n referrals in each month from September 2022 on.
func year(n int) string {
	return strings.NewReplacer("/2022", "/2023", "/2021", "/2022", "M", "N").Replace(months(n, -1))
}

// openRows are published totals: of the year to March 2023 the authority has 160
// referrals (20 a month to August, then 10) and 11 enquiries; 802 delivers
// nothing, and the year to March 2022 is not delivered whole.
const openRows = "time_period,time_identifier,geographic_level,old_la_code,new_la_code,Section47,Section47_child,Referrals,Referrals_child\n" +
	"2023,Reporting year,National,,,100,100,100,100\n2023,Reporting year,Local authority,801,E06000023,13,11,176,144\n2022,Reporting year,Local authority,801,E06000023,1,1,1,1\n" +
	"2023,Reporting year,Local authority,802,E06000024,1,1,1,1\n2024,Reporting year,Local authority,801,E06000023,c,c,c,c\n"

func terms(o *Options) { o.Period, o.From, o.To = dataset.Term, day("2021-04-01"), day("2021-12-31") }

const (
	survey = "school_id,wave,respondent,role,q1,q2,q3\n"
	scales = "scales:\n  wellbeing: {items: [q1, q2, q3], range: [1, 5], minimum: 2}\n"
)

func mapped(o *Options) {
	o.Sources[0].Map = filepath.Join(o.Sources[0].Path, "map.yaml")
	o.From, o.To = day("2021-04-01"), day("2021-12-31")
}

func noLA(o *Options) {
	for i := range o.Sources {
		o.Sources[i].LA = ""
	}
}

func schools(o *Options) { o.Schools = filepath.Join(o.Sources[0].Path, "schools.csv") }

var ruleCases = map[string]ruleCase{
	"F01": {severity: dataset.Refuse, count: 1, action: "file refused", files: files("a.csv", events+`A1,100001,801,s47,"03/09/2021`+"\n")},
	"F02": {severity: dataset.Inform, count: 2, action: "counted", files: files("a.csv", events+one, "b.csv", enquiry, "c.csv", " \n")},
	"F03": {severity: dataset.Refuse, count: 1, action: "file refused", files: files("a.csv", "LAchildID,x\nA1,1\n"), set: func(o *Options) { o.Sources[0].Layout = "cin-csv-s47" }},
	"F04": {severity: dataset.Refuse, count: 1, action: "file refused", files: files("a.csv", "child_id,event,date,Date\nA1,s47,03/09/2021,\n")},
	"F05": {severity: dataset.Refuse, count: 2, action: "file refused", files: files("a.csv", "a,b\n1,2\n", "b.csv", "school_id,period,outcome,count,event,x\n1,2,3,4,5,6\n", "c.xml", "<a/>")},
	"F06": {severity: dataset.Quarantine, count: 2, action: "row kept out", files: files("a.csv", events+one+"A2,100001,801,s47\nA3,100001,801,s47,04/09/2021,x\n")},
	"F07": {severity: dataset.Refuse, count: 1, action: "file refused", files: files("a.csv", "child_id,event,date\nA1,s47,03/09/2021\n"), set: noLA},
	"F08": {severity: dataset.Refuse, count: 1, action: "file refused", files: files("a.csv", events+one, "b.csv", events+one, "h1.csv", header+"A1,1,13/01/2008,WBRI,B801200005001,0,\n", "h2.csv", header+"A1,1,13/01/2008,WBRI,B801200005001,0,\n")},
	"F09": {severity: dataset.Warn, count: 1, action: "the code given is used", files: files("a.csv", events+one+"A2,100001,802,s47,04/09/2021\nA3,100001,802,s47,05/09/2021\n")},
	"F10": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("a.csv", events+one+"A2,100001,LA2,s47,04/09/2021\nA3,100001,LA2,s47,05/09/2021\nA4,100001,80,s47,05/09/2021\nA5,100001,E06000001,s47,05/09/2021\n")},

	"D01": {severity: dataset.Quarantine, count: 3, action: "row kept out", files: files("a.csv", events+one+"A2,100001,801,s47,soon\nA3,100001,801,s47,\nA4,100001,801,s47,31/02/2021\n")},
	"D09": {severity: dataset.Warn, count: 1, action: "taken as blank", files: files("a.csv", details+"A1,1,03/09/2021,6,N1,later,0\n")},
	"D02": {severity: dataset.Warn, count: 1, action: "taken as dd/mm", files: files("a.csv", events+one)},
	"D03": {severity: dataset.Refuse, count: 1, action: "file refused", files: files("a.csv", events+"A1,100001,801,s47,13/09/2021\nA2,100001,801,s47,09/13/2021\n")},
	"D04": {severity: dataset.Warn, count: 2, action: "converted", files: files("a.csv", events+"A1,100001,801,s47,44442\nA2,100001,801,s47,44443.0\n"+day13), off: "D04=off", switched: "D01"},
	"D05": {severity: dataset.Quarantine, count: 1, action: "row kept out", files: files("a.csv", events+one+"A2,100001,801,s47,03/09/21\n")},
	"D06": {severity: dataset.Quarantine, count: 1, action: "row kept out", files: files("h.csv", "Collection,Year,ReferenceDate,LEA\nCIN,2022,2022-03-31,801\n", "s.csv", enquiry+"A1,1,2022-01-13,,,1\nA2,1,2022-04-13,,,1\n")},
	"D07": {severity: dataset.Quarantine, count: 3, action: "row kept out", files: files("a.csv", events+one+"A2,100001,801,s47,13/10/1991\nA3,100001,801,s47,01/01/1900\nA4,100001,801,s47,31/12/9999\nA5,100001,801,s47,14/10/1991\n")},
	"D10": {severity: dataset.Warn, count: 1, action: "taken as blank", files: files("a.csv", details+"A1,1,13/09/2021,6,N1,01/01/1900,0\n")},
	"D08": {severity: dataset.Inform, count: 2, action: "counted", files: files("a.csv", events+"A1,100001,801,s47,2021-09-03 11:20:00\nA2,100001,801,s47,2021-09-03T08:00\nA3,100001,801,s47,2021-09-03 00:00:00\n")},

	"K01": {severity: dataset.Quarantine, count: 2, action: "row kept out", files: files("a.csv", events+one+",100001,801,s47,03/09/2021\nNULL,100001,801,s47,03/09/2021\n")},
	"K02": {severity: dataset.Warn, count: 1, action: "a trailing .0 is dropped", files: files("a.csv", events+"1234.0,100001,801,s47,13/09/2021\n1234,100001,801,referral,13/09/2021\n"), off: "K02=off", switched: "children"},
	"K0E": {severity: dataset.Quarantine, count: 1, action: "row kept out", files: files("a.csv", events+one+"1.23E+12,100001,801,s47,03/09/2021\n")},
	"K03": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("a.csv", events+"A12345678901234567890,100001,801,s47,03/09/2021\nA1234567890123456789/,100001,801,s47,03/09/2021\nA1234567890123456789,100001,801,s47,03/09/2021\n")},
	"K0A": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("a.csv", events+"A/1,100001,801,s47,03/09/2021\nA 2,100001,801,s47,03/09/2021\nA-3_801,100001,801,s47,03/09/2021\n")},
	"K04": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,X1234,0,\nA2,1,13/01/2008,WBRI,BB01200005001,0,\nA3,1,13/01/2008,WBRI,B801200005001,0,\n")},
	"K05": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,A801200005001,0,\nA3,1,13/01/2008,WBRI,B801200005001,0,\n")},
	"K06": {severity: dataset.Warn, count: 2, action: "taken as blank", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,UN1,0,\nA3,1,13/01/2008,WBRI,un5,0,\n")},
	"K07": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,B801200005001,0,\nA3,1,13/01/2008,WBRI,B801200005001,0,\n")},
	"K08": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,B801200005001,0,\nA1,1,13/03/2008,WBRI,B801200005001,0,\n")},
	"K09": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,B801200005001,0,\n", "a.csv", events+one+"A2,100001,801,s47,13/09/2021\nA2,100001,801,s47,14/09/2021\n")},
	"K10": {severity: dataset.Inform, count: 1, action: "counted", files: files("h.csv", "CHILD,SEX,DOB,ETHNIC,UPN,LA\nA1,1,13/01/2008,WBRI,B801200005001,801\nA1,1,13/01/2008,WBRI,B801200005001,802\n")},

	"E01": {severity: dataset.Inform, count: 2, action: "one kept", files: files("a.csv", events+one+one+one)},
	"E0R": {severity: dataset.Inform, count: 1, action: "counted", files: files("a.csv", events+one, "b.csv", events+one+day13)},
	"E02": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("a.csv", events+one+"A1,100002,801,s47,03/09/2021\n")},
	"E03": {severity: dataset.Quarantine, count: 2, action: "row kept out", files: files("h.csv", header+"A1,1,13/09/2010,WBRI,,0,\n", "a.csv", events+"A1,100001,801,s47,12/09/2010\nA1,100001,801,referral,07/12/2009\nA1,100001,801,referral,06/12/2009\nA1,100001,801,s47,13/09/2010\n")},
	"E04": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("i.csv", "LAchildID,UPN,PersonBirthDate,PersonDeathDate\nA1,,2008-01-13,2021-09-02\n", "a.csv", events+one+"A1,100001,801,s47,02/09/2021\n"+day13)},
	"E05": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("d.csv", details+"A1,1,13/09/2021,6,N1,,0\n", "s.csv", enquiry+"A1,1,12/09/2021,,,1\n", "a.csv", assess+"A1,1,13/09/2021,14/09/2021\n")},
	"E06": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("d.csv", details+"A1,1,13/09/2021,6,N1,,1\n", "s.csv", enquiry+"A1,1,14/09/2021,,,1\n")},
	"E07": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("d.csv", details+"A1,1,13/09/2021,6,N1,20/09/2021,0\nA2,2,13/09/2021,6,N1,12/09/2021,0\n", "s.csv", enquiry+"A1,1,21/09/2021,,,1\n")},
	// A1: an enquiry before the conference of another, and one while that is open;
	// A2: one after a conference, one that needed none; A3: assessments
	"E08": {severity: dataset.Warn, count: 3, action: "kept and flagged", files: files("s.csv", enquiry+"A1,1,13/09/2021,,20/09/2021,0\nA1,1,19/09/2021,,,0\nA1,1,25/09/2021,,28/09/2021,0\nA2,1,13/09/2021,,20/09/2021,0\nA2,1,20/09/2021,,,1\nA2,1,22/09/2021,,,1\n",
		"a.csv", assess+"A3,1,13/09/2021,20/09/2021\nA3,1,19/09/2021,25/09/2021\nA4,1,13/09/2021,20/09/2021\nA4,1,20/09/2021,\n")},
	"E09": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("schools.csv", schoolRows, "h.csv", header+"A1,1,13/09/2003,WBRI,,0,\nA2,1,13/09/2011,WBRI,,0,\n", "a.csv", events+"A1,100001,801,s47,12/09/2021\nA1,100001,801,s47,13/09/2021\nA2,100001,801,s47,12/09/2021\nA2,100001,801,s47,13/09/2021\n")},
	"E10": {severity: dataset.Warn, count: 7, action: "kept", files: files("d.csv", details+"A1,1,13/09/2021,2X,N1,,0\nA1,1,14/09/2021,6,Q7,,0\nA1,1,15/09/2021,2A,N0,,0\n",
		"e.csv", episodes+care("A1", "13/09/2021", "X", "C2", "14/09/2021", "X1")+care("A2", "13/09/2021", "S", "C9", "14/09/2021", "E4A")+care("A3", "13/09/2021", "S", "C2", "14/09/2021", "E4X")+
			strings.Replace(care("A4", "13/09/2021", "S", "C2", "14/09/2021", "E99"), "N1", "N12", 1), "z.csv", events+"A9,100001,801,referral,13/09/2021\n",
		"y.csv", "child_id,event,date,source\nA1,referral,13/09/2021,9Z\n")},
	"E1T": {severity: dataset.Quarantine, count: 2, action: "row kept out", files: files("a.csv", events+one+"A2,100001,801,visit,03/09/2021\nA2,100001,801,,03/09/2021\n")},
	"E11": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("a.csv", "child_id,event,date,source\nA1,referral,13/09/2021,Education\nA2,referral,13/09/2021,Schools\n")},
	"E12": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("a.csv", events+several(25, "A%d,100001,801,referral,13/09/2021\n")+several(28, "B%d,100001,801,referral,%[1]d/10/2021\n"))},

	"C01": {severity: dataset.Quarantine, count: 1, action: "row kept out", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "C2", "12/09/2021", "X1")+care("A2", "13/09/2021", "S", "C2", "14/09/2021", "E4A"))},
	"C02": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "C2", "13/09/2021", "E4A"))},
	"C03": {severity: dataset.Warn, count: 1, action: "ended at the next start", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "C2", "", "")+care("A1", "13/10/2021", "P", "C2", "20/10/2021", "E4A")), off: "C03=off", switched: "overlap more"},
	"C04": {severity: dataset.Warn, count: 2, action: "taken as open", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "C2", "14/09/2021", "")+care("A2", "13/09/2021", "S", "C2", "", "X1"))},
	"C05": {severity: dataset.Warn, count: 1, action: "merged before counting", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "C2", "20/09/2021", "X1")+care("A1", "19/09/2021", "P", "C2", "25/09/2021", "E4A")), off: "C05=off", switched: "merged more"},
	// a gap before a continuing episode; none before one that starts
	"C06": {severity: dataset.Warn, count: 2, action: "left as it is", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "C2", "15/09/2021", "X1")+care("A1", "20/09/2021", "P", "C2", "25/09/2021", "E4A")+
		care("A2", "13/09/2021", "S", "C2", "15/09/2021", "E4A")+care("A2", "15/09/2021", "S", "C2", "25/09/2021", "E4A")), off: "C06=on", switched: "merged more"},
	"C07": {severity: dataset.Inform, count: 2, action: "not counted", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "V3", "15/09/2021", "E4A")+care("A2", "13/09/2021", "S", "V4", "15/09/2021", "E4A")+care("A3", "13/09/2021", "S", "C2", "15/09/2021", "E4A"))},
	"C7L": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("e.csv", episodes+care("A1", "13/09/2021", "S", "V3", "30/09/2021", "E4A")+care("A2", "13/09/2021", "S", "V3", "01/10/2021", "E4A"))},
	"C7Y": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("e.csv", episodes+
		care("A1", "01/04/2021", "S", "V3", "30/04/2021", "E4A")+care("A1", "01/05/2021", "S", "V3", "31/05/2021", "E4A")+care("A1", "01/06/2021", "S", "V3", "18/06/2021", "E4A")+
		care("A2", "01/04/2021", "S", "V3", "30/04/2021", "E4A")+care("A2", "01/05/2021", "S", "V3", "31/05/2021", "E4A")+care("A2", "01/06/2021", "S", "V3", "17/06/2021", "E4A"))},
	"C7B": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("e.csv", episodes+care("A1", "13/04/2021", "S", "V3", "15/04/2021", "E4A")+care("A1", "13/09/2021", "S", "V4", "15/09/2021", "E4A")+
		care("A2", "13/03/2021", "S", "V3", "15/03/2021", "E4A")+care("A2", "13/09/2021", "S", "V4", "15/09/2021", "E4A"))},
	// absent from the latest return; and past the 19th birthday in it
	"C08": {severity: dataset.Warn, count: 2, action: "ended with the last return", files: files("h.csv", header+"B1,1,30/03/2002,WBRI,,0,\nB2,1,13/03/2003,WBRI,,0,\n",
		"1.csv", episodes+care("A1", "13/09/2019", "S", "C2", "", ""), "2.csv", episodes+care("B1", "13/09/2020", "S", "C2", "", "")+care("B2", "13/09/2020", "S", "C2", "", "")), off: "C08=off", switched: "merged more"},
	"C09": {severity: dataset.Inform, count: 1, action: "the later return counts", files: files("1.csv", episodes+care("A1", "13/09/2019", "S", "C2", "", ""), "2.csv", episodes+care("A1", "13/09/2019", "S", "C2", "13/09/2020", "E4A"))},

	"S01": {severity: dataset.Quarantine, count: 2, action: "row kept out", files: files("g.csv", register, "r.csv", roll+"999999,B801200005001,13/09/2020,C\n100001,B801200005001,13/09/2020,C\n,B801200005001,13/09/2020,C\n")},
	"S08": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("g.csv", register, "a.csv", events+one+"A2,999999,801,s47,13/09/2021\n")},
	"S02": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("schools.csv", "school_id,la,phase,pupils,open,close\n100001,801,secondary,500,,02/09/2021\n", "a.csv", events+one+"A2,100001,801,s47,02/09/2021\n"+day13), set: func(o *Options) { schools(o); o.Sources[0].Path += "/a.csv" }},
	"S03": {severity: dataset.Inform, count: 1, action: "mapped", files: files("schools.csv", schoolRows, "l.csv", "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n100001,200001,Oak,Successor,\n200001,100001,Oak,Predecessor,\n", "a.csv", events+"A2,200001,801,s47,13/09/2021\n"), off: "S03=off", switched: "S05"},
	"S04": {severity: dataset.Refuse, count: 2, action: "file refused", files: files("schools.csv", schoolRows, "l.csv", "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n100001,200001,Oak,Successor - merged,\n200001,100001,Oak,Predecessor - merged,\n", "a.csv", events+one+"A2,200001,801,s47,13/09/2021\nA3,200001,801,s47,13/09/2021\n")},
	"S05": {severity: dataset.Inform, count: 1, action: "counted", files: files("schools.csv", schoolRows, "a.csv", events+one+"A2,300001,801,s47,13/09/2021\n")},
	"S06": {severity: dataset.Warn, count: 3, action: "kept and flagged", files: files("g.csv", register, "r.csv", "URN,LAESTAB,upn,entrydate\n100001,801/4001,B801200005001,13/09/2020\n100001,8014002,B801200005001,13/10/2020\n100001,801 4002,B801200005001,13/11/2020\n100001,8029999,B801200005001,13/12/2020\n",
		"a.csv", "child_id,urn,laestab,la,event,date\nA1,100002,8024009,801,s47,13/09/2021\n")},
	"S07": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("schools.csv", "school_id,la,phase,pupils\n100001,801,Secondary,500\n100002,801,primary,500\n100003,801,,500\n", "a.csv", events+one), set: func(o *Options) { o.Phases = []string{"secondary"} }},

	"L01": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("a.csv", events+one+"A2,,801,s47,13/09/2021\n")},
	"L02": {severity: dataset.Inform, count: 1, action: "single, then main", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,B801200005001,0,\n", "r.csv", roll+"100001,B801200005001,13/09/2020,M\n100002,B801200005001,13/09/2020,S\n", "a.csv", events+"A1,,801,s47,13/09/2021\n")},
	"L03": {severity: dataset.Inform, count: 1, action: "counted", files: files("h.csv", header+"A1,1,13/01/2008,WBRI,B801200005001,0,\n", "r.csv", "URN,upn,formerupn,entrydate\n100001,C801200005002,B801200005001,13/09/2020\n", "a.csv", events+"A1,,801,s47,13/09/2021\n")},
	"L04": {severity: dataset.Inform, count: 1, action: "counted", files: files("k.csv", lookup+"A1,100001,13/09/2020,\n", "a.csv", events+"A1,,801,s47,13/09/2021\n")},
	"L05": {severity: dataset.Quarantine, count: 1, action: "row kept out", files: files("k.csv", lookup+"A1,100001,13/09/2020,12/09/2020\nA2,100001,13/09/2020,14/09/2020\n")},
	"L06": {severity: dataset.Warn, count: 1, action: "registration, then the later entry", files: files("r.csv", left+"100001,B801200005001,13/09/2020,20/10/2020,C\n100002,B801200005001,19/10/2020,20/07/2021,C\n100001,C801200005002,13/09/2020,20/10/2020,M\n100002,C801200005002,19/10/2020,20/07/2021,S\n")},

	"X01": {severity: dataset.Warn, count: 1, action: "empty, not zero", files: files("a.csv", events+months(20, 5)), off: "X01=off", switched: "covered"},
	"X02": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("a.csv", events+months(20, -1))},
	"XC1": {severity: dataset.Warn, count: 2, action: "kept and flagged", files: files("a.csv", events+months(20, -1)+year(10)+several(11, "S%d,100001,801,s47,13/09/2022\n")+"S1,100001,801,s47,13/09/2022\n", "c.csv", openRows)},
	"N01": {severity: dataset.Warn, count: 3, action: "missing", files: files("c.csv", "school_id,period,outcome,count\n100001,2021-09,s47,c\n100001,2021-10,s47,<5\n100001,2021-11,s47,1-5\n100001,2021-12,s47,7\n")},
	"N02": {severity: dataset.Quarantine, count: 2, action: "row kept out", files: files("c.csv", "school_id,period,outcome,count\n100001,2021-09,s47,-1\n100001,2021-10,s47,1.5\n100001,2021-12,s47,7\n")},
	"A01": {severity: dataset.Quarantine, count: 1, action: "row kept out", files: files("a.csv", absence+"202122,Autumn term,School,100001,100,101,60,41\n202122,Spring term,School,100001,100,10,6,4\n")},
	"A02": {severity: dataset.Inform, count: 3, action: "in no sum", files: files("r.csv", census+"1,100001,B801200005001,10/09/2021,s,120,10,5\n2,100001,C801200005002,10/09/2021,s,0,0,0\n3,100001,D801200005003,10/09/2021,s,120,,\n4,100001,E801200005004,10/09/2021,s,120,100,21\n"), set: terms},
	"A03": {severity: dataset.Warn, count: 1, action: "the term before", files: files("r.csv", census+"1,100001,B801200005001,10/09/2021,s,120,10,5\n"), set: terms},
	"A04": {severity: dataset.Warn, count: 1, action: "kept and flagged", files: files("a.csv", absence+"202122,Autumn term,School,100001,100,10,6,5\n202122,Spring term,School,100001,100,10,6,4\n")},
	"A05": {severity: dataset.Warn, count: 2, action: "taken as blank", files: files("r.csv", census+"1,100001,B801200005001,10/09/2021,s,120,-1,5\n2,100001,C801200005002,10/09/2021,s,many,1,5\n")},
	"A06": {severity: dataset.Warn, count: 1, action: "the registration with more", files: files("r.csv", census+"1,100001,B801200005001,10/09/2021,s,120,10,5\n2,100001,B801200005001,20/09/2021,s,110,10,5\n"), set: terms},
	"A07": {severity: dataset.Warn, count: 1, action: "not counted", files: files("r.csv", census+"1,100001,B801200005001,10/09/2021,s,120,10,5\n", "s.csv", "pupilonrolltableid,NativeId,sourceid,sessions,attendancereason\n1,100001,s,10,I\n9,100001,s,7,G\n"), set: terms},
	"U01": {severity: dataset.Warn, count: 2, action: "taken as not answered", files: files("map.yaml", scales, "s.csv", survey+"100001,1,p1,pupil,9,2,3\n100001,1,p2,pupil,1,many,3\n100001,1,p3,pupil,1,5,3\n"), set: mapped},
	"U02": {severity: dataset.Inform, count: 1, action: "no score", files: files("map.yaml", scales, "s.csv", survey+"100001,1,p1,pupil,1,,\n100001,1,p2,pupil,1,2,\n"), set: mapped},
	"U03": {severity: dataset.Warn, count: 1, action: "the first counts", files: files("map.yaml", scales, "s.csv", survey+"100001,1,p1,pupil,1,2,3\n100001,1,p1,pupil,1,2,4\n100001,2,p1,pupil,1,2,4\n"), set: mapped},
	"P02": {severity: dataset.Refuse, count: 1, action: "file refused", files: files("a.csv", events+one+"A2,,801,s47,13/09/2021\n"+"A1,100001,802,s47,03/09/2021\n")},
	"P01": {severity: dataset.Warn, count: 3, action: "kept and flagged", files: files("schools.csv", "school_id,la,phase,pupils,census_date\n100001,801,secondary,,\n100002,801,secondary,0,\n100003,801,secondary,500,2019-01-17\n100004,801,secondary,500,2021-01-21\n", "a.csv", events+one)},
}

// Every rule of the catalogue is counted exactly where it applies, with its
// severity and what is done; a repair that is switched leaves its mark.
func TestRules(t *testing.T) {
	for i := range dataset.Rules {
		rule := &dataset.Rules[i]
		t.Run(rule.ID, func(t *testing.T) {
			c, ok := ruleCases[rule.ID]
			if !ok {
				t.Fatal("no delivery that triggers it")
			}
			s := checked(t, c.files, c.set)
			row := s.Quality.Rules[i]
			if row.Rule != rule.ID || row.Severity != c.severity.String() || row.Count.Value != c.count || !strings.HasPrefix(row.Action, c.action) {
				t.Errorf("%s %q: %d times, %s; want %s, %d times, %s", row.Severity, row.Text, row.Count.Value, row.Action, c.severity, c.count, c.action)
			}
			if (c.off != "") != (rule.CanBeLeft() || rule.OnRequest()) {
				t.Errorf("switch %q", c.off)
			}
			if c.off == "" {
				return
			}
			id, choice, _ := strings.Cut(c.off, "=")
			other := checked(t, c.files, func(o *Options) {
				if c.set != nil {
					c.set(o)
				}
				if choice == "off" {
					o.RepairOff = []string{id}
				} else {
					o.RepairOn = []string{id}
				}
			})
			row = other.Quality.Rules[i]
			if choice == "off" && row.Action != "repair switched off" || choice == "on" && row.Action != "repaired on request" {
				t.Errorf("switched: %s", row.Action)
			}
			if row.Count.Value != c.count && c.switched != "S05" {
				t.Errorf("switched: %d times, want %d", row.Count.Value, c.count)
			}
			if err := changed(c.switched, s, other); err != "" {
				t.Error(err)
			}
		})
	}
	for id := range ruleCases {
		if !dataset.KnownRule(id) {
			t.Errorf("no rule %s", id)
		}
	}
}

// changed says what a switch should have changed and did not.
func changed(what string, s, other *Study) string {
	a, b := s.Panel.Report.Care, other.Panel.Report.Care
	covered := func(s *Study) (n int) {
		for _, c := range s.Panel.Covered["801"] {
			for _, yes := range c {
				if yes {
					n++
				}
			}
		}
		return n
	}
	switch what {
	case "children":
		// 1234.0 is another child than 1234
		if n, m := distinct(s), distinct(other); n != 1 || m != 2 {
			return fmt.Sprintf("%d children, and %d", n, m)
		}
	case "overlap more":
		if b.Overlap <= a.Overlap {
			return fmt.Sprintf("overlap %d, and %d", a.Overlap, b.Overlap)
		}
	case "merged more":
		if b.Merged <= a.Merged {
			return fmt.Sprintf("days in care %d, and %d", a.Merged, b.Merged)
		}
	case "covered":
		if covered(other) <= covered(s) {
			return fmt.Sprintf("%d cells covered, and %d", covered(s), covered(other))
		}
	default: // another rule applies instead
		if ruleCount(other, what) <= ruleCount(s, what) {
			return fmt.Sprintf("%s %d times, and %d", what, ruleCount(s, what), ruleCount(other, what))
		}
	}
	return ""
}

func distinct(s *Study) int {
	children := map[dataset.ChildKey]bool{}
	for _, e := range s.Panel.Events {
		children[e.Child] = true
	}
	return len(children)
}

// checked applies the rules to files in a folder of authority 801.
func checked(t *testing.T, files map[string]string, set func(*Options)) *Study {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := Default()
	o.Period, o.KeepEvents = dataset.Month, true
	o.Sources = []Source{{Path: dir, LA: "801"}}
	if set != nil {
		set(&o)
	}
	s, err := Check(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The rules come in the order of their kinds, each once.
func TestRuleIDs(t *testing.T) {
	var ids []string
	for _, r := range dataset.Rules {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != len(dataset.Rules) {
		t.Error("an id stands twice")
	}
}
