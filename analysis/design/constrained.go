package design

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strconv"

	"swis/analysis"
	"swis/analysis/infer"
)

// Space is the set of schemes of a constrained randomisation: the candidates
// that were scored and the best of them, among which one was drawn.
//
// The score of a scheme is B = sum over columns of (mean T - mean C)^2 / s^2,
// s the standard deviation over all schools (the l2 score of Raab & Butcher
// 2001; Li et al. 2017). Candidates are all schemes where there are no more
// than the declared number of them, in lexicographic order of the intervention
// schools within strata, the last stratum fastest; otherwise candidate i takes
// in each stratum the first schools by ticket under the seed "SEED/candidate/i".
type Space struct {
	Enumerated bool
	Scored     int // different candidates
	Cutoff     float64
	Best       float64
	Worst      float64
	Drawn      float64    // score of the scheme drawn
	Schemes    [][]uint64 // acceptable schemes, bit i is school i of the declaration in the intervention arm
}

// stratumPlan is a stratum of a two-arm design: its schools by index and how
// many of them are in the intervention arm.
type stratumPlan struct {
	name    string
	schools []int
	treated int
}

// stratumPlans fixes the numbers of each arm as the ticket draw would have
// them, odd places included.
func (d *Declaration) stratumPlans() []stratumPlan {
	members := map[string][]int{}
	for i, s := range d.Schools {
		members[s.Stratum] = append(members[s.Stratum], i)
	}
	shares := Shares{Arms: d.Arms, Ratio: d.Ratio}
	var plans []stratumPlan
	for _, name := range sortedKeys(members) {
		p := stratumPlan{name: name, schools: members[name]}
		for _, arm := range shares.list(*d.Seed, name, len(p.schools)) {
			if arm == d.intervention() {
				p.treated++
			}
		}
		plans = append(plans, p)
	}
	return plans
}

// constrained draws among the acceptable schemes.
func (d *Declaration) constrained() ([]Place, *Space, error) {
	plans := d.stratumPlans()
	treated := 0
	for _, p := range plans {
		treated += p.treated
	}
	if treated == 0 || treated == len(d.Schools) {
		return nil, nil, analysis.NotEstimablef("%d schools leave an arm empty: give more schools or fewer strata", len(d.Schools))
	}
	space := d.score(plans, treated)
	drawn := space.Schemes[drawNumber(*d.Seed, len(space.Schemes))]
	space.Drawn = newScorer(d, treated).score(drawn)
	places := make([]Place, len(d.Schools))
	for i, s := range d.Schools {
		places[i] = Place{School: s.School, Arm: d.Comparison}
		if bit(drawn, i) {
			places[i].Arm = d.intervention()
		}
	}
	return places, space, nil
}

// score lists the candidates and keeps the best share of them; schemes whose
// score ties with the last one kept are kept too.
func (d *Declaration) score(plans []stratumPlan, treated int) *Space {
	space := &Space{}
	scorer := newScorer(d, treated)
	words := (len(d.Schools) + 63) / 64
	var candidates [][]uint64
	var scores []float64
	keep := func(scheme []uint64) {
		candidates = append(candidates, slices.Clone(scheme))
		scores = append(scores, scorer.score(scheme))
	}
	if countSchemes(plans).Cmp(big.NewInt(int64(*d.Candidates))) <= 0 {
		space.Enumerated = true
		enumerate(plans, make([]uint64, words), keep)
	} else {
		seen := map[string]bool{}
		for _, scheme := range d.sample(plans) {
			if key := schemeKey(scheme); !seen[key] {
				seen[key] = true
				keep(scheme)
			}
		}
	}
	space.Scored = len(candidates)
	sorted := slices.Clone(scores)
	slices.Sort(sorted)
	last := max(int(math.Ceil(*d.Keep*float64(len(sorted))-1e-9)), 1) - 1
	space.Best, space.Worst, space.Cutoff = sorted[0], sorted[len(sorted)-1], sorted[last]
	limit := space.Cutoff + 1e-10*math.Abs(space.Cutoff)
	for i, s := range scores {
		if s <= limit {
			space.Schemes = append(space.Schemes, candidates[i])
		}
	}
	return space
}

