package extracts

import "swis/dataset"

// fillCovered gives every school that the counts of a file name a count of zero in
// each cell that its authority covers and the file does not name. Covered cells
// are counts of no school, of an authority: with them a table need not hold the
// zeros, which are most of what a large one would hold.
func fillCovered(counts []dataset.Count) []dataset.Count {
	type cell struct {
		day     dataset.Day
		outcome int16
		kind    dataset.PeriodKind
	}
	type covers struct {
		cells []dataset.Count
		at    map[cell]int
	}
	type place struct {
		la     uint16
		school uint32
	}
	of := map[uint16]*covers{}
	named := counts[:0]
	for _, c := range counts {
		if c.School != 0 {
			named = append(named, c)
			continue
		}
		la := of[c.LA]
		if la == nil {
			la = &covers{at: map[cell]int{}}
			of[c.LA] = la
		}
		at := cell{c.Day, c.Outcome, c.Kind}
		if _, twice := la.at[at]; !twice && c.Status == dataset.Pending {
			la.at[at] = len(la.cells)
			la.cells = append(la.cells, c)
		}
	}
	if len(of) == 0 {
		return counts
	}
	var schools []place
	given := map[place][]bool{} // of each school, which covered cells of its authority the file names
	for i := range named {
		c := &named[i]
		la := of[c.LA]
		if la == nil {
			continue
		}
		at := place{c.LA, c.School}
		have := given[at]
		if have == nil {
			have = make([]bool, len(la.cells))
			given[at] = have
			schools = append(schools, at)
		}
		if j, covered := la.at[cell{c.Day, c.Outcome, c.Kind}]; covered {
			have[j] = true
		}
	}
	zeros := 0
	for _, have := range given {
		for _, is := range have {
			if !is {
				zeros++
			}
		}
	}
	all := append(make([]dataset.Count, 0, len(named)+zeros), named...)
	for _, at := range schools {
		for j, is := range given[at] {
			if !is {
				zero := of[at.la].cells[j]
				zero.School = at.school
				all = append(all, zero)
			}
		}
	}
	return all
}
