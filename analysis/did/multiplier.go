package did

import (
	"context"
	"math"
	"slices"

	"swis/analysis/infer"
)

// multiplier holds the signs of a multiplier bootstrap: one a unit (or cluster)
// and draw, +1 or -1, eight to a byte. Draw i has its own stream of the seed.
type multiplier struct {
	draws, blocks int
	signs         []uint8 // draws*blocks
	cluster       []int32 // of each unit; nil for units themselves
	clusters      int
}

func newMultiplier(units int, cluster []int32, clusters, draws int, seed string) *multiplier {
	n := units
	if cluster != nil {
		n = clusters
	}
	m := &multiplier{draws: draws, blocks: (n + 7) / 8, cluster: cluster, clusters: clusters}
	m.signs = make([]uint8, draws*m.blocks)
	for d := range draws {
		source := infer.Stream(seed, "multiplier", d)
		row := m.signs[d*m.blocks : (d+1)*m.blocks]
		for b := 0; b < m.blocks; b += 8 {
			v := source.Uint64()
			for j := b; j < min(b+8, m.blocks); j++ {
				row[j] = uint8(v)
				v >>= 8
			}
		}
	}
	return m
}

// bandWidth is the number of columns that are taken together.
const bandWidth = 32

// critical is the value for a band that covers all columns at once: the
// level-quantile over draws of the largest |sum_i v_i IF_i| in units of its
// standard error. Columns hold influence functions by unit; those without
// variance are left out.
//
// Units are taken eight at a time: the 256 signed sums of eight rows are
// tabulated once and looked up by every draw, so that a draw costs an eighth of
// the additions.
func (m *multiplier) critical(columns [][]float64, level float64) float64 {
	var used [][]float64
	for _, c := range columns {
		v := c
		if m.cluster != nil {
			v = make([]float64, m.clusters)
			for i, x := range c {
				v[m.cluster[i]] += x
			}
		}
		s := 0.0
		for _, x := range v {
			s += x * x
		}
		if s > 0 {
			scaled := make([]float64, len(v))
			for i, x := range v {
				scaled[i] = x / math.Sqrt(s)
			}
			used = append(used, scaled)
		}
	}
	if len(used) == 0 || m.draws < 1 {
		return math.NaN()
	}
	bands := (len(used) + bandWidth - 1) / bandWidth
	largest := make([][]float64, bands)
	// A band writes a slice of its own; the context cannot end this short loop.
	_ = infer.Replicate(context.Background(), bands, func() func(int) {
		table := make([]float64, 256*bandWidth)
		sums := make([]float64, m.draws*bandWidth)
		return func(band int) {
			largest[band] = m.band(used[band*bandWidth:min((band+1)*bandWidth, len(used))], table, sums)
		}
	})
	all := largest[0]
	for _, l := range largest[1:] {
		for d, x := range l {
			all[d] = max(all[d], x)
		}
	}
	slices.Sort(all)
	at := int(math.Ceil(level*float64(m.draws))) - 1
	return all[min(max(at, 0), m.draws-1)]
}

// band gives, for every draw, the largest |sum| among at most bandWidth columns.
func (m *multiplier) band(used [][]float64, table, sums []float64) []float64 {
	w, n := len(used), len(used[0])
	clear(sums)
	rows := make([]float64, 8*bandWidth)
	for b := range m.blocks {
		units := min(8, n-8*b)
		zero := table[:w]
		clear(zero)
		for u := range units {
			for j, c := range used {
				x := c[8*b+u]
				rows[u*bandWidth+j] = 2 * x
				zero[j] -= x
			}
		}
		for u := range units {
			half := 1 << u
			add := rows[u*bandWidth : u*bandWidth+w]
			for mask := range half {
				old := table[mask*bandWidth : mask*bandWidth+w]
				to := table[(half+mask)*bandWidth : (half+mask)*bandWidth+w]
				for j, x := range add {
					to[j] = old[j] + x
				}
			}
		}
		full := 1<<units - 1
		for d := range m.draws {
			mask := int(m.signs[d*m.blocks+b]) & full
			row := table[mask*bandWidth : mask*bandWidth+w]
			sum := sums[d*bandWidth : d*bandWidth+len(row)]
			for j, x := range row {
				sum[j] += x
			}
		}
	}
	largest := make([]float64, m.draws)
	for d := range largest {
		for _, x := range sums[d*bandWidth : d*bandWidth+w] {
			largest[d] = max(largest[d], math.Abs(x))
		}
	}
	return largest
}
