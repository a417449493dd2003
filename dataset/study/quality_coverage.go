package study

import (
	"maps"
	"slices"

	"swis/dataset"
)

func (q *Quality) coverage(s *Study) {
	p := s.Panel
	has := map[string]bool{} // a school
	for i := range p.Schools {
		has[p.Schools[i].LA] = true
	}
	for _, la := range slices.Sorted(maps.Keys(p.Covered)) {
		if !has[la] {
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
