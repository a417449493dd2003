package study

import (
	"os"
	"path/filepath"
	"testing"
)

// Other tables of a study open with the arms of their schools; a cohort's own
// arms stand before those.
func TestOpenTable(t *testing.T) {
	set := func(o *Options) {
		o.From, o.To, o.Baseline = day("2020-09-01"), day("2022-02-28"), day("2020-09-01")
	}
	allocation := "school_id,la,stratum,arm,start\n901,801,1,SWIS,2020-09-01\n902,801,1,control,\n"
	for cohort, want := range map[string]map[string]int{CohortOnRoll: {"SWIS": 1, "control": 1}, "file": {"conference": 2, "usual": 4}} {
		s, _ := made(t, conference, func(o *Options) {
			set(o)
			if o.Cohort = cohort; cohort == "file" {
				o.Cohort = filepath.Join(o.Sources[0].Path, "cohort.csv")
			}
		})
		folder := filepath.Join(t.TempDir(), "study")
		if err := s.Write(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, AllocationFile), []byte(allocation), 0o600); err != nil {
			t.Fatal(err)
		}
		table, roles, err := OpenTable(folder, ChildrenFile, "")
		if err != nil {
			t.Fatal(err)
		}
		arms, err := table.Category(roles.Arm)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, code := range arms.Codes {
			if code >= 0 {
				got[arms.Levels[code]]++
			}
		}
		for arm, n := range want {
			if got[arm] != n {
				t.Errorf("%s: %d children of arm %s, want %d", cohort, got[arm], arm, n)
			}
		}
		if days, err := table.Numeric("days_in_care"); err != nil || days == nil {
			t.Errorf("%s: days in care: %v", cohort, err)
		}
	}
}
