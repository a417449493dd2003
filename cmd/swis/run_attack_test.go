package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset/bounds"
	"swis/dataset/rota"
)

// attackPlan declares everything that shows counts: effects by authority, by
// month and at the floor, and the figures of them.
const attackPlan = `name: attack
data:
  extracts:
    - {la: "801", name: North, paths: [801.csv]}
    - {la: "802", name: South, paths: [802.csv]}
    - {la: "803", name: West, paths: [803.csv]}
  schools: schools.csv
  ingest: {threshold: 1}
periods:
  unit: month
  baseline: {from: 2021-09-01, to: 2022-05-31}
  intervention: {from: 2022-06-01, to: 2022-11-30}
design:
  type: given
  arms: {intervention: SWIS, comparison: control}
  allocation: allocation.csv
outcomes: [{name: s47, label: Section 47 enquiries}]
families: [{name: effects, adjust: holm}]
analyses:
  - {id: effect, outcome: s47, command: did, options: {family: poisson, vcov: cr1s}, by: la_name, role: primary, family: effects}
  - {id: months, outcome: s47, command: did, options: {method: event, family: poisson, vcov: cr1s}, role: exploratory}
  - {id: floor, outcome: s47, command: floor, by: la_name, options: {reps: 99}}
figures:
  - kind: flow
  - {kind: trends, outcome: s47, by: la_name}
  - {kind: trends, outcome: s47}
  - kind: forest
  - {kind: event-study, analysis: months}
  - {kind: zeros, analysis: floor}
  - {kind: floor, outcome: s47}
disclosure: %s
report: {formats: [html, markdown]}
`

// attackTrial writes a small trial of three authorities with few enquiries.
func attackTrial(t *testing.T, seed uint64, profile string) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 11))
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	schools, arms := "school_id,la,urn,pupils,la_name\n", "school_id,la,stratum,arm,start\n"
	for la, name := range []string{"North", "South", "West"} {
		events := "child_id,school_urn,la,event,date\n"
		level := []float64{0.3, 1, 6}[r.IntN(3)]
		// a school of no arm has enquiries in every month, so that all are delivered
		id := 100*(la+1) + 50
		schools += fmt.Sprintf("S%d,%d,%d,400,%s\n", id, 801+la, 100000+id, name)
		for i, m := range attackMonths {
			for k := range 3 {
				events += fmt.Sprintf("e%d-%d,%d,%d,s47,%s-10\n", i, k, 100000+id, 801+la, m)
			}
		}
		for s := range 5 + r.IntN(3) {
			id := 100*(la+1) + s
			schools += fmt.Sprintf("S%d,%d,%d,%d,%s\n", id, 801+la, 100000+id, 300+50*r.IntN(10), name)
			if r.IntN(8) > 0 {
				arm, start := "control", ""
				if s%2 == 0 {
					arm, start = "SWIS", "2022-06"
				}
				arms += fmt.Sprintf("S%d,%d,,%s,%s\n", id, 801+la, arm, start)
			}
			for n := range int(15 * level * r.Float64() * 2) {
				events += fmt.Sprintf("c%d-%d,%d,%d,s47,%s-%02d\n", s, n, 100000+id, 801+la, attackMonths[r.IntN(len(attackMonths))], 1+r.IntN(28))
			}
		}
		write(fmt.Sprintf("%d.csv", 801+la), events)
	}
	write("schools.csv", schools)
	write("allocation.csv", arms)
	write("trial.yaml", fmt.Sprintf(attackPlan, profile))
	return dir
}

// attackTruth is what the panel of a run holds: counts and exposure by
// authority, arm and month, and by school and side of the start.
type attackTruth struct {
	n, exposure map[string]float64 // by name, such as North|SWIS|2021-09; all authorities have an empty one
	school      map[string]float64
	counted     map[string]float64 // by authority, at schools of no arm too
}

