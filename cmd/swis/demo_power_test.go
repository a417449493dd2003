package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"swis/analysis"
	"swis/analysis/design"
	"swis/analysis/did"
	"swis/analysis/floor"
	"swis/analysis/multiplicity"
	"swis/dataset"
	"swis/dataset/baseline"
	"swis/dataset/synthetic"
	"swis/dataset/table"
)

// simulated is one synthetic trial at panel level, matched and analysed as the
// demo's plan does it: one test for each outcome and authority.
type simulated struct {
	effect []synthetic.Effect
	p      []float64 // of each effect, NaN where not estimable
	ratio  []float64
	floor  []string // verdict, for effects that were planted at the floor
}

// simulateTrial draws the panel of a seed, matches comparison schools and runs
// the planned difference in differences of every outcome in every authority.
func simulateTrial(story *synthetic.Story, seed uint64) (*simulated, error) {
	o := synthetic.Default()
	o.Seed = seed
	rows, err := story.Panel(o)
	if err != nil {
		return nil, err
	}
	n := len(rows)
	school, la, period := make([]string, n), make([]string, n), make([]string, n)
	exposure, s47, s17, days := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	arm, phase, listed := []string{}, []string{}, []string{}
	pupils, fsm, codes := []float64{}, []float64{}, []string{}
	for i, r := range rows {
		school[i], la[i], period[i] = r.School.ID(), r.LA, dataset.Month.Label(dataset.Month.Of(r.Month))
		exposure[i], s47[i], s17[i], days[i] = r.Exposure, r.S47, r.S17, r.Days
		if i == 0 || rows[i-1].School != r.School {
			word := ""
			if r.School.Intervention {
				word = "SWIS"
			}
			listed, arm, phase, codes = append(listed, school[i]), append(arm, word), append(phase, r.School.Kind.Title), append(codes, r.LA)
			pupils, fsm = append(pupils, float64(r.School.Roll)), append(fsm, r.School.FSM)
		}
	}
	columns := func() *table.Builder {
		return table.Build("panel", n).Texts("school_id", school).Texts("la", la).Texts("period", period).
			Numbers("exposure", exposure).Numbers("s47", s47).Numbers("s17_starts", s17).Numbers("days_in_care", days)
	}
	panel := columns().Table()
	c := baseline.Columns{Unit: "school_id", Time: "period", Exposure: "exposure", Outcomes: []string{"s47", "s17_starts"}, Before: "2023-09"}
	summaries, err := baseline.Summarise(panel, c)
	if err != nil {
		return nil, err
	}
	schools, err := baseline.Join(table.Build("schools", len(listed)).Texts("school_id", listed).Texts("la", codes).Texts("phase", phase).Texts("arm", arm).
		Numbers("pupils", pupils).Numbers("fsm", fsm).Table(), "school_id", c, summaries)
	if err != nil {
		return nil, err
	}
	roster, err := design.ReadRoster(schools, "school_id")
	if err != nil {
		return nil, err
	}
	declaration, err := design.Declare(roster, design.Options{Method: design.Match, Shares: design.Shares{Arms: []string{"SWIS", "control"}, Ratio: []int{1, 2}},
		Balance: []string{"pupils", "fsm", "s47_rate", "s17_starts_rate", "s47_trend"}, Exact: []string{"la", "phase"}, Start: "2023-09-01", ArmColumn: "arm"})
	if err != nil {
		return nil, err
	}
	derived, err := declaration.Derive()
	if err != nil {
		return nil, err
	}
	start := map[string]string{}
	for _, s := range derived.Schools {
		start[s.School] = "never"
		if s.Arm == "SWIS" {
			start[s.School] = "2023-09"
		}
	}
	cohort := make([]string, n)
	for i := range cohort {
		cohort[i] = start[school[i]]
	}
	treated := make([]float64, n)
	for i, c := range cohort {
		if c == "2023-09" {
			treated[i] = 1
		}
	}
	data := columns().Texts("cohort", cohort).Numbers("swis", treated).Table()
	out := &simulated{}
	for _, e := range story.Effects() {
		keep := make([]bool, n)
		for i := range keep {
			keep[i] = la[i] == e.LA && cohort[i] != ""
		}
		r, err := did.TwoWay{Data: did.Data{Outcome: e.Outcome, Unit: "school_id", Time: "period", Cohort: "cohort", Exposure: "exposure"}, Family: "poisson"}.Estimate(context.Background(), data.Filter(keep))
		p, ratio := math.NaN(), math.NaN()
		var none *analysis.NotEstimable
		switch {
		case errors.As(err, &none):
		case err != nil:
			return nil, err
		default:
			if att := r.Find("att"); att != nil && att.PValue != nil {
				p, ratio = *att.PValue, *att.Ratio
			}
		}
		verdict := ""
		if e.Floor {
			if verdict, err = floorVerdict(data.Filter(keep), e.Outcome); err != nil {
				return nil, err
			}
		}
		out.effect, out.p, out.ratio, out.floor = append(out.effect, e), append(out.p, p), append(out.ratio, ratio), append(out.floor, verdict)
	}
	return out, nil
}

