package tables_test

import (
	"bytes"
	"strings"
	"testing"

	"swis/report/tables"
)

// The floor is a question about counts: a gaussian fit, which is the default,
// does not lead there.
func TestFloorIsSuggestedForCounts(t *testing.T) {
	r := *results(t)["mixed"]
	for _, c := range []struct {
		command string
		floor   bool
	}{
		{"mixed --formula f", false},
		{"mixed --formula f --family gaussian", false},
		{"mixed --formula f --family poisson", true},
		{"mixed --formula f --family=negbin", true},
		{"did --family poisson", true},
		{"did --outcome attendance", false},
		{"mixed --formula f --family lognormal", false},
	} {
		r.Provenance.Command = strings.Fields(c.command)
		var b bytes.Buffer
		if err := tables.WriteText(&b, &r); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "swis floor"); got != c.floor {
			t.Errorf("swis %s: floor suggested: %v, want %v", c.command, got, c.floor)
		}
	}
}
