package study

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/rota"
	"swis/dataset/synthetic"
)

// threeReturns are yearly returns of care: A is in care throughout, B from the
// first year into the second, C from the second into the third, D comes back in
// the third after care that ended in the second.
func threeReturns(pooled bool) map[string]string {
	rows := map[string]string{
		"2022": "A,01/06/2020,S,C2,,\nB,01/09/2021,S,C2,,\nD,01/07/2021,S,C2,,\nE,01/05/2021,S,C2,11/05/2021,E4A\n",
		"2023": "A,01/06/2020,S,C2,,\nB,01/09/2021,S,C2,15/11/2022,E4A\nC,01/01/2023,S,C2,,\nD,01/07/2021,S,C2,10/06/2022,E4A\n",
		"2024": "A,01/06/2020,S,C2,01/03/2024,E4A\nC,01/01/2023,S,C2,01/06/2023,E4A\nD,01/10/2023,S,C2,01/12/2023,E4A\n",
	}
	files := map[string]string{"lookup.csv": "child_id,urn,start\nA,1,01/09/2018\nB,1,01/09/2018\nC,1,01/09/2018\nD,1,01/09/2018\nE,1,01/09/2018\n"}
	if !pooled {
		for year, text := range rows {
			files["episodes-"+year+".csv"] = "CHILD,DECOM,RNE,LS,DEC,REC\n" + text
		}
		return files
	}
	all := "CHILD,DECOM,RNE,LS,DEC,REC,YEAR\n"
	for _, year := range []string{"2022", "2023", "2024"} {
		all += strings.ReplaceAll(rows[year], "\n", ","+year+"\n")
	}
	files["episodes.csv"] = all
	return files
}

// The year of a return of care that is missing between two others is empty and
// not zero, is said by authority and year, and does not change the years around.
func TestMissingReturnOfCare(t *testing.T) {
	window := func(o *Options) { o.From, o.To = day("2021-04-01"), day("2024-03-31") }
	for _, pooled := range []bool{false, true} {
		files := threeReturns(pooled)
		_, whole := made(t, files, window)
		if pooled {
			var kept []string
			for line := range strings.Lines(files["episodes.csv"]) {
				if !strings.HasSuffix(line, ",2023\n") {
					kept = append(kept, line)
				}
			}
			files["episodes.csv"] = strings.Join(kept, "")
		} else {
			delete(files, "episodes-2023.csv")
		}
		s, without := made(t, files, window)
		empty := 0
		for key, row := range whole {
			month := key[2:]
			got, want := without[key]["days_in_care"], row["days_in_care"]
			if month >= "2022-04" && month <= "2023-03" {
				if want == "" || want == "0" {
					t.Errorf("pooled %v, %s: %q days of all returns", pooled, month, want)
				}
				want = ""
				empty++
			}
			if got != want {
				t.Errorf("pooled %v, %s: %q days, want %q", pooled, month, got, want)
			}
		}
		if n := ruleCount(s, "X01"); empty != 12 || n != 12 {
			t.Errorf("pooled %v: %d empty months, X01 %d, want 12", pooled, empty, n)
		}
		const said = "authority 801: no return of children looked after of the year to 31 March 2023"
		if w := warnings(t, s); len(w) != 1 || !strings.HasPrefix(w[0], said) {
			t.Errorf("pooled %v: warnings %q", pooled, w)
		}
		if !slices.ContainsFunc(s.Quality.Notes, func(n string) bool { return strings.HasPrefix(n, said) }) {
			t.Errorf("pooled %v: notes %q", pooled, s.Quality.Notes)
		}
		const grid = "############!!!!!!!!!!!!############"
		if g := s.Quality.Grid; len(g) != 1 || g[0].Type != "days_in_care" || g[0].Months != grid {
			t.Errorf("pooled %v: grid %+v, want %s", pooled, g, grid)
		}
		off, filled := made(t, files, func(o *Options) { window(o); o.RepairOff = []string{"X01"} })
		if filled["1 2022-05"]["days_in_care"] == "" || len(warnings(t, off)) != 0 {
			t.Errorf("pooled %v, X01 off: %q days, warnings %q", pooled, filled["1 2022-05"]["days_in_care"], warnings(t, off))
		}
	}
}

