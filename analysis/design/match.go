package design

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
)

// standardised are the balance columns in units of their standard deviation
// over all schools of the declaration; a column that does not vary is left at 0.
func (d *Declaration) standardised() [][]float64 {
	z := make([][]float64, len(d.Schools))
	for i := range z {
		z[i] = make([]float64, len(d.Balance))
	}
	n := float64(len(d.Schools))
	for k := range d.Balance {
		mean, squares := 0.0, 0.0
		for _, s := range d.Schools {
			mean += s.Values[k] / n
		}
		for _, s := range d.Schools {
			squares += (s.Values[k] - mean) * (s.Values[k] - mean)
		}
		if sd := math.Sqrt(squares / (n - 1)); sd > 0 {
			for i, s := range d.Schools {
				z[i][k] = (s.Values[k] - mean) / sd
			}
		}
	}
	return z
}

// closeness is a pair of schools, by index, and their Euclidean distance.
type closeness struct {
	a, b     int
	distance float64
}

// between is the distance of two schools and whether every column is within
// the caliper.
func between(x, y []float64, caliper *float64) (float64, bool) {
	total := 0.0
	for k := range x {
		d := math.Abs(x[k] - y[k])
		if caliper != nil && d > *caliper {
			return 0, false
		}
		total += d * d
	}
	return math.Sqrt(total), true
}

// nearest orders pairs by distance, then by the schools' ids.
func (d *Declaration) nearest(pairs []closeness) {
	slices.SortFunc(pairs, func(x, y closeness) int {
		switch {
		case x.distance != y.distance:
			if x.distance < y.distance {
				return -1
			}
			return 1
		case x.a != y.a:
			return strings.Compare(d.Schools[x.a].School, d.Schools[y.a].School)
		}
		return strings.Compare(d.Schools[x.b].School, d.Schools[y.b].School)
	})
}

// match takes, for each intervention school, its nearest comparison schools
// without replacement: in each round every school that is still to be served
// takes one, the closest pair of all first. Nothing is random, and ties go by
// id. Intervention schools that find none are left out and named.
func (d *Declaration) match(out *Derived) error {
	z := d.standardised()
	cells := map[string][2][]int{} // exact cell: intervention schools, candidates
	for i, s := range d.Schools {
		c := cells[s.Stratum]
		if s.Arm != "" {
			c[0] = append(c[0], i)
		} else {
			c[1] = append(c[1], i)
		}
		cells[s.Stratum] = c
	}
	wanted := d.wantedMatches()
	partners := make([][]int, len(d.Schools))
	taken := make([]bool, len(d.Schools))
	for _, name := range sortedKeys(cells) {
		var pairs []closeness
		for _, a := range cells[name][0] {
			for _, b := range cells[name][1] {
				if distance, ok := between(z[a], z[b], d.Caliper); ok {
					pairs = append(pairs, closeness{a, b, distance})
				}
			}
		}
		d.nearest(pairs)
		for round := range wanted {
			for _, p := range pairs {
				if len(partners[p.a]) <= round && !taken[p.b] {
					partners[p.a] = append(partners[p.a], p.b)
					taken[p.b] = true
				}
			}
		}
	}
	var alone, short []string
	for i, s := range d.Schools {
		switch {
		case s.Arm == "":
			continue
		case len(partners[i]) == 0:
			alone = append(alone, s.School)
			continue
		case len(partners[i]) < wanted:
			short = append(short, s.School)
		}
		out.Schools = append(out.Schools, Assigned{School: s.School, Arm: s.Arm, Pair: s.School})
		for _, b := range partners[i] {
			out.Schools = append(out.Schools, Assigned{School: d.Schools[b].School, Arm: d.Comparison, Pair: s.School})
		}
	}
	if len(out.Schools) == 0 {
		return analysis.NotEstimablef("no intervention school has a comparison school within the exact columns and the caliper; widen the caliper or drop an exact column")
	}
	if alone != nil {
		out.Notes = append(out.Notes, analysis.Note{Code: "unmatched", Text: fmt.Sprintf("%d intervention schools found no comparison school and are left out: %s; widen --caliper, drop an --exact column, or add candidates", len(alone), joinWords(alone))})
	}
	if short != nil {
		out.Notes = append(out.Notes, analysis.Note{Code: "few_matches", Text: fmt.Sprintf("%d intervention schools found fewer than %d comparison schools: %s", len(short), wanted, joinWords(short))})
	}
	return nil
}

// wantedMatches is the number of comparison schools for an intervention school.
func (d *Declaration) wantedMatches() int {
	for a, arm := range d.Arms {
		if arm == d.Comparison {
			return d.Ratio[a]
		}
	}
	return 1
}

// pairs joins similar schools within strata, the closest two first, and
// returns the strata of the draw, one a pair, and each school's pair. The
// school left over in an odd stratum is drawn on its own.
func (d *Declaration) pairs() (strata map[string][]string, pairOf map[string]string) {
	z := d.standardised()
	cells := map[string][]int{}
	for i, s := range d.Schools {
		cells[s.Stratum] = append(cells[s.Stratum], i)
	}
	strata, pairOf = map[string][]string{}, map[string]string{}
	for _, name := range sortedKeys(cells) {
		members := cells[name]
		var all []closeness
		for x, a := range members {
			for _, b := range members[x+1:] {
				distance, _ := between(z[a], z[b], nil)
				all = append(all, closeness{a, b, distance})
			}
		}
		d.nearest(all)
		joined := map[int]bool{}
		count := 0
		label := func(schools ...int) {
			count++
			pair := fmt.Sprintf("pair %d", count)
			if name != "" {
				pair = name + "/" + pair
			}
			for _, i := range schools {
				joined[i] = true
				strata[pair] = append(strata[pair], d.Schools[i].School)
				pairOf[d.Schools[i].School] = pair
			}
		}
		for _, p := range all {
			if !joined[p.a] && !joined[p.b] {
				label(p.a, p.b)
			}
		}
		for _, i := range members {
			if !joined[i] {
				label(i)
			}
		}
	}
	return strata, pairOf
}
