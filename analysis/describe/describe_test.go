package describe

import (
	"context"
	"math"
	"testing"

	"swis/analysis"
	"swis/dataset/table"
)

func digits(got, want float64) float64 {
	if got == want {
		return 15
	}
	return -math.Log10(math.Abs(got-want) / math.Abs(want))
}

// NIST's NumAcc sets, which are defined by their rule: a first value, then two
// values in turn, 1,001 in all. Certified mean and standard deviation are the
// middle value and 0.1 (1 for NumAcc1).
func TestNISTUnivariate(t *testing.T) {
	alternating := func(first, low, high float64) []float64 {
		x := []float64{first}
		for range 500 {
			x = append(x, low, high)
		}
		return x
	}
	for _, c := range []struct {
		name               string
		x                  []float64
		mean, sd           float64
		meanDigits, digits float64
	}{
		{"NumAcc1", []float64{10000001, 10000003, 10000002}, 10000002, 1, 14, 14},
		{"NumAcc2", alternating(1.2, 1.1, 1.3), 1.2, 0.1, 14, 13},
		{"NumAcc3", alternating(1000000.2, 1000000.1, 1000000.3), 1000000.2, 0.1, 14, 9},
		{"NumAcc4", alternating(10000000.2, 10000000.1, 10000000.3), 10000000.2, 0.1, 14, 8},
	} {
		m := summarise(c.x)
		if d := digits(m.mean, c.mean); d < c.meanDigits {
			t.Errorf("%s: mean has %.1f digits", c.name, d)
		}
		if d := digits(m.sd, c.sd); d < c.digits {
			t.Errorf("%s: standard deviation has %.1f digits, want %g", c.name, d, c.digits)
		}
	}
}

func value(t *testing.T, r *analysis.Result, name, by string) float64 {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == name && c.By == by && c.Value != nil {
			return *c.Value
		}
	}
	t.Fatalf("no number for check %s of %q", name, by)
	return 0
}

const pupils = `la,school,arm,fsm,score,phase
A,s1,SWIS,1,10,primary
A,s1,SWIS,0,14,primary
A,s2,control,0,11,secondary
A,s2,control,0,c,secondary
B,s3,SWIS,1,20,secondary
B,s4,control,1,13,primary
B,s4,control,0,15,primary
`

func read(t *testing.T, text string) *table.Table {
	t.Helper()
	tab, err := table.Read([]byte(text), "pupils.csv")
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// Worked by hand: scores 10, 14, 20 against 11, 13, 15; school means 12, 20
// against 11, 14.
func TestBalanceByHand(t *testing.T) {
	r, err := Balance{Treated: "arm", Covariates: []string{"score", "fsm", "phase"}, School: "school"}.Estimate(context.Background(), read(t, pupils))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"mean_treated:score":         44.0 / 3,
		"mean_control:score":         13,
		"sd_control:score":           2,
		"mean_treated_school:score":  16,
		"mean_control_school:score":  12.5,
		"smd_school:score":           3.5 / math.Sqrt((32+4.5)/2),
		"smd:fsm":                    (2.0/3 - 0.25) / math.Sqrt((2.0/9+3.0/16)/2),
		"mean_treated:phase=primary": 2.0 / 3,
	} {
		if got := value(t, r, name, ""); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

// Swapping the arms changes the sign of every standardised difference.
func TestBalanceArmSwap(t *testing.T) {
	tab := read(t, pupils)
	a, err := Balance{Treated: "arm", Covariates: []string{"score", "fsm"}}.Estimate(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Balance{Treated: "arm", Reference: "SWIS", Covariates: []string{"score", "fsm"}}.Estimate(context.Background(), tab)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"smd:score", "smd:fsm"} {
		if x, y := value(t, a, name, ""), value(t, b, name, ""); x == 0 || x != -y {
			t.Errorf("%s: %v and, arms swapped, %v", name, x, y)
		}
	}
}

func TestByLevelMatchesFilter(t *testing.T) {
	r, err := analysis.EstimateBy(context.Background(), Columns{}, read(t, pupils), "la")
	if err != nil {
		t.Fatal(err)
	}
	if got := value(t, r, "mean:score", "B"); got != 16 {
		t.Errorf("mean of LA B is %v, want 16", got)
	}
	if got := value(t, r, "n:score", ""); got != 6 {
		t.Errorf("pooled n is %v, want 6: the suppressed cell is no number", got)
	}
	if len(r.Fits) != 2 || r.Fits[0].By != "A" {
		t.Errorf("fits by level: %+v", r.Fits)
	}
}

func TestBalanceRefusals(t *testing.T) {
	for name, text := range map[string]string{
		"three arms":     "arm,x\na,1\nb,2\nc,3\n",
		"one arm":        "arm,x\na,1\na,2\n",
		"not 0 and 1":    "arm,x\n1,1\n2,2\n",
		"covariate text": "arm,x\n0,1\n1,2\n",
	} {
		d := Balance{Treated: "arm"}
		if name == "covariate text" {
			d.Covariates = []string{"nothing"}
		}
		if _, err := d.Estimate(context.Background(), read(t, text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
