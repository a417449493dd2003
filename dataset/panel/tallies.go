package panel

import (
	"swis/dataset"
	"swis/dataset/linkage"
)

// addMonths adds rows that were counted in a warehouse to the numbers by
// authority, type and month, from which what was delivered is judged, just as
// if the rows had been read.
func (m *Months) addMonths(extracts []*dataset.Extract) {
	touched := map[uint16]bool{}
	for _, x := range extracts {
		for _, t := range x.Tallies {
			if t.Flag != 0 {
				if m.Flags[t.LA] == nil {
					m.Flags[t.LA] = new([dataset.EventTypes]dataset.Flag)
				}
				m.Flags[t.LA][t.Type] |= t.Flag
				continue
			}
			at := int(t.Month - m.First)
			if t.Episodes || t.Status == dataset.Pending || t.Status == dataset.Quarantined || at < 0 || at >= m.Width {
				continue
			}
			c := m.Counts[t.LA]
			if c == nil {
				c = new([dataset.EventTypes][]int32)
				m.Counts[t.LA] = c
			}
			if m.Flags[t.LA] == nil {
				m.Flags[t.LA] = new([dataset.EventTypes]dataset.Flag)
			}
			if c[t.Type] == nil {
				c[t.Type] = make([]int32, m.Width)
			}
			c[t.Type][at] += int32(t.N)
			m.addCopies(t, at)
			touched[t.LA] = true
			if first := dataset.Month.Start(t.Month); x.First == dataset.NoDay || first < x.First {
				x.First = first
			}
			x.Last = max(x.Last, dataset.Month.Start(t.Month))
		}
	}
	for la := range touched {
		if school := ofFamily(m.Counts[la], dataset.SchoolFamily); school != nil {
			m.School[la] = wholeTerms(m.span(school))
		}
		if social := ofFamily(m.Counts[la], dataset.ReferralFamily); social != nil {
			m.Spans[la] = m.bounded(la, m.span(social))
		}
	}
}

// addCopies notes which rows of a warehouse are copies of others, none as well.
func (m *Months) addCopies(t dataset.Ended, month int) {
	if m.copies == nil {
		m.copies = map[ofType][]int32{}
	}
	at := ofType{t.LA, t.Type}
	if m.copies[at] == nil {
		m.copies[at] = make([]int32, m.Width)
	}
	if t.Status == dataset.Duplicate {
		m.copies[at][month] += int32(t.N)
	}
}

// addTallies adds the ends of rows that were counted in a warehouse.
func (r *Report) addTallies(extracts []*dataset.Extract) {
	for n, x := range extracts {
		for _, t := range x.Tallies {
			if t.Rule != "" {
				r.Tally.Add(t.LA, dataset.RuleNamed(t.Rule), t.N)
				if t.Rows() > 0 {
					r.warehouse(n + 1)[dataset.Quarantined] += t.N
					if t.Type != dataset.NoEvent {
						r.types(t.LA)[t.Type][dataset.Quarantined] += t.N
					} else if t.Rule != "F07" {
						if r.KeptOut == nil {
							r.KeptOut = map[uint16]int64{}
						}
						r.KeptOut[t.LA] += t.N
					}
				}
			}
			if t.Linked != "" {
				r.linkedBy(&t)
			}
			if t.Status == dataset.Pending {
				continue
			}
			r.warehouse(n + 1)[t.Status] += t.N
			if t.Sessions || t.Episodes {
				continue
			}
			r.types(t.LA)[t.Type][t.Status] += t.N
			linked := true
			switch {
			case t.Status == dataset.Unlinked:
				linked = false
				r.Tally.Add(t.LA, ruleL01, t.N)
			case t.Status == dataset.OtherSchool:
				r.Tally.Add(t.LA, ruleS05, t.N)
			case t.Status != dataset.Counted && !t.NotDelivered:
				continue
			}
			months := r.Monthly[t.LA]
			if months == nil {
				months = map[dataset.Period]*[2]int64{}
				r.Monthly[t.LA] = months
			}
			if months[t.Month] == nil {
				months[t.Month] = new([2]int64)
			}
			months[t.Month][0] += t.N
			method := linkage.NotLinked
			if linked {
				method = linkage.ByRow
				months[t.Month][1] += t.N
			}
			r.link(&t, method, t.N)
		}
	}
}

// link counts rows that were linked by a method.
func (r *Report) link(t *dataset.Ended, method linkage.Method, n int64) {
	if r.Links[t.LA] == nil {
		r.Links[t.LA], r.LinksByType[t.LA] = new([linkage.Methods]int64), new([dataset.EventTypes][linkage.Methods]int64)
	}
	r.Links[t.LA][method] += n
	r.LinksByType[t.LA][t.Type][method] += n
}

// linkedBy counts rows under the method by which they were linked, which their
// ends take for that of the school in the row.
func (r *Report) linkedBy(t *dataset.Ended) {
	method := map[string]linkage.Method{"roll": linkage.ByRoll, "former": linkage.ByFormer, "lookup": linkage.ByLookup}[t.Linked]
	r.link(t, method, t.N)
	r.link(t, linkage.ByRow, -t.N)
}

func (r *Report) types(la uint16) *[dataset.EventTypes][dataset.Statuses]int64 {
	if r.Types[la] == nil {
		r.Types[la] = new([dataset.EventTypes][dataset.Statuses]int64)
	}
	return r.Types[la]
}

// warehouse is the ends of the rows behind a file.
func (r *Report) warehouse(file int) *[dataset.Statuses]int64 {
	if r.Warehouse == nil {
		r.Warehouse = map[int]*[dataset.Statuses]int64{}
	}
	if r.Warehouse[file] == nil {
		r.Warehouse[file] = new([dataset.Statuses]int64)
	}
	return r.Warehouse[file]
}
