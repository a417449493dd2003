package did

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// An outcome that was not recorded in the period in which units start is not
// estimable, which leaves other authorities alone; a start that is no period at
// all is a fault of the file.
func TestOutcomeNotRecordedAtTheStart(t *testing.T) {
	panel := func(start string) *table.Table {
		var school, term, cohort []string
		var y []float64
		for s := range 6 {
			for p := 1; p <= 4; p++ {
				school, term = append(school, fmt.Sprint("s", s)), append(term, fmt.Sprint("2023-0", p))
				cohort = append(cohort, []string{start, "never"}[s%2])
				v := float64(s*p%5) + float64(p)
				if p == 3 {
					v = math.NaN()
				}
				y = append(y, v)
			}
		}
		return table.Build("panel", len(y)).Texts("school", school).Texts("term", term).Texts("cohort", cohort).Numbers("y", y).Table()
	}
	e := TwoWay{Data: Data{Outcome: "y", Unit: "school", Time: "term", Cohort: "cohort"}}
	_, err := e.Estimate(context.Background(), panel("2023-03"))
	var none *analysis.NotEstimable
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "y has no value in 2023-03, in which some schools start") {
		t.Errorf("%v", err)
	}
	_, err = e.Estimate(context.Background(), panel("2023-09"))
	var problem dataset.Problems
	if !errors.As(err, &problem) {
		t.Errorf("%v", err)
	}
}
