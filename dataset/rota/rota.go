// Package rota chooses which of many like cases a run of the tests tries: the
// same in every run, unless SWIS_TEST_TURN=1, 2, … asks for others or
// SWIS_TEST_ALL=1 for all.
package rota

import (
	"os"
	"strconv"
)

// All says whether every case is to be tried.
func All() bool { return os.Getenv("SWIS_TEST_ALL") != "" }

// Some gives those of the cases 0..n-1 that are to be tried, at most some.
func Some(n, some int) []int {
	if All() {
		some = n
	}
	turn, _ := strconv.Atoi(os.Getenv("SWIS_TEST_TURN"))
	return on(max(0, turn), n, some)
}

// on gives every k-th case, beginning with the one of the turn.
func on(turn, n, some int) (cases []int) {
	k := max(1, (n+some-1)/max(1, some))
	for i := turn % k; i < n; i += k {
		cases = append(cases, i)
	}
	return cases
}
