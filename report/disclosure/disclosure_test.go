package disclosure_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"swis/analysis"
	"swis/analysis/describe"
	"swis/dataset/table"
	"swis/report"
	"swis/report/disclosure"
	"swis/report/tables"
)

func counts(values ...float64) *analysis.Table {
	t := &analysis.Table{Name: "counts", Columns: []analysis.Column{{Name: "la", Format: analysis.Text}, {Name: "schools", Format: analysis.Count},
		{Name: "events", Format: analysis.Count}, {Name: "rate", Format: analysis.Rate}}}
	sum := 0.0
	add := func(name string, n float64) {
		t.Rows = append(t.Rows, []analysis.Cell{{Text: name}, {Value: analysis.Num(3)}, {Value: analysis.Num(n)}, {Value: analysis.Num(n / 7)}})
	}
	for i, n := range values {
		add(fmt.Sprintf("LA%d", i), n)
		sum += n
	}
	add("total", sum)
	return t
}

// No withheld count can be worked out: never is exactly one part of a total
// withheld, unless all other parts are zero.
func TestNoCountCanBeWorkedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var values []float64
		for range rapid.IntRange(2, 6).Draw(t, "rows") {
			values = append(values, float64(rapid.IntRange(0, 30).Draw(t, "n")))
		}
		profile := rapid.SampledFrom([]disclosure.Profile{disclosure.DfE, disclosure.TRE}).Draw(t, "profile")
		in := counts(values...)
		out := profile.Table(in)
		withheld, open := 0, 0
		for i, n := range values {
			c := out.Rows[i][2]
			switch {
			case c.Value == nil:
				withheld++
				if c.Text != profile.Mark() {
					t.Fatalf("a withheld count reads %q", c.Text)
				}
				if out.Rows[i][3].Value != nil {
					t.Fatalf("the rate gives a withheld count away")
				}
			case profile.Small(n):
				t.Fatalf("%g is shown", n)
			case n > 0:
				open++
			}
			if *out.Rows[i][1].Value != 3 {
				t.Fatal("a number of schools is withheld")
			}
		}
		if withheld == 1 && open > 0 && out.Rows[len(values)][2].Value != nil {
			t.Fatalf("%v: one count is withheld and the total shown", values)
		}
		for i := range in.Rows {
			if in.Rows[i][2].Value == nil {
				t.Fatal("the table that was given is changed")
			}
		}
	})
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		profile disclosure.Profile
		n       float64
		small   bool
		shown   float64
	}{
		{disclosure.DfE, 0, false, 0}, {disclosure.DfE, 1, true, 1}, {disclosure.DfE, 5, true, 5}, {disclosure.DfE, 6, false, 6},
		{disclosure.TRE, 9, true, 10}, {disclosure.TRE, 10, false, 10}, {disclosure.TRE, 12, false, 10}, {disclosure.TRE, 13, false, 15},
		{disclosure.None, 1, false, 1},
	} {
		if c.profile.Small(c.n) != c.small || c.profile.Round(c.n) != c.shown {
			t.Errorf("%s %g: small %v, shown %g", c.profile, c.n, c.profile.Small(c.n), c.profile.Round(c.n))
		}
	}
	if _, err := disclosure.Parse("some"); err == nil {
		t.Error("an unknown profile is taken")
	}
}

