package design

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"swis/dataset/table"
)

// The vectors were made by testdata/allocation/derive.py, an independent program.
func TestKnownAnswers(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "allocation", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name        string
		Declaration Declaration
		Arms        map[string]string
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			got, err := v.Declaration.Derive()
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Schools) != len(v.Arms) {
				t.Fatalf("%d schools assigned, want %d", len(got.Schools), len(v.Arms))
			}
			for _, s := range got.Schools {
				if s.Arm != v.Arms[s.School] {
					t.Errorf("school %s is in arm %s, want %s", s.School, s.Arm, v.Arms[s.School])
				}
			}
		})
	}
	if len(vectors) < 10 {
		t.Errorf("only %d vectors", len(vectors))
	}
}

// The ticket is plain SHA-256 of four lines: printf 'swis-assign/1\nseed\nA\nS1' | sha256sum.
func TestTicket(t *testing.T) {
	const want = "0d2700ad2db1133b83f37cb773d5ba3eaf460f6f7d1cf4a1caf5953ff1bd1474"
	if got := Ticket("seed", "A", "S1"); got != want {
		t.Errorf("ticket %s, want %s", got, want)
	}
}

func mustTable(t testing.TB, text string) *table.Table {
	t.Helper()
	tab, err := table.Read([]byte(text), "schools.csv")
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func roster(t *testing.T, text string) *Roster {
	t.Helper()
	r, err := ReadRoster(mustTable(t, text), "school_id")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func schools(n int) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("S%02d,%s,%d,%.3f,%s", i+1, []string{"A", "B", "C"}[i%3], 100+(i*37)%400, float64((i*53)%97)/97, map[bool]string{true: "SWIS"}[i%4 == 0])
	}
	slices.Reverse(rows)
	return "school_id,la,pupils,fsm,arm\n" + strings.Join(rows, "\n") + "\n"
}

func two() Shares { return Shares{Arms: []string{"SWIS", "control"}, Ratio: []int{1, 1}} }

