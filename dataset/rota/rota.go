// Package rota chooses which of many like cases a run of the tests tries: some
// of them each day, so that all have their turn, and all of them where the
// variable SWIS_TEST_ALL is set.
package rota

import (
	"os"
	"time"
)

// All says whether every case is to be tried.
func All() bool { return os.Getenv("SWIS_TEST_ALL") != "" }

// Today gives the cases 0..n-1 whose turn it is, about as many as some.
func Today(n, some int) []int {
	if All() {
		some = n
	}
	return on(time.Now().UTC().YearDay(), n, some)
}

// on gives every k-th case, beginning with the one of the day.
func on(day, n, some int) (cases []int) {
	k := max(1, (n+some-1)/max(1, some))
	for i := day % k; i < n; i += k {
		cases = append(cases, i)
	}
	return cases
}
