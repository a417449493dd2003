package formula

import (
	"slices"
	"testing"
)

// Taking each row from the design of its own level gives the design back.
func TestSet(t *testing.T) {
	cases := []struct{ formula, column string }{
		{"y ~ arm*x", "arm"}, {"y ~ x:arm + scale(x)", "arm"}, {"y ~ 0 + arm:g", "g"}, {"y ~ t*x + I(t > 0)", "t"},
		{"y ~ factor(term)*arm", "term"}, {"y ~ I(g == 'b'):x + log(term)", "term"}, {"y ~ la + x", "la"}, {"y ~ scale(t) + I(arm == 'SWIS')", "t"},
	}
	for _, c := range cases {
		for _, o := range []Options{{}, {Reference: map[string]string{c.column: ""}}} {
			if _, ok := o.Reference[c.column]; ok {
				levels, err := build(t, c.formula, Options{}).Group(c.column)
				if err != nil || c.column == "t" || c.column == "term" {
					continue
				}
				o.Reference[c.column] = levels.Levels[len(levels.Levels)-1]
			}
			d := build(t, c.formula, o)
			s, err := d.Set(c.column)
			if err != nil {
				t.Fatal(c.formula, err)
			}
			changed := false
			for j, x := range d.Fixed.X {
				for i := range x {
					if got := s.X[s.Group.Index[i]][j][i]; got != x[i] {
						t.Errorf("%s: %s row %d is %g, want %g", c.formula, d.Fixed.Names[j], i, got, x[i])
					}
					changed = changed || s.X[0][j][i] != s.X[1][j][i]
				}
			}
			if !changed {
				t.Errorf("%s: %s changes nothing", c.formula, c.column)
			}
		}
	}
	d := build(t, "y ~ arm*log(term + 1) + g", Options{})
	if got := d.TermColumns("armcontrol:log(term + 1)"); !slices.Equal(got, []string{"arm", "term"}) {
		t.Error(got)
	}
	if d.TermColumns("(Intercept)") != nil || d.TermColumns("nope") != nil {
		t.Error("columns of no term")
	}
}
