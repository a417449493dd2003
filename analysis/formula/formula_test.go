package formula

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

const sample = `y,x,z,arm,g,term,la,school,t,k,n
1,1,2,SWIS,a,1,301,s1,0,1,4
2,2,1,control,b,2,301,s1,1,2,4
3,4,5,SWIS,c,3,302,s2,0,0,3
4,3,3,control,a,10,302,s2,1,1,2
5,5,,SWIS,b,2,303,s3,0,2,5
6,7,<5,control,c,3,303,s3,1,1,1
8,6,4,SWIS,a,10,303,s4,0,3,3
7,9,7,control,b,1,301,s4,1,0,2
`

func read(t *testing.T, text string) *table.Table {
	t.Helper()
	tab, err := table.Read([]byte(text), "t.csv")
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func build(t *testing.T, text string, o Options) *Design {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Build(f, read(t, sample), o)
	if err != nil {
		t.Fatal(text, err)
	}
	return d
}

// The names are those that R's model.matrix gives.
func TestNames(t *testing.T) {
	cases := []struct{ formula, want string }{
		{"y ~ x", "(Intercept) x"},
		{"y ~ 0 + x", "x"},
		{"y ~ x - 1", "x"},
		{"y ~ arm*x", "(Intercept) armcontrol x armcontrol:x"},
		{"y ~ x:arm", "(Intercept) x:armSWIS x:armcontrol"},
		{"y ~ arm:g", "(Intercept) armSWIS:ga armcontrol:ga armSWIS:gb armcontrol:gb armSWIS:gc armcontrol:gc"},
		{"y ~ arm + arm:g", "(Intercept) armcontrol armSWIS:gb armcontrol:gb armSWIS:gc armcontrol:gc"},
		{"y ~ arm/x", "(Intercept) armcontrol armSWIS:x armcontrol:x"},
		{"y ~ 0 + arm + g", "armSWIS armcontrol gb gc"},
		{"y ~ 0 + x + arm + g", "x armSWIS armcontrol gb gc"},
		{"y ~ (x + t + arm)^2 - x:t", "(Intercept) x t armcontrol x:armcontrol t:armcontrol"},
		{"y ~ factor(term)", "(Intercept) factor(term)2 factor(term)3 factor(term)10"},
		{"y ~ I(x^2) + log(x + 1) + I(2*x) + sqrt(x)", "(Intercept) I(x^2) log(x + 1) I(2 * x) sqrt(x)"},
		{"y ~ scale(x) + offset(log(n))", "(Intercept) scale(x)"},
		{"y ~ I(x > 3)", "(Intercept) I(x > 3)TRUE"},
		{"y ~ I(g == 'b')", `(Intercept) I(g == "b")TRUE`},
		{"y ~ t:x + x", "(Intercept) x t:x"},
		{"y ~ la", "(Intercept) la302 la303"},
		{"y ~ x + (1 + t | school) + arm", "(Intercept) x armcontrol"},
		{"y ~ 1", "(Intercept)"},
		{"y ~ -1 + I(-x)", "I(-x)"},
	}
	for _, c := range cases {
		d := build(t, c.formula, Options{})
		if got := strings.Join(d.Fixed.Names, " "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.formula, got, c.want)
		}
	}
	d := build(t, "y ~ arm*g", Options{Reference: map[string]string{"arm": "control", "g": "b"}})
	if got := strings.Join(d.Fixed.Names, " "); got != "(Intercept) armSWIS ga gc armSWIS:ga armSWIS:gc" {
		t.Error(got)
	}
	if !slices.Equal(d.Fixed.Term, []int{-1, 0, 1, 1, 2, 2}) || d.Fixed.Terms[2] != "arm:g" {
		t.Error(d.Fixed.Term, d.Fixed.Terms)
	}
}

func TestValues(t *testing.T) {
	d := build(t, "log(y) ~ I(x^2 - 2*x/4) + scale(x) + offset(log(n)) + offset(t)", Options{Exposure: "k1"[:0]})
	if d.Response.Name != "log(y)" || d.Response.Y[2] != math.Log(3) {
		t.Error(d.Response)
	}
	if d.Fixed.X[1][3] != 9-6.0/4 {
		t.Error(d.Fixed.X[1])
	}
	mean, square := 0.0, 0.0
	for _, v := range d.Fixed.X[2] {
		mean += v
		square += v * v
	}
	if math.Abs(mean) > 1e-14 || math.Abs(square-7) > 1e-13 {
		t.Error("scale(x)", mean, square)
	}
	if d.Offset[1] != math.Log(4)+1 {
		t.Error(d.Offset)
	}
	d = build(t, "cbind(k, n - k) ~ x", Options{})
	if d.Response.Y[3] != 1 || d.Response.Trials[3] != 2 {
		t.Error(d.Response)
	}
}

