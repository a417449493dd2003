package distribution

import (
	"math"
	"testing"
)

// Values of R 4.2.2: 2*pt(-t, df), pf(f, d1, d2, lower = FALSE),
// pchisq(x, df, lower = FALSE), qt(p, df).
var fromR = struct {
	student, chi, quantile [][3]float64
	f                      [][4]float64
}{
	student: [][3]float64{
		{5, 1.96, 0.1072879525052941},
		{1e+06, 1.96, 0.049996067585269796},
		{10000, 30, 2.0443270474257309e-189},
		{1, 1000, 0.00063661956016111774},
		{30, 1, 0.32530861542602985},
		{123.40000000000001, 30, 1.5746132411911769e-58},
		{1e+06, 1, 0.31731074983357815},
		{0.69999999999999996, 1e+20, 6.2165801070220482e-15},
		{0.69999999999999996, 0.5, 0.73040168668233019},
		{1e+06, 1000, 0},
		{5, 30, 7.7186486204960467e-07},
		{5, 1, 0.36321746764912255},
		{2.2999999999999998, 30, 0.00049289585544419392},
		{10000, 1e+20, 0},
	},
	chi: [][3]float64{
		{1000, 200, 1},
		{1e+05, 1, 1},
		{7.7000000000000002, 5, 0.73045511069079072},
		{7.7000000000000002, 0.5, 0.99979437449252273},
		{1000, 900, 0.98928276190871023},
		{1e+05, 5, 1},
		{40, 30, 0.87521878496747518},
		{7.7000000000000002, 30, 0.00016757150402859776},
		{1, 0.001, 0.97477287936996038},
		{2, 1200, 2.6503965530043108e-261},
		{0.29999999999999999, 900, 3.293254680615723e-199},
		{0.29999999999999999, 1, 0.089517597993184747},
		{1e+05, 0.001, 1},
		{7.7000000000000002, 1200, 4.419540224102254e-254},
	},
	quantile: [][3]float64{
		{9.4588999999999999, 0.94999999999999996, 1.8230392978053114},
		{30, 0.59999999999999998, 0.25560536495191277},
		{10000, 0.99999999999900002, 7.0433746983484715},
		{30, 0.99999000000000005, 5.0540324214481043},
		{10000, 0.995, 2.5763210466685278},
		{1, 1e-10, -3183098861.8379064},
		{10000, 0.59999999999999998, 0.25335384344572681},
		{123.40000000000001, 0.97499999999999998, 1.9793749463174042},
		{10000, 0.97499999999999998, 1.9602012398906257},
		{30, 0.995, 2.7499956535672254},
		{2.2999999999999998, 0.99999000000000005, 120.95347002007895},
		{1e+06, 0.59999999999999998, 0.25334717053784167},
		{5, 0.995, 4.0321429835552287},
		{123.40000000000001, 0.94999999999999996, 1.6572956275324313},
		{1, 0.59999999999999998, 0.32491969623290634},
		{10000, 0.99999000000000005, 4.2669376657676779},
		{5, 0.59999999999999998, 0.26718086570414518},
		{9.4588999999999999, 1e-10, -28.039402153777811},
		{123.40000000000001, 0.90000000000000002, 1.2884496864157338},
		{2.2999999999999998, 1e-10, -18053.340446465085},
		{2.2999999999999998, 0.90000000000000002, 1.7819239901184758},
		{1e+06, 0.99999999999900002, 7.0345756932732177},
	},
	f: [][4]float64{
		{10, 5000, 1000, 0},
		{200, 1.5, 0.050000000000000003, 0.99999964027276911},
		{10, 17.300000000000001, 1, 0.47982551635772464},
		{3.5, 5000, 3, 0.022614014385064149},
		{200, 100, 1, 0.50768538685954767},
		{2, 1.5, 3, 0.29906975624424414},
		{2, 100, 3, 0.054288361816690861},
		{200, 100, 0.69999999999999996, 0.98262482217931446},
		{200, 5000, 0.69999999999999996, 0.99948469137232432},
		{10, 5000, 0.050000000000000003, 0.9999933644953376},
		{3.5, 5000, 0.69999999999999996, 0.57325384868792018},
		{1, 1.5, 3, 0.26504385077769677},
		{1, 17.300000000000001, 1, 0.33109323476265073},
		{2, 1.5, 1000, 0.0045295154823628784},
		{200, 4, 20, 0.0047195038776708387},
		{1, 4, 3, 0.15830242337545783},
		{3.5, 4, 0.050000000000000003, 0.98960657234325788},
		{1, 4, 0.050000000000000003, 0.83401920438957466},
		{2, 5000, 1000, 0},
		{200, 5000, 20, 0},
		{200, 4, 1000, 2.0172549210353958e-06},
		{200, 100, 3, 2.5829028988057856e-09},
	},
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got != want && !(math.Abs(got/want-1) <= tolerance) {
		t.Errorf("%s is %.17g, want %.17g", what, got, want)
	}
}

