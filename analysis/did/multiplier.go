package did

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// uniformCritical is the multiplier bootstrap's critical value for a band that
// covers all columns at once: the level-quantile over draws of the largest
// |sum_i v_i IF_i| in units of its standard error, v_i = +1 or -1 by unit
// (or by cluster, whose influence is summed first). Columns hold influence
// functions of n; those without variance are left out. Draw i has its own
// stream of the seed.
//
// Units are taken eight at a time: the 256 signed sums of eight rows are
// tabulated once and looked up by every draw, so that a draw costs an eighth of
// the additions.
func uniformCritical(columns [][]float64, cluster []int32, clusters int, level float64, draws int, seed, purpose string) float64 {
	var used [][]float64
	for _, c := range columns {
		v := c
		if cluster != nil {
			v = make([]float64, clusters)
			for i, x := range c {
				v[cluster[i]] += x
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
	if len(used) == 0 || draws < 1 {
		return math.NaN()
	}
	n, k := len(used[0]), len(used)
	blocks := (n + 7) / 8
	signs := make([]uint8, draws*blocks)
	for d := range draws {
		source := rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", seed, purpose, d)))
		row := signs[d*blocks : (d+1)*blocks]
		for b := 0; b < blocks; b += 8 {
			v := source.Uint64()
			for j := b; j < min(b+8, blocks); j++ {
				row[j] = uint8(v)
				v >>= 8
			}
		}
	}
	largest := make([]float64, draws)
	const width = 32
	table := make([]float64, 256*width)
	sums := make([]float64, draws*width)
	for from := 0; from < k; from += width {
		w := min(width, k-from)
		clear(sums)
		for b := range blocks {
			units := min(8, n-8*b)
			// entry 0: all minus; each set bit adds twice its row
			for j := range w {
				s := 0.0
				for u := range units {
					s -= used[from+j][8*b+u]
				}
				table[j] = s
			}
			for u := range units {
				half := 1 << u
				for mask := range half {
					to := table[(half+mask)*width : (half+mask)*width+w]
					old := table[mask*width : mask*width+w]
					for j := range to {
						to[j] = old[j] + 2*used[from+j][8*b+u]
					}
				}
			}
			full := 1<<units - 1
			for d := range draws {
				mask := int(signs[d*blocks+b]) & full
				row := table[mask*width : mask*width+w]
				sum := sums[d*width : d*width+w]
				for j, x := range row {
					sum[j] += x
				}
			}
		}
		for d := range draws {
			for _, x := range sums[d*width : d*width+w] {
				largest[d] = max(largest[d], math.Abs(x))
			}
		}
	}
	slices.Sort(largest)
	at := int(math.Ceil(level*float64(draws))) - 1
	return largest[min(max(at, 0), draws-1)]
}
