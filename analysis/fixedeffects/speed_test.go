package fixedeffects

import (
	"math"
	"math/rand/v2"
	"testing"

	"swis/analysis/linear"
)

// benchmarkPanel is a balanced panel, half of the units treated from two thirds
// of the periods on.
func benchmarkPanel(units, periods int, family Family) *Model {
	r := rand.New(rand.NewPCG(1, 2))
	n := units * periods
	m := &Model{Family: family, X: [][]float64{make([]float64, n)}, Y: make([]float64, n)}
	unit := linear.Factor{Name: "school", Levels: units, Index: make([]int32, n)}
	time := linear.Factor{Name: "month", Levels: periods, Index: make([]int32, n)}
	if family != Gaussian {
		m.Offset = make([]float64, n)
	}
	for i := range units {
		level, size := r.NormFloat64(), 100+1000*r.Float64()
		for t := range periods {
			k := i*periods + t
			unit.Index[k], time.Index[k] = int32(i), int32(t)
			if i%2 == 0 && t >= 2*periods/3 {
				m.X[0][k] = 1
			}
			if family == Gaussian {
				m.Y[k] = 50 + 3*level + 0.1*float64(t) - m.X[0][k] + 5*r.NormFloat64()
				continue
			}
			m.Offset[k] = math.Log(size)
			m.Y[k] = poissonDraw(r, size*0.002*math.Exp(0.5*level-0.1*m.X[0][k]))
		}
	}
	m.Effects = []linear.Factor{unit, time}
	return m
}

func benchmarkFit(b *testing.B, units int, family Family, kind Kind) {
	m := benchmarkPanel(units, 36, family)
	for b.Loop() {
		f, err := m.Run()
		if err != nil {
			b.Fatal(err)
		}
		c := f.DropUnused("school", m.Effects[0].Index, units)
		if _, err := f.Variance(kind, []Cluster{c}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLeastSquares24000(b *testing.B)    { benchmarkFit(b, 24000, Gaussian, CR1S) }
func BenchmarkLeastSquares24000CR2(b *testing.B) { benchmarkFit(b, 24000, Gaussian, CR2) }
func BenchmarkPoisson24000(b *testing.B)         { benchmarkFit(b, 24000, Poisson, CR1S) }
func BenchmarkPoisson24000CR2(b *testing.B)      { benchmarkFit(b, 24000, Poisson, CR2) }
func BenchmarkLeastSquares280CR2(b *testing.B)   { benchmarkFit(b, 280, Gaussian, CR2) }
func BenchmarkPoisson280CR2(b *testing.B)        { benchmarkFit(b, 280, Poisson, CR2) }
