package charts_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
	"swis/report"
	"swis/report/charts"
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

func must(t *testing.T) func(*report.Figure, error) *report.Figure {
	return func(f *report.Figure, err error) *report.Figure {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
}

// panel is a small synthetic panel: three LAs, nine terms, start in term 7.
func panel() *table.Table {
	rng := rand.New(rand.NewPCG(1, 2))
	las := []string{"Northmoor", "Westbury", "Eastby"}
	terms := []string{"2016-17 1 autumn", "2016-17 2 spring", "2016-17 3 summer", "2017-18 1 autumn", "2017-18 2 spring", "2017-18 3 summer",
		"2018-19 1 autumn", "2018-19 2 spring", "2018-19 3 summer"}
	var school, la, period, arm []string
	var y, exposure []float64
	for g := range 111 {
		rate := 0.004 * math.Exp(0.6*rng.NormFloat64())
		for k, term := range terms {
			e := (300 + 10*float64(g%60)) / 3
			mu := 3 * rate * e
			treated := g%3 == 0
			if treated && k >= 6 {
				mu *= 0.7
			}
			n := 0.0
			for p, u := math.Exp(-mu), rng.Float64(); u > p && n < 40; n++ {
				u -= p
				p *= mu / (n + 1)
			}
			school = append(school, fmt.Sprintf("S%03d", g))
			la = append(la, las[g%3%3*0+(g/3)%3])
			period = append(period, term)
			arm = append(arm, map[bool]string{true: "SWIS", false: "comparison"}[treated])
			y, exposure = append(y, n), append(exposure, e)
		}
	}
	return table.Build("panel.csv", len(y)).Texts("school_id", school).Texts("la", la).Texts("period", period).Texts("arm", arm).
		Numbers("s47", y).Numbers("exposure", exposure).Table()
}

func events() *analysis.Result {
	r := &analysis.Result{Title: "Section 47 enquiries: SWIS against comparison schools", Fit: analysis.Fit{NObs: 999, NGroups: map[string]int{"school": 111}}}
	for i, b := range []float64{0.05, -0.04, 0.08, -0.02, 0.03, math.NaN(), -0.22, -0.31, -0.28} {
		if k := i - 6; k != -1 {
			se := 0.11 + 0.01*float64(i)
			r.Estimates = append(r.Estimates, analysis.Estimate{Term: fmt.Sprintf("event:%d", k), Estimate: analysis.Num(b), StdError: analysis.Num(se),
				ConfLow: analysis.Num(b - 1.96*se), ConfHigh: analysis.Num(b + 1.96*se), ConfLevel: 0.95, Scale: analysis.Log})
		}
	}
	r.Tests = []analysis.Test{{Name: "pre_trends", PValue: analysis.Num(0.57)}}
	return r
}

func forestRows(t *testing.T) []charts.ForestRow {
	s17 := read(t, "did-by-la")
	s17.Title = "Section 17 starts"
	for i := range s17.Estimates {
		e := &s17.Estimates[i]
		e.Estimate, e.ConfLow, e.ConfHigh = analysis.Num(*e.Estimate+0.3), analysis.Num(*e.ConfLow+0.3), analysis.Num(*e.ConfHigh+0.25)
	}
	s47 := read(t, "did-by-la")
	s47.Title = "Section 47 enquiries"
	care := read(t, "did-by-la")
	care.Title = "Days in care"
	care.Estimates = care.Estimates[1:3]
	care.Notes = []analysis.Note{{Code: "not_estimable", Text: "x", By: "Northmoor"}}
	return charts.ForestRows([]*analysis.Result{s47, s17, care})
}

func floorResult() *analysis.Result {
	r := &analysis.Result{Title: "Days in care, Northmoor: observed and expected zeros", Fit: analysis.Fit{NObs: 600, NGroups: map[string]int{"school": 67}}}
	curve := func(name string, y ...float64) {
		c := analysis.Curve{Name: name}
		for k, n := range y {
			c.X, c.Y = append(c.X, analysis.Num(float64(k))), append(c.Y, analysis.Num(n))
		}
		r.Curves = append(r.Curves, c)
	}
	curve("counts_observed", 412, 96, 41, 22, 12, 7, 5, 2, 1, 1, 0, 1)
	curve("counts_poisson", 330, 180, 66, 18, 4.5, 1, 0.3, 0.1, 0, 0, 0, 0)
	curve("counts_negbin", 408, 101, 43, 21.5, 11.4, 6.4, 3.7, 2.1, 1.3, 0.8, 0.5, 0.3)
	return r
}

func balance() (before, after *analysis.Result) {
	names := []string{"pupils", "fsm", "baseline_s47", "baseline_s17", "phase=primary", "phase=secondary", "phase=SEMH", "ofsted=good", "idaci", "persistent_absence"}
	before, after = &analysis.Result{Fit: analysis.Fit{NObs: 300}}, &analysis.Result{}
	for i, n := range names {
		x := 0.6*math.Sin(float64(i)*2.3) + 0.1
		before.Checks = append(before.Checks, analysis.Check{Name: "smd:" + n, Value: analysis.Num(x)})
		after.Checks = append(after.Checks, analysis.Check{Name: "smd:" + n, Value: analysis.Num(x * 0.2)})
	}
	return before, after
}

func modes(n int) *analysis.Result {
	rng := rand.New(rand.NewPCG(3, 4))
	r := &analysis.Result{Fit: analysis.Fit{NObs: 999, NGroups: map[string]int{"school": n}}, Estimates: []analysis.Estimate{{Term: "(Intercept)", Scale: analysis.Log, Estimate: analysis.Num(0)}}}
	for g := range n {
		r.Effects = append(r.Effects, analysis.Effect{Group: "school", Level: fmt.Sprintf("S%03d", g), Term: "(Intercept)", Estimate: analysis.Num(0.4 * rng.NormFloat64()), StdError: analysis.Num(0.15 + 0.1*rng.Float64())})
	}
	return r
}

func flow() *analysis.Result {
	t := analysis.Table{Name: "flow", Columns: []analysis.Column{{Name: "stage"}, {Name: "arm"}, {Name: "schools"}, {Name: "pupils"}, {Name: "note"}}}
	add := func(stage, arm string, schools, pupils float64, note string) {
		t.Rows = append(t.Rows, []analysis.Cell{{Text: stage}, {Text: arm}, {Value: &schools}, {Value: &pupils}, {Text: note}})
	}
	add("Assessed for eligibility", "", 311, 318200, "")
	add("Left out before assignment", "", 20, 19944, "excluded")
	add("Assigned, stratified by LA", "", 291, 298256, "")
	add("Assigned to SWIS", "SWIS", 146, 149821, "")
	add("Left during follow-up", "SWIS", 10, 9871, "school closed or LA withdrew its data")
	add("Analysed", "SWIS", 136, 139950, "")
	add("Assigned to support as usual", "control", 145, 148435, "")
	add("Left during follow-up", "control", 13, 9527, "LA withdrew its data")
	add("Analysed", "control", 132, 138908, "")
	return &analysis.Result{Tables: []analysis.Table{t}}
}

func powerResult() *analysis.Result {
	r := &analysis.Result{Title: "Power to find a fall of 25% in Section 47 enquiries", Subtitle: "Two-sided 5% level, k = 0.42, 780 pupil-years a school"}
	c := analysis.Curve{Name: "power", XLabel: "Schools in each arm"}
	for n := 4.0; n <= 120; n += 4 {
		c.X, c.Y = append(c.X, analysis.Num(n)), append(c.Y, analysis.Num(1-math.Exp(-n/35)))
	}
	r.Curves = []analysis.Curve{c}
	return r
}

// all makes one figure of every kind, from synthetic numbers.
func all(t *testing.T) []*report.Figure {
	m := must(t)
	trends := charts.Trends{Outcome: "s47", Time: "period", Treated: "arm", Start: "2018-19 1 autumn", Exposure: "exposure"}
	byLA := trends
	byLA.By = "la"
	before, after := balance()
	list := []*report.Figure{
		m(trends.Figure(panel())),
		m(charts.EventStudy(events())),
		m(charts.Forest("Effects on three outcomes in three LAs", forestRows(t), "synthetic trial; 111 schools.")),
		m(charts.Zeros(floorResult(), false)),
		m(charts.Floor{Outcome: "s47", Unit: "school_id", Time: "period", Treated: "arm", Start: "2018-19 1 autumn", Exposure: "exposure"}.Figure(panel())),
		m(charts.Balance(before, after)),
		m(charts.Caterpillar(modes(111), "")),
		m(charts.Flow(flow())),
		m(charts.Power(powerResult())),
	}
	las, root, few := m(byLA.Figure(panel())), m(charts.Zeros(floorResult(), true)), m(charts.Caterpillar(modes(21), ""))
	las.Name, few.Name = "trends-by-la", "caterpillar-few"
	return append(list, las, root, few)
}

func TestEveryFigure(t *testing.T) {
	folder := os.Getenv("SWIS_FIGURES") // a folder to look at the pictures in
	for _, f := range all(t) {
		t.Run(f.Name, func(t *testing.T) {
			if len(f.Alt) < 40 || !strings.HasSuffix(f.Alt, ".") {
				t.Errorf("alt text is no sentence: %q", f.Alt)
			}
			if strings.Contains(f.Alt, "NaN") || strings.Contains(f.Alt, "Inf") {
				t.Errorf("alt text: %q", f.Alt)
			}
			if len(f.Data.Rows) == 0 {
				t.Error("no data beside the figure")
			}
			d := charts.Draw(f)
			inside(t, d)
			apart(t, d)
			if folder != "" {
				if _, err := charts.Write(folder, f, charts.Formats); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// inside checks that no text and no mark leaves the page.
func inside(t *testing.T, d *charts.Drawing) {
	t.Helper()
	for _, text := range d.Texts {
		if b := text.Extent(); b.X1 < -0.1 || b.Y1 < -0.1 || b.X2 > d.Width+0.1 || b.Y2 > d.Height+0.1 {
			t.Errorf("%q leaves the page: %.1f", text.Text, b)
		}
	}
	for _, p := range d.Paths {
		for i := range p.X {
			if math.IsNaN(p.X[i]) || math.IsNaN(p.Y[i]) || p.X[i] < 0 || p.X[i] > d.Width || p.Y[i] < 0 || p.Y[i] > d.Height {
				t.Fatalf("a mark leaves the page: %v, %v", p.X, p.Y)
			}
		}
	}
}

// apart checks that no two texts touch.
func apart(t *testing.T, d *charts.Drawing) {
	t.Helper()
	for i, a := range d.Texts {
		for _, b := range d.Texts[i+1:] {
			if a.Extent().Overlaps(b.Extent()) {
				t.Errorf("%q and %q overlap", a.Text, b.Text)
			}
		}
	}
}

func TestPicturesAreWhole(t *testing.T) {
	for _, f := range all(t)[:3] {
		d := charts.Draw(f)
		var svg bytes.Buffer
		if err := charts.WriteSVG(&svg, d, f.Name); err != nil {
			t.Fatal(err)
		}
		decoder := xml.NewDecoder(bytes.NewReader(svg.Bytes()))
		for {
			if _, err := decoder.Token(); err != nil {
				if errors.Is(err, io.EOF) {
					break
				}
				t.Fatalf("%s: SVG: %v", f.Name, err)
			}
		}
		for _, want := range []string{`role="img"`, "<title", "<desc", `width="170mm"`} {
			if !strings.Contains(svg.String(), want) {
				t.Errorf("%s: SVG lacks %s", f.Name, want)
			}
		}
		var picture bytes.Buffer
		if err := charts.WritePNG(&picture, d); err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(bytes.NewReader(picture.Bytes()))
		if err != nil || config.Width != 2008 {
			t.Errorf("%s: PNG %d pixels wide, want 2008 (170 mm at 300 dpi): %v", f.Name, config.Width, err)
		}
		var pdf bytes.Buffer
		if err := charts.WritePDF(&pdf, d); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) || !bytes.Contains(pdf.Bytes(), []byte("/FontFile2")) {
			t.Errorf("%s: PDF without embedded fonts", f.Name)
		}
		for format, first := range map[string][]byte{"svg": svg.Bytes(), "png": picture.Bytes(), "pdf": pdf.Bytes()} {
			var again bytes.Buffer
			if err := charts.WriteDrawing(&again, charts.Draw(f), format, f.Name); err != nil || !bytes.Equal(first, again.Bytes()) {
				t.Errorf("%s: the %s differs from run to run (%v)", f.Name, format, err)
			}
		}
	}
}

// Names come from files: long ones are cut and hostile ones escaped.
func TestHostileNames(t *testing.T) {
	rows := forestRows(t)
	for i := range rows {
		rows[i].Label = "<script>&\"' \x00\x1b " + strings.Repeat("A very long name of a local authority ", 4)
	}
	f, err := charts.Forest(strings.Repeat("A long title that goes on ", 12)+"<b>", rows, "x")
	if err != nil {
		t.Fatal(err)
	}
	d := charts.Draw(f)
	inside(t, d)
	apart(t, d)
	var svg bytes.Buffer
	if err := charts.WriteSVG(&svg, d, "f"); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(bytes.NewReader(svg.Bytes()))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "script" || e.Name.Local == "b") {
			t.Error("a name became markup")
		}
	}
	for _, format := range []string{"png", "pdf"} {
		if err := charts.WriteDrawing(io.Discard, d, format, "f"); err != nil {
			t.Error(err)
		}
	}
}

func TestWriteLeavesDataAndAltBeside(t *testing.T) {
	dir := t.TempDir()
	f := must(t)(charts.EventStudy(events()))
	paths, err := charts.Write(dir, f, []string{"svg"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"event-study.svg", "event-study.csv", "event-study.txt"}
	for i, p := range paths {
		if filepath.Base(p) != want[i] {
			t.Errorf("file %s, want %s", p, want[i])
		}
	}
}

// An axis of ratios is marked on both sides of 1.
func TestRatioAxisMarks(t *testing.T) {
	f := &report.Figure{Name: "ratios", Title: "Ratios", Y: report.Axis{Label: "Rate ratio", Log: true},
		Panels: []report.Panel{{Series: []report.Series{{Name: "effect", Form: report.PointForm, X: []float64{0, 1}, Y: []float64{0.18, 2.3}}}}}}
	marks := map[string]bool{}
	for _, text := range charts.Draw(f).Texts {
		marks[text.Text] = true
	}
	for _, want := range []string{"0.25", "0.5", "1", "2"} {
		if !marks[want] {
			t.Errorf("no mark at %s", want)
		}
	}
}
