package study

import (
	"maps"
	"slices"

	"swis/dataset"
)

func (q *Quality) coverage(s *Study) {
	p := s.Panel
	for _, la := range slices.Sorted(maps.Keys(p.Covered)) {
		if !slices.ContainsFunc(p.Schools, func(x dataset.School) bool { return x.LA == la }) {
			continue
		}
		for o, outcome := range dataset.Outcomes {
			if !p.Has[o] {
				continue
			}
			row := QualityCover{LA: la, Outcome: outcome.Name, First: p.Kind.Label(p.First)}
			bits := make([]byte, p.Periods)
			for i := range bits {
				bits[i] = '0'
				if p.Covered[la][o][i] {
					bits[i] = '1'
					row.Covered++
				}
			}
			row.Periods = string(bits)
			q.Coverage = append(q.Coverage, row)
		}
	}
}
