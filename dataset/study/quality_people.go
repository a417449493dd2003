package study

import (
	"maps"
	"slices"

	"swis/dataset"
)

// people counts how complete the identifiers rows of each authority are.
func (q *Quality) people(s *Study, n func(int64) Number) {
	type counts struct{ rows, births, upns, right int64 }
	by := map[uint16]*counts{}
	for _, x := range s.Extracts {
		for i := range x.Persons {
			p := &x.Persons[i]
			c := by[p.LA]
			if c == nil {
				c = &counts{}
				by[p.LA] = c
			}
			c.rows++
			if p.Birth != dataset.NoDay {
				c.births++
			}
			if p.CheckLetter != 0 {
				c.upns++
			}
			if p.CheckLetter > 0 {
				c.right++
			}
		}
	}
	for _, la := range slices.SortedFunc(maps.Keys(by), s.byName) {
		c := by[la]
		q.People = append(q.People, QualityPeople{s.laText(la), n(c.rows), n(c.births), n(c.upns), share(c.upns, c.rows), n(c.right), share(c.right, c.upns)})
	}
}
