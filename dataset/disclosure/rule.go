package disclosure

import "math"

// Rule is how a profile judges one number.
type Rule string

// The rules. DfE withholds counts of 1 to 5. TRE, the rule of trusted research
// environments, withholds 1 to 9, totals that one or two contributors dominate,
// and rounds the others to 5.
const (
	DfE Rule = "dfe"
	TRE Rule = "tre"
)

// Small says whether a count is withheld. Zero is shown: it is about nobody.
func (r Rule) Small(n float64) bool {
	switch r {
	case DfE:
		return n > 0 && n <= 5
	case TRE:
		return n > 0 && n < 10
	}
	return false
}

// Round is the count as it is shown.
func (r Rule) Round(n float64) float64 {
	if r == TRE {
		return 5 * math.Round(n/5)
	}
	return n
}

// Largest are the two largest of the contributions that make up a total; zero
// where they are not known.
type Largest [2]float64

// Add takes one contribution into account.
func (l *Largest) Add(part float64) {
	switch {
	case part > l[0]:
		l[0], l[1] = part, l[0]
	case part > l[1]:
		l[1] = part
	}
}

// Dominance under tre, as ACRO has it by default.
const (
	dominantShare = 0.9
	dominantRatio = 0.1
)

// Dominated says whether two contributors make up too much of a total: more than
// nine tenths of it (NK, n = 2, k = 0.9), or all but less than a tenth of the
// largest (p-ratio): one of the two could then work the other out.
func (r Rule) Dominated(total float64, by Largest) bool {
	if r != TRE || by[0] <= 0 {
		return false
	}
	two := by[0] + by[1]
	return two > dominantShare*total || total-two < dominantRatio*by[0]
}
