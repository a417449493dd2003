package power

import (
	"math"
	"math/rand/v2"
	"strconv"

	"swis/analysis/infer"
	"swis/dataset/table"
)

// Schools describes simulated schools: what every simulated trial shares.
type Schools struct {
	Intervention, Comparison int
	Before, After            int     // periods before and from the start on
	Rate                     float64 // events a unit of exposure in the comparison arm
	Exposure                 float64 // mean exposure of a school in a period
	CV                       float64 // coefficient of variation of exposure among schools
	K                        float64 // of the schools' true rates
	KChange                  float64 // of each school's own change from the start on
	Dispersion               float64 // variance over mean of a school's count in a period, at least 1
}

// Draw simulates one trial: gamma rates and changes of schools, and counts
// that are Poisson, or negative binomial with variance dispersion times the
// mean. Columns: school, arm, swis (0/1), term, post, treated (swis and post),
// exposure, events, and baseline, the rate of the school before the start.
func (s Schools) Draw(r *rand.Rand, ratio float64) *table.Table {
	schools, periods := s.Intervention+s.Comparison, s.Before+s.After
	n := schools * periods
	name, arm := make([]string, 0, n), make([]string, 0, n)
	column := make([][]float64, 7) // swis term post treated exposure events baseline
	for g := range schools {
		exposure := s.Exposure * infer.GammaDraw(r, s.CV)
		rate := s.Rate * infer.GammaDraw(r, s.K)
		change := infer.GammaDraw(r, s.KChange)
		in, word := 0.0, "control"
		if g < s.Intervention {
			in, word = 1, "SWIS"
		}
		first, sum := len(name), 0.0
		for t := range periods {
			post := 0.0
			mu := rate * exposure
			if t >= s.Before {
				post = 1
				mu *= change
				if in == 1 {
					mu *= ratio
				}
			}
			if s.Dispersion > 1 && mu > 0 {
				// gamma of variance mu (phi - 1) around mu makes variance phi mu
				mu *= infer.GammaDraw(r, math.Sqrt((s.Dispersion-1)/mu))
			}
			y := infer.PoissonDraw(r, mu)
			if post == 0 {
				sum += y
			}
			name, arm = append(name, "S"+strconv.Itoa(g+1)), append(arm, word)
			for k, x := range []float64{in, float64(t + 1), post, in * post, exposure, y, 0} {
				column[k] = append(column[k], x)
			}
		}
		for i := first; i < len(name); i++ {
			column[6][i] = sum / (exposure * math.Max(1, float64(s.Before)))
		}
	}
	b := table.Build("simulated", n).Texts("school", name).Texts("arm", arm)
	for k, title := range []string{"swis", "term", "post", "treated", "exposure", "events", "baseline"} {
		b.Numbers(title, column[k])
	}
	return b.Table()
}

// FollowUp is the simulated trial's follow-up as one row a school: exposure and
// events summed, with the baseline rate.
func (s Schools) FollowUp(r *rand.Rand, ratio float64) *table.Table {
	whole := s.Draw(r, ratio)
	keep := make([]bool, whole.Rows())
	periods := s.Before + s.After
	events, _ := whole.Numeric("events")
	exposure, _ := whole.Numeric("exposure")
	sums, years := make([]float64, 0, len(keep)/periods), make([]float64, 0, len(keep)/periods)
	for g := 0; g < len(keep); g += periods {
		keep[g] = true
		y, e := 0.0, 0.0
		for t := s.Before; t < periods; t++ {
			y += events.Values[g+t]
			e += exposure.Values[g+t]
		}
		sums, years = append(sums, y), append(years, e)
	}
	return whole.Filter(keep).With("events", sums).With("exposure", years)
}