var attackMonths = []string{"2021-09", "2021-10", "2021-11", "2021-12", "2022-01", "2022-02", "2022-03", "2022-04", "2022-05", "2022-06", "2022-07", "2022-08", "2022-09", "2022-10", "2022-11"}

// attackSpan are the months of a period such as before, or 2021-09 to 2021-11.
func attackSpan(period string) []string {
	from, to, ranged := strings.Cut(period, " to ")
	switch {
	case period == "before":
		from, to = "2021-09", "2022-05"
	case period == "after" || period == "follow-up":
		from, to = "2022-06", "2022-11"
	case !ranged:
		to = from
	}
	var out []string
	for _, m := range attackMonths {
		if m >= from && m <= to {
			out = append(out, m)
		}
	}
	return out
}

func readTruth(t *testing.T, results string) *attackTruth {
	t.Helper()
	x := &attackTruth{map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}}
	names := map[string]string{"801": "North", "802": "South", "803": "West"}
	arms := map[string]string{}
	for _, row := range rowsOf(t, filepath.Join(results, "study", "allocation.csv")) {
		arms[row["school_id"]] = row["arm"]
	}
	for _, row := range rowsOf(t, filepath.Join(results, "study", "panel.csv")) {
		arm := arms[row["school_id"]]
		n, _ := strconv.ParseFloat(row["s47"], 64)
		x.counted[names[row["la"]]] += n
		if arm == "" {
			continue
		}
		e, _ := strconv.ParseFloat(row["exposure"], 64)
		side := "before"
		if row["period"] >= "2022-06" {
			side = "after"
		}
		for _, la := range []string{names[row["la"]], ""} {
			x.n[la+"|"+arm+"|"+row["period"]] += n
			x.exposure[la+"|"+arm+"|"+row["period"]] += e
		}
		x.school[arm+"|"+row["school_id"]+"|"+side] += n
	}
	return x
}

func (x *attackTruth) sum(of map[string]float64, la, arm, period string) (sum float64) {
	for _, m := range attackSpan(period) {
		sum += of[la+"|"+arm+"|"+m]
	}
	return sum
}

func rowsOf(t *testing.T, file string) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(file, err)
	}
	var out []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for j, name := range all[0] {
			row[name] = line[j]
		}
		out = append(out, row)
	}
	return out
}

// attacker is a reader of all files of a run who knows arms, exposures and the
// rules of the profile.
type attacker struct {
	*bounds.Reader
	t     *testing.T
	truth *attackTruth
	tre   bool
	seen  map[string]bool // counts that stand somewhere
}

// count says that a count is shown. Of a rounded one the reader is given more
// than there is: the count itself.
func (a *attacker) count(la, arm, period string, n float64) {
	name := la + "|" + arm + "|" + period
	a.seen[name] = true
	a.near(name, a.truth.sum(a.truth.n, la, arm, period), n, 0)
}

// near holds what is published of a number against the true one, and gives the
// reader the true one.
func (a *attacker) near(name string, true, published, unit float64) {
	slack := unit/2 + 1e-6
	if a.tre {
		slack += 2.5
	}
	if math.Abs(true-published) > slack {
		a.t.Fatalf("%s is %g and published as %g", name, true, published)
	}
	a.Is(name, true)
}

// rate says that a rate per 1,000 is shown.
func (a *attacker) rate(la, arm, period string, rate float64) {
	a.count(la, arm, period, rate*a.truth.sum(a.truth.exposure, la, arm, period)/1000)
}

// withheld says that a mark stands where the count would: it is not zero.
func (a *attacker) withheld(la, arm, period string) { a.AtLeast(la+"|"+arm+"|"+period, 1) }

