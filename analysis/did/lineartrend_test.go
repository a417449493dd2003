package did

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/dataset/table"
)

// trendTable draws schools by months without any effect; errors of a school
// are autocorrelated.
func trendTable(r *rand.Rand, schools, treated, months int) *table.Table {
	n := schools * months
	school := make([]string, n)
	month, arm, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for u := range schools {
		level, e := r.NormFloat64(), r.NormFloat64()
		for t := range months {
			i := u*months + t
			e = 0.5*e + r.NormFloat64()
			school[i], month[i], y[i] = fmt.Sprintf("S%03d", u), float64(t+1), 10+level+e
			if u < treated {
				arm[i] = 1
			}
		}
	}
	return table.Build("panel", n).Texts("school", school).Numbers("month", month).Numbers("arm", arm).Numbers("y", y).Table()
}

func trendEvent(start int) Event {
	return Event{Data: Data{Outcome: "y", Unit: "school", Time: "month", Treated: "arm", Start: fmt.Sprint(start)}, Reference: -1}
}

func preTrends(t *testing.T, r *analysis.Result) *analysis.Test {
	t.Helper()
	for i := range r.Tests {
		if r.Tests[i].Name == "pre_trends" {
			return &r.Tests[i]
		}
	}
	t.Fatal("no test of the periods before the start")
	return nil
}

// TestLinearPreTrend: in a balanced panel the coefficient is the difference
// between the arms' mean least-squares slopes of schools, CR2 is the unequal
// variance of a difference of two means, and the Bell-McCaffrey degrees of
// freedom are those of two groups with equal variances.
func TestLinearPreTrend(t *testing.T) {
	const schools, treated, start = 33, 14, 25
	data := trendTable(rand.New(rand.NewPCG(4, 1)), schools, treated, 30)
	got := preTrends(t, estimate(t, trendEvent(start), data))
	y, err := data.Numeric("y")
	if err != nil {
		t.Fatal(err)
	}
	var mean, square [2]float64
	count := [2]float64{schools - treated, treated}
	slopes := make([]float64, schools)
	for u := range schools {
		top, bottom := 0.0, 0.0
		for m := range start - 1 {
			d := float64(m+1) - start/2.0
			top += d * y.Values[u*30+m]
			bottom += d * d
		}
		slopes[u] = top / bottom
		mean[arm(u < treated)] += slopes[u] / count[arm(u < treated)]
	}
	for u, b := range slopes {
		a := arm(u < treated)
		square[a] += (b - mean[a]) * (b - mean[a])
	}
	variance := square[0]/(count[0]-1)/count[0] + square[1]/(count[1]-1)/count[1]
	difference := mean[1] - mean[0]
	near(t, "F", got.Statistic, difference*difference/variance, 1e-9)
	sum := 1/count[0] + 1/count[1]
	near(t, "df", got.DF2, sum*sum/(1/(count[0]*count[0]*(count[0]-1))+1/(count[1]*count[1]*(count[1]-1))), 1e-9)
	if *got.DF1 != 1 || !strings.HasPrefix(got.How, "straight difference in trends") {
		t.Error(got)
	}
}

func arm(treated bool) int {
	if treated {
		return 1
	}
	return 0
}

// TestPreTrendSize: with 23 leads and 33 schools the joint F rejects nearly
// always where nothing differs; the test that is printed instead keeps its
// level. With few leads the joint test is printed and keeps it too.
func TestPreTrendSize(t *testing.T) {
	draws := 400
	if testing.Short() {
		draws = 150
	}
	joint, printed, few := 0, 0, 0
	for seed := range uint64(draws) {
		r := rand.New(rand.NewPCG(seed, 9))
		data := trendTable(r, 33, 16, 26)
		if *preTrends(t, estimate(t, trendEvent(25), data)).PValue < 0.05 {
			printed++
		}
		short := preTrends(t, estimate(t, trendEvent(5), trendTable(r, 33, 16, 6)))
		if *short.DF1 != 3 {
			t.Fatal(short)
		}
		if *short.PValue < 0.05 {
			few++
		}
		if seed < 20 {
			e := trendEvent(25)
			e.Vcov = fixedeffects.CR1S
			if err := e.settle("school", fixedeffects.Gaussian); err != nil {
				t.Fatal(err)
			}
			p, err := e.read(data, e.Cluster, false)
			if err != nil {
				t.Fatal(err)
			}
			names, columns := p.eventColumns(p.eventTimes()[:23])
			fit, err := p.regress(fixedeffects.Gaussian, names, columns, p.effects(), e.Inference)
			if err != nil {
				t.Fatal(err)
			}
			all := make([]int, 23)
			for j := range all {
				all[j] = j
			}
			if f, err := fit.joint("pre_trends", "", all); err == nil && *f.PValue < 0.05 {
				joint++
			}
		}
	}
	t.Logf("rejections at 5%%: joint F %d of 20, straight trend %d of %d, joint HTZ of 3 leads %d of %d", joint, printed, draws, few, draws)
	if joint < 14 {
		t.Errorf("the joint F rejects %d of 20: the rule would not be needed", joint)
	}
	for _, n := range []int{printed, few} {
		if share := float64(n) / float64(draws); math.Abs(share-0.05) > 3.5*math.Sqrt(0.05*0.95/float64(draws)) {
			t.Errorf("size %.3f", share)
		}
	}
}
