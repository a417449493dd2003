// Package baseline summarises each school's outcomes before the intervention,
// for matching, balancing and baseline tables.
package baseline

import (
	"math"

	"swis/dataset/table"
)

// Columns name the parts of a panel.
type Columns struct {
	Unit, Time, Exposure string
	Outcomes             []string
	Before               string // periods below this label are the baseline
}

// Summary is one school's baseline. Rates are per 1,000 units of exposure;
// NaN where the school has no exposure or no delivered outcome.
type Summary struct {
	Unit     string
	Exposure float64   // over the whole baseline
	Rate     []float64 // one an outcome, over the whole baseline
	Trend    []float64 // rate of the second half of the baseline less that of the first
}

// Summarise reduces a panel to one summary a school, in the order of their
// names. The halves of the baseline are its earlier and later periods, the
// middle one of an odd number in the later half. Rows without the outcome
// count neither in the numerator nor in the denominator.
func Summarise(t *table.Table, c Columns) ([]Summary, error) {
	units, err := t.Category(c.Unit)
	if err != nil {
		return nil, err
	}
	periods, err := t.Category(c.Time)
	if err != nil {
		return nil, err
	}
	exposure, err := t.Numeric(c.Exposure)
	if err != nil {
		return nil, err
	}
	// Levels are in time order, as labels sort.
	before := 0
	for before < len(periods.Levels) && periods.Levels[before] < c.Before {
		before++
	}
	half := before / 2
	type sums struct{ events, exposure [2]float64 }
	total := make([]float64, len(units.Levels))
	by := make([][]sums, len(c.Outcomes))
	for k, name := range c.Outcomes {
		y, err := t.Numeric(name)
		if err != nil {
			return nil, err
		}
		by[k] = make([]sums, len(units.Levels))
		for i := range t.Rows() {
			unit, period := units.Codes[i], int(periods.Codes[i])
			if unit < 0 || period < 0 || period >= before || math.IsNaN(y.Values[i]) || math.IsNaN(exposure.Values[i]) {
				continue
			}
			h := 0
			if period >= half {
				h = 1
			}
			by[k][unit].events[h] += y.Values[i]
			by[k][unit].exposure[h] += exposure.Values[i]
		}
	}
	for i := range t.Rows() {
		if unit, period := units.Codes[i], int(periods.Codes[i]); unit >= 0 && period >= 0 && period < before && !math.IsNaN(exposure.Values[i]) {
			total[unit] += exposure.Values[i]
		}
	}
	out := make([]Summary, len(units.Levels))
	for u, name := range units.Levels {
		s := Summary{Unit: name, Exposure: total[u]}
		for k := range c.Outcomes {
			x := by[k][u]
			s.Rate = append(s.Rate, rate(x.events[0]+x.events[1], x.exposure[0]+x.exposure[1]))
			s.Trend = append(s.Trend, rate(x.events[1], x.exposure[1])-rate(x.events[0], x.exposure[0]))
		}
		out[u] = s
	}
	return out, nil
}

// Join adds the summaries to a list of schools as OUTCOME_rate and
// OUTCOME_trend. Schools without a summary keep empty cells.
func Join(schools *table.Table, id string, c Columns, summaries []Summary) (*table.Table, error) {
	units, err := schools.Category(id)
	if err != nil {
		return nil, err
	}
	place := make(map[string]int, len(summaries))
	for i, s := range summaries {
		place[s.Unit] = i
	}
	for k, name := range c.Outcomes {
		rate, trend := make([]float64, schools.Rows()), make([]float64, schools.Rows())
		for i, code := range units.Codes {
			rate[i], trend[i] = math.NaN(), math.NaN()
			if code < 0 {
				continue
			}
			if at, found := place[units.Levels[code]]; found {
				rate[i], trend[i] = summaries[at].Rate[k], summaries[at].Trend[k]
			}
		}
		schools = schools.With(name+"_rate", rate).With(name+"_trend", trend)
	}
	return schools, nil
}

// rate is a number of events per 1,000, NaN without exposure.
func rate(events, exposure float64) float64 {
	if exposure <= 0 {
		return math.NaN()
	}
	return 1000 * events / exposure
}