// structure says what counts add up to.
func (a *attacker) structure(periods []string) {
	for _, arm := range []string{"SWIS", "control"} {
		for _, la := range []string{"", "North", "South", "West"} {
			for _, p := range periods {
				var parts []string
				for _, m := range attackSpan(p) {
					parts = append(parts, la+"|"+arm+"|"+m)
				}
				if len(parts) > 1 {
					a.Adds(la+"|"+arm+"|"+p, 0, parts...)
				}
			}
		}
		for _, m := range attackMonths {
			a.Adds("|"+arm+"|"+m, 0, "North|"+arm+"|"+m, "South|"+arm+"|"+m, "West|"+arm+"|"+m)
		}
	}
	for _, la := range []string{"", "North", "South", "West"} {
		a.Adds(la+"|all", 0, la+"|SWIS|before", la+"|SWIS|after", la+"|control|before", la+"|control|after")
	}
}

var (
	toldTotal = regexp.MustCompile(`([\d,]+) enquiries`)
	toldFall  = regexp.MustCompile(`largest possible fall is ([\d.,]+) per 1,000`)
	altRates  = regexp.MustCompile(`SWIS schools went from ([\d.,]+|a number[a-z ]+) to ([\d.,]+|a number[a-z ]+), control schools from ([\d.,]+|a number[a-z ]+) to ([\d.,]+|a number[a-z ]+)\.`)
)

func plainNumber(text string) (float64, bool) {
	x, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	return x, err == nil
}

