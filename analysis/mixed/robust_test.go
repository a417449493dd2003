package mixed

import (
	"context"
	"path/filepath"
	"testing"

	"swis/analysis/infer"
	"swis/dataset/table"
)

// TestRobust holds cluster-robust standard errors and degrees of freedom
// against clubSandwich 0.5.8 (R 4.2.2, lme4 1.1.31):
// coef_test(lmer(attainment ~ swis + baseline + ..., pupils-small), vcov = kind, test = "Satterthwaite").
// Its Satterthwaite df of CR0 and CR1 are not compared: here those kinds go with G - 1.
func TestRobust(t *testing.T) {
	data, err := table.ReadFile(filepath.Join("..", "..", "testdata", "reference", "pupils-small", "data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		random  string
		kind    infer.Kind
		cluster string
		errors  [3]float64
		df      [3]float64
	}{
		{"(1 | school)", infer.CR0, "", [3]float64{1.6110092107, 2.1658038510, 0.1161023742}, [3]float64{21, 21, 21}},
		{"(1 | school)", infer.CR1, "", [3]float64{1.6489204967, 2.2167709147, 0.1188345686}, [3]float64{21, 21, 21}},
		{"(1 | school)", infer.CR1S, "", [3]float64{1.6516801982, 2.2204809942, 0.1190334551}, [3]float64{21, 21, 21}},
		{"(1 | school)", infer.CR2, "", [3]float64{1.698619745, 2.274198339, 0.119566973}, [3]float64{8.972094739, 19.086275005, 16.677762019}},
		{"(1 | school)", infer.CR3, "", [3]float64{1.7895833733, 2.3857292376, 0.1232121833}, [3]float64{8.966773173, 19.004064546, 16.406118916}},
		{"(1 + baseline | school) + (1 | la)", infer.CR2, "", [3]float64{2.01966841053, 0.74661484819, 0.08774654659}, [3]float64{4.978222160, 4.484126317, 4.891596623}},
		{"(1 | school)", infer.CR2, "la", [3]float64{1.88132725480, 1.07741434037, 0.09523194982}, [3]float64{4.530598758, 4.840711176, 4.620297144}},
	} {
		r, err := Linear{Formula: "attainment ~ swis + baseline + " + c.random, Variance: c.kind, Cluster: c.cluster}.Estimate(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		for j, e := range r.Estimates {
			near(t, c.random+" "+string(c.kind)+" "+c.cluster+": standard error of "+e.Term, *e.StdError, c.errors[j], 2e-7)
			near(t, c.random+" "+string(c.kind)+" "+c.cluster+": df of "+e.Term, *e.DF, c.df[j], 2e-7)
		}
	}
	if _, err := (Linear{Formula: "attainment ~ swis + (1 | la)", Variance: infer.CR2, Cluster: "school"}).Estimate(context.Background(), data); err == nil {
		t.Error("clusters that are not independent in the model were accepted")
	}
}