// sample draws the candidates of designs with too many schemes to list, each on
// its own, on all processors.
func (d *Declaration) sample(plans []stratumPlan) [][]uint64 {
	words := (len(d.Schools) + 63) / 64
	out := make([][]uint64, *d.Candidates)
	const block = 64
	// Nothing ends it early: the context is the background.
	_ = infer.Replicate(context.Background(), (len(out)+block-1)/block, func() func(int) {
		var text []byte
		var tickets []candidateTicket
		return func(at int) {
			for i := at * block; i < min((at+1)*block, len(out)); i++ {
				out[i] = make([]uint64, words)
				for _, p := range plans {
					text = fmt.Appendf(text[:0], "swis-assign/1\n%s/candidate/%d\n%s\n", *d.Seed, i, p.name)
					prefix := len(text)
					tickets = tickets[:0]
					for _, school := range p.schools {
						text = append(text[:prefix], d.Schools[school].School...)
						tickets = append(tickets, candidateTicket{sha256.Sum256(text), school})
					}
					// Bytes are in the order of their hexadecimal form.
					slices.SortFunc(tickets, func(a, b candidateTicket) int { return bytes.Compare(a.hash[:], b.hash[:]) })
					for _, t := range tickets[:p.treated] {
						out[i][t.school/64] |= 1 << (t.school % 64)
					}
				}
			}
		}
	})
	return out
}

// candidateTicket is a school's ticket in one candidate, as Ticket gives it.
type candidateTicket struct {
	hash   [sha256.Size]byte
	school int
}

// enumerate visits every scheme in the documented order. The slice is reused.
func enumerate(plans []stratumPlan, scheme []uint64, visit func([]uint64)) {
	if len(plans) == 0 {
		visit(scheme)
		return
	}
	p := plans[0]
	var choose func(from, left int)
	choose = func(from, left int) {
		if left == 0 {
			enumerate(plans[1:], scheme, visit)
			return
		}
		for j := from; j <= len(p.schools)-left; j++ {
			school := p.schools[j]
			scheme[school/64] |= 1 << (school % 64)
			choose(j+1, left-1)
			scheme[school/64] &^= 1 << (school % 64)
		}
	}
	choose(0, p.treated)
}

func countSchemes(plans []stratumPlan) *big.Int {
	total := big.NewInt(1)
	for _, p := range plans {
		total.Mul(total, new(big.Int).Binomial(int64(len(p.schools)), int64(p.treated)))
	}
	return total
}

// scorer computes B from the standardised columns: with sums over the
// intervention arm alone, as those over all schools are zero.
type scorer struct {
	z                   [][]float64
	treated, comparison float64
	sums                []float64
}

func newScorer(d *Declaration, treated int) *scorer {
	return &scorer{z: d.standardised(), treated: float64(treated), comparison: float64(len(d.Schools) - treated), sums: make([]float64, len(d.Balance))}
}

func (s *scorer) score(scheme []uint64) float64 {
	clear(s.sums)
	for w, word := range scheme {
		for ; word != 0; word &= word - 1 {
			for k, z := range s.z[64*w+bits.TrailingZeros64(word)] {
				s.sums[k] += z
			}
		}
	}
	b := 0.0
	for _, sum := range s.sums {
		difference := sum/s.treated + sum/s.comparison
		b += difference * difference
	}
	return b
}

// drawNumber is a number in [0, n): the first 8 bytes, big-endian, of the
// SHA-256 of "swis-assign/1/scheme", seed and a counter from 0, modulo n;
// values that would favour small remainders are skipped.
func drawNumber(seed string, n int) int {
	excess := (math.MaxUint64%uint64(n) + 1) % uint64(n) // 2^64 mod n
	for counter := 0; ; counter++ {
		sum := sha256.Sum256([]byte("swis-assign/1/scheme\n" + seed + "\n" + strconv.Itoa(counter)))
		v := binary.BigEndian.Uint64(sum[:8])
		if v <= math.MaxUint64-excess {
			return int(v % uint64(n))
		}
	}
}

func bit(scheme []uint64, i int) bool { return scheme[i/64]>>(i%64)&1 == 1 }

func schemeKey(scheme []uint64) string {
	b := make([]byte, 0, 8*len(scheme))
	for _, w := range scheme {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return string(b)
}

// PairShares says how often schools end up together among the acceptable
// schemes: the smallest and the largest share over all pairs of schools, and
// the number of pairs below 25% or above 75%. A scheme set that always or never
// joins two schools is hardly random for them (Moulton 2004).
func (s *Space) PairShares(schools int) (low, high float64, outside int) {
	// Bit k of arms[i] is school i's arm in scheme k: a pair is together where
	// their bits agree.
	words := (len(s.Schemes) + 63) / 64
	arms := make([][]uint64, schools)
	for i := range arms {
		arms[i] = make([]uint64, words)
		for k, scheme := range s.Schemes {
			if bit(scheme, i) {
				arms[i][k/64] |= 1 << (k % 64)
			}
		}
	}
	low, high = 1, 0
	for i := range schools {
		for j := range i {
			apart := 0
			for w, a := range arms[i] {
				apart += bits.OnesCount64(a ^ arms[j][w])
			}
			share := 1 - float64(apart)/float64(len(s.Schemes))
			low, high = min(low, share), max(high, share)
			if share < 0.25 || share > 0.75 {
				outside++
			}
		}
	}
	return low, high, outside
}
