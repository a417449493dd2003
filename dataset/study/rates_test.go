package study

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The rates of linkage add up, by outcome, arm, month and method; arms are
// blinded; a child that is not linked on the day counts in the arm of the
// school where it was nearest in time.
func TestLinkageRates(t *testing.T) {
	files := map[string]string{
		"ids.csv":     "LAchildID,UPN,FormerUPN,PersonBirthDate\nA,A000000000001,,01/05/2008\nB,A000000000002,,01/05/2008\nC,A000000000003,A000000000009,01/05/2008\nD,,,01/05/2008\n",
		"roll.csv":    "upn,URN,entrydate,leavingdate\nA000000000001,901,01/09/2019,01/09/2023\nA000000000002,902,01/09/2019,01/02/2021\nA000000000009,902,01/09/2019,01/09/2023\n",
		"lookup.csv":  "child_id,urn,start\nD,901,01/03/2021\n",
		"schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n",
		"s47.csv":     "LAchildID,S47ActualStartDate\nA,10/01/2021\nB,10/01/2021\nB,10/03/2021\nC,11/03/2021\nD,12/03/2021\nD,10/02/2021\nE,12/03/2021\n",
		"plans.csv":   "LAchildID,CINPlanStartDate\nA,10/01/2021\n",
	}
	allocation := filepath.Join(t.TempDir(), "allocation.csv")
	if err := os.WriteFile(allocation, []byte("school_id,la,stratum,arm,start\n901,801,1,SWIS,2021-01-01\n902,801,1,control,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := made(t, files, func(o *Options) { o.Allocation, o.S17 = allocation, S17Plans })
	got := map[string][2]int64{}
	for _, r := range s.Quality.Rates {
		got[r.By+" "+r.Level] = [2]int64{r.Events.Value, r.Linked.Value}
		if r.Share == nil || *r.Share != float64(r.Linked.Value)/float64(r.Events.Value) {
			t.Errorf("%s %s: share %v", r.By, r.Level, r.Share)
		}
	}
	first, second := got["arm A"], got["arm B"]
	if swis, control := [2]int64{4, 3}, [2]int64{3, 2}; !(first == swis && second == control || first == control && second == swis) {
		t.Errorf("arms %v and %v, want %v and %v in any order", first, second, swis, control)
	}
	for key, want := range map[string][2]int64{"all all": {8, 5}, "outcome s47_start": {7, 4}, "outcome cin_plan_start": {1, 1}, "arm none known": {1, 0},
		"month 2021-01": {3, 3}, "month 2021-02": {1, 0}, "month 2021-03": {4, 2}, "method UPN on roll": {8, 3}, "method former UPN on roll": {8, 1}, "method lookup": {8, 1}} {
		if got[key] != want {
			t.Errorf("%s: %v, want %v", key, got[key], want)
		}
	}
	var text, page, table strings.Builder
	if err := s.Quality.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := s.Quality.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if err := s.Quality.WriteCSV(&table); err != nil {
		t.Fatal(err)
	}
	for name, report := range map[string]string{"text": text.String(), "page": page.String(), "table": table.String()} {
		if strings.Contains(report, "SWIS") || strings.Contains(report, "control") || !strings.Contains(report, "none known") {
			t.Errorf("the %s names an arm, or has no rates by arm", name)
		}
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := Default()
	o.Sources, o.Allocation, o.Threshold = []Source{{Path: dir, LA: "801"}}, allocation, 0.3
	if _, err := Build(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), "blinded") {
		t.Errorf("a third of an arm not linked at a threshold of 30%%: %v", err)
	}
}
