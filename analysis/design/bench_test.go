package design

import "testing"

// 60 schools in three strata have far more schemes than can be listed: 20,000
// candidates are drawn and scored.
func BenchmarkConstrained(b *testing.B) {
	tab := mustTable(b, schools(60))
	r, err := ReadRoster(tab, "school_id")
	if err != nil {
		b.Fatal(err)
	}
	d, err := Declare(r, Options{Method: Constrained, Seed: "x", Shares: two(), Strata: []string{"la"}, Balance: []string{"pupils", "fsm"}, Keep: 0.1, Candidates: 20000})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := d.Derive(); err != nil {
			b.Fatal(err)
		}
	}
}
