package infer

import "math"

// ContrastColumns rewrites k columns x of a model so that its first coefficient
// is the contrast a'b of the old ones: with the largest |a_c| at c, b_c = (a'b -
// sum over j != c of a_j b_j)/a_c, so that column c becomes x_c/a_c and stands
// first, and every other x_j becomes x_j - (a_j/a_c) x_c. The fit is the same. a
// holds k weights, not all zero; columns without weight are shared with x.
func ContrastColumns(x [][]float64, a []float64) [][]float64 {
	c := 0
	for j, v := range a {
		if math.Abs(v) > math.Abs(a[c]) {
			c = j
		}
	}
	first := make([]float64, len(x[c]))
	for i, v := range x[c] {
		first[i] = v / a[c]
	}
	out := [][]float64{first}
	for j, column := range x {
		if j == c {
			continue
		}
		if a[j] != 0 {
			moved := make([]float64, len(column))
			for i, v := range column {
				moved[i] = v - a[j]*first[i]
			}
			column = moved
		}
		out = append(out, column)
	}
	return out
}
