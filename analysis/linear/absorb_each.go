package linear

import (
	"cmp"
	"runtime"
	"sync"
)

// Each calls do on every column, on several processors, with an absorber that
// shares this one's factors and system but no working space. A column's result
// does not depend on the number of processors.
func (a *Absorber) Each(columns [][]float64, do func(a *Absorber, column []float64)) error {
	workers := min(runtime.GOMAXPROCS(0), len(columns))
	if workers < 2 || a.n < 10_000 {
		for _, x := range columns {
			do(a, x)
		}
		return a.err
	}
	var wait sync.WaitGroup
	forks := make([]Absorber, workers)
	for w := range forks {
		fork := &forks[w]
		*fork = *a
		fork.gamma, fork.work = make([]float64, a.columns), make([]float64, a.columns)
		wait.Go(func() {
			for j := w; j < len(columns); j += workers {
				do(fork, columns[j])
			}
		})
	}
	wait.Wait()
	for w := range forks {
		a.err = cmp.Or(a.err, forks[w].err)
	}
	return a.err
}
