package design

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// preferred is the chance that minimisation takes the arm that balances best.
const preferred = 0.8

// minimise assigns schools one at a time (Pocock & Simon 1975), in the order
// of their tickets of the stratum "". Factors are the stratum and each balance
// column, cut at its median. The imbalance of an arm is the sum over factors
// of the range, over arms, of the number of schools at this school's level
// divided by the arm's share of the ratio, were the school to join that arm.
// The arm with the least imbalance is taken with probability 0.8, ties and the
// rest going by arm tickets.
func (d *Declaration) minimise() []Place {
	return d.minimiseWith(*d.Seed)
}

func (d *Declaration) minimiseWith(seed string) []Place {
	levels := d.factorLevels()
	places := make([]Place, len(d.Schools))
	for i, s := range d.Schools {
		places[i] = Place{School: s.School, Ticket: Ticket(seed, "", s.School)}
	}
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := strings.Compare(places[a].Ticket, places[b].Ticket); c != 0 {
			return c
		}
		return strings.Compare(places[a].School, places[b].School)
	})
	counts := map[string][]float64{} // factor and level: schools in each arm
	for _, i := range order {
		arm := d.rank(seed, places[i].School, levels[i], counts)
		places[i].Arm = d.Arms[arm]
		for _, level := range levels[i] {
			counts[level][arm]++
		}
	}
	return places
}

// rank chooses the arm of one school.
func (d *Declaration) rank(seed, school string, levels []string, counts map[string][]float64) int {
	imbalance := make([]float64, len(d.Arms))
	for arm := range d.Arms {
		for _, level := range levels {
			if counts[level] == nil {
				counts[level] = make([]float64, len(d.Arms))
			}
			low, high := math.Inf(1), math.Inf(-1)
			for other, n := range counts[level] {
				if other == arm {
					n++
				}
				n /= float64(d.Ratio[other])
				low, high = min(low, n), max(high, n)
			}
			imbalance[arm] += high - low
		}
	}
	order := make([]int, len(d.Arms))
	tickets := make([]string, len(d.Arms))
	for arm := range order {
		order[arm] = arm
		tickets[arm] = armTicket(seed, school, d.Arms[arm], 1)
	}
	slices.SortFunc(order, func(a, b int) int {
		if imbalance[a] != imbalance[b] {
			if imbalance[a] < imbalance[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(tickets[a], tickets[b])
	})
	sum := sha256.Sum256([]byte("swis-assign/1/minimisation\n" + seed + "\n" + school))
	if float64(binary.BigEndian.Uint64(sum[:8]))/math.Exp2(64) < preferred {
		return order[0]
	}
	rest := order[1:]
	slices.SortFunc(rest, func(a, b int) int { return strings.Compare(tickets[a], tickets[b]) })
	return rest[0]
}

// factorLevels are each school's levels of the factors, named apart.
func (d *Declaration) factorLevels() [][]string {
	out := make([][]string, len(d.Schools))
	for i, s := range d.Schools {
		out[i] = append(out[i], "stratum="+s.Stratum)
	}
	for k, column := range d.Balance {
		x := make([]float64, len(d.Schools))
		for i, s := range d.Schools {
			x[i] = s.Values[k]
		}
		slices.Sort(x)
		median := (x[(len(x)-1)/2] + x[len(x)/2]) / 2
		for i, s := range d.Schools {
			level := "low"
			if s.Values[k] > median {
				level = "high"
			}
			out[i] = append(out[i], column+"="+level)
		}
	}
	return out
}
