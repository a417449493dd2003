package formula

import (
	"errors"
	"math"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// Whatever is typed is read or refused in the right words, and what is read
// gives columns of the right length without NaN.
func FuzzFormula(f *testing.F) {
	for _, s := range []string{"y ~ x*arm + factor(term) + offset(log(n)) + (1 + t | la/school)", "cbind(k, n - k) ~ (x + t + g)^2 - x:t", "log(y) ~ 0 + I(x > 3):g | school + la^term + arm[t]",
		"y ~ scale(x)/g + (t || school)", "y~-1+a", "y ~ I(g == 'b')", "y ~ x - x", "~ arm", "y ~ (((x)))", "y ~ 1e3:x", "y ~ I(x/0)", "y ~ `x`"} {
		f.Add(s)
	}
	data, err := table.Read([]byte(sample), "t.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 || strings.Count(text, "^") > 2 {
			return
		}
		formula, err := Parse(text)
		var syntax *SyntaxError
		if err != nil {
			if !errors.As(err, &syntax) || strings.Contains(err.Error(), "\n") && !strings.Contains(text, "\n") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		d, err := Build(formula, data, Options{})
		var problems dataset.Problems
		var unknown *table.UnknownColumn
		var none *analysis.NotEstimable
		var unsupported *analysis.Unsupported
		if err != nil {
			if !errors.As(err, &problems) && !errors.As(err, &unknown) && !errors.As(err, &none) && !errors.As(err, &syntax) && !errors.As(err, &unsupported) {
				t.Fatalf("%q: %T %v", text, err, err)
			}
			return
		}
		for j, x := range d.Fixed.X {
			if len(x) != d.N() || d.Fixed.Names[j] == "" {
				t.Fatalf("%q: column %d %q", text, j, d.Fixed.Names[j])
			}
			for _, v := range x {
				if math.IsNaN(v) {
					t.Fatalf("%q: NaN in %q", text, d.Fixed.Names[j])
				}
			}
		}
		for _, r := range d.Random {
			if len(r.Index) != d.N() || len(r.Names) != len(r.Z) {
				t.Fatalf("%q: random term %v", text, r)
			}
		}
	})
}
