package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Randomisation inference of the effect on compliers is the share of all
// exchanges of whole schools whose intention to treat is at least as large,
// by hand; pupils whose receipt is not known are in neither.
func TestCACEIsPermuted(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 81))
		const schools = 8
		var text strings.Builder
		text.WriteString("school,swis,worker,y\n")
		var sum, n [schools]float64
		for s := range schools {
			level := 0.5 * r.NormFloat64()
			for range 4 + s%3 {
				worker, y := fmt.Sprint(s%2*r.IntN(2)), level+0.8*float64(s%2)+r.NormFloat64()
				if r.IntN(12) == 0 {
					worker = ""
				} else {
					sum[s] += y
					n[s]++
				}
				fmt.Fprintf(&text, "S%d,%d,%s,%.15g\n", s, s%2, worker, y)
			}
		}
		file := filepath.Join(t.TempDir(), "pupils.csv")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		difference := func(treated int) float64 {
			var top, bottom [2]float64
			for s := range schools {
				a := treated >> s & 1
				top[a] += sum[s]
				bottom[a] += n[s]
			}
			return math.Abs(top[1]/bottom[1] - top[0]/bottom[0])
		}
		observed, hits, all := difference(0b10101010), 0, 0
		for treated := range 1 << schools {
			count := 0
			for s := range schools {
				count += treated >> s & 1
			}
			if count != schools/2 {
				continue
			}
			all++
			if difference(treated) >= observed*(1-1e-9) {
				hits++
			}
		}
		result, err := runAnalysis(context.Background(), &streams{out: io.Discard, err: io.Discard},
			strings.Fields("cace --outcome y --assigned swis --received worker --cluster school --permute --statistic coef --data "+file))
		if err != nil {
			t.Fatal(err)
		}
		test := testNamed(result, "permutation")
		if test == nil || *test.PValue != float64(hits)/float64(all) {
			t.Fatalf("seed %d: %v, want %d of %d", seed, test, hits, all)
		}
	}
}
