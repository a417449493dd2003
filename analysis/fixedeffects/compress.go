package fixedeffects

import (
	"context"
	"math"

	"swis/analysis/infer"
	"swis/analysis/linear"
)

// Compressed is a regression in as few rows as its cross-products by cluster
// allow: each cluster's rows are replaced by the Cholesky factor of its own
// cross-products, which have the effect nested in the clusters taken out.
// Whatever depends on the rows through those alone, such as a wild cluster
// bootstrap, comes out the same.
type Compressed struct {
	X     [][]float64 // kept columns of the fit, then effects that are not collinear
	Y     []float64
	Index []int32 // cluster of each row
}

// Compress reduces outcome y and the kept columns, with weights (nil for ones),
// by cluster. Columns and outcome enter as residuals on all effects, and the
// columns after the first orthogonal to each other, the first orthogonal to
// them: neither changes the space of the other columns or the coefficient of
// the first, and the cross-products lose no digits.
func (f *Fit) Compress(c Cluster, weights, y []float64) (*Compressed, error) {
	best, err := f.nestedEffect(c)
	if err != nil {
		return nil, err
	}
	if len(f.Effects) == 0 || best >= 0 && len(f.Effects[best].Slopes) > 0 {
		return f.uncompressed(c, weights, y)
	}
	g := *f
	g.Omega = weights
	absorb := linear.NewAbsorberBy(f.N(), f.Effects, best, weights)
	residual := func(x []float64) []float64 {
		out := append([]float64(nil), x...)
		absorb.Residualise(out)
		absorb.Residualise(out)
		return out
	}
	q := len(f.Raw)
	dense := make([][]float64, q+1) // columns, then y
	for j := q - 1; j >= 0; j-- {
		dense[j] = residual(f.Raw[j])
		for range 2 {
			for _, other := range dense[j+1 : q] {
				axpy(-dot(other, dense[j], weights)/dot(other, other, weights), other, dense[j])
			}
		}
	}
	dense[q] = residual(y)
	k := absorb.Columns()
	m := q + 1 + k
	b := &reducer{fit: &g, absorb: absorb}
	b.arrange(c)
	factors := make([][]float64, c.Groups)
	_ = infer.Replicate(context.Background(), c.Groups, func() func(int) {
		line, size := make([]float64, k), make([]float64, m)
		return func(group int) {
			s := make([]float64, m*m)
			b.products(b.order[b.start[group]:b.start[group+1]], dense, line, s, size)
			semidefinite(m, s, size)
			factors[group] = s
		}
	})
	out := &Compressed{}
	columns := make([][]float64, m)
	for group, s := range factors {
		for i := range m {
			out.Index = append(out.Index, int32(group))
			for j := range m {
				columns[j] = append(columns[j], s[j*m+i])
			}
		}
	}
	out.Y = columns[q]
	out.X = columns[:q:q]
	for j, keep := range absorb.Independent() {
		if keep {
			out.X = append(out.X, columns[q+1+j])
		}
	}
	return out, nil
}

// uncompressed is the same with all rows.
func (f *Fit) uncompressed(c Cluster, weights, y []float64) (*Compressed, error) {
	r, err := f.Reduce(c, weights)
	if err != nil {
		return nil, err
	}
	return &Compressed{X: r.Columns(), Y: r.Column(y), Index: c.Index}, nil
}

// products fills the lower triangle of s, m by m by rows, with the
// cross-products over rows of the dense columns and of D with the nested
// effect taken out, and size with the squares before it is taken out. Dense
// columns have it taken out already. line is space of zeros, one for each
// column of D.
func (b *reducer) products(rows []int32, dense [][]float64, line, s, size []float64) {
	d, k := len(dense), len(line)
	m := d + k
	weight := func(r int32) float64 {
		if b.fit.Omega == nil {
			return 1
		}
		return b.fit.Omega[r]
	}
	for j, x := range dense {
		for l, y := range dense[:j+1] {
			sum := 0.0
			for _, r := range rows {
				sum += weight(r) * x[r] * y[r]
			}
			s[j*m+l] = sum
		}
		size[j] = s[j*m+j]
	}
	clear(size[d:])
	blocks := b.absorb.Blocks()
	var touched []int
	for i := 0; i < len(rows); {
		touched = touched[:0]
		total := math.Inf(1)
		for first := i; i < len(rows) && (b.level == nil || b.level[rows[i]] == b.level[rows[first]]); i++ {
			r := rows[i]
			w := weight(r)
			if b.level != nil {
				total = b.total[b.level[r]]
			}
			for block := range blocks {
				at, z := b.absorb.Column(block, r)
				size[d+at] += w * z * z
				row := s[(d+at)*m : (d+at+1)*m]
				for j, x := range dense {
					row[j] += w * z * x[r]
				}
				for other := range block + 1 { // itself included
					to, v := b.absorb.Column(other, r)
					row[d+to] += w * z * v
				}
				if line[at] == 0 {
					touched = append(touched, at)
				}
				line[at] += w * z
			}
		}
		for _, at := range touched {
			share := line[at] / total
			row := s[(d+at)*m+d:]
			for _, to := range touched {
				if to <= at {
					row[to] -= share * line[to]
				}
			}
		}
		for _, at := range touched {
			line[at] = 0
		}
	}
}

// semidefinite replaces the lower triangle of s, m by m by rows, by its
// Cholesky factor. A column whose square falls below rounding of its size is
// one that the earlier ones span, and has no entries.
func semidefinite(m int, s, size []float64) {
	for i := range m {
		row := s[i*m : i*m+m]
		for j := range i + 1 {
			other := s[j*m : j*m+m]
			v := row[j]
			for l := range j {
				v -= row[l] * other[l]
			}
			switch {
			case i == j && v > 1e-13*size[i]:
				row[j] = math.Sqrt(v)
			case i == j:
				row[j] = 0
			case other[j] > 0:
				row[j] = v / other[j]
			default:
				row[j] = 0
			}
		}
		clear(row[i+1:])
	}
}
