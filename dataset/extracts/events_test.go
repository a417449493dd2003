package extracts

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"

	"swis/dataset"
)

// eventsOf are the events that a set has read of one file since it was asked
// last, in order of lines.
func eventsOf(t *testing.T, set *Set) (all []dataset.Event) {
	t.Helper()
	var mu sync.Mutex
	err := set.Events.Each(context.Background(), func(int) func([]dataset.Event) {
		return func(events []dataset.Event) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, events...)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	set.Events.Discard()
	slices.SortStableFunc(all, func(a, b dataset.Event) int { return cmp.Compare(a.Line, b.Line) })
	return all
}
