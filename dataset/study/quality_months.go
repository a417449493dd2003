package study

import (
	"maps"
	"slices"

	"swis/dataset"
)

// months is the grid of what each authority delivered of each type of event,
// month by month over the window.
func (q *Quality) months(s *Study) {
	m := &s.Panel.Report.Months
	first, last := dataset.Month.Of(s.Panel.From), dataset.Month.Of(s.Panel.To)
	for _, la := range slices.SortedFunc(maps.Keys(m.Counts), s.byName) {
		for t, counts := range m.Counts[la] {
			kind := dataset.EventType(t)
			if counts == nil || kind == dataset.NoEvent {
				continue
			}
			marks := make([]byte, 0, int(last-first)+1)
			for month := first; month <= last; month++ {
				at := int(month - m.First)
				missing, between := m.Missing(la, kind, month)
				switch {
				case missing && !between:
					marks = append(marks, '.')
				case s.Panel.In(m.Bounds[la], month) && dataset.EventFamily(kind) == dataset.ReferralFamily:
					marks = append(marks, '!')
				case between, slices.Contains(m.Silent[la][kind], month):
					marks = append(marks, '!')
				case at >= 0 && at < len(counts) && counts[at] > 0:
					marks = append(marks, '#')
				case month >= m.Spans[la].First && month <= m.Spans[la].Last:
					marks = append(marks, '0')
				default:
					marks = append(marks, '.')
				}
			}
			q.Grid = append(q.Grid, QualityGrid{s.laText(la), kind.String(), dataset.Month.Label(first), string(marks)})
		}
	}
	q.careGrid(s)
}

// edges lists the days with far more events than usual, by month, and the
// periods at the end of each delivery in which recording is late.
func (q *Quality) edges(s *Study, n func(int64) Number) {
	m := &s.Panel.Report.Months
	type month struct {
		la uint16
		p  dataset.Period
	}
	days, events := map[month]int{}, map[month]int64{}
	var order []month
	for _, spike := range m.Spikes {
		at := month{spike.LA, dataset.Month.Of(spike.Day)}
		if days[at] == 0 {
			order = append(order, at)
		}
		days[at]++
		events[at] += spike.Events
	}
	slices.SortStableFunc(order, func(a, b month) int {
		if c := s.byName(a.la, b.la); c != 0 {
			return c
		}
		return int(a.p - b.p)
	})
	for _, at := range order {
		q.Spikes = append(q.Spikes, QualitySpike{s.laText(at.la), dataset.Month.Label(at.p), days[at], n(events[at])})
	}
	for _, la := range slices.Sorted(maps.Keys(s.Panel.Edge)) {
		row := QualityEdge{LA: la}
		for i, late := range s.Panel.Edge[la] {
			if late {
				row.Periods = append(row.Periods, s.Panel.Kind.Label(s.Panel.First+dataset.Period(i)))
			}
		}
		if len(row.Periods) == 0 {
			continue
		}
		if span, ok := m.Spans[uint16(s.set.LAs.Code(la))]; ok {
			row.Last = dataset.Month.Label(span.Last)
		} else if span, ok := m.Given[uint16(s.set.LAs.Code(la))]; ok {
			row.Last = dataset.Month.Label(span.Last)
		}
		q.Edges = append(q.Edges, row)
	}
}
