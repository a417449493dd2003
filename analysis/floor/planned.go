package floor

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset/table"
)

// Planned is the test that the trial will use, for its power by simulation on
// schools like these. The simulated table has the columns school, swis (0/1),
// period (1 before, 2 from the start on; 2 alone without a baseline), exposure
// and events.
type Planned struct {
	Test   analysis.Estimator
	Term   string
	Words  string
	Trials int // for each ratio; 0 for none
}

// plannedRatios are the true rate ratios that are simulated.
var plannedRatios = []float64{1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1}

// planned adds the simulated power curve of the planned test, and takes the
// smallest fall with the wanted power from it.
func (s *diagnosis) planned(ctx context.Context) error {
	p := s.d.Planned
	if p.Trials == 0 {
		return nil
	}
	crowd := s.crowd()
	curve := analysis.Curve{Name: "power_simulated", XLabel: "rate ratio", YLabel: "power of the planned test"}
	before, ratio := math.NaN(), math.NaN()
	undefined := 0
	for i, x := range plannedRatios {
		found, err := infer.Simulation{Test: p.Test, Term: p.Term, Alpha: s.limits.Alpha, True: math.Log(x), Trials: p.Trials, Seed: s.d.Seed, Purpose: "floor"}.
			Run(ctx, func(r *rand.Rand) *table.Table { return crowd.draw(r, x, s.rows.panel) })
		if err != nil {
			return fmt.Errorf("the planned test on simulated data: %w", err)
		}
		power := float64(found.Falls) / float64(found.Trials)
		curve.X, curve.Y = append(curve.X, analysis.Num(x)), append(curve.Y, analysis.Num(power))
		if math.IsNaN(ratio) && power >= s.limits.Power {
			ratio = x
			if i > 0 && power > before { // straight line between the two
				ratio = x + (plannedRatios[i-1]-x)*(power-s.limits.Power)/(power-before)
			}
		}
		before = power
		if x == 1 {
			s.check("planned_size", found.Power(), "")
		}
		undefined += found.Undefined
	}
	if all := p.Trials * len(plannedRatios); undefined > all/20 {
		s.result.Note("planned_undefined", fmt.Sprintf("the planned test could not be computed in %.0f%% of the simulated trials, most at low ratios; they count as no finding", 100*float64(undefined)/float64(all)))
	}
	s.result.Curves = append(s.result.Curves, curve)
	s.check("simulated_ratio_power", ratio, "the mildest rate ratio that the planned test finds with the wanted power, by simulation")
	s.result.Method.Conventions = append(s.result.Method.Conventions, fmt.Sprintf("planned test: %s; %d simulated trials for each ratio on schools like these", p.Words, p.Trials))
	s.evidence.fallWithPower = ratio
	return nil
}

// crowd is what simulated schools are made of: the exposure of the real ones,
// their rates shrunk towards the mean, and the common change.
type crowd struct {
	units      []unitTotals
	rate       []float64 // of each school before the start (without a baseline: the common rate)
	change     float64   // of the comparison arm
	dispersion float64   // of follow-up counts
}

func (s *diagnosis) crowd() *crowd {
	c := &crowd{change: 1, dispersion: s.dispersion(1)}
	for _, u := range s.units {
		if u.rows[1] > 0 && (!s.rows.panel || u.rows[0] > 0) {
			c.units = append(c.units, u)
		}
	}
	control := s.cells[0][1].rate()
	if !s.rows.panel {
		for range c.units {
			c.rate = append(c.rate, control)
		}
		return c
	}
	c.dispersion = s.didScene().dispersion
	c.change = control / s.cells[0][0].rate()
	events, exposure := 0.0, 0.0
	for _, u := range c.units {
		events += u.y[0]
		exposure += u.exposure[0]
	}
	mean := events / exposure
	// Gamma rates around the common mean: moments of the schools' totals give
	// the variance beyond Poisson noise (Marshall 1991), and each school's rate
	// is drawn towards the mean by the share of its variance that is noise.
	square, noise := 0.0, 0.0
	for _, u := range c.units {
		rate := u.y[0] / u.exposure[0]
		square += u.exposure[0] * (rate - mean) * (rate - mean) / exposure
		noise += mean / exposure
	}
	between := math.Max(0, square-noise)
	for _, u := range c.units {
		weight := 0.0
		if between > 0 {
			weight = between / (between + mean/u.exposure[0])
		}
		c.rate = append(c.rate, mean+weight*(u.y[0]/u.exposure[0]-mean))
	}
	return c
}

// draw simulates one trial with these schools.
func (c *crowd) draw(r *rand.Rand, ratio float64, panel bool) *table.Table {
	var school []string
	var swis, period, exposure, events []float64
	add := func(g int, when, e, y float64) {
		school = append(school, "S"+strconv.Itoa(g+1))
		swis, period = append(swis, float64(c.units[g].treated)), append(period, when)
		exposure, events = append(exposure, e), append(events, y)
	}
	for g, u := range c.units {
		if panel {
			add(g, 1, u.exposure[0], infer.PoissonDraw(r, c.rate[g]*u.exposure[0]))
		}
		mu := c.rate[g] * c.change * u.exposure[1]
		if u.treated == 1 {
			mu *= ratio
		}
		if c.dispersion > 1 && mu > 0 {
			mu *= infer.GammaDraw(r, math.Sqrt((c.dispersion-1)/mu))
		}
		add(g, 2, u.exposure[1], infer.PoissonDraw(r, mu))
	}
	return table.Build("simulated", len(school)).Texts("school", school).Numbers("swis", swis).Numbers("period", period).
		Numbers("exposure", exposure).Numbers("events", events).Table()
}
