package multiplicity

import (
	"cmp"
	"math"
	"slices"

	"swis/analysis"
)

// tie is how near, relatively, two statistics count as equal.
const tie = 1e-9

// RomanoWolf adjusts m tests for their number by the step-down of Romano &
// Wolf (2005, algorithm 4.1), p-values as in Romano & Wolf (2016): with the
// statistics in falling order, p of the j-th is the share of draws in which
// the largest |t*| among the j-th and all smaller ones is at least |t_j|, and
// no less than that of the one before. It keeps the chance of any false
// finding, and is sharper than Holm where the statistics are correlated.
//
// t holds m observed statistics; draws[j] the B absolute statistics of test j
// under its null, draw by draw from one joint distribution. all says that the
// draws enumerate the distribution, the observed one among them; otherwise
// p = (1+b)/(1+B).
func RomanoWolf(t []float64, draws [][]float64, all bool) []float64 {
	m := len(t)
	order := make([]int, m)
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return -cmp.Compare(math.Abs(t[a]), math.Abs(t[b])) })
	out := make([]float64, m)
	if m == 0 {
		return out
	}
	count := make([]int, m)
	for i := range draws[0] {
		largest := 0.0
		for rank := m - 1; rank >= 0; rank-- {
			j := order[rank]
			largest = max(largest, draws[j][i])
			if largest >= math.Abs(t[j])*(1-tie) {
				count[rank]++
			}
		}
	}
	bound := 0.0
	for rank, j := range order {
		p := float64(1+count[rank]) / float64(1+len(draws[j]))
		if all {
			p = float64(count[rank]) / float64(len(draws[j]))
		}
		bound = max(bound, p)
		out[j] = bound
	}
	return out
}

// RomanoWolfReferences are the papers of the step-down.
var RomanoWolfReferences = []analysis.Reference{
	{Key: "Romano & Wolf 2005", Text: "Exact and approximate stepdown methods for multiple hypothesis testing. Journal of the American Statistical Association 100, 94-108", DOI: "10.1198/016214504000000539"},
	{Key: "Romano & Wolf 2016", Text: "Efficient computation of adjusted p-values for resampling-based stepdown multiple testing. Statistics & Probability Letters 113, 38-40", DOI: "10.1016/j.spl.2016.02.012"},
}
