package extracts

import (
	"fmt"
	"testing"
)

// A memo gives for every cell what its first reading gave, however many and
// however long they are.
func TestMemo(t *testing.T) {
	var m memo
	want := map[string]uint32{}
	for round := range 2 {
		for i := range 3000 {
			for _, text := range []string{fmt.Sprint(i), fmt.Sprintf("%d%d", i%10, i%10), fmt.Sprintf("LA%03d", i), fmt.Sprintf("long text %d", i), fmt.Sprintf("%07d", i), fmt.Sprintf("%08d", i)} {
				if _, known := want[text]; !known {
					want[text] = uint32(len(want) + 1)
				}
				got := m.find([]byte(text), func([]byte) uint32 {
					if round > 0 {
						t.Fatalf("%q was forgotten", text)
					}
					return want[text]
				})
				if got != want[text] {
					t.Fatalf("%q: %d, want %d", text, got, want[text])
				}
			}
		}
	}
}
