package study

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// fourSchools are enquiries at four schools: 1 of 4 at the first is not linked
// on its day, 1 of 3 at the second is kept out (before birth).
var fourSchools = map[string]string{
	"ids.csv":     "LAchildID,UPN,PersonBirthDate\nA,A000000000001,01/05/2008\nB,A000000000002,01/05/2022\nC,A000000000003,01/05/2008\nD,A000000000004,01/05/2008\n",
	"roll.csv":    "upn,URN,entrydate,leavingdate\nA000000000001,901,01/09/2019,01/03/2021\nA000000000002,902,01/09/2019,01/09/2023\nA000000000003,903,01/09/2019,01/09/2023\nA000000000004,904,01/09/2019,01/09/2023\n",
	"schools.csv": "school_id,la,pupils\n901,801,500\n902,801,600\n903,801,600\n904,801,600\n",
	"s47.csv":     "LAchildID,S47ActualStartDate\nA,10/01/2021\nA,10/02/2021\nA,12/02/2021\nA,10/03/2021\nB,10/01/2021\nB,10/02/2023\nB,11/03/2023\nC,12/03/2021\nD,10/02/2021\n",
}

func allocated(t *testing.T, folder string, arms ...string) {
	t.Helper()
	list := "school_id,la,stratum,arm,start\n"
	for i, arm := range arms {
		list += []string{"901", "902", "903", "904"}[i] + ",801,1," + arm + ",\n"
	}
	if err := os.WriteFile(filepath.Join(folder, AllocationFile), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
}

func armsLater(o *Options) { o.ArmsLater = true }

func byArm(s *Study) map[string]QualityRate {
	out := map[string]QualityRate{}
	for _, r := range s.Quality.Rates {
		if r.By == "arm" {
			out[r.Level] = r
		}
	}
	return out
}

// Arms that are known only when the study is made give the same report as arms
// that were known before, and the same manifest but for the list's place.
func TestArmsTakenLater(t *testing.T) {
	before := t.TempDir()
	allocated(t, before, "SWIS", "SWIS", "control", "control")
	with, _ := made(t, fourSchools, func(o *Options) { o.Allocation = filepath.Join(before, AllocationFile) })
	s, _ := made(t, fourSchools, armsLater)
	if len(byArm(s)) != 0 {
		t.Fatal("rates by arm without arms")
	}
	folder := t.TempDir()
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	allocated(t, folder, "SWIS", "SWIS", "control", "control")
	if err := s.TakeArms(folder); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s.Quality.Rates, with.Quality.Rates) || !reflect.DeepEqual(s.Quality.Rules, with.Quality.Rules) {
		t.Errorf("rates %v, want %v", s.Quality.Rates, with.Quality.Rates)
	}
	// 4 and 2 linked or not at the SWIS schools (1 kept out is no event), 2 at the others
	arms := byArm(s)
	a, b := arms["A"], arms["B"]
	if a.Events.Value < b.Events.Value {
		a, b = b, a
	}
	if a.Events.Value != 6 || a.Linked.Value != 5 || b.Events.Value != 2 || b.Linked.Value != 2 {
		t.Errorf("by arm %+v %+v", a, b)
	}
	for file, key := range map[string]string{QualityFile: `"arm"`, ManifestFile: `"allocation": "allocation.csv"`} {
		data, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil || !strings.Contains(string(data), key) {
			t.Errorf("%s lacks %s: %v", file, key, err)
		}
	}
}

// A study that did not count for arms says so, and makes no rates of nothing.
func TestNoArmsLater(t *testing.T) {
	s, _ := made(t, fourSchools, nil)
	folder := t.TempDir()
	allocated(t, folder, "SWIS", "SWIS", "control", "control")
	if err := s.TakeArms(folder); err == nil || len(byArm(s)) > 0 {
		t.Errorf("%v, rates %v", err, byArm(s))
	}
}

// The threshold holds for each arm, over what is not linked and what is kept
// out, for arms that are taken later too; the refused study's report says so.
func TestThresholdByArm(t *testing.T) {
	for _, x := range []struct {
		threshold float64
		refused   bool
	}{{0.27, true}, {0.29, false}} { // 2 of the 7 events of one arm, 2 of 9 of the authority
		s, _ := made(t, fourSchools, func(o *Options) { o.Threshold, o.ArmsLater = x.threshold, true })
		folder := t.TempDir()
		allocated(t, folder, "SWIS", "SWIS", "control", "control")
		err := s.TakeArms(folder)
		if x.refused != (err != nil && strings.Contains(err.Error(), "P02") && strings.Contains(err.Error(), "28.6%")) {
			t.Errorf("threshold %v: %v", x.threshold, err)
		}
		for _, r := range s.Quality.Rules {
			if r.Rule == "P02" && (r.Count.Value == 1) != x.refused {
				t.Errorf("threshold %v: P02 counted %d times", x.threshold, r.Count.Value)
			}
		}
	}
	dir := t.TempDir()
	for name, text := range fourSchools {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list := t.TempDir()
	allocated(t, list, "SWIS", "SWIS", "control", "control")
	o := Default()
	o.Sources, o.Threshold, o.Allocation, o.Disclosure = []Source{{Path: dir, LA: "801"}}, 0.27, filepath.Join(list, AllocationFile), "dfe"
	_, err := Build(context.Background(), o, nil)
	if err == nil || !strings.Contains(err.Error(), "blinded") || strings.Contains(err.Error(), "28.6") {
		t.Errorf("under dfe a share of small numbers is withheld, the refusal is not: %v", err)
	}
}

// Where one arm has more schools than the other, the numbers of events would
// tell which it is: only shares are shown.
func TestUnequalArmsShowShares(t *testing.T) {
	s, _ := made(t, fourSchools, armsLater)
	folder := t.TempDir()
	allocated(t, folder, "SWIS", "control", "control", "control")
	if err := s.TakeArms(folder); err != nil {
		t.Fatal(err)
	}
	arms := byArm(s)
	if len(arms) != 2 {
		t.Fatalf("%v", arms)
	}
	for level, r := range arms {
		if r.Share == nil || r.Events.Mark != "blind" || r.Linked.Mark != "blind" {
			t.Errorf("arm %s: %+v", level, r)
		}
	}
	data, err := json.Marshal(s.Quality)
	if err != nil || strings.Contains(string(data), "SWIS") {
		t.Errorf("the report names an arm: %v", err)
	}
}
