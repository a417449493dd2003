package did

import (
	"context"
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/fixedeffects"
	"swis/analysis/infer"
)

// means adds the t test of unweighted unit values: the change of the unit's
// mean, or for counts observed over expected events after the start, expected
// without the effect (Bennett et al. 2002).
func (s *resampler) means(context.Context) error {
	p := s.panel
	if p == nil {
		return analysis.Unsupportedf("a cluster-level t needs a panel with one start (--method twfe or 2x2), or swis glm for a term that is constant within clusters")
	}
	if s.model.Family == fixedeffects.NegBin {
		return analysis.Unsupportedf("cluster-level tests are defined for gaussian and poisson outcomes")
	}
	if len(p.Starts) != 1 {
		return analysis.Unsupportedf("the cluster-level t test needs one start; there are %d", len(p.Starts))
	}
	units := s.assigned()
	arm := make([]int32, len(units.Levels))
	top := make([][2]float64, len(units.Levels))
	bottom := make([][2]float64, len(units.Levels))
	how := fmt.Sprintf("t test with equal variances of unweighted changes of the mean by %s", units.Name)
	weight := func(int) float64 { return 1 }
	if s.model.Family != fixedeffects.Gaussian {
		null, err := s.restricted()
		if err != nil {
			return err
		}
		weight = func(i int) float64 { return null.Mu[i] }
		how = fmt.Sprintf("t test of the ratios of observed to expected events after the start by %s, expected without the effect (Bennett et al. 2002)", units.Name)
	}
	for i, row := range s.fit.Rows {
		u, after := units.Index[i], 0
		if p.Period(int(row)) >= p.Starts[0] {
			after = 1
		}
		if !math.IsInf(p.Start(int(row)), 1) {
			arm[u] = 1
		}
		y := s.fit.Y[i]
		if s.model.Family == fixedeffects.Gaussian && len(p.X) > 0 {
			y = s.fit.Resid[i] + s.fit.Coef[0]*s.fit.Raw[0][i]
		}
		top[u][after] += y
		bottom[u][after] += weight(i)
	}
	// The effects of the groups are estimated under the null from the same rows
	// and take part of the effect: a ratio tests it, but is nearer to 1.
	ratios := s.model.Family != fixedeffects.Gaussian
	summaries := &infer.Summaries{Ratios: ratios, TestOnly: ratios}
	strata, err := s.strataOf(units)
	if err != nil {
		return err
	}
	size := "events expected after the start"
	if !summaries.Ratios {
		size = "1/(1/rows before + 1/rows after)"
	}
	for u := range top {
		v, w := top[u][1]/bottom[u][1], bottom[u][1]
		if !summaries.Ratios {
			v -= top[u][0] / bottom[u][0]
			w = 1 / (1/bottom[u][0] + 1/bottom[u][1])
		}
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			summaries.Value, summaries.Weight, summaries.Arm = append(summaries.Value, v), append(summaries.Weight, w), append(summaries.Arm, arm[u])
			if strata != nil {
				summaries.Strata = append(summaries.Strata, strata[u])
			}
		}
	}
	infer.ReportSummaries(s.result, summaries, s.options.Level, how, size)
	return nil
}

// strataOf gives each unit the stratum of the draw, or nil without strata.
func (s *resampler) strataOf(units infer.Clusters) ([]int32, error) {
	if len(s.options.Strata) == 0 {
		return nil, nil
	}
	g, err := s.panel.Design.Group(strings.Join(s.options.Strata, ":"))
	if err != nil {
		return nil, err
	}
	return infer.StrataOf(units, pick(g.Index, s.fit.Rows)), nil
}
