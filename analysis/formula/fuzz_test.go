package formula

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

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

// A formula that would fill the memory or take for ever is refused at once.
func TestFormulasBeyondMeasure(t *testing.T) {
	names := []string{}
	for i := range 40 {
		names = append(names, fmt.Sprintf("x%d", i))
	}
	for name, text := range map[string]string{
		"crossing":     "y ~ " + strings.Join(names, "*"),
		"powers":       "y ~ (" + strings.Join(names, "+") + ")^9",
		"length":       "y ~ " + strings.Repeat("x + ", 10_000) + "x",
		"parentheses":  strings.Repeat("(", 30_000) + "x",
		"random terms": "y ~ x" + strings.Repeat(" + (1 | g)", 500),
		"nested":       "y ~ (1 | " + strings.Repeat("g/", 500) + "g)",
	} {
		began := time.Now()
		_, err := Parse(text)
		if err == nil || len(err.Error()) > 300 {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}
