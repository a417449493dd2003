package rota

import (
	"slices"
	"testing"
)

func TestAllHaveTheirTurn(t *testing.T) {
	for _, c := range [][2]int{{0, 3}, {1, 3}, {3, 3}, {10, 3}, {1000, 24}, {7, 1}} {
		n, some := c[0], c[1]
		var tried []int
		for turn := range (n + some - 1) / some {
			chosen := on(turn+300, n, some)
			if len(chosen) > some {
				t.Errorf("%d of %d in one turn", len(chosen), n)
			}
			tried = append(tried, chosen...)
		}
		slices.Sort(tried)
		if tried = slices.Compact(tried); len(tried) != n {
			t.Errorf("%d of %d have their turn", len(tried), n)
		}
	}
	t.Setenv("SWIS_TEST_ALL", "1")
	if len(Some(1000, 3)) != 1000 {
		t.Error("not all")
	}
}
