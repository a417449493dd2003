package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/bounds"
	"swis/dataset/panel"
)

// madeOf builds a study of one authority from rows "child,school,event,date".
func madeOf(t *testing.T, disclosure string, rows []string) *Quality {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "events.csv")
	if err := os.WriteFile(path, []byte("child_id,school_urn,event,date,la\n"+strings.Join(rows, ",801\n")+",801\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Period, o.Sources, o.Disclosure, o.Threshold = dataset.Month, []Source{{Path: path}}, disclosure, 1
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.Quality
}

// spread gives so many enquiries of so many children at so many schools, in turn.
func spread(events, children, schools int) (rows []string) {
	for i := range events {
		rows = append(rows, fmt.Sprintf("c%d,%d,s47,%s", i%children, 100001+i%schools, dataset.DayOf(2021, 9, 1)+dataset.Day(i/children*3)))
	}
	return rows
}

// Under tre a count of the quality report is withheld where few children, two
// children or two schools make it up; under dfe and none it is not. The others
// are shown.
func TestDominatedCountsOfTheReportAreWithheld(t *testing.T) {
	of := func(children, events, school int) (rows []string) { // of children of their own, at one school
		for i := range events {
			rows = append(rows, fmt.Sprintf("d%d-%d,%d,s47,%s", school, i%children, 100001+school, dataset.DayOf(2021, 9, 1)+dataset.Day(i/children*3)))
		}
		return rows
	}
	for _, c := range []struct {
		name     string
		rows     []string
		withheld bool
	}{
		{"60 of 30 children at 6 schools", spread(60, 30, 6), false},
		{"60 of 9 children at 6 schools", spread(60, 9, 6), true},
		{"60 of 10 children at 6 schools", spread(60, 10, 6), false},
		{"60 of 30 children at 2 schools", spread(60, 30, 2), true},
		{"two schools hold 92 of 100", append(append(of(46, 46, 0), of(46, 46, 1)...), append(of(4, 4, 2), of(4, 4, 3)...)...), true},
		{"two schools hold 88 of 100", append(append(of(44, 44, 0), of(44, 44, 1)...), append(of(6, 6, 2), of(6, 6, 3)...)...), false},
		{"two children hold 40 of 42", append(append(of(1, 20, 0), of(1, 20, 1)...), spread(2, 2, 2)...), true},
		{"two children hold 108 of 119", append(append(of(1, 54, 0), of(1, 54, 1)...), append(of(6, 6, 2), of(5, 5, 3)...)...), true},
	} {
		for _, profile := range []string{"none", "dfe", "tre"} {
			q := madeOf(t, profile, c.rows)
			for what, n := range map[string]Number{"counted": q.Events[0].Counted, "linked": q.Linkage[0].Linked} {
				if gone := n.Mark != ""; gone != (c.withheld && profile == "tre") {
					t.Errorf("%s under %s: %s is %s", c.name, profile, what, n)
				}
			}
			if gone := q.Linkage[0].Share == nil; gone != (c.withheld && profile == "tre") {
				t.Errorf("%s under %s: the share is withheld %v", c.name, profile, gone)
			}
		}
	}
}

// Nor does what is dominated follow from the other numbers of the report: of two
// months only one is dominated, and nothing gives it away.
func TestDominatedMonthDoesNotFollow(t *testing.T) {
	rows := spread(60, 30, 6)
	for i := range 40 {
		rows = append(rows, fmt.Sprintf("e%d,%d,s47,2021-11-%02d", i, 100001+i%2, 1+i%28))
	}
	q := madeOf(t, "tre", rows)
	open := madeOf(t, "none", rows)
	r := bounds.NewReader()
	say := func(name string, n, truth Number) {
		if n.Mark != "" {
			r.AtLeast(name, 1)
		} else {
			r.Is(name, float64(truth.Value))
		}
	}
	say("linked", q.Linkage[0].Linked, open.Linkage[0].Linked)
	var months []string
	for i, rate := range q.Rates {
		if rate.By != "month" {
			continue
		}
		if rate.Level == "2021-11" && rate.Linked.Mark == "" {
			t.Error("a month that two schools make up is shown")
		}
		say(rate.Level, rate.Linked, open.Rates[i].Linked)
		months = append(months, rate.Level)
	}
	r.Adds("linked", 0, months...)
	if known, err := r.Recovered("2021-11"); err != nil || known || len(months) < 2 {
		t.Errorf("recovered %v (%v) from %d months", known, err, len(months))
	}
}

// Days in care of few children are withheld under both profiles however many
// they are, and so is each step of the waterfall that is of few.
func TestDaysOfFewChildrenAreWithheld(t *testing.T) {
	for children, gone := range map[int]map[string]bool{3: {"dfe": true, "tre": true, "none": false}, 8: {"dfe": false, "tre": true}, 12: {"dfe": false, "tre": false}} {
		for profile, want := range gone {
			c := panel.CareDays{Raw: int64(children) * 90}
			for range children {
				c.Makers[4].Children++
				c.Makers[4].ByChild.Add(90)
			}
			n := count(c.Numbers()[4]).by(&c.Makers[4])
			if n.withheld(profile) != want {
				t.Errorf("%d days of %d children under %s: withheld %v", n.Value, children, profile, !want)
			}
		}
	}
}
