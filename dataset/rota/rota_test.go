package rota

import (
	"slices"
	"testing"
)

func TestAllHaveTheirTurn(t *testing.T) {
	for _, c := range [][2]int{{0, 3}, {1, 3}, {3, 3}, {10, 3}, {1000, 24}, {7, 1}} {
		n, some := c[0], c[1]
		var tried []int
		for day := range (n + some - 1) / some {
			today := on(day+300, n, some)
			if len(today) > some {
				t.Errorf("%d of %d on one day", len(today), n)
			}
			tried = append(tried, today...)
		}
		slices.Sort(tried)
		if tried = slices.Compact(tried); len(tried) != n {
			t.Errorf("%d of %d have their turn", len(tried), n)
		}
	}
	t.Setenv("SWIS_TEST_ALL", "1")
	if len(Today(1000, 3)) != 1000 {
		t.Error("not all")
	}
}
