package synthetic

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
)

// small is a trial that takes a moment: two or three intervention schools an authority.
var small = Options{Seed: 7, Schools: 32, Pupils: 300, Months: 20}

func write(t *testing.T, o Options) (string, *Planted) {
	t.Helper()
	dir := t.TempDir()
	p, err := Pilots.Write(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return dir, p
}

func TestCheckLetter(t *testing.T) {
	// The valid one of the pair that the standard's implementations test with.
	if u := upn([]byte("A801200005001")); checkLetter(u) != 'B' {
		t.Errorf("letter %c, want B", checkLetter(u))
	}
	// Temporary number by hand: 2*9+3*9+4*1+5*2+13*value(C=2) = 85 = 3*23+16 -> T.
	if u := upn([]byte("A99120000000C")); checkLetter(u) != upnLetters[85%23] {
		t.Errorf("letter %c", checkLetter(u))
	}
}

func TestSameOptionsSameBytes(t *testing.T) {
	one, _ := write(t, small)
	two, _ := write(t, small)
	other := small
	other.Seed++
	three, _ := write(t, other)
	files, changed := 0, 0
	err := filepath.WalkDir(one, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		name, _ := filepath.Rel(one, path)
		a, _ := os.ReadFile(path)
		b, err := os.ReadFile(filepath.Join(two, name))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs: %v", name, err)
		}
		if c, _ := os.ReadFile(filepath.Join(three, name)); !bytes.Equal(a, c) {
			changed++
		}
		return nil
	})
	if err != nil || files < 40 {
		t.Fatalf("%d files, %v", files, err)
	}
	if changed < files/2 {
		t.Errorf("only %d of %d files change with the seed", changed, files)
	}
}

