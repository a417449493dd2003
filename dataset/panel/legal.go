package panel

import (
	"slices"
	"sort"

	"swis/dataset"
)

var ruleE10 = dataset.RuleNamed("E10")

// legal gives the episodes whose legal status stands in a table of its own the
// status of the child on the episode's first day: of several the one that
// began last. An episode without any counts as care and is flagged (E10) where
// its authority delivered such a table.
func (c *carer) legal() {
	var spans []dataset.LegalSpan
	delivered := map[uint16]bool{}
	for _, x := range c.in.Extracts {
		for _, l := range x.Legal {
			delivered[l.LA] = true
			if l.Start != dataset.NoDay {
				spans = append(spans, l)
			}
		}
	}
	slices.SortStableFunc(spans, func(a, b dataset.LegalSpan) int {
		switch {
		case a.Child != b.Child:
			if a.Child < b.Child {
				return -1
			}
			return 1
		}
		return int(a.Start) - int(b.Start)
	})
	for _, x := range c.in.Extracts {
		for _, chunk := range x.Episodes {
			for i := range chunk {
				e := &chunk[i]
				if e.LegalStatus != dataset.LegalElsewhere {
					continue
				}
				e.LegalStatus = dataset.LegalCare
				found := false
				for k := sort.Search(len(spans), func(k int) bool { return spans[k].Child >= e.Child }); k < len(spans) && spans[k].Child == e.Child && spans[k].Start <= e.Start; k++ {
					if spans[k].End == dataset.NoDay || spans[k].End > e.Start {
						e.LegalStatus, found = spans[k].Status, true
					}
				}
				if delivered[e.LA] && !found || e.LegalStatus == dataset.LegalUnknown {
					c.flag(ruleE10, e)
				}
			}
		}
	}
}
