package panel

import (
	"context"

	"swis/dataset"
)

// end is one end of a case, plan or assessment, or conference, however many
// rows repeat it.
type end struct {
	t     dataset.EventType
	child dataset.ChildKey
	day   dataset.Day
}

// countEnds finds which census files hold fewer than silentFrom ends, each once.
// Rows that are fewer settle it, and days with one that are as many; only
// where rows are enough and days are not the events are looked at.
func countEnds(ctx context.Context, in *Input, files []*censusFile) error {
	type place struct{ file, la uint16 }
	open := map[place]*censusFile{}
	for _, f := range files {
		sum := int64(0)
		for _, n := range f.ends {
			sum += n
		}
		f.few = sum < silentFrom
		if !f.few && len(f.days) < silentFrom {
			open[place{f.number, f.la}] = f
		}
	}
	if len(open) == 0 {
		return nil
	}
	last := make([]dataset.Day, len(in.Extracts)+1)
	for n, x := range in.Extracts {
		last[n+1] = until(x)
	}
	var parts []map[place]map[end]bool
	err := in.Events.Each(ctx, func(int) func([]dataset.Event) {
		own := map[place]map[end]bool{}
		for at := range open {
			own[at] = map[end]bool{}
		}
		parts = append(parts, own)
		return func(events []dataset.Event) {
			for i := range events {
				e := &events[i]
				found := own[place{e.File, e.LA}]
				switch {
				case found == nil || len(found) >= silentFrom || e.Status == dataset.Quarantined || e.Day > last[e.File]:
				case e.Type == dataset.EnquiryEnd || e.Flags&dataset.Secondary == 0 && startOf[e.Type] == dataset.NoEvent:
				default:
					found[end{e.Type, e.Child, e.Day}] = true
				}
			}
		}
	})
	for at, f := range open {
		sum := 0
		for _, own := range parts { // no child is in two parts
			sum += len(own[at])
		}
		f.few = sum < silentFrom
	}
	return err
}