// The children's records must hold exactly what the rate model drew.
func TestRecordsHoldTheDraws(t *testing.T) {
	drawn, err := Pilots.Panel(small)
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := write(t, small)
	f, err := os.Open(filepath.Join(dir, PlantedPanelFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != len(drawn)+1 {
		t.Fatalf("%d rows, want %d: %v", len(rows)-1, len(drawn), err)
	}
	events := 0.0
	for i, r := range drawn {
		days := ""
		if !math.IsNaN(r.Days) {
			days = jsonNumber(r.Days)
		}
		want := []string{r.School.ID(), r.LA, dataset.Month.Label(dataset.Month.Of(r.Month)), jsonNumber(r.S47), jsonNumber(r.S17), days}
		got := rows[i+1]
		if uncovered := got[9] == "" && days != ""; uncovered && r.LA == "993" { // few are in care there: a return without a row covers nothing
			want[5] = ""
		}
		got = []string{got[0], got[1], got[2], got[3], got[5], got[9]}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Fatalf("row %d: %v, drawn %v", i+2, got, want)
		}
		events += r.S47 + r.S17
	}
	if events < 500 {
		t.Errorf("only %v events", events)
	}
}

func jsonNumber(x float64) string {
	b, _ := json.Marshal(x)
	return string(b)
}

// The long-run level and the planted ratio must be those of the story: over
// many seeds the mean ratio of ratios of counts is near the planted one.
func TestRatesFollowTheStory(t *testing.T) {
	type cell struct{ s47, s17, exposure float64 }
	var sum [3][2][2]cell // authority, intervention, after
	c := Pilots.Calendar(34)
	for seed := range uint64(100) {
		o := Default()
		o.Seed = seed
		rows, err := Pilots.Panel(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			arm, after := 0, 0
			if r.School.Intervention {
				arm = 1
			}
			if r.Month >= c.Start {
				after = 1
			}
			cell := &sum[r.LA[2]-'1'][arm][after]
			cell.s47 += r.S47
			cell.s17 += r.S17
			cell.exposure += r.Exposure
		}
	}
	for a, la := range Pilots.Authorities {
		for name, of := range map[string]func(cell) float64{"s47": func(c cell) float64 { return c.s47 / c.exposure }, "s17_starts": func(c cell) float64 { return c.s17 / c.exposure }} {
			s := sum[a]
			ratio := of(s[1][1]) / of(s[1][0]) / (of(s[0][1]) / of(s[0][0]))
			if want := la.Ratio(name); math.Abs(math.Log(ratio/want)) > 0.04 {
				t.Errorf("%s %s: ratio of ratios %.3f over 100 seeds, planted %.2f", la.Name, name, ratio, want)
			}
		}
		level := 1000 * sum[a][0][0].s47 / sum[a][0][0].exposure
		if want := la.S47.PerThousand; level < 0.9*want || level > 1.15*want {
			t.Errorf("%s: %.1f enquiries per 1,000 pupil-years, story %.1f", la.Name, level, want)
		}
	}
}

// Faults are counted in the text of the files, without any reader of ours.
func TestFaultsStandInTheFiles(t *testing.T) {
	dir, p := write(t, Default())
	count := func(file string, fit func(cells []string) bool) (n int) {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(data), "\n")[1:] {
			if cells := strings.Split(line, ","); line != "" && fit(cells) {
				n++
			}
		}
		return n
	}
	want := func(la, files, rule string) int {
		for _, f := range p.Faults {
			if f.LA == la && f.Files == files && f.Rule == rule {
				return f.Rows
			}
		}
		t.Errorf("no fault %s %s %s", la, files, rule)
		return -1
	}
	check := func(la, files, rule, file string, fit func(cells []string) bool) {
		if got := count(file, fit); got != want(la, files, rule) {
			t.Errorf("%s %s %s: %d in the file, %d planted", la, files, rule, got, want(la, files, rule))
		}
	}
	s47 := "extracts/eastby/cin-2024/Section47.csv"
	check("991", "Section47", "K01", s47, func(c []string) bool { return c[1] == "" })
	check("991", "Section47", "F06", s47, func(c []string) bool { return len(c) == 8 })
	check("991", "Section47", "D07", s47, func(c []string) bool { return c[3] == "1900-01-01" || c[3] == "1970-01-01" })
	check("991", "Section47", "D04", s47, func(c []string) bool { return len(c[3]) == 5 })
	check("991", "Section47", "D06", s47, func(c []string) bool { return len(c[3]) == 10 && c[3] > "2024-03-31" && c[3][4] == '-' })
	seen := map[string]bool{}
	check("991", "Section47", "E01", s47, func(c []string) bool {
		key := strings.Join(c[1:], ",")
		twice := seen[key] && c[1] != ""
		seen[key] = true
		return twice
	})
	check("991", "CINdetails", "E10", "extracts/eastby/cin-2024/CINdetails.csv", func(c []string) bool { return c[4] == "99" })
	care := "extracts/eastby/ssda903-2024/episodes.csv"
	check("991", "ssda903 episodes", "C07", care, func(c []string) bool { return c[3] == "V3" || c[3] == "V4" })
	check("991", "ssda903 episodes", "C02", care, func(c []string) bool { return c[1] == c[7] })
	check("991", "ssda903 episodes", "C04", care, func(c []string) bool { return c[7] != "" && c[8] == "" })
	check("991", "ssda903 episodes", "E10", care, func(c []string) bool { return c[3] == "X9" })
	check("991", "ssda903 header", "K06", "extracts/eastby/ssda903-2024/header.csv", func(c []string) bool { return strings.HasPrefix(c[4], "UN") })
	check("993", "cin_events", "E1T", "extracts/westhaven/cin_events.csv", func(c []string) bool { return c[2] == "AnnualReviewDate" })
	check("993", "cin_events", "K01", "extracts/westhaven/cin_events.csv", func(c []string) bool { return c[0] == "" })
	check("992", "pupilonroll", "S01", "roll/northmoor_pupilonroll.csv", func(c []string) bool { return c[1] == "798001" })
	for _, f := range p.Faults {
		if f.Rows == 0 {
			t.Errorf("fault %v planted zero times", f)
		}
	}
}

func TestScaling(t *testing.T) {
	for _, o := range []Options{{Seed: 1, Schools: 24, Pupils: 60, Months: 4}, {Seed: 1, Schools: 24, Pupils: 1500, Months: 50}} {
		write(t, o)
	}
	for _, o := range []Options{{Schools: 3, Pupils: 500, Months: 34}, {Schools: 148, Pupils: 1, Months: 34}, {Schools: 148, Pupils: 500, Months: 1}} {
		if _, err := Pilots.Panel(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func BenchmarkPanel(b *testing.B) {
	for b.Loop() {
		if _, err := Pilots.Panel(Default()); err != nil {
			b.Fatal(err)
		}
	}
}
