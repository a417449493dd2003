package infer

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Labels are the arms of U units as they were drawn, with the strata within
// which they could have been exchanged.
type Labels struct {
	Arm    []int32 // U, in [0, Arms)
	Arms   int
	Strata []int32   // U; nil for one stratum
	Given  [][]int32 // the schemes that could have been drawn, each of U; nil for all exchanges
}

// Count is the number of different allocations, +Inf where it overflows.
func (l *Labels) Count() float64 {
	if l.Given != nil {
		return float64(len(l.Given))
	}
	total := 0.0 // log
	for _, members := range l.strata() {
		counts := make([]int, l.Arms)
		for _, u := range members {
			counts[l.Arm[u]]++
		}
		total += lgamma(len(members))
		for _, c := range counts {
			total -= lgamma(c)
		}
	}
	if total < 34 {
		return math.Round(math.Exp(total))
	}
	return math.Exp(total)
}

func lgamma(n int) float64 {
	l, _ := math.Lgamma(float64(n) + 1)
	return l
}

// strata lists the units of each stratum.
func (l *Labels) strata() [][]int32 {
	if l.Strata == nil {
		all := make([]int32, len(l.Arm))
		for i := range all {
			all[i] = int32(i)
		}
		return [][]int32{all}
	}
	out := make([][]int32, slices.Max(l.Strata)+1)
	for u, s := range l.Strata {
		out[s] = append(out[s], int32(u))
	}
	return out
}

// enumerate lists every allocation: within each stratum the arrangements of
// its arms in lexicographic order, strata like the digits of a number.
func (l *Labels) enumerate() [][]int32 {
	if l.Given != nil {
		return l.Given
	}
	strata := l.strata()
	current := slices.Clone(l.Arm)
	sorted := make([][]int32, len(strata))
	for s, members := range strata {
		for _, u := range members {
			sorted[s] = append(sorted[s], l.Arm[u])
		}
		slices.Sort(sorted[s])
	}
	place := func(s int) {
		for i, u := range strata[s] {
			current[u] = sorted[s][i]
		}
	}
	for s := range strata {
		place(s)
	}
	var out [][]int32
	for {
		out = append(out, slices.Clone(current))
		s := 0
		for s < len(strata) && !next(sorted[s]) {
			slices.Sort(sorted[s])
			place(s)
			s++
		}
		if s == len(strata) {
			return out
		}
		place(s)
	}
}

// next makes the next arrangement in lexicographic order and says whether
// there is one.
func next(x []int32) bool {
	i := len(x) - 2
	for i >= 0 && x[i] >= x[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(x) - 1
	for x[j] <= x[i] {
		j--
	}
	x[i], x[j] = x[j], x[i]
	slices.Reverse(x[i+1:])
	return true
}

// sampler draws allocations into a buffer of its own.
type sampler struct {
	labels  *Labels
	strata  [][]int32
	current []int32
}

func (l *Labels) sampler() *sampler {
	return &sampler{l, l.strata(), make([]int32, len(l.Arm))}
}

// draw gives one allocation, every one equally likely.
func (s *sampler) draw(r *rand.Rand) []int32 {
	if s.labels.Given != nil {
		return s.labels.Given[r.IntN(len(s.labels.Given))]
	}
	copy(s.current, s.labels.Arm)
	for _, members := range s.strata {
		for i := len(members) - 1; i > 0; i-- {
			j := r.IntN(i + 1)
			a, b := members[i], members[j]
			s.current[a], s.current[b] = s.current[b], s.current[a]
		}
	}
	return s.current
}
