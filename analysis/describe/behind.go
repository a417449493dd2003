package describe

import (
	"math"

	"swis/analysis"
)

// side is the rows of one arm, or all of them, of what is described.
type side struct {
	name    string // of the arm; empty: all rows
	rows    []bool
	weights []float64 // nil: one each
	schools []int32   // of each row; nil: rows contribute themselves
	units   bool      // rows are schools: how many of them have a one says nothing of children
}

// of says what stands behind the mean and the number of rows of a level. A mean
// of zeros and ones is the count of the ones; a rate of events is the events;
// any other mean is a total of its rows, of which one or two may hold too much.
// ones says that the mean is such a count. Nil: nothing that is about children.
func (s *side) of(l *level, m *moments) (mean, n *analysis.Behind, ones bool) {
	ones = m.binary && s.weights == nil && l.events == nil
	n = &analysis.Behind{Of: analysis.CountOf(l.column, s.name, "n"), N: float64(m.n), Alone: true}
	if ones && s.units {
		return nil, n, false
	}
	mean = &analysis.Behind{Alone: true}
	bySchool := make([]float64, len(s.schools))
	total := 0.0
	for i, in := range s.rows {
		if !in || math.IsNaN(l.values[i]) {
			continue
		}
		part := math.Abs(l.values[i])
		switch {
		case l.events != nil:
			part = l.events[i]
		case s.weights != nil:
			part *= s.weights[i]
		}
		if !(part > 0) {
			continue
		}
		total += part
		if s.schools != nil && s.schools[i] >= 0 {
			bySchool[s.schools[i]] += part
		} else {
			mean.Contribute(part)
		}
	}
	for _, part := range bySchool {
		mean.Contribute(part)
	}
	switch {
	case l.events != nil:
		mean.Of, mean.N = analysis.CountOf(l.column, s.name, analysis.Before), total
	case ones:
		mean.Of, mean.N = analysis.CountOf(l.name, s.name, "ones"), total
	default:
		mean.Of, mean.N, mean.Total = analysis.CountOf(l.name, s.name, "total"), float64(m.n), total
	}
	return mean, n, ones
}

// rest says that the rows with a zero and the others are all rows.
func rest(l *level, s *side, n *analysis.Behind, m *moments) analysis.Sum {
	zeros := zerosOf(l, s, m)
	return analysis.Sum{Whole: *n, Parts: []analysis.Behind{*zeros, {Of: analysis.CountOf(l.name, s.name, "ones"), N: n.N - zeros.N}}}
}

// zerosOf is the number of rows with a zero.
func zerosOf(l *level, s *side, m *moments) *analysis.Behind {
	return &analysis.Behind{Of: analysis.CountOf(l.name, s.name, "zeros"), N: float64(m.zeros), Alone: true}
}
