package linkage

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset"
)

// Cases resolves the counters by which the tables of a flattened census refer
// to their case, and the referral ids of the safeguarding dataset's tables: the activities of a child get the date of the case's referral
// and whether it ended in no further action. Counters are those of one
// extract, so tables of one folder belong together; where a folder holds two
// tables of cases, nothing is resolved.
type Cases struct {
	folder []int // by file: 0 for a file without cases, else 1 + number of its folder
	whole  []bool
}

// NewCases finds the folders of flattened censuses and of exports of the
// safeguarding dataset.
func NewCases(extracts []*dataset.Extract) *Cases {
	c := &Cases{whole: []bool{false}}
	numbers, tables := map[string]int{}, map[int]int{}
	for n, x := range extracts {
		if !strings.HasPrefix(x.Layout, "cin-csv") && !strings.HasPrefix(x.Layout, "ssd-") {
			continue
		}
		name := filepath.Dir(x.File)
		if numbers[name] == 0 {
			numbers[name] = len(c.whole)
			c.whole = append(c.whole, false)
		}
		if c.folder == nil {
			c.folder = make([]int, len(extracts)+1)
		}
		c.folder[n+1] = numbers[name]
		if (x.Layout == "cin-csv-details" || x.Layout == "ssd-episodes") && x.Rows > 0 {
			tables[numbers[name]]++
			c.whole[numbers[name]] = tables[numbers[name]] == 1
		}
	}
	return c
}

// Any says that there are such tables.
func (c *Cases) Any() bool { return c.folder != nil }

// referral is the beginning of a case.
type referral struct {
	folder int
	number dataset.Day
	event  *dataset.Event
}

func (r referral) compare(to referral) int {
	return cmp.Or(cmp.Compare(r.folder, to.folder), cmp.Compare(r.number, to.number))
}

// Resolve resolves the events of one child. Of two referrals of the same
// number the later row stands.
func (c *Cases) Resolve(n int, event func(int) *dataset.Event) {
	var referrals []referral
	for i := range n {
		if e := event(i); e.Type == dataset.Referral && e.Parent.IsCase() && c.folder[e.File] > 0 {
			if folder := c.folder[e.File]; c.whole[folder] && e.Status == dataset.Pending {
				referrals = append(referrals, referral{folder, e.Parent, e})
			}
			e.Parent = dataset.NoDay
		}
	}
	slices.SortFunc(referrals, func(a, b referral) int {
		return cmp.Or(a.compare(b), cmp.Compare(b.event.File, a.event.File), cmp.Compare(b.event.Line, a.event.Line))
	})
	for i := range n {
		e := event(i)
		if !e.Parent.IsCase() || c.folder[e.File] == 0 {
			continue
		}
		at, ok := slices.BinarySearchFunc(referrals, referral{folder: c.folder[e.File], number: e.Parent}, referral.compare)
		e.Parent = dataset.NoDay
		if ok {
			e.Parent = referrals[at].event.Day
			e.Flags |= referrals[at].event.Flags & (dataset.NoAction | dataset.NFAKnown)
		}
	}
}