func TestDropped(t *testing.T) {
	d := build(t, "y ~ z + x", Options{Exposure: "n", Weights: "k"})
	want := []Drop{{"missing", "z", 1}, {"suppressed", "z", 1}, {"zero weight", "k", 2}}
	if !slices.Equal(d.Dropped, want) || d.N() != 4 || d.DroppedRows() != 4 {
		t.Error(d.Dropped, d.N())
	}
	if !slices.Equal(d.Rows, []int{0, 1, 3, 6}) || len(d.Weights) != 4 || d.Exposure[3] != 3 || d.Offset[3] != math.Log(3) {
		t.Error(d.Rows, d.Weights, d.Exposure)
	}
	g, err := d.Group("school")
	if err != nil || strings.Join(g.Levels, " ") != "s1 s2 s4" || !slices.Equal(g.Index, []int32{0, 0, 1, 2}) {
		t.Error(g, err)
	}
	zero, _ := Parse("~ arm")
	e, err := Build(zero, d.table, Options{Rows: d.Rows})
	if err != nil || e.N() != 4 || e.Response.Y != nil || strings.Join(e.Fixed.Names, " ") != "(Intercept) armcontrol" {
		t.Error(e, err)
	}
}

func TestGroups(t *testing.T) {
	d := build(t, "y ~ x + (1 + t | school) + (1 | la/school) + (t || school) + (0 + x | g:arm)", Options{})
	var got []string
	for _, r := range d.Random {
		got = append(got, r.Group+" "+strings.Join(r.Names, ","))
	}
	want := []string{"school (Intercept),t", "la (Intercept)", "school:la (Intercept)", "school (Intercept)", "school t", "g:arm x"}
	if !slices.Equal(got, want) {
		t.Error(got)
	}
	if d.Random[0].Z[0] != nil || !d.Random[0].Correlated || d.Random[3].Correlated || d.Random[4].Z[0][1] != 1 {
		t.Error(d.Random[0], d.Random[3])
	}
	if !slices.Equal(d.Random[2].Levels, []string{"s1:301", "s2:302", "s3:303", "s4:301", "s4:303"}) || d.Random[2].Index[7] != 3 {
		t.Error(d.Random[2])
	}
	d = build(t, "y ~ x | school + la^term + arm[t] + g[[t]]", Options{})
	if len(d.Absorbed) != 4 || d.Absorbed[1].Name != "la^term" || d.Absorbed[2].Slopes[0][1] != 1 || d.Absorbed[2].Only || !d.Absorbed[3].Only || d.Absorbed[0].Slopes != nil {
		t.Error(d.Absorbed)
	}
	if f, _ := Parse("y ~ x | 0"); f.HasAbsorbed() {
		t.Error("| 0 absorbs nothing")
	}
}

func TestColumns(t *testing.T) {
	f, err := Parse("log(y) ~ x*arm + offset(log(n)) + (t | la/school) | g^term[z]")
	if err == nil {
		t.Fatal("slope of a product needs its parentheses read", f.Columns())
	}
	f, err = Parse("log(y) ~ x*arm + offset(log(n)) + (t | la/school) | g^term + k[z]")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.Columns(), " "); got != "y x arm n t la school g term k z" {
		t.Error(got)
	}
}

func TestRefusals(t *testing.T) {
	for _, text := range []string{"", "y", "y ~", "y ~ swis + (1 | ", "y ~ x +", "y ~ 2", "y ~ foo(x)", "y ~ log(x, 2)", "y ~ x ? z", "y ~ (1|", "y ~ x | a | b", "y ~ `x", "y ~ x) + 1", "y ~ (offset(x) | g)", "y ~ x^y", "y ~ x == 2"} {
		_, err := Parse(text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", text, err)
		}
	}
	cases := []struct {
		formula string
		options Options
	}{
		{"y ~ log(t)", Options{}}, {"arm ~ x", Options{}}, {"y ~ log(arm)", Options{}}, {"y ~ x", Options{Exposure: "t"}},
		{"y ~ arm", Options{Reference: map[string]string{"arm": "nobody"}}}, {"g ~ x", Options{Words: true}}, {"cbind(k, t - 2) ~ x", Options{}},
	}
	for _, c := range cases {
		f, err := Parse(c.formula)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Build(f, read(t, sample), c.options)
		var problems dataset.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v", c.formula, err)
		}
	}
	f, _ := Parse("y ~ nope")
	var unknown *table.UnknownColumn
	if _, err := Build(f, read(t, sample), Options{}); !errors.As(err, &unknown) {
		t.Error(err)
	}
	f, _ = Parse("y ~ x")
	var estimable *analysis.NotEstimable
	if _, err := Build(f, read(t, "y,x\n1,\n,2\n"), Options{}); err == nil || !errors.As(err, &estimable) {
		t.Error(err)
	}
}
