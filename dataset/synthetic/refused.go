package synthetic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"swis/dataset"
)

// Refusal is a delivery that must be refused, and by which rule.
type Refusal struct {
	Rule   string   `json:"rule"`
	What   string   `json:"what"`
	Folder string   `json:"folder"`
	Args   []string `json:"args"` // of swis, from the folder of the trial
}

// refusals are small deliveries, each broken in one way.
func refusals(c *Calendar) []struct {
	Refusal
	files map[string]string
} {
	d := func(i int) string { return (c.First + dataset.Day(11*i)).String() }
	enquiries := "LAchildID,CINdetailsID,S47ActualStartDate,InitialCPCtarget,DateOfInitialCPC,ICPCnotRequired\n"
	row := func(id int, day string) string { return fmt.Sprintf("%d,1,%s,,,true\n", 100000+id, day) }
	schools := "school_id,la,name,phase,pupils\n700001,991,First School,primary,200\n700002,991,Second School,primary,210\n"
	events := func(n int, school func(i int) string) string {
		var b strings.Builder
		b.WriteString("child_id,event,date,school_urn\n")
		for i := range n {
			fmt.Fprintf(&b, "%d,s47_enquiry,%s,%s\n", 100000+i, d(i%30), school(i))
		}
		return b.String()
	}
	good := enquiries + row(1, d(1)) + row(2, d(2))
	type broken = struct {
		Refusal
		files map[string]string
	}
	list := []broken{
		{Refusal{Rule: "F01", What: "quote that is never closed"}, map[string]string{"section47.csv": enquiries + row(1, d(1)) + "100002,1,\"" + d(2) + ",,,true\n" + row(3, d(3))}},
		{Refusal{Rule: "F03", What: "column missing that the layout named needs", Args: []string{"--layout", "cin-csv-s47"}}, map[string]string{"section47.csv": "LAchildID,CINdetailsID,InitialCPCtarget,ICPCnotRequired\n100001,1,,true\n"}},
		{Refusal{Rule: "F04", What: "two columns of the same name"}, map[string]string{"section47.csv": strings.Replace(good, "InitialCPCtarget", "S47ActualStartDate", 1)}},
		{Refusal{Rule: "F05", What: "columns of no layout"}, map[string]string{"section47.csv": "Ref,When,Team\n1,2,3\n"}},
		{Refusal{Rule: "F07", What: "authority neither in the file nor given"}, map[string]string{"section47.csv": good}},
		{Refusal{Rule: "F08", What: "the same file twice, under two names"}, map[string]string{"section47.csv": good, "section47 (1).csv": good}},
		{Refusal{Rule: "D03", What: "column of dates as dd/mm and as mm/dd"}, map[string]string{"section47.csv": enquiries + row(1, "25/03/2023") + row(2, "03/25/2023") + row(3, "28/03/2023")}},
		{Refusal{Rule: "S04", What: "children at a school that two schools of the register became", Args: []string{"--schools", "schools.csv", "--link", "links.csv"}}, map[string]string{
			"events.csv": events(40, func(i int) string { return []string{"700001", "700003"}[i%2] }), "schools.csv": schools,
			"links.csv": "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n700001,700003,Whole School,Successor - merged,\n709999,700003,Whole School,Successor - merged,\n700003,700001,First School,Predecessor - merged,\n700003,709999,Third School,Predecessor - merged,\n"}},
		{Refusal{Rule: "P02", What: "two fifths of the rows without a school", Args: []string{"--schools", "schools.csv"}}, map[string]string{
			"events.csv": events(100, func(i int) string { return []string{"700001", "", "700002", "", "700001"}[i%5] }), "schools.csv": schools}},
	}
	for i := range list {
		r := &list[i]
		r.Folder = "refused/" + r.Rule
		args := []string{"ingest"}
		if _, ok := r.files["events.csv"]; ok {
			args = append(args, r.Folder+"/events.csv")
		} else {
			args = append(args, r.Folder)
		}
		if r.Rule != "F07" {
			args = append(args, "--la", "991")
		}
		for _, a := range r.Args {
			if strings.HasSuffix(a, ".csv") {
				a = r.Folder + "/" + a
			}
			args = append(args, a)
		}
		r.Args = append(args, "--out", "refused/study")
	}
	return list
}

// writeRefusals writes the deliveries that must be refused.
func writeRefusals(o *output, c *Calendar) ([]Refusal, error) {
	var out []Refusal
	for _, r := range refusals(c) {
		for _, name := range slices.Sorted(maps.Keys(r.files)) {
			if err := o.text(r.Folder+"/"+name, r.files[name]); err != nil {
				return nil, err
			}
		}
		out = append(out, r.Refusal)
	}
	return out, nil
}