// Every output of a result keeps the rule.
func TestEveryFormatWithholds(t *testing.T) {
	r := &analysis.Result{Title: "Days in care", Tables: []analysis.Table{*counts(3, 40, 11)},
		Summary: []string{"There were 4 children in care and 12 pupils."},
		Checks:  []analysis.Check{{Name: "events_treated", Value: analysis.Num(4), Means: "4 events in the intervention arm"}},
		Notes:   []analysis.Note{{Code: "few", Text: "only 2 enquiries"}}}
	safe := disclosure.DfE.Result(r)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"json": func(b *bytes.Buffer) error { return report.WriteJSON(b, safe) },
		"text": func(b *bytes.Buffer) error { return tables.WriteText(b, safe) },
		"html": func(b *bytes.Buffer) error { return tables.WriteHTML(b, safe) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"4 children", "4 events", "2 enquiries", "\"value\": 4\n", `"value": 0.42857`, "\"value\": 11\n"} {
			if strings.Contains(out.String(), bad) {
				t.Errorf("%s gives %q away:\n%s", name, bad, out.String())
			}
		}
		if name != "json" && !strings.Contains(out.String(), "12 pupils") {
			t.Errorf("%s withholds a large number", name)
		}
	}
	if !strings.Contains(safe.Notes[len(safe.Notes)-1].Text, "withheld") {
		t.Error("the result does not say that numbers are withheld")
	}
	if *r.Checks[0].Value != 4 {
		t.Error("the result that was given is changed")
	}
}

// Days of few children are withheld however many they are; under tre so is what
// one or two schools make up, and estimates that rest on what is withheld go
// with it.
func TestWhatIsOfFewIsWithheld(t *testing.T) {
	sums := func(values ...float64) (b analysis.Behind) {
		for _, n := range values {
			b.N += n
			b.Contribute(n)
		}
		return b
	}
	days := sums(30, 26)
	days.Children = 2
	for _, c := range []struct {
		name     string
		b        analysis.Behind
		dfe, tre bool
	}{
		{"56 days of 2 children", days, true, true},
		{"400 events of many schools", sums(100, 100, 100, 100), false, false},
		{"two schools hold 95%", sums(300, 80, 20), false, true},
		{"what is left is a tenth of the largest", sums(200, 4, 19), false, true},
		{"9 events", sums(3, 3, 3), false, true},
		{"5 events", sums(2, 2, 1), true, true},
	} {
		r := &analysis.Result{Tables: []analysis.Table{{Name: "rates", Columns: []analysis.Column{{Name: "arm"}, {Name: "before", Format: analysis.Rate}}}},
			Estimates: []analysis.Estimate{{Term: "att", Estimate: analysis.Num(0.5), PValue: analysis.Num(0.01)}}}
		b := c.b
		b.Of = "days|SWIS|before"
		r.Tables[0].Rows = [][]analysis.Cell{{{Text: "SWIS"}, {Value: analysis.Num(b.N / 3), Behind: &b}}}
		for profile, want := range map[disclosure.Profile]bool{disclosure.DfE: c.dfe, disclosure.TRE: c.tre, disclosure.None: false} {
			safe := profile.Result(r)
			if gone := safe.Tables[0].Rows[0][1].Value == nil; gone != want {
				t.Errorf("%s under %s: withheld %v", c.name, profile, gone)
			}
			if gone := safe.Estimates[0].Estimate == nil; gone != want || gone != safe.Estimates[0].Withheld() {
				t.Errorf("%s under %s: the estimate is withheld %v", c.name, profile, gone)
			}
		}
	}
}

// Sentences spell counts out as the tables do: rounded, or not at all.
func TestToldCountsPassTheGate(t *testing.T) {
	for n, want := range map[float64]string{3: "33 schools, c enquiries.", 12: "33 schools, 10 enquiries.", 1204: "33 schools, 1205 enquiries."} {
		r := &analysis.Result{}
		words := r.Tell(analysis.Behind{Of: "s47||", N: n}, func(n float64) string { return fmt.Sprintf("%.0f enquiries", n) })
		r.Tests = []analysis.Test{{How: "33 schools, " + words + "."}}
		if how := disclosure.TRE.Result(r).Tests[0].How; how != want && !(n == 3 && how == "") {
			t.Errorf("%g is told as %q", n, how)
		}
		if n > 5 && disclosure.DfE.Result(r).Tests[0].How != r.Tests[0].How {
			t.Errorf("%g is withheld under dfe", n)
		}
	}
}

