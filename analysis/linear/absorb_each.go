package linear

import (
	"cmp"
	"runtime"

	"swis/dataset/workers"
)

// Residuals sets each column of to to the residuals of that of from on the
// effects, columns side by side on several processors; a column may be its own
// source. With refine each is corrected once more where that would change it.
func (a *Absorber) Residuals(to, from [][]float64, refine bool) error {
	work := func(a *Absorber, j int) {
		a.residual(to[j], from[j])
		if refine {
			a.Refine(to[j])
		}
	}
	beside := min(runtime.GOMAXPROCS(0), len(to))
	if beside < 2 || a.n < 10_000 {
		for j := range to {
			work(a, j)
		}
		return a.err
	}
	var group workers.Group
	forks := make([]Absorber, beside)
	for w := range forks {
		fork := &forks[w]
		*fork = *a
		fork.gamma, fork.work = make([]float64, a.columns), make([]float64, a.columns)
		group.Do(func() {
			for j := w; j < len(to); j += beside {
				work(fork, j)
			}
		})
	}
	group.Join()
	for w := range forks {
		a.err = cmp.Or(a.err, forks[w].err)
	}
	return a.err
}
