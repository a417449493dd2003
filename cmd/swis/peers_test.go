package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"swis/analysis"
	"swis/analysis/did"
	"swis/analysis/fixedeffects"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/analysis/mixed"
	"swis/dataset/table"
)

// BenchmarkPeers times the same task on the same data as testdata/bench/peers.R:
// the estimate alone, the table in memory. testdata/bench/compare runs both
// sides. Needs the panels of testdata/bench/data.R in the folder SWIS_BENCH.
func BenchmarkPeers(b *testing.B) {
	folder := os.Getenv("SWIS_BENCH")
	if folder == "" {
		b.Skip("set SWIS_BENCH to the folder that testdata/bench/data.R wrote")
	}
	for _, task := range peerTasks() {
		b.Run(task.name, func(b *testing.B) {
			data, err := table.ReadFile(filepath.Join(folder, task.panel+".csv"))
			if err != nil {
				b.Fatal(err)
			}
			// R's side holds its columns as numbers before the clock starts.
			if _, err := task.estimator.Estimate(context.Background(), data); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := task.estimator.Estimate(context.Background(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type peerTask struct {
	name, panel string
	estimator   analysis.Estimator
}

func peerTasks() []peerTask {
	const count = "s47 ~ arm*post + fsm + offset(log(pupils)) + (1 | la) + (1 | school)"
	const one = "s47 ~ arm*post + fsm + offset(log(pupils)) + (1 | school)"
	const days = "days_care ~ arm*post + fsm + offset(log(pupils)) + (1 | school)"
	lmm := func(formula string) analysis.Estimator { return mixed.Linear{Formula: formula, Level: 0.95} }
	nested := lmm("wb ~ arm*post + fsm + (1 | la) + (1 | school)")
	slope := lmm("wb ~ arm*post + fsm + (1 + I((month - 12)/12) | school)")
	effects := func(outcome, family, exposure, vcov string, cluster ...string) analysis.Estimator {
		return did.TwoWay{
			Data:      did.Data{Outcome: outcome, Unit: "school", Time: "month", Treated: "arm", Start: "13", Exposure: exposure},
			Inference: did.Inference{Cluster: cluster, Vcov: fixedeffects.Kind(vcov), Level: 0.95}, Family: family, NoPreTest: true,
		}
	}
	// The peer's bootstrap starts from a fitted model and gives a p-value alone;
	// here the fit and the confidence set by inversion are part of the time too.
	wild := did.TwoWay{
		Data: did.Data{Outcome: "wb", Unit: "school", Time: "month", Treated: "arm", Start: "13"}, NoPreTest: true,
		Inference: did.Inference{Cluster: []string{"la"}, Vcov: fixedeffects.CR1S, Level: 0.95,
			Resample: infer.Options{Bootstrap: "wild", Weights: "rademacher", Reps: 99_999, Seed: "1"}},
	}
	permuted := func(outcome, family, exposure string) analysis.Estimator {
		e := effects(outcome, family, exposure, "cr1s").(did.TwoWay)
		e.Resample = infer.Options{Permute: true, Strata: []string{"la"}, Reps: 10_000, Seed: "1"}
		return e
	}
	staggered := did.CallawaySantAnna{Data: did.Data{Outcome: "y", Unit: "school", Time: "month", Cohort: "cohort"},
		Inference: did.Inference{Level: 0.95}, Estimator: "dr", Control: "never", Draws: 1000, Seed: "1"}
	return []peerTask{
		{"lmm_nested_280", "panel280", nested}, {"lmm_nested_3000", "panel3000", nested}, {"lmm_nested_24000", "panel24000", nested},
		{"lmm_slope_280", "panel280", slope}, {"lmm_slope_3000", "panel3000", slope}, {"lmm_slope_24000", "panel24000", slope},
		{"poisson_280", "panel280", glmm.Generalised{Formula: count, Family: "poisson", Quadrature: 1, Level: 0.95}},
		{"quadrature_280", "panel280", glmm.Generalised{Formula: one, Family: "poisson", Quadrature: 10, Level: 0.95}},
		{"negbin_280", "panel280", glmm.Generalised{Formula: count, Family: "negbin", Quadrature: 1, Level: 0.95}},
		{"glmer_nb_280", "panel280", glmm.Generalised{Formula: count, Family: "negbin", Quadrature: 1, Level: 0.95}},
		// The peer starts from a fitted model; here the fit is part of the time.
		{"power_280", "terms280", glmm.Generalised{Formula: count, Family: "poisson", Quadrature: 1, Level: 0.95, Coverage: 100, Seed: "1"}},
		{"zero_inflated_280", "panel280", glmm.Generalised{Formula: days, Family: "negbin", ZeroInflation: "~ arm*post", Quadrature: 1, Level: 0.95}},
		{"hurdle_280", "panel280", glmm.Generalised{Formula: days, Family: "negbin", Hurdle: "~ arm*post", Quadrature: 1, Level: 0.95}},
		{"feols_24000", "panel24000", effects("wb", "gaussian", "", "cr1s")},
		{"fepois_24000", "panel24000", effects("s47", "poisson", "pupils", "cr1s")},
		{"cs_3000", "staggered3000", staggered}, {"wild_280", "panel280", wild}, {"wild_3000", "panel3000", wild},
		{"cr2_dummies_280", "panel280", effects("wb", "gaussian", "", "cr2")},
		// 10,000 permutations of the arms within LA, the model refitted in each; no peer does it for counts.
		{"permute_ols_280", "panel280", permuted("wb", "gaussian", "")}, {"permute_poisson_280", "panel280", permuted("s47", "poisson", "pupils")},
		// No peer does these at that size: CR2 and its degrees of freedom beside 24,036 absorbed effects.
		{"cr2_feols_24000", "panel24000", effects("wb", "gaussian", "", "cr2")},
		{"cr2_fepois_24000", "panel24000", effects("s47", "poisson", "pupils", "cr2")},
		{"cr2_feols_la", "panel24000", effects("wb", "gaussian", "", "cr2", "la")},
		{"cr2_fepois_la", "panel24000", effects("s47", "poisson", "pupils", "cr2", "la")},
	}
}
