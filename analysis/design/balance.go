package design

import (
	"math"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"swis/analysis"
)

// BalanceRow compares one column between an arm and the comparison arm, as
// means and standardised differences. Before is among all schools of the list
// (matching only: the intervention schools against all candidates), After
// among those assigned. There are no p-values: they answer no question here.
type BalanceRow struct {
	Column         string   `json:"column"`
	Arm            string   `json:"arm"`
	Mean           *float64 `json:"mean"`
	ComparisonMean *float64 `json:"comparison_mean"`
	Before         *float64 `json:"before"`
	After          *float64 `json:"after"`
}

// balance makes the rows for every balance column and every arm.
func (d *Declaration) balance(assigned []Assigned) ([]BalanceRow, error) {
	if len(d.Balance) == 0 {
		return []BalanceRow{}, nil
	}
	ids := make([]string, len(d.Schools))
	given := make([]string, len(d.Schools))
	for i, s := range d.Schools {
		ids[i], given[i] = s.School, s.Arm
	}
	columns := []series.Series{series.New(ids, series.String, "school_id"), series.New(given, series.String, "given")}
	for k, name := range d.Balance {
		x := make([]float64, len(d.Schools))
		for i, s := range d.Schools {
			x[i] = s.Values[k]
		}
		columns = append(columns, series.New(x, series.Float, "value "+name))
	}
	schools := dataframe.New(columns...)
	drawn := make([]string, len(assigned))
	arms := make([]string, len(assigned))
	for i, a := range assigned {
		drawn[i], arms[i] = a.School, a.Arm
	}
	after := schools.InnerJoin(dataframe.New(series.New(drawn, series.String, "school_id"), series.New(arms, series.String, "arm")), "school_id")
	if after.Err != nil {
		return nil, after.Err
	}
	var rows []BalanceRow
	for _, name := range d.Balance {
		for _, arm := range d.Arms {
			if arm == d.Comparison {
				continue
			}
			of := func(f dataframe.DataFrame, column, value string) []float64 {
				return f.Filter(dataframe.F{Colname: column, Comparator: series.Eq, Comparando: value}).Col("value " + name).Float()
			}
			m1, s1 := meanSD(of(after, "arm", arm))
			m0, s0 := meanSD(of(after, "arm", d.Comparison))
			row := BalanceRow{Column: name, Arm: arm, Mean: analysis.Num(m1), ComparisonMean: analysis.Num(m0), After: standardised(m1-m0, s1, s0)}
			if d.Method == Match {
				m1, s1 := meanSD(of(schools, "given", arm))
				m0, s0 := meanSD(of(schools, "given", ""))
				row.Before = standardised(m1-m0, s1, s0)
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// standardised is a difference of means over the root of the mean variance,
// nil where it has none.
func standardised(difference, s1, s0 float64) *float64 {
	return analysis.Num(difference / math.Sqrt((s1*s1+s0*s0)/2))
}

func meanSD(x []float64) (mean, sd float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / (n - 1))
}
