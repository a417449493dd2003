package baseline

import (
	"math"
	"testing"

	"swis/dataset/table"
)

// Two schools by hand: A has 3 events in 20 pupil-years, 1 in the first 10 and
// 2 in the second; B lacks one period, which then counts nowhere.
func TestSummarise(t *testing.T) {
	panel, err := table.Read([]byte(`school_id,period,exposure,s47
10,2021-09,10,1
10,2021-10,10,2
10,2021-11,10,9
9,2021-09,5,
9,2021-10,5,4
9,2021-11,5,0
`), "panel.csv")
	if err != nil {
		t.Fatal(err)
	}
	c := Columns{Unit: "school_id", Time: "period", Exposure: "exposure", Outcomes: []string{"s47"}, Before: "2021-11"}
	got, err := Summarise(panel, c)
	if err != nil {
		t.Fatal(err)
	}
	byUnit := map[string]Summary{}
	for _, s := range got {
		byUnit[s.Unit] = s
	}
	a, b := byUnit["10"], byUnit["9"]
	if a.Exposure != 20 || a.Rate[0] != 150 || a.Trend[0] != 100 {
		t.Errorf("school 10: %+v", a)
	}
	if b.Exposure != 10 || b.Rate[0] != 800 || !math.IsNaN(b.Trend[0]) {
		t.Errorf("school 9: %+v", b)
	}
	schools, _ := table.Read([]byte("school_id,name\n9,Nine\n10,Ten\n11,Eleven\n"), "schools.csv")
	joined, err := Join(schools, "school_id", c, got)
	if err != nil {
		t.Fatal(err)
	}
	rate, err := joined.Numeric("s47_rate")
	if err != nil || rate.Values[0] != 800 || rate.Values[1] != 150 || !math.IsNaN(rate.Values[2]) {
		t.Errorf("joined %v %v", rate, err)
	}
}