// datedDeliveries are the files or folders of the authorities that come with a date, of
// which some can be missing.
func datedDeliveries(t *testing.T, root string) (groups [][]string) {
	t.Helper()
	for _, pattern := range []string{"eastby/cin-*", "eastby/ssda903-*", "northmoor/CIN_*.xml", "southfen/annex-a-*", "southfen/ssda903-*", "midvale/ssda903-*", "westhaven/ssda903-*"} {
		if paths, _ := filepath.Glob(filepath.Join(root, "extracts", pattern)); len(paths) > 2 {
			slices.Sort(paths)
			groups = append(groups, paths)
		}
	}
	if len(groups) < 5 {
		t.Fatalf("deliveries by date: %v", groups)
	}
	return groups
}

// Whatever returns are missing, each cell of the panel is what all of them
// give, which is what happened, or empty: never less. Days in care count at the
// school on the day, since the school at the beginning of care may stand in the
// return that is missing.
func TestMissingReturnsLeaveCellsEmpty(t *testing.T) {
	trials := rota.Some(24, 6)
	root, _, o := rehearse(t, &synthetic.Rehearsal, synthetic.Options{Seed: 22, Schools: 112, Pupils: 400, Months: 34, Faults: synthetic.NoFaults})
	o.Attribution, o.Threshold = AtEvent, 1
	pooled := filepath.Join(root, "extracts", "westhaven", "cin_events.csv")
	events, err := os.ReadFile(pooled)
	if err != nil {
		t.Fatal(err)
	}
	build := func(without []string) map[string]map[string]string {
		t.Helper()
		some := o
		some.Sources = slices.DeleteFunc(slices.Clone(o.Sources), func(s Source) bool {
			_, gone := os.Stat(s.Path)
			return gone != nil
		})
		s, err := Build(context.Background(), some, nil)
		if err != nil {
			t.Fatalf("without %v: %v", without, err)
		}
		folder := filepath.Join(t.TempDir(), "study")
		if err := s.Write(folder); err != nil {
			t.Fatal(err)
		}
		return cells(t, filepath.Join(folder, PanelFile))
	}
	truth, groups, away := build(nil), datedDeliveries(t, root), t.TempDir()
	lost, kept := 0, 0
	for _, trial := range trials {
		r := rand.New(rand.NewPCG(uint64(trial), 8))
		var without []string
		for _, paths := range groups {
			stays, often := r.IntN(len(paths)), 1+r.IntN(3)
			for i, path := range paths {
				// Of lists every quarter of half a year two in a row leave a hole.
				hole := strings.Contains(path, "annex-a-") && (trial == 0 && (i == 5 || i == 6 || i == 7) || trial == 1 && i == len(paths)-1)
				if i != stays && (hole || r.IntN(4) < often) {
					without = append(without, path)
				}
			}
		}
		for i, path := range without {
			if err := os.Rename(path, filepath.Join(away, strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
		}
		year := []string{",2022,993", ",2023,993", ",2024,993"}[r.IntN(3)]
		var rest []string
		for line := range strings.Lines(string(events)) {
			if !strings.HasSuffix(strings.TrimRight(line, "\r\n"), year) {
				rest = append(rest, line)
			}
		}
		if len(rest) == strings.Count(string(events), "\n") {
			t.Fatal("the pooled file has no row of the year that is left out")
		}
		if err := os.WriteFile(pooled, []byte(strings.Join(rest, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		wrong := 0
		panel := build(without)
		wrong += inLists(t, truth, panel, groups, without)
		for key, row := range panel {
			for outcome, want := range truth[key] {
				got := row[outcome]
				switch {
				case outcome == "edge" || strings.HasPrefix(outcome, "covered"):
				case got == want && got != "":
					kept++
				case got == "":
					lost++
				default:
					if wrong++; wrong < 6 {
						t.Errorf("trial %d, %s %s %s: %q, of all deliveries %q; without %v and%s", trial, row["la"], key, outcome, got, want, without, year)
					}
				}
			}
		}
		if wrong > 0 {
			t.Errorf("trial %d: %d cells are neither true nor empty", trial, wrong)
		}
		for i, path := range without {
			if err := os.Rename(filepath.Join(away, strconv.Itoa(i)), path); err != nil {
				t.Fatal(err)
			}
		}
	}
	if lost < 1000*len(trials) || kept < 10000*len(trials) {
		t.Errorf("%d cells kept, %d emptied: too few to tell", kept, lost)
	}
}

// listed are the months that the lists of Annex A in folders cover, whose names
// end in the day on which they were made, the last of a month.
func listed(folders []string) map[string]bool {
	months := map[string]bool{}
	for _, folder := range folders {
		made := dataset.Month.Of(day(folder[len(folder)-len("2022-03-31"):]))
		for month := made - 5; month <= made; month++ {
			months[dataset.Month.Label(month)] = true
		}
	}
	return months
}

// inLists holds the cells of an authority that delivers lists of Annex A alone
// against the months of those that are there: in them each number is what all
// lists give, and said to be covered; in all others it is empty and said not to be.
func inLists(t *testing.T, truth, panel map[string]map[string]string, groups [][]string, without []string) (wrong int) {
	t.Helper()
	var all []string
	for _, paths := range groups {
		if strings.Contains(paths[0], "annex-a-") {
			all = paths
		}
	}
	months := listed(slices.DeleteFunc(slices.Clone(all), func(path string) bool { return slices.Contains(without, path) }))
	seen := 0
	for key, row := range panel {
		if row["la"] != "994" {
			continue
		}
		_, month, _ := strings.Cut(key, " ")
		for outcome, want := range truth[key] {
			covered, counted := row["covered_"+outcome]
			if !counted || outcome == "attendance" || strings.HasPrefix(outcome, "sessions") || want == "" {
				continue
			}
			seen++
			said := "1"
			if !months[month] {
				want, said = "", "0"
			}
			if row[outcome] != want || covered != said {
				if wrong++; wrong < 6 {
					t.Errorf("%s %s: %q, covered %s; want %q and %s; lists of %v", key, outcome, row[outcome], covered, want, said, slices.Sorted(maps.Keys(months)))
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("%d cells of lists: too few to tell", seen)
	}
	return wrong
}

func warnings(t *testing.T, s *Study) []string {
	t.Helper()
	lines, err := s.Warnings(IssuesFile)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// The identifiers of two years may be alike to the letter, which is said and
// not refused; rows of events or care that are alike are (F08).
func TestIdentifiersOfTwoYearsMayBeAlike(t *testing.T) {
	same := header + "A1,1,13/01/2008,WBRI,B801200005001,0,\n"
	s := checked(t, files("2022-header.csv", same, "2023-header.csv", same), nil)
	if n := ruleCount(s, "F08"); n != 0 || s.refused != nil {
		t.Errorf("F08 %d, refused %v", n, s.refused)
	}
	if notes := s.Quality.Files[1].Notes; len(notes) != 1 || !strings.Contains(notes[0], "2022-header.csv: identifiers alone") {
		t.Errorf("notes %q", notes)
	}
	rows := episodes + care("A1", "13/09/2021", "S", "C2", "", "")
	if s := checked(t, files("2022.csv", rows, "2023.csv", rows), nil); ruleCount(s, "F08") != 1 {
		t.Errorf("episodes alike: F08 %d, want 1", ruleCount(s, "F08"))
	}
}
