package document_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"swis/analysis"
	"swis/report"
	"swis/report/charts"
	"swis/report/document"
)

func read(t *testing.T, name string) *analysis.Result {
	t.Helper()
	data, err := os.ReadFile("../testdata/results/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var r analysis.Result
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func figure(t *testing.T, r *analysis.Result) *report.Figure {
	t.Helper()
	f, err := charts.Forest("Section 47 enquiries by LA", charts.ForestRows([]*analysis.Result{r}), "synthetic trial")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// trial is a small report with a part of every kind.
func trial(t *testing.T) *document.Trial {
	byLA := read(t, "did-by-la")
	for i := range byLA.Estimates {
		if e := &byLA.Estimates[i]; e.By == "all" {
			e.By = ""
		} else {
			e.PAdjusted = analysis.Num(min(1, 3**e.PValue))
		}
	}
	return &document.Trial{
		Title: "Social workers in schools: synthetic trial", Subtitle: "Evaluation report", Authors: []string{"An Evaluator", "A Statistician"},
		Registration: "ISRCTN00000000", About: []string{"Invented data: a trial of social workers in the schools of three local authorities."},
		Disclosure: "dfe", Intervention: "SWIS", Comparison: "comparison",
		Design:   []string{"37 schools in three local authorities were assigned a social worker; 74 matched schools carried on as usual."},
		Outcomes: []document.Outcome{{Name: "s47", Label: "Section 47 enquiries", Definition: "enquiries started in the period"}},
		Data:     []string{"21,034 rows were read; 312 were quarantined."},
		Analyses: []document.Analysis{
			{ID: "s47", Outcome: "Section 47 enquiries", Estimand: "average effect on SWIS schools", Role: "primary", Family: "main", Adjust: "holm", Result: byLA, Figures: []*report.Figure{figure(t, byLA)}},
			{ID: "attainment", Outcome: "Attainment", Role: "secondary", Result: read(t, "mixed")},
			{ID: "care", Outcome: "Days in care", Role: "secondary", Refused: analysis.NotEstimablef("all 4 SWIS schools in Eastby have no day in care (Poisson)")},
			{ID: "floor-care", Outcome: "Days in care", Role: "floor", Result: read(t, "floor")},
			{ID: "hurdle", Outcome: "Days in care", Role: "exploratory", Result: read(t, "hurdle")},
			{ID: "cr2", Outcome: "Section 47 enquiries", Role: "sensitivity", Result: read(t, "did-poisson")},
		},
		Deviations: []document.Deviation{{Planned: "ten months of follow-up", Done: "nine months", Why: "schools closed in March"}},
		PlanSHA256: strings.Repeat("ab", 32), Seed: "1", Program: "swis 0.1.0",
	}
}

func TestHTMLReport(t *testing.T) {
	d := document.New(trial(t))
	var page bytes.Buffer
	if err := document.WriteHTML(&page, d); err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("SWIS_FIGURES"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "report.html"), page.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(page.Bytes(), []byte("<!DOCTYPE html>\n"))))
	ids := map[string]bool{}
	var links []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if n := start.Name.Local; n == "script" || n == "link" || n == "iframe" || n == "img" || n == "object" {
			t.Errorf("the page holds a %s", n)
		}
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "id":
				if ids[a.Value] {
					t.Errorf("id %s appears twice", a.Value)
				}
				ids[a.Value] = true
			case "href":
				links = append(links, a.Value)
			case "src":
				t.Errorf("the page loads %s", a.Value)
			}
		}
	}
	for _, l := range links {
		if !strings.HasPrefix(l, "#") || !ids[l[1:]] {
			t.Errorf("link %s leads nowhere", l)
		}
	}
	text := page.String()
	for _, want := range []string{"default-src 'none'", "Planned, primary", "Not testable", "Exploratory", "Table 1.", "Figure 1.", "24% lower in SWIS schools", "Deviations from the plan", strings.Repeat("ab", 32), "Holm"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if regexp.MustCompile(`url\((?:[^)]*//)`).MatchString(text) {
		t.Error("the page refers to something outside")
	}
}

func TestWordingGuard(t *testing.T) {
	d := document.New(trial(t))
	var md bytes.Buffer
	if err := document.WriteMarkdown(&md, d); err != nil {
		t.Fatal(err)
	}
	if !document.Guarded(md.String()) {
		t.Error("the report holds words that a p-value does not justify")
	}
	bad := trial(t)
	bad.Analyses[0].Result.Summary = []string{"There was no effect on enquiries."}
	md.Reset()
	if err := document.WriteMarkdown(&md, document.New(bad)); err != nil {
		t.Fatal(err)
	}
	if !document.Guarded(md.String()) {
		t.Error("a result's careless summary reached the report")
	}
}

func TestSentence(t *testing.T) {
	n := analysis.Num
	log := func(r, low, high, p float64) *analysis.Estimate {
		return &analysis.Estimate{Estimate: n(math.Log(r)), Ratio: n(r), RatioLow: n(low), RatioHigh: n(high), PValue: n(p), ConfLevel: 0.95, Scale: analysis.Log}
	}
	for _, c := range []struct {
		e    *analysis.Estimate
		want string
	}{
		{log(0.76, 0.60, 0.96, 0.024), "Section 47 enquiries were 24% lower in SWIS schools than expected from comparison schools (95% CI 4.0% to 40% lower; p = 0.024)."},
		// The trial of 268 schools as published: 1.055 (0.955 to 1.166).
		{log(1.055, 0.955, 1.166, 0.29), "Section 47 enquiries were 5.5% higher in SWIS schools than expected from comparison schools (95% CI 4.5% lower to 17% higher; p = 0.29); the data rule out falls of more than 4.5% and rises of more than 17%."},
	} {
		if got := document.Sentence("Section 47 enquiries", "SWIS", c.e); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	linear := &analysis.Estimate{Estimate: n(0.83), StdError: n(1.7), ConfLow: n(-2.5), ConfHigh: n(4.2), PValue: n(0.63), ConfLevel: 0.95, Scale: analysis.Identity}
	want := "Attainment: 0.8 higher in SWIS schools than expected from comparison schools (95% CI −2.5 to 4.2; p = 0.63); the data rule out falls of more than 2.5 and rises of more than 4.2."
	if got := document.Sentence("Attainment", "SWIS", linear); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