// floorVerdict is the verdict of the floor diagnostics on one authority's rows.
func floorVerdict(t *table.Table, outcome string) (string, error) {
	o, _ := dataset.OutcomeNamed(outcome)
	r, err := floor.Diagnose{Outcome: outcome, Label: o.Label, Days: o.Kind == dataset.DaysOutcome, Exposure: "exposure", Unit: "school_id", Time: "period", Start: "2023-09",
		Treated: "swis", Reps: 999, Seed: "1"}.Estimate(context.Background(), t)
	if err != nil {
		return "", err
	}
	for _, c := range r.Checks {
		if c.Name == "verdict" {
			return c.Means, nil
		}
	}
	return "", errors.New("no verdict")
}

// TestLongPower runs the story over many seeds: SWIS_LONG_SEEDS=200 go test
// ./cmd/swis -run LongPower -v -timeout 1h. Each planted effect must be found,
// after Holm's correction over all tests of the trial, in at least nine trials
// of ten; what was not planted must not be found more often than the level
// allows; the planted floor must be seen. Limits allow for two standard errors
// of the simulation.
func TestLongPower(t *testing.T) {
	seeds, _ := strconv.Atoi(os.Getenv("SWIS_LONG_SEEDS"))
	if seeds == 0 {
		t.Skip("a power study: set SWIS_LONG_SEEDS=200")
	}
	story := synthetic.Pilots
	results := make([]*simulated, seeds)
	var wait sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				r, err := simulateTrial(&story, uint64(i+1))
				if err != nil {
					t.Error(err)
				}
				results[i] = r
			}
		})
	}
	for i := range results {
		next <- i
	}
	close(next)
	wait.Wait()
	if t.Failed() {
		return
	}
	n := float64(seeds)
	anyFalse := 0
	for _, r := range results {
		for k, p := range holmOver(r.p) {
			if r.effect[k].Ratio == 1 && p < 0.05 {
				anyFalse++
				break
			}
		}
	}
	for k, e := range story.Effects() {
		holm, raw, missing, seen, sum := 0, 0, 0, 0, 0.0
		for _, r := range results {
			if r.floor[k] == "not testable" || r.floor[k] == "floor-limited" {
				seen++
			}
			if math.IsNaN(r.p[k]) {
				missing++
				continue
			}
			sum += math.Log(r.ratio[k])
			if r.p[k] < 0.05 {
				raw++
			}
			if holmOver(r.p)[k] < 0.05 {
				holm++
			}
		}
		line := fmt.Sprintf("%-10s %-13s planted %.2f  mean %.3f  p<0.05 %.3f  after Holm %.3f  not estimable %.3f", e.Name, e.Outcome, e.Ratio,
			math.Exp(sum/(n-float64(missing))), float64(raw)/n, float64(holm)/n, float64(missing)/n)
		if e.Floor {
			line += fmt.Sprintf("  floor seen %.3f", float64(seen)/n)
		}
		t.Log(line)
		least, most := 0.9-2*math.Sqrt(0.9*0.1/n), 0.05+2*math.Sqrt(0.05*0.95/n)
		switch {
		case e.Ratio != 1 && float64(holm)/n < least:
			t.Errorf("%s %s: found in %.3f of the trials", e.Name, e.Outcome, float64(holm)/n)
		case e.Ratio == 1 && float64(holm)/n > most:
			t.Errorf("%s %s: nothing was planted, found in %.3f of the trials", e.Name, e.Outcome, float64(holm)/n)
		case e.Floor && float64(seen)/n < least:
			t.Errorf("%s %s: floor seen in %.3f of the trials", e.Name, e.Outcome, float64(seen)/n)
		}
	}
	t.Logf("any false finding after Holm: %.3f of the trials", float64(anyFalse)/n)
}

// holmOver are Holm's adjusted p-values of the tests that could be made; NaN
// for the others.
func holmOver(p []float64) []float64 {
	var made []float64
	for _, x := range p {
		if !math.IsNaN(x) {
			made = append(made, x)
		}
	}
	adjusted := multiplicity.Holm(made)
	out := make([]float64, len(p))
	next := 0
	for i, x := range p {
		out[i] = math.NaN()
		if !math.IsNaN(x) {
			out[i] = adjusted[next]
			next++
		}
	}
	return out
}
