package infer

import "math"

// classes finds clusters whose rows are the same in every column, in the same
// order: their cross-products need to be formed once only. It returns the
// class of each cluster and the first cluster of each class.
func classes(columns [][]float64, start, rows []int32) (class, first []int32) {
	groups := len(start) - 1
	class = make([]int32, groups)
	known := map[uint64][]int32{}
	for g := range groups {
		members := rows[start[g]:start[g+1]]
		h := uint64(14695981039346656037)
		for _, c := range columns {
			for _, r := range members {
				h = (h ^ math.Float64bits(c[r])) * 1099511628211
				h ^= h >> 29
			}
		}
		class[g] = -1
		for _, k := range known[h] {
			f := first[k]
			if sameRows(columns, members, rows[start[f]:start[f+1]]) {
				class[g] = k
				break
			}
		}
		if class[g] < 0 {
			class[g] = int32(len(first))
			known[h] = append(known[h], class[g])
			first = append(first, int32(g))
		}
	}
	return class, first
}

func sameRows(columns [][]float64, a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for _, c := range columns {
		for i, r := range a {
			if c[r] != c[b[i]] {
				return false
			}
		}
	}
	return true
}