// results reads results.json.
func (a *attacker) results(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatal(err)
	}
	var doc struct {
		Analyses []struct {
			ID     string           `json:"id"`
			Result *analysis.Result `json:"result"`
		} `json:"analyses"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		a.t.Fatal(err)
	}
	for _, x := range doc.Analyses {
		if x.Result == nil {
			continue
		}
		open := map[string]bool{}
		for _, t := range x.Result.Tables {
			base, la, _ := strings.Cut(t.Name, ":")
			open[la] = true
			for _, row := range t.Rows {
				switch arm := strings.Fields(row[0].Text)[0]; base {
				case "rates":
					for j, period := range []string{"before", "after"} {
						if v := row[1+j].Value; v != nil {
							a.rate(la, arm, period, *v)
						} else {
							a.withheld(la, arm, period)
							open[la] = false
						}
					}
					if v := row[3].Value; v != nil && (row[1].Value == nil || row[2].Value == nil) {
						a.t.Errorf("%s, %s: the change is shown where a rate is withheld", x.ID, t.Name)
					}
				case "counts":
					if v := row[4].Value; v != nil {
						a.count(la, arm, row[1].Text, *v)
					} else {
						a.withheld(la, arm, row[1].Text)
						open[la] = false
						for j := 5; j < len(row); j++ {
							if row[j].Value != nil {
								a.t.Errorf("%s, %s: %s is shown of a row whose count is withheld", x.ID, t.Name, t.Columns[j].Name)
							}
						}
					}
					if v := row[5].Value; v != nil {
						a.rate(la, arm, row[1].Text, *v)
					}
				}
			}
		}
		for _, e := range x.Result.Estimates {
			if e.Estimate != nil && !open[e.By] {
				a.t.Errorf("%s %s: the estimate of %s is shown where a count behind it is withheld", x.ID, e.By, e.Term)
			}
			if m := toldTotal.FindStringSubmatch(e.How); m != nil {
				a.total(e.By, m[1])
			}
			if k, err := strconv.Atoi(strings.TrimPrefix(e.Term, "event:")); err == nil && e.Estimate != nil {
				a.month(9 + k) // a ratio of saturated arm by month effects gives both totals
			}
		}
		for _, s := range x.Result.Summary {
			la := ""
			if by, _, ok := strings.Cut(s, ": "); ok && open[by] {
				la = by
			}
			if m := toldFall.FindStringSubmatch(s); m != nil {
				if rate, ok := plainNumber(m[1]); ok {
					exposure := a.truth.sum(a.truth.exposure, la, "SWIS", "before") / 1000
					a.near(la+"|SWIS|before", a.truth.sum(a.truth.n, la, "SWIS", "before"), rate*exposure, exposure)
				}
			}
		}
		for _, c := range x.Result.Checks {
			arm, counts := map[string]string{"events_treated": "SWIS", "events_control": "control"}[c.Name], c.Value != nil
			if arm != "" && counts {
				a.count(c.By, arm, "after", *c.Value)
			}
			if arm := map[string]string{"rate_treated": "SWIS", "rate_control": "control"}[c.Name]; arm != "" && counts {
				a.rate(c.By, arm, "after", *c.Value)
			}
		}
	}
}

func (a *attacker) total(la, text string) {
	if n, ok := plainNumber(text); ok {
		sum := 0.0
		for _, arm := range []string{"SWIS", "control"} {
			for _, period := range []string{"before", "after"} {
				sum += a.truth.sum(a.truth.n, la, arm, period)
			}
		}
		a.near(la+"|all", sum, n, 0)
	}
}

// month says that the totals of both arms in a month are known.
func (a *attacker) month(i int) {
	for _, arm := range []string{"SWIS", "control"} {
		n := a.truth.n["|"+arm+"|"+attackMonths[i]]
		a.Is("|"+arm+"|"+attackMonths[i], n)
		if small(n, a.tre) {
			a.t.Errorf("the effect of %s rests on %g enquiries", attackMonths[i], n)
		}
	}
}

func small(n float64, tre bool) bool { return n > 0 && (n <= 5 || tre && n < 10) }

// figures reads the data and descriptions of the figures.
func (a *attacker) figures(dir string) {
	for _, name := range []string{"trends-s47", "trends-s47-2"} {
		for _, row := range rowsOf(a.t, filepath.Join(dir, name+".csv")) {
			arm := map[string]string{"SWIS": "SWIS", "Control": "control"}[row["arm"]]
			if n, ok := plainNumber(row["total"]); ok {
				a.count(row["panel"], arm, row["period"], n)
			} else {
				a.withheld(row["panel"], arm, row["period"])
			}
			if rate, ok := plainNumber(row["rate"]); ok {
				a.rate(row["panel"], arm, row["period"], rate)
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, name+".txt"))
		if err != nil {
			a.t.Fatal(err)
		}
		m := altRates.FindStringSubmatch(string(text))
		if m == nil {
			a.t.Fatalf("%s: %s", name, text)
		}
		for i, place := range [][2]string{{"SWIS", "before"}, {"SWIS", "after"}, {"control", "before"}, {"control", "after"}} {
			if rate, ok := plainNumber(m[1+i]); ok {
				exposure := a.truth.sum(a.truth.exposure, "", place[0], place[1]) / 1000
				a.near("|"+place[0]+"|"+place[1], a.truth.sum(a.truth.n, "", place[0], place[1]), rate*exposure, 0.1*exposure)
			}
		}
	}
	file := filepath.Join(dir, "floor-s47.csv")
	if _, err := os.Stat(file); err != nil {
		if !a.tre {
			a.t.Error("no floor figure")
		}
		return
	}
	a.schools(rowsOf(a.t, file))
}

// schools adds the points of the floor figure. Those that are left out are as
// many unknown numbers, with the true ones under their names.
func (a *attacker) schools(rows []map[string]string) {
	left := map[string][]string{}
	for name := range a.truth.school {
		arm, rest, _ := strings.Cut(name, "|")
		school, side, _ := strings.Cut(rest, "|")
		left[arm+"|"+side] = append(left[arm+"|"+side], school)
	}
	for _, arm := range []string{"SWIS", "control"} {
		for _, side := range []string{"before", "after"} {
			var parts []string
			shown := map[float64]int{}
			plus := 0.0
			for _, row := range rows {
				if row["arm"] != arm {
					continue
				}
				if row["school"] != "" {
					a.t.Error("a school is named")
				}
				n, ok := plainNumber(row["events_"+side])
				if !ok || small(n, a.tre) {
					a.t.Errorf("the data of the floor figure hold %q", row["events_"+side])
				}
				shown[n]++
				plus += n
			}
			for _, school := range left[arm+"|"+side] {
				n := a.truth.school[arm+"|"+school+"|"+side]
				if shown[n] > 0 {
					shown[n]--
					continue
				}
				name := "school|" + arm + "|" + school + "|" + side
				a.AtLeast(name, 0)
				parts = append(parts, name)
			}
			a.Adds("|"+arm+"|"+side, plus, parts...)
		}
	}
}

// quality reads the data-quality report: what of an authority's enquiries was
// counted, at schools of both arms and of none.
func (a *attacker) quality(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatal(err)
	}
	var doc struct {
		Events []struct {
			LA, Type string
			Counted  any
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		a.t.Fatal(err)
	}
	names := map[string]string{"801": "North", "802": "South", "803": "West"}
	for _, e := range doc.Events {
		if n, ok := e.Counted.(float64); ok && e.Type == "s47_start" {
			a.near("counted|"+e.LA, a.truth.counted[names[e.LA]], n, 0)
			a.Adds("counted|"+e.LA, 0, names[e.LA]+"|all", "none|"+e.LA)
		}
	}
}

// prose reads the report for totals that its sentences tell, and for small
// numbers in words.
func (a *attacker) prose(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, m := range toldTotal.FindAllStringSubmatch(string(data), -1) {
		if n, ok := plainNumber(m[1]); ok && small(n, a.tre) {
			a.t.Errorf("the report says %q", m[0])
		}
	}
}

// A reader who solves the bounds of everything that a run publishes together,
// tables, figures, quality report and sentences, works no small count out.
func TestNoSmallCountOfARunIsRecovered(t *testing.T) {
	seeds := 4
	if testing.Short() {
		seeds = 2
	}
	cases := rota.Some(12, seeds)
	attacked, shown, withheld := 0, 0, 0
	for _, profile := range []string{"dfe", "tre"} {
		for _, seed := range cases {
			t.Run(fmt.Sprint(profile, seed), func(t *testing.T) {
				out := resultsOf(t, attackTrial(t, uint64(seed), profile))
				a := &attacker{Reader: bounds.NewReader(), t: t, truth: readTruth(t, out), tre: profile == "tre", seen: map[string]bool{}}
				quarters := []string{"2021-09 to 2021-11", "2021-12 to 2022-02", "2022-03 to 2022-05", "2022-06 to 2022-08", "2022-09 to 2022-11"}
				periods := append([]string{"before", "after"}, quarters...)
				a.structure(periods)
				a.results(filepath.Join(out, "results.json"))
				a.figures(filepath.Join(out, "figures"))
				a.quality(filepath.Join(out, "study", "quality.json"))
				a.prose(filepath.Join(out, "report.md"))
				for _, la := range []string{"", "North", "South", "West"} {
					for _, arm := range []string{"SWIS", "control"} {
						for _, p := range periods {
							name := la + "|" + arm + "|" + p
							n := a.truth.sum(a.truth.n, la, arm, p)
							if !small(n, a.tre) {
								continue
							}
							attacked++
							switch known, err := a.Recovered(name); {
							case a.seen[name]:
								t.Errorf("%s, which is %g, is shown", name, n)
							case err != nil:
								t.Errorf("%s: %v", name, err)
							case known:
								t.Errorf("%s, which is %g, is recovered", name, n)
							}
							withheld++
						}
					}
				}
				for name, n := range a.truth.school {
					if !small(n, a.tre) {
						continue
					}
					if known, err := a.Recovered("school|" + name); err != nil || known {
						t.Errorf("school %s, which is %g, is recovered (%v)", name, n, err)
					}
				}
				shown += len(a.seen)
			})
		}
	}
	t.Logf("%d small counts attacked, %d counts shown", attacked, shown)
	if attacked < 15*len(cases) || shown < 15*len(cases) {
		t.Errorf("%d small counts attacked, %d counts shown: the attack is too weak", attacked, shown)
	}
}
