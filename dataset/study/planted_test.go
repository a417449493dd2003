package study

import (
	"context"
	"path/filepath"
	"testing"

	"swis/dataset"
	"swis/dataset/synthetic"
)

// rehearse writes the deliveries of a story and returns the options that
// ingest them.
func rehearse(t *testing.T, story *synthetic.Story, size synthetic.Options) (string, *synthetic.Planted, Options) {
	t.Helper()
	root := t.TempDir()
	planted, err := story.Write(context.Background(), root, size)
	if err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Period, o.Program, o.Root = dataset.Month, "swis test", root
	match := func(pattern string) []string {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		return paths
	}
	for _, x := range planted.Sources {
		source := Source{LA: x.LA}
		if x.Map != "" {
			source.Map = filepath.Join(root, x.Map)
		}
		for _, pattern := range append(x.Paths, x.Lookup...) {
			for _, source.Path = range match(pattern) {
				o.Sources = append(o.Sources, source)
			}
		}
	}
	o.Rolls = match("roll/*onroll.csv")
	o.Rolls = append(o.Rolls, match("roll/*nolongeronroll.csv")...)
	o.Links = match("schools/*edubasealldata*.csv")
	o.Schools = filepath.Join(root, "schools", "trial-schools.csv")
	o.From, _ = dataset.ParseDay(planted.First)
	o.To, _ = dataset.ParseDay(planted.End)
	o.Baseline, _ = dataset.ParseDay(planted.Start)
	o.Threshold = 0.2
	if planted.Decided != "" {
		o.Decisions = filepath.Join(root, planted.Decided)
	}
	return root, planted, o
}

// holdsAsPlanted ingests deliveries and holds the panel against the planted
// one, cell by cell, and the count of every rule of the catalogue against what
// was planted, also where that is nothing.
func holdsAsPlanted(t *testing.T, story *synthetic.Story, size synthetic.Options) (*synthetic.Planted, *Study) {
	t.Helper()
	root, planted, o := rehearse(t, story, size)
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "study")
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	samePanel(t, filepath.Join(root, synthetic.PlantedPanelFile), filepath.Join(folder, PanelFile))
	in := map[[2]string]int64{}
	sum := map[string]int64{}
	for _, f := range planted.Faults {
		if f.Term {
			continue
		}
		in[[2]string{f.Rule, f.LA}] += int64(f.Rows)
		sum[f.Rule] += int64(f.Rows)
	}
	for _, f := range planted.Repeats {
		in[[2]string{f.Rule, f.LA}] += int64(f.Rows)
		sum[f.Rule] += int64(f.Rows)
	}
	for _, r := range s.Quality.Rules {
		if r.Count.Value != sum[r.Rule] {
			t.Errorf("%s (%s): %d counted, %d planted", r.Rule, r.Text, r.Count.Value, sum[r.Rule])
		}
		for _, by := range r.ByLA {
			if n := in[[2]string{r.Rule, by.LA}]; by.Count.Value != n {
				t.Errorf("%s in %s: %d counted, %d planted", r.Rule, by.LA, by.Count.Value, n)
			}
		}
	}
	return planted, s
}

// Deliveries in every layout, clean, with the usual faults and with all, are
// read as planted: each cell of the panel and the count of every rule.
func TestDeliveriesAreReadAsPlanted(t *testing.T) {
	for _, c := range []struct {
		name  string
		story *synthetic.Story
		size  synthetic.Options
		long  bool
	}{
		{"all", &synthetic.Rehearsal, synthetic.Options{Seed: 3, Schools: 200, Pupils: 300, Months: 34, Faults: synthetic.AllFaults}, false},
		{"another seed and size", &synthetic.Rehearsal, synthetic.Options{Seed: 11, Schools: 420, Pupils: 350, Months: 28, Faults: synthetic.AllFaults}, true},
		{"the demo's size", &synthetic.Pilots, synthetic.Options{Seed: 1, Schools: 148, Pupils: 508, Months: 34, Faults: synthetic.AllFaults}, true},
		{"clean", &synthetic.Rehearsal, synthetic.Options{Seed: 4, Schools: 120, Pupils: 300, Months: 34, Faults: synthetic.NoFaults}, true},
		{"usual", &synthetic.Rehearsal, synthetic.Options{Seed: 5, Schools: 150, Pupils: 300, Months: 30}, true},
		{"the demo", &synthetic.Pilots, synthetic.Default(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.long && testing.Short() {
				t.Skip("several trials take a while")
			}
			planted, _ := holdsAsPlanted(t, c.story, c.size)
			if c.story == &synthetic.Rehearsal && c.size.Faults == synthetic.AllFaults {
				everyRuleIsPlanted(t, planted)
			}
		})
	}
}

