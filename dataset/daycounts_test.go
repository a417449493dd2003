package dataset

import (
	"math/rand/v2"
	"testing"
)

// The counts are those of a map, however large, in whatever order they come,
// and from however many parts they are merged.
func TestDayCounts(t *testing.T) {
	type key struct {
		la   uint16
		kind EventKind
		day  Day
	}
	r := rand.New(rand.NewPCG(5, 5))
	want, flags := map[key]int64{}, map[[2]int]Flag{}
	parts := make([]DayCounts, 3)
	const last = Day(19000)
	add := func(part int, e Event, times int) {
		for range times {
			parts[part].Add(&e)
		}
		if e.Day < FirstCounted || e.Day > LastCounted || e.Day > last {
			return
		}
		kind := EventKind(e.Type) * 2
		if e.Flags&Secondary != 0 {
			kind++
		}
		want[key{la: e.LA, kind: kind, day: e.Day}] += int64(times)
		flags[[2]int{int(e.LA), int(kind)}] |= e.Flags
	}
	for range 20_000 {
		add(r.IntN(3), Event{LA: uint16(r.IntN(200)), Type: EventType(r.IntN(int(EventTypes))), Flags: Flag(r.IntN(8)), Day: Day(r.IntN(60_000) - 1000)}, 1)
	}
	busy := Event{LA: 7, Type: Referral, Day: 18_500} // more than the small numbers hold, in each part and together
	add(0, busy, 70_000)
	add(1, busy, 65_535)
	add(2, busy, 3)
	add(2, Event{LA: 7, Type: Referral, Day: 18_501}, 40_000)
	add(1, Event{LA: 7, Type: Referral, Day: 18_501}, 40_000)
	var all DayCounts
	for i := range parts {
		all.Merge(&parts[i])
	}
	got := 0
	all.Pack().Each(last, func(la uint16, kind EventKind, day Day, n int32, f Flag) {
		got++
		if want[key{la: la, kind: kind, day: day}] != int64(n) || f != flags[[2]int{int(la), int(kind)}] {
			t.Fatalf("authority %d kind %d day %d: %d with %b, want %d with %b", la, kind, day, n, f, want[key{la: la, kind: kind, day: day}], flags[[2]int{int(la), int(kind)}])
		}
	})
	if got != len(want) {
		t.Fatalf("%d counts, want %d", got, len(want))
	}
}
