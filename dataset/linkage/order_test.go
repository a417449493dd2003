package linkage

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Ids come in the order of their texts, alike ones as they stand, however many
// of their first letters are alike.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		ids := make([]string, r.IntN(60))
		for i := range ids {
			ids[i] = strings.Repeat("8", r.IntN(10)) + string("019/A-\xff"[r.IntN(7)]) + strings.Repeat("1", r.IntN(3))
		}
		want := make([]int32, len(ids))
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int { return strings.Compare(ids[a], ids[b]) })
		if got := Order(len(ids), func(i int) string { return ids[i] }); !slices.Equal(got, want) {
			t.Fatalf("%q: %d, want %d", ids, got, want)
		}
	}
}

// BenchmarkOrder sorts the numbers of 24,000 schools.
func BenchmarkOrder(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 8))
	ids := make([]string, 24_000)
	for i := range ids {
		ids[i] = strconv.Itoa(100_000 + r.IntN(100_000))
	}
	for b.Loop() {
		Order(len(ids), func(i int) string { return ids[i] })
	}
}