func TestAgainstR(t *testing.T) {
	for _, v := range fromR.student {
		near(t, "P(|T|)", StudentTwoSided(v[1], v[0]), v[2], 1e-12)
	}
	for _, v := range fromR.chi {
		near(t, "chi-squared", ChiSquaredUpper(v[1], v[0]), v[2], 1e-12)
	}
	for _, v := range fromR.quantile {
		near(t, "t quantile", StudentQuantile(v[1], v[0]), v[2], 1e-12)
	}
	for _, v := range fromR.f {
		near(t, "F", FUpper(v[2], v[0], v[1]), v[3], 1e-12)
	}
}

// Closed forms, from the centre to 1e-300.
func TestClosedForms(t *testing.T) {
	for e := -3.0; e < 160; e += 0.37 {
		x := math.Pow(10, e)
		near(t, "t(1)", StudentTwoSided(x, 1), 2/math.Pi*math.Atan2(1, x), 1e-12)
		root := math.Sqrt(2 + x*x)
		if x > 1e150 {
			root = x
		}
		near(t, "t(2)", StudentTwoSided(x, 2), 2/root/(root+x), 1e-12)
		if p := math.Pow(1+2*x/7.5, -3.75); p > 1e-300 {
			near(t, "F(2, 7.5)", FUpper(x, 2, 7.5), p, 1e-12)
		}
	}
	for x := 0.01; x < 1380; x *= 1.13 {
		near(t, "chi-squared(2)", ChiSquaredUpper(x, 2), math.Exp(-x/2), 1e-12)
		near(t, "chi-squared(4)", ChiSquaredUpper(x, 4), math.Exp(-x/2)*(1+x/2), 1e-12)
		near(t, "chi-squared(1)", ChiSquaredUpper(x, 1), math.Erfc(math.Sqrt(x/2)), 1e-12)
		near(t, "F(1, inf)", FUpper(x, 1, math.Inf(1)), NormalTwoSided(math.Sqrt(x)), 1e-12)
	}
	// 2*pnorm(-37) of R
	near(t, "normal", NormalTwoSided(37), 1.1451142445049154e-299, 1e-12)
}

func TestIdentities(t *testing.T) {
	for _, df := range []float64{0.3, 1, 2.7, 9.5, 40, 333.3, 1e5, 1e8} {
		for x := 0.02; x < 1e3; x *= 1.7 {
			p := StudentTwoSided(x, df)
			if p > 1e-290 {
				near(t, "t^2 against F(1, df)", FUpper(x*x, 1, df), p, 1e-11)
			}
			near(t, "the sign", StudentTwoSided(-x, df), p, 0)
			if p > 1e-300 && p < 0.9 {
				near(t, "quantile of a tail", StudentQuantile(p/2, df), -x, 1e-11)
			}
		}
		if StudentQuantile(0.5, df) != 0 || StudentTwoSided(0, df) != 1 {
			t.Error("the centre of t", df)
		}
	}
	// F upside down
	for _, f := range []float64{0.01, 0.5, 1, 2, 50} {
		near(t, "F and 1/F", FUpper(f, 3.5, 8.1)+FUpper(1/f, 8.1, 3.5), 1, 1e-12)
	}
	for _, q := range []float64{1e-10, 1e-100, 1e-300} {
		for _, df := range []float64{1, 3.3, 25, math.Inf(1)} {
			near(t, "far quantile", StudentTwoSided(StudentQuantile(q, df), df), 2*q, 1e-10)
		}
	}
}

func TestUndefined(t *testing.T) {
	nan := math.NaN()
	for i, x := range []float64{StudentTwoSided(nan, 3), StudentTwoSided(1, 0), FUpper(1, 0, 3), FUpper(nan, 1, 3), ChiSquaredUpper(1, -1), StudentQuantile(nan, 3), StudentQuantile(0.9, -1), StudentQuantile(1.5, 3)} {
		if !math.IsNaN(x) {
			t.Error(i, x)
		}
	}
	if !math.IsInf(StudentQuantile(1, 3), 1) || !math.IsInf(StudentQuantile(0, 3), -1) || StudentTwoSided(math.Inf(1), 3) != 0 || FUpper(-1, 2, 3) != 1 || ChiSquaredUpper(0, 3) != 1 {
		t.Error("ends")
	}
}

// I_x(a, 1) = x^a and I_x(1, b) = 1 - (1-x)^b.
func TestBeta(t *testing.T) {
	for _, a := range []float64{0.2, 1, 3.5, 80} {
		for _, p := range []float64{1e-12, 0.025, 0.5, 0.975} {
			near(t, "beta(a, 1)", BetaQuantile(p, a, 1), math.Pow(p, 1/a), 1e-12)
			near(t, "beta(1, b)", BetaQuantile(p, 1, a), -math.Expm1(math.Log1p(-p)/a), 1e-12)
			near(t, "back", BetaLower(BetaQuantile(p, a, 2.2), a, 2.2), p, 1e-11)
		}
	}
}
