package table

import (
	"slices"
	"testing"
)

func TestWhere(t *testing.T) {
	data := "la,year,phase,n\nA,2012,primary,1\nB,2013,'x',2\nA,2014,all through,\nC,2015,secondary,<5\n"
	tab, err := Read([]byte(data), "t.csv")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]int{
		"year >= 2013":                       {3, 4, 5},
		"year>=2013 && la==A":                {4},
		"la in (A, C)":                       {2, 4, 5},
		"phase == 'all through'":             {4},
		"n != 1":                             {3},
		"n < 10 && year in (2012,2013,2014)": {2, 3},
		"`la` > A":                           {3, 5},
	}
	for filter, want := range cases {
		kept, err := tab.Where(filter)
		if err != nil {
			t.Fatal(filter, err)
		}
		var lines []int
		for i := range kept.Rows() {
			lines = append(lines, kept.Line(i))
		}
		if !slices.Equal(lines, want) {
			t.Errorf("%s: lines %v, want %v", filter, lines, want)
		}
	}
	for _, bad := range []string{"", "year", "year = 3", "year == ", "la in A", "la in (A", "la in ()", "year > A", "year > 1 && ", "year > 1 la == A", "la == 'A", "nope == 1"} {
		if _, err := tab.Where(bad); err == nil {
			t.Errorf("%q: want an error", bad)
		} else if s, ok := err.(interface{ Syntax() bool }); !ok && bad != "nope == 1" || ok && !s.Syntax() {
			t.Errorf("%q: %v is no syntax error", bad, err)
		}
	}
}
