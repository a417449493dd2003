package study

import (
	"encoding/csv"
	"math/rand/v2"
	"strings"
	"testing"
)

// A cell is written as encoding/csv writes it, and never begins a formula.
func TestQuoted(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	signs := []rune("aZ09 ,\"\n\r\t\\.=+-@/_é\u00a0\u2003'")
	cases := []string{"", ` `, `\.`, `"`, "\u00a0x", "a b"}
	for range 5000 {
		var b strings.Builder
		for range r.IntN(5) {
			b.WriteRune(signs[r.IntN(len(signs))])
		}
		cases = append(cases, b.String())
	}
	for _, cell := range cases {
		var want strings.Builder
		w := csv.NewWriter(&want)
		w.Write([]string{text(cell), text(cell)})
		w.Flush()
		if got := string(ended(appendCells(nil, cell, cell))); got != want.String() {
			t.Fatalf("%q is written %q, want %q", cell, got, want.String())
		}
	}
}