func assign(t *testing.T, text string, o Options) *Allocation {
	t.Helper()
	d, err := Declare(roster(t, text), o)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Assign(d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Over many seeds every school is in the intervention arm as often as the
// design says, and so is every pair of schools, odd strata included.
func TestFairness(t *testing.T) {
	seeds := 20000
	if testing.Short() {
		seeds = 4000
	}
	for _, c := range []struct {
		n      int
		ratio  []int
		expect float64
	}{{7, []int{1, 1}, 0.5}, {8, []int{1, 2}, 1.0 / 3}, {5, []int{2, 3}, 0.4}, {1, []int{1, 1}, 0.5}} {
		shares := Shares{Arms: []string{"SWIS", "control"}, Ratio: c.ratio}
		ids := make([]string, c.n)
		for i := range ids {
			ids[i] = fmt.Sprintf("S%d", i)
		}
		alone := map[string]int{}
		together := map[string]int{}
		for seed := range seeds {
			var in []string
			for _, p := range shares.Draw(fmt.Sprint("seed ", seed), "A", ids) {
				if p.Arm == "SWIS" {
					in = append(in, p.School)
				}
			}
			slices.Sort(in)
			for i, a := range in {
				alone[a]++
				for _, b := range in[:i] {
					together[b+a]++
				}
			}
		}
		within := func(what string, count int, p float64) {
			if z := (float64(count) - float64(seeds)*p) / math.Sqrt(float64(seeds)*p*(1-p)); math.Abs(z) > 4.5 {
				t.Errorf("n %d ratio %v: %s in %d of %d draws, expected a share of %.3f (z = %.1f)", c.n, c.ratio, what, count, seeds, p, z)
			}
		}
		for _, id := range ids {
			within(id, alone[id], c.expect)
		}
		first := -1
		for i, a := range ids { // all pairs alike, whatever their common share is
			for _, b := range ids[:i] {
				if first < 0 {
					first = together[b+a]
					continue
				}
				within("pair "+b+a, together[b+a], float64(first)/float64(seeds))
			}
		}
	}
}

func TestRowOrderDoesNotMatter(t *testing.T) {
	text := schools(30)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Reverse(lines[1:])
	turned := strings.Join(lines, "\n") + "\n"
	caliper := 2.0
	for _, o := range []Options{
		{Method: Complete, Seed: "x", Shares: two()},
		{Method: Stratified, Seed: "x", Shares: two(), Strata: []string{"la"}},
		{Method: Pairs, Seed: "x", Shares: two(), Strata: []string{"la"}, Balance: []string{"pupils", "fsm"}},
		{Method: Minimisation, Seed: "x", Shares: two(), Strata: []string{"la"}, Balance: []string{"pupils"}},
		{Method: Constrained, Seed: "x", Shares: two(), Strata: []string{"la"}, Balance: []string{"pupils", "fsm"}, Keep: 0.1, Candidates: 500},
		{Method: Match, Shares: Shares{Arms: []string{"SWIS", "control"}, Ratio: []int{1, 2}}, Balance: []string{"pupils", "fsm"}, Exact: []string{"la"}, Caliper: &caliper, ArmColumn: "arm"},
	} {
		a, b := assign(t, text, o), assign(t, turned, o)
		if !slices.Equal(a.Derived.Schools, b.Derived.Schools) {
			t.Errorf("%s: the order of rows changes the assignment", o.Method)
		}
	}
}

func TestMatchRules(t *testing.T) {
	caliper := 1.0
	text := schools(60)
	o := Options{Method: Match, Shares: Shares{Arms: []string{"SWIS", "control"}, Ratio: []int{1, 2}}, Balance: []string{"pupils", "fsm"}, Exact: []string{"la"}, Caliper: &caliper, ArmColumn: "arm"}
	a := assign(t, text, o)
	z := a.Declaration.standardised()
	at := map[string]int{}
	for i, s := range a.Declaration.Schools {
		at[s.School] = i
	}
	partners := map[string]int{}
	seen := map[string]bool{}
	for _, s := range a.Derived.Schools {
		if seen[s.School] {
			t.Fatalf("school %s is taken twice", s.School)
		}
		seen[s.School] = true
		if s.Arm == "SWIS" {
			continue
		}
		partners[s.Pair]++
		i, j := at[s.School], at[s.Pair]
		if a.Declaration.Schools[i].Stratum != a.Declaration.Schools[j].Stratum {
			t.Errorf("%s and %s are matched across exact cells", s.School, s.Pair)
		}
		for k := range z[i] {
			if math.Abs(z[i][k]-z[j][k]) > caliper {
				t.Errorf("%s and %s differ by more than the caliper", s.School, s.Pair)
			}
		}
	}
	if len(partners) == 0 {
		t.Fatal("nothing was matched")
	}
	for school, n := range partners {
		if n > 2 {
			t.Errorf("%s has %d comparison schools", school, n)
		}
	}
}

// On a list where it can be seen by eye: 10 is nearest to 11, 20 to 19.
func TestMatchByEye(t *testing.T) {
	a := assign(t, "school_id,x,arm\nT1,10,1\nT2,20,1\nC1,11,0\nC2,19,0\nC3,100,0\n", Options{Method: Match, Shares: two(), Balance: []string{"x"}, ArmColumn: "arm"})
	pair := map[string]string{}
	for _, s := range a.Derived.Schools {
		pair[s.School] = s.Pair
	}
	if pair["C1"] != "T1" || pair["C2"] != "T2" || pair["C3"] != "" {
		t.Errorf("matches %v", pair)
	}
	if b := a.Balance[0]; b.Before == nil || b.After == nil || math.Abs(*b.After) > 1e-12 || math.Abs(*b.Before) < 0.3 {
		t.Errorf("balance before %v, after %v", b.Before, b.After)
	}
}

// Dickinson's shape: 16 schools, 8 and 8, have 12,870 schemes; 10% are kept.
func TestConstrainedSpace(t *testing.T) {
	a := assign(t, schools(16), Options{Method: Constrained, Seed: "x", Shares: two(), Balance: []string{"pupils", "fsm"}, Keep: 0.1, Candidates: 50000})
	s := a.Derived.Space
	if !s.Enumerated || s.Scored != 12870 {
		t.Fatalf("%d schemes, enumerated %v; want all 12,870", s.Scored, s.Enumerated)
	}
	scorer, below := newScorer(a.Declaration, 8), 0
	for _, scheme := range s.Schemes {
		b := scorer.score(scheme)
		if b > s.Cutoff*(1+1e-9) {
			t.Errorf("a scheme with score %g is kept, cutoff %g", b, s.Cutoff)
		}
		if b < s.Cutoff*(1-1e-9) {
			below++
		}
	}
	if below >= 1287 || len(s.Schemes) < 1287 {
		t.Errorf("%d acceptable schemes, %d below the cutoff; want 1,287 and the ties", len(s.Schemes), below)
	}
	if s.Drawn > s.Cutoff*(1+1e-9) || s.Best > s.Drawn {
		t.Errorf("drawn score %g outside [%g, %g]", s.Drawn, s.Best, s.Cutoff)
	}
}

// Every flipped bit in a log is detected, with the lodged head or without.
func TestEveryFlippedByteIsDetected(t *testing.T) {
	a := assign(t, schools(3), Options{Method: Stratified, Seed: "x", Shares: two(), Strata: []string{"la"}})
	data, err := a.Log.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if v := Verify(data, nil, a.Log.Head); !v.OK() {
		t.Fatalf("the log itself does not verify: %+v", v.Findings)
	}
	for i := range data {
		for _, flip := range []byte{1, 0x20} {
			changed := slices.Clone(data)
			changed[i] ^= flip
			if Verify(changed, nil, a.Log.Head).OK() {
				t.Fatalf("a change of byte %d (%q) passes", i, data[i])
			}
		}
	}
	if Verify(data[:len(data)-1], nil, a.Log.Head).OK() || Verify(append(slices.Clone(data), '\n'), nil, a.Log.Head).OK() {
		t.Error("a cut or lengthened log passes")
	}
}

// A log rewritten from end to end with another seed is caught by the lodged
// head alone; swapped and cut records by the chain.
func TestRewrittenLog(t *testing.T) {
	o := Options{Method: Complete, Seed: "x", Shares: two(), Balance: []string{"pupils"}}
	a := assign(t, schools(12), o)
	o.Seed = "y"
	b := assign(t, schools(12), o)
	data, _ := b.Log.Bytes()
	if !Verify(data, nil, "").OK() {
		t.Error("an honest log does not verify")
	}
	if Verify(data, nil, a.Log.Head).OK() {
		t.Error("another seed passes against the lodged head")
	}
	for name, records := range map[string][]Record{
		"swapped": {a.Log.Records[0], a.Log.Records[2], a.Log.Records[1]},
		"cut":     a.Log.Records[:2],
	} {
		l := &Log{Schema: LogSchema, Recipe: logRecipe, Records: records, Head: records[len(records)-1].Hash}
		data, _ := l.Bytes()
		if Verify(data, nil, "").OK() {
			t.Errorf("%s records pass", name)
		}
	}
}

// Of many runs at the same time exactly one assigns, and its files agree.
func TestConcurrentRuns(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "trial")
	var wait sync.WaitGroup
	stored := make([]bool, 16)
	for i := range stored {
		a := assign(t, schools(12), Options{Method: Complete, Seed: fmt.Sprint(i), Shares: two()})
		wait.Go(func() { stored[i] = a.Store(folder) == nil })
	}
	wait.Wait()
	n := 0
	for _, ok := range stored {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d of 16 runs assigned", n)
	}
	data, err := os.ReadFile(filepath.Join(folder, LogFile))
	if err != nil {
		t.Fatal(err)
	}
	listed, err := os.ReadFile(filepath.Join(folder, AllocationFile))
	if err != nil {
		t.Fatal(err)
	}
	v := Verify(data, nil, "")
	if !v.OK() || !SameCSV(listed, v.Schools) {
		t.Error("the list is not the one of the log")
	}
	if info, _ := os.Stat(filepath.Join(folder, LogFile)); info.Mode().Perm() != 0o600 {
		t.Errorf("the log has mode %v", info.Mode())
	}
}

func TestRefusals(t *testing.T) {
	list := schools(8)
	zero := 0.0
	for name, o := range map[string]Options{
		"no seed":              {Method: Complete, Shares: two()},
		"line break in a seed": {Method: Complete, Shares: two(), Seed: "a\nb"},
		"unknown method":       {Method: "lottery", Shares: two(), Seed: "x"},
		"one arm":              {Method: Complete, Shares: Shares{Arms: []string{"SWIS"}, Ratio: []int{1}}, Seed: "x"},
		"the same arm twice":   {Method: Complete, Shares: Shares{Arms: []string{"a", "a"}, Ratio: []int{1, 1}}, Seed: "x"},
		"no such column":       {Method: Stratified, Shares: two(), Seed: "x", Strata: []string{"lla"}},
		"words to balance":     {Method: Pairs, Shares: two(), Seed: "x", Balance: []string{"la"}},
		"caliper of zero":      {Method: Match, Shares: two(), Balance: []string{"pupils"}, Caliper: &zero, ArmColumn: "arm"},
		"arm not known":        {Method: Given, Shares: Shares{Arms: []string{"X", "Y"}, Ratio: []int{1, 1}}, ArmColumn: "arm"},
	} {
		if _, err := Declare(roster(t, list), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	tab, _ := table.Read([]byte("school_id\nS1\nS1\n"), "x.csv")
	if _, err := ReadRoster(tab, "school_id"); err == nil || !strings.Contains(err.Error(), "x.csv:3") {
		t.Errorf("a school listed twice: %v", err)
	}
}

// Whatever a log holds, it is verified or refused, never a panic.
func FuzzVerify(f *testing.F) {
	tab, err := table.Read([]byte(schools(5)), "schools.csv")
	if err != nil {
		f.Fatal(err)
	}
	r, err := ReadRoster(tab, "school_id")
	if err != nil {
		f.Fatal(err)
	}
	for _, o := range []Options{
		{Method: Stratified, Seed: "x", Shares: two(), Strata: []string{"la"}},
		{Method: Constrained, Seed: "x", Shares: two(), Balance: []string{"pupils"}, Keep: 0.2, Candidates: 50},
		{Method: Pairs, Seed: "x", Shares: two(), Balance: []string{"pupils"}},
		{Method: Minimisation, Seed: "x", Shares: two(), Balance: []string{"pupils"}},
		{Method: Match, Shares: two(), Balance: []string{"pupils"}, ArmColumn: "arm"},
	} {
		d, err := Declare(r, o)
		if err != nil {
			f.Fatal(err)
		}
		a, err := Assign(d)
		if err != nil {
			f.Fatal(err)
		}
		data, err := a.Log.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":"swis.allocation/1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip()
		}
		Verify(data, nil, "")
	})
}
