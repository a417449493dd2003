package study

import (
	"strings"
	"testing"
)

// Files from which nothing leads to a school are checked without a word about
// shares of unlinked rows, which are not theirs to mend; ingest asks for a roll.
func TestNoWayToASchool(t *testing.T) {
	s47 := map[string]string{"s47.csv": "LAchildID,S47ActualStartDate\nA,10/01/2021\nB,10/02/2021\nB,10/03/2021\n"}
	s := checked(t, s47, nil)
	var text strings.Builder
	if err := s.Quality.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if ruleCount(s, "P02") != 0 || !strings.Contains(text.String(), "Can be used") || !strings.Contains(text.String(), "was not tested") {
		t.Errorf("P02 %d; the report says\n%s", ruleCount(s, "P02"), text.String())
	}
	if err := s.threshold(); err == nil || !strings.Contains(err.Error(), "--roll") || strings.Contains(err.Error(), "100.0%") {
		t.Errorf("threshold: %v", err)
	}

	s47["roll.csv"] = "upn,URN,entrydate,leavingdate\nA000000000001,901,01/09/2019,01/09/2023\n"
	s = checked(t, s47, nil)
	text.Reset()
	if err := s.Quality.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if ruleCount(s, "P02") != 1 || !strings.Contains(text.String(), "Would be refused by swis ingest") {
		t.Errorf("with a roll that holds none of the children: P02 %d; the report says\n%s", ruleCount(s, "P02"), text.String())
	}
}