// Of a covariate that few have, nothing is told, in checks and subtitles as
// little as in the table.
func TestBaselineOfFewIsWithheld(t *testing.T) {
	r := &analysis.Result{}
	say := func(arm string) func(float64) string {
		return func(n float64) string { return fmt.Sprintf("%.0f %s", n, arm) }
	}
	r.Subtitle = r.Tell(analysis.Behind{N: 3}, say("A")) + " and " + r.Tell(analysis.Behind{N: 9}, say("B")) + " rows"
	r.Tables = []analysis.Table{{Name: "balance", Columns: []analysis.Column{{Name: "covariate", Format: analysis.Text}, {Name: "n_treated", Format: analysis.Count}, {Name: "mean_treated", Format: analysis.Ratio}},
		Rows: [][]analysis.Cell{{{Text: "score"}, {Value: analysis.Num(3)}, {Value: analysis.Num(12)}}}}}
	r.Checks = []analysis.Check{{Name: "mean_treated:score", Value: analysis.Num(12)}}
	safe := disclosure.DfE.Result(r)
	if safe.Subtitle != "c A and c B rows" || safe.Checks[0].Value != nil || safe.Tables[0].Rows[0][2].Value != nil {
		t.Errorf("%q, %v, %v", safe.Subtitle, safe.Checks[0], safe.Tables[0].Rows[0])
	}
}

// The tables of describe keep the rule too: a mean that one or two rows or
// schools dominate is withheld under tre with its row, a share of few or of all
// but few under both profiles, and nothing else.
func TestTablesOfDescribeKeepTheRule(t *testing.T) {
	var data strings.Builder
	data.WriteString("arm,school,even,peak,few,most,half\n")
	for i := range 80 {
		bit := func(yes bool) int {
			if yes {
				return 1
			}
			return 0
		}
		peak := 1
		if i < 4 { // two rows an arm
			peak = 1000
		}
		fmt.Fprintf(&data, "%s,%d,%d,%d,%d,%d,%d\n", []string{"A", "B"}[i%2], i%2+2*(i/6), 10+i%3, peak, bit(i < 8), bit(i >= 8), bit(i%4 < 2))
	}
	tab, err := table.Read([]byte(data.String()), "data.csv")
	if err != nil {
		t.Fatal(err)
	}
	covariates := []string{"even", "peak", "few", "most", "half"}
	for name, e := range map[string]analysis.Estimator{
		"by arm": describe.Balance{Treated: "arm", Reference: "B", Covariates: covariates}, "by arm, with schools": describe.Balance{Treated: "arm", Reference: "B", Covariates: covariates, School: "school"},
		"columns": describe.Columns{Covariates: covariates}} {
		r, err := e.Estimate(context.Background(), tab)
		if err != nil {
			t.Fatal(err)
		}
		for profile, gone := range map[disclosure.Profile]string{disclosure.None: "", disclosure.DfE: "few most", disclosure.TRE: "few most peak"} {
			if name == "columns" { // eight of 80
				gone = map[disclosure.Profile]string{disclosure.TRE: "few most"}[profile]
			}
			safe := profile.Result(r)
			for _, row := range safe.Tables[0].Rows {
				for j, c := range safe.Tables[0].Columns {
					if !strings.HasPrefix(c.Name, "mean") && c.Name != "smd" && !strings.HasPrefix(c.Name, "sd") {
						continue
					}
					if withheld := row[j].Value == nil; withheld != slices.Contains(strings.Fields(gone), row[0].Text) {
						t.Errorf("%s under %s: %s of %s withheld %v", name, profile, c.Name, row[0].Text, withheld)
					}
				}
			}
			for _, c := range safe.Checks {
				what, of, _ := strings.Cut(c.Name, ":")
				if strings.HasPrefix(what, "mean") && (c.Value == nil) != slices.Contains(strings.Fields(gone), of) {
					t.Errorf("%s under %s: check %s withheld %v", name, profile, c.Name, c.Value == nil)
				}
			}
		}
	}
}
