package panel

import (
	"cmp"
	"slices"
	"strings"

	"swis/dataset"
)

var careOrders = dataset.OutcomeIndex("care_orders")

// order is a span of a child under a court order, or, of an episode, under
// whatever legal status it has.
type order struct {
	child      dataset.ChildKey
	start, end dataset.Day // end is NoDay where open
	la         uint16
	ordered    bool
	continues  bool // the row says that the legal status is not new
}

// tellsOrders says whether a file of care gives legal statuses as they change.
// A list with the latest status alone does not say when a case came to court.
func tellsOrders(x *dataset.Extract) bool { return !strings.HasPrefix(x.Layout, "annexa-") }

// ordersDelivered are the authorities whose legal statuses are known.
func ordersDelivered(extracts []*dataset.Extract) map[uint16]bool {
	las := map[uint16]bool{}
	for _, x := range extracts {
		for _, l := range x.Legal {
			las[l.LA] = true
		}
		for _, chunk := range x.Episodes {
			for i := range chunk {
				if tellsOrders(x) && chunk[i].LegalStatus != dataset.LegalElsewhere {
					las[chunk[i].LA] = true
				}
			}
		}
	}
	return las
}

// orders gives the entries to care proceedings: the first of a child's orders
// that follow one another without a gap. It is asked before the episodes take
// their status from a table of its own.
func (c *carer) orders() []order {
	var all []order
	for _, x := range c.in.Extracts {
		for _, l := range x.Legal {
			if l.Start != dataset.NoDay {
				all = append(all, order{l.Child, l.Start, l.End, l.LA, l.Status == dataset.LegalOrder, false})
			}
		}
		for _, chunk := range x.Episodes {
			for i := range chunk {
				e := &chunk[i]
				if !tellsOrders(x) || e.LegalStatus == dataset.LegalElsewhere || e.Status != dataset.Pending || e.End != dataset.NoDay && e.End < e.Start {
					continue
				}
				all = append(all, order{e.Child, e.Start, e.End, e.LA, e.LegalStatus == dataset.LegalOrder, e.NewReason == 'P' || e.NewReason == 'T'})
			}
		}
	}
	slices.SortFunc(all, func(a, b order) int { // an open copy of an earlier return after the row with an end
		return cmp.Or(cmp.Compare(a.child, b.child), cmp.Compare(a.start, b.start), -cmp.Compare(a.end, b.end))
	})
	var begun []order
	for i := 0; i < len(all); {
		until := dataset.NoDay // the end of the orders so far; NoDay is before all days
		child := all[i].child
		for ; i < len(all) && all[i].child == child; i++ {
			o := all[i]
			if !o.ordered {
				continue
			}
			if o.end == dataset.NoDay { // till another status begins, if one does
				o.end = 1<<31 - 1
				for k := i + 1; k < len(all) && all[k].child == child; k++ {
					if all[k].start > o.start {
						o.end = all[k].start
						break
					}
				}
			}
			if o.start > until && !o.continues {
				begun = append(begun, o)
			}
			until = max(until, o.end)
		}
	}
	return begun
}
