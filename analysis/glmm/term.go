package glmm

import (
	"swis/analysis/formula"
)

// part is one linear predictor over the n rows.
type part struct {
	names  []string
	x      [][]float64 // p columns of n
	offset []float64   // n or nil
	random []formula.Random
}

// term is one random-effects term of a fit.
type term struct {
	formula.Random
	part  int
	first int // its first column among the K columns of a row
	k     int // columns
	lower int // its first parameter among those of the covariance factors
	base  int // its first random effect

	index int       // of the term in its part
	order []int     // column of the formula's term by column, nil where the same
	shift []float64 // taken off each column while a search runs, nil for none
}

// parameters is the number of entries of the lower triangular factor.
func (t *term) parameters() int {
	if t.Correlated {
		return t.k * (t.k + 1) / 2
	}
	return t.k
}

// entries calls f for every entry (a, b) of the lower triangular factor.
func (t *term) entries(f func(parameter, a, b int)) {
	if !t.Correlated {
		for a := range t.k {
			f(t.lower+a, a, a)
		}
		return
	}
	m := t.lower
	for a := range t.k {
		for b := 0; b <= a; b++ {
			f(m, a, b)
			m++
		}
	}
}