// unplanted are the rules that no delivery of the generator breaks, and where
// they are tested instead.
var unplanted = map[string]string{}

func init() {
	unplanted["A03"] = "attendance of rolls is of one term and in arrears: attendance_test.go"
	for _, rule := range []string{"U01", "U02", "U03"} {
		unplanted[rule] = "no survey is delivered: survey_test.go"
	}
}

// everyRuleIsPlanted looks each rule of the catalogue up among what was
// planted.
func everyRuleIsPlanted(t *testing.T, planted *synthetic.Planted) {
	have := map[string]bool{}
	for _, f := range planted.Faults {
		if f.Rows <= 0 || !dataset.KnownRule(f.Rule) {
			t.Errorf("planted %+v", f)
		}
		have[f.Rule] = true
	}
	for _, r := range planted.Repeats {
		have[r.Rule] = true
	}
	for _, r := range planted.Refused {
		have[r.Rule] = true
	}
	for _, rule := range dataset.Rules {
		if why := unplanted[rule.ID]; have[rule.ID] == (why != "") {
			t.Errorf("%s (%s) is planted nowhere", rule.ID, rule.Text)
		}
	}
}

// samePanel holds every cell of a planted panel against the one that was built.
func samePanel(t *testing.T, planted, found string) {
	t.Helper()
	want, got := cells(t, planted), cells(t, found)
	if len(want) != len(got) || len(want) == 0 {
		t.Errorf("panel of %d rows, want %d", len(got), len(want))
	}
	wrong := map[string]int{}
	for key, row := range want {
		for outcome, x := range row {
			if got[key][outcome] != x {
				if wrong[outcome]++; wrong[outcome] < 4 {
					t.Errorf("%s, %s: %q, planted %q", key, outcome, got[key][outcome], x)
				}
			}
		}
	}
	for outcome, n := range wrong {
		t.Errorf("%d cells of %s differ", n, outcome)
	}
}

// Outcomes that are built when they are asked for, and attendance by term, are
// as planted too.
func TestFurtherOutcomesAreAsPlanted(t *testing.T) {
	root, planted, o := rehearse(t, &synthetic.Rehearsal, synthetic.Options{Seed: 6, Schools: 130, Pupils: 250, Months: 34, Faults: synthetic.AllFaults})
	build := func() (string, *Study) {
		t.Helper()
		s, err := Build(context.Background(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(t.TempDir(), "study")
		if err := s.Write(folder); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(folder, PanelFile), s
	}
	o.Outcomes = synthetic.Asked
	found, _ := build()
	samePanel(t, filepath.Join(root, synthetic.AskedPanelFile), found)
	o.Outcomes, o.Period = nil, dataset.Term
	found, s := build()
	want, got := cells(t, filepath.Join(root, synthetic.TermPanelFile)), cells(t, found)
	for key, row := range want {
		for outcome, x := range row {
			if got[key][outcome] != x {
				t.Fatalf("%s, %s: %q, planted %q", key, outcome, got[key][outcome], x)
			}
		}
	}
	if len(want) < 200 {
		t.Errorf("attendance of %d schools and terms", len(want))
	}
	byTerm := map[string]int64{}
	for _, f := range planted.Faults {
		if f.Term {
			byTerm[f.Rule] += int64(f.Rows)
		}
	}
	for _, r := range s.Quality.Rules {
		if n, ok := byTerm[r.Rule]; ok && r.Count.Value != n {
			t.Errorf("%s: %d counted, %d planted", r.Rule, r.Count.Value, n)
		}
	}
	if byTerm["A06"] == 0 {
		t.Error("no registration twice was planted")
	}
}
