package study

import (
	"swis/dataset"
)

// totals compares an authority's years with the published totals, where an
// open table is among the files (XC1).
func (q *Quality) totals(s *Study, n func(int64) Number) {
	types := map[string]dataset.EventType{"s47": dataset.EnquiryStart, "referrals": dataset.Referral}
	months := &s.Panel.Report.Months
	for _, x := range s.Extracts {
		for _, pub := range x.Published {
			t, ok := types[pub.Outcome]
			la := uint16(s.set.LAs.Code(pub.LA))
			counts := months.Counts[la]
			if !ok || pub.LA == "" || counts == nil || counts[t] == nil || pub.Value <= 0 {
				continue
			}
			sum := int64(0)
			span := months.Spans[la]
			first := dataset.Month.Of(dataset.DayOf(pub.Year-1, 4, 1))
			if first < span.First || first+11 > span.Last {
				continue // not delivered whole
			}
			for m := first; m < first+12; m++ {
				sum += int64(counts[t][m-months.First])
			}
			ratio := float64(sum) / pub.Value
			row := QualityTotal{pub.LA, pub.Year, pub.Outcome, n(sum), pub.Value, &ratio, ratio < 0.9 || ratio > 1.1}
			if row.Differs {
				for i := range q.Rules {
					if q.Rules[i].Rule == "XC1" {
						q.Rules[i].Count.Value++
					}
				}
			}
			q.Published = append(q.Published, row)
		}
	}
}
