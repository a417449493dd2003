package describe

import (
	"context"
	"math"
	"testing"

	"swis/analysis"
)

// Four schools by hand: C has no data after the start, E is not assigned.
const trialPanel = `school,arm,period,post,pupils,exposure,fsm,s47
A,SWIS,1,0,100,50,0.2,2
A,SWIS,2,1,110,55,0.2,1
B,SWIS,1,0,300,150,0.4,3
B,SWIS,2,1,300,150,0.4,3
C,control,1,0,200,100,0.3,1
C,control,2,1,200,100,0.3,
D,control,1,0,400,200,0.1,4
D,control,2,1,400,200,0.1,5
E,,1,0,50,25,0.5,0
E,,2,1,50,25,0.5,0
`

func TestTrialByHand(t *testing.T) {
	r, err := Trial{Unit: "school", Arm: "arm", Post: "post", Exposure: "exposure", Pupils: "pupils", Outcomes: []string{"s47"}, Covariates: []string{"fsm"}}.Estimate(context.Background(), read(t, trialPanel))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"mean_treated:pupils":        200,
		"mean_treated:s47 per 1,000": (40.0 + 20) / 2,
		"mean_control:s47 per 1,000": (10.0 + 20) / 2,
		"mean_treated_pupil:fsm":     (100*0.2 + 300*0.4) / 400,
		"mean_control_pupil:fsm":     (200*0.3 + 400*0.1) / 600,
		"flow:Assessed":              5,
		"flow:Not assigned":          1,
		"flow:Assigned to SWIS:SWIS": 2,
		"flow:Analysed:SWIS":         2,
		"flow:Lost:control":          1,
		"flow:Analysed:control":      1,
		"attrition_treated:s47":      0,
		"attrition_control:s47":      0.5,
	} {
		if got := value(t, r, name, ""); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	codes := map[string]bool{}
	for _, n := range r.Notes {
		codes[n.Code] = true
	}
	if !codes["attrition"] {
		t.Error("losing half of one arm is not noted")
	}
}

// Schools of equal size weigh the same: both levels agree.
func TestPupilLevelWithEqualSchools(t *testing.T) {
	x, w := []float64{1, 4, 2, math.NaN(), 7}, []float64{30, 30, 30, 30, 30}
	a, b := summarise(x), weighted(x, w)
	if math.Abs(a.mean-b.mean) > 1e-14 {
		t.Errorf("means %v and %v", a.mean, b.mean)
	}
	repeated := make([]float64, 0, 150)
	for i, v := range x {
		for range int(w[i]) {
			repeated = append(repeated, v)
		}
	}
	if c := summarise(repeated); math.Abs(c.sd-b.sd) > 1e-12 || c.n != b.n {
		t.Errorf("weighted sd %v of %d, repeated %v of %d", b.sd, b.n, c.sd, c.n)
	}
}

func TestTrialNeedsArms(t *testing.T) {
	_, err := Trial{Unit: "school", Arm: "post"}.Estimate(context.Background(), read(t, "school,post\nA,1\nB,1\n"))
	if _, ok := err.(*analysis.NotEstimable); !ok {
		t.Errorf("one arm only: %v", err)
	}
}
