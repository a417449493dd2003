package did

import (
	"fmt"
	"math"
	"testing"

	"swis/analysis"
)

func TestSecondTwoWay(t *testing.T) {
	second(t, true, func(seed uint64) analysis.Estimator {
		e := TwoWay{Data: secondColumns("y", true), Inference: secondVariance}
		e.Covariates = []string{"x"}
		if seed%2 == 1 {
			e.Weights = "w"
		}
		return e
	}, func(seed uint64, d *secondData) map[string][2]float64 {
		w := d.w
		if seed%2 == 0 {
			w = nil
		}
		f := d.fit(d.columns(func(i int) float64 { return indicator(d.treated(i)) }, func(i int) float64 { return d.x[i] }), d.y, w, false)
		return map[string][2]float64{"att": {f.beta[0], math.Sqrt(f.v.At(0, 0))}, "x": {f.beta[1], math.Sqrt(f.v.At(1, 1))}}
	})
}

func TestSecondTwoWayCounts(t *testing.T) {
	second(t, false, func(uint64) analysis.Estimator {
		return TwoWay{Data: secondColumns("count", false), Inference: secondVariance, Family: "poisson", NoPreTest: true}
	}, func(_ uint64, d *secondData) map[string][2]float64 {
		d = d.usable()
		f := d.fit(d.columns(func(i int) float64 { return indicator(d.treated(i)) }), d.count, nil, true)
		return map[string][2]float64{"att": {f.beta[0], math.Sqrt(f.v.At(0, 0))}}
	})
}

func TestSecondTwoByTwo(t *testing.T) {
	cells := func(d *secondData, y []float64) (sum, n [4]float64) {
		for i := range y {
			k := 0
			if !math.IsInf(d.cohort[i], 1) {
				k = 2
			}
			if d.period[i] >= 3 {
				k++
			}
			sum[k] += y[i]
			n[k]++
		}
		return sum, n
	}
	second(t, false, func(uint64) analysis.Estimator {
		return TwoByTwo{Data: secondColumns("y", false), Inference: secondVariance}
	},
		func(_ uint64, d *secondData) map[string][2]float64 {
			sum, n := cells(d, d.y)
			// influence of a row: its distance from the mean of its cell, over the cell's rows
			byUnit := make([]float64, d.units)
			for i := range d.y {
				k, sign := 0, 1.0
				if !math.IsInf(d.cohort[i], 1) {
					k = 2
				}
				if d.period[i] >= 3 {
					k++
				}
				if k == 1 || k == 2 {
					sign = -1
				}
				byUnit[d.unit[i]] += sign * (d.y[i] - sum[k]/n[k]) / n[k]
			}
			v := 0.0
			for _, x := range byUnit {
				v += x * x
			}
			return map[string][2]float64{"att": {sum[3]/n[3] - sum[2]/n[2] - sum[1]/n[1] + sum[0]/n[0], math.Sqrt(v)}}
		})
	second(t, false, func(uint64) analysis.Estimator {
		return TwoByTwo{Data: secondColumns("count", false), Inference: secondVariance, Family: "poisson"}
	}, func(_ uint64, d *secondData) map[string][2]float64 {
		sum, n := cells(d, d.count)
		return map[string][2]float64{"att": {math.Log(sum[3] / n[3] / (sum[2] / n[2]) / (sum[1] / n[1] / (sum[0] / n[0]))), math.NaN()}}
	})
}

func TestSecondEventStudy(t *testing.T) {
	for _, poisson := range []bool{false, true} {
		outcome, family := "y", "gaussian"
		if poisson {
			outcome, family = "count", "poisson"
		}
		second(t, true, func(uint64) analysis.Estimator {
			return Event{Data: secondColumns(outcome, true), Inference: secondVariance, Family: family, Reference: -1, Bare: true}
		}, func(_ uint64, d *secondData) map[string][2]float64 {
			y := d.y
			if poisson {
				d = d.usable()
				y = d.count
			}
			of := []func(i int) float64{}
			times := []int{-3, -2, 0, 1, 2, 3, 4}
			for _, k := range times {
				of = append(of, func(i int) float64 { return indicator(float64(d.period[i])-d.cohort[i] == float64(k)) })
			}
			f := d.fit(d.columns(of...), y, nil, poisson)
			out := map[string][2]float64{}
			for j, k := range times {
				rows := 0.0
				for i := range d.y {
					rows += of[j](i)
				}
				if rows > 0 && (!poisson || math.Abs(f.beta[j]) < 8) {
					out[fmt.Sprintf("event:%d", k)] = [2]float64{f.beta[j], math.Sqrt(f.v.At(j, j))}
				}
			}
			return out
		})
	}
}
