package floor

import (
	"math"

	"swis/analysis"
	"swis/analysis/distribution"
	"swis/analysis/irls"
	"swis/analysis/linear"
)

// zeroFit holds a count model against the zeros that were observed.
type zeroFit struct {
	poisson, negbin *irls.Fit
	y               []float64
	p0Poisson       []float64 // n, P(y = 0) under the fitted Poisson model
	p0NegBin        []float64 // n, under the fitted negative binomial
	observed        int
	dispersion      float64 // Pearson X^2/(n - k) of the Poisson fit
	over            score   // overdispersion
	inflation       score   // zero inflation
}

// score is a score test: a standard normal statistic and its p-value.
type score struct{ statistic, p float64 }

// fitZeros fits Poisson and negative binomial models with the columns X and
// tests for more variation and more zeros than the Poisson has.
func fitZeros(x [][]float64, y, offset []float64) *zeroFit {
	z := &zeroFit{y: y}
	poisson := &irls.Model{Family: irls.Poisson, X: x, Y: y, Offset: offset}
	z.poisson = poisson.Fit(irls.Options{})
	negbin := &irls.Model{Family: irls.NegBin, X: x, Y: y, Offset: offset}
	z.negbin = negbin.Fit(irls.Options{})
	n := len(y)
	z.p0Poisson, z.p0NegBin = make([]float64, n), make([]float64, n)
	for i := range y {
		z.p0Poisson[i] = math.Exp(-z.poisson.Mu[i])
		z.p0NegBin[i] = zeroNegBin(z.negbin.Mu[i], z.negbin.Theta)
		if y[i] == 0 {
			z.observed++
		}
	}
	z.dispersion = z.poisson.Pearson / float64(n-z.poisson.Rank())
	z.over = overdispersion(y, z.poisson.Mu)
	z.inflation = zeroInflation(x, y, z.poisson)
	return z
}

func zeroNegBin(mu, theta float64) float64 {
	if math.IsInf(theta, 1) {
		return math.Exp(-mu)
	}
	return math.Exp(-theta * math.Log1p(mu/theta))
}

// overdispersion is Dean & Lawless's (1989) score test of the Poisson against
// variance mu + tau mu^2: sum((y - mu)^2 - y)/sqrt(2 sum mu^2), one-sided.
func overdispersion(y, mu []float64) score {
	excess, squares := 0.0, 0.0
	for i := range y {
		excess += (y[i]-mu[i])*(y[i]-mu[i]) - y[i]
		squares += mu[i] * mu[i]
	}
	s := excess / math.Sqrt(2*squares)
	return score{s, upperNormal(s)}
}

// largestMean is where a zero is all but impossible under the Poisson and the
// score test has no normal distribution to be held against.
const largestMean = 30

// zeroInflation is van den Broek's (1995) score test with covariates: the
// signed root of (sum(I(y = 0)/p0 - 1))^2/(sum(1/p0 - 1) - mu'X (X'DX)^-1 X'mu),
// D the diagonal of the means; one-sided, large for too many zeros. Not defined above
// largestMean.
func zeroInflation(x [][]float64, y []float64, fit *irls.Fit) score {
	u, v := 0.0, 0.0
	for i, mu := range fit.Mu {
		if mu > largestMean {
			return score{math.NaN(), math.NaN()}
		}
		inverse := math.Exp(mu) // 1/p0
		v += inverse - 1
		if y[i] == 0 {
			u += inverse
		}
		u--
	}
	k := fit.Rank()
	g := make([]float64, k)
	for a, j := range fit.Kept {
		for i, mu := range fit.Mu {
			g[a] += x[j][i] * mu
		}
	}
	information := make([]float64, k*k)
	for a := range k {
		for b := range a + 1 {
			for i, mu := range fit.Mu {
				information[a*k+b] += x[fit.Kept[a]][i] * x[fit.Kept[b]][i] * mu
			}
		}
	}
	if !linear.Cholesky(information, k, 1e-15) {
		return score{math.NaN(), math.NaN()}
	}
	h := append([]float64(nil), g...)
	linear.SolveCholesky(information, k, h)
	for a := range k {
		v -= g[a] * h[a]
	}
	s := u / math.Sqrt(v)
	return score{s, upperNormal(s)}
}

func upperNormal(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// zeroTest is the two-sided p-value of the observed number of zeros when row i
// is zero with probability p0[i], rows being independent: exact by convolution
// up to 3,000 rows, normal with continuity correction beyond.
func zeroTest(p0 []float64, observed int) float64 {
	if len(p0) > 3000 {
		mean, variance := 0.0, 0.0
		for _, p := range p0 {
			mean += p
			variance += p * (1 - p)
		}
		if variance == 0 {
			return math.NaN()
		}
		z := math.Max(0, math.Abs(float64(observed)-mean)-0.5) / math.Sqrt(variance)
		return distribution.NormalTwoSided(z)
	}
	f := make([]float64, len(p0)+1)
	f[0] = 1
	for n, p := range p0 {
		for k := n + 1; k > 0; k-- {
			f[k] = f[k]*(1-p) + f[k-1]*p
		}
		f[0] *= 1 - p
	}
	below, above := 0.0, 0.0
	for k, p := range f {
		if k <= observed {
			below += p
		}
		if k >= observed {
			above += p
		}
	}
	return math.Min(1, 2*math.Min(below, above))
}

// rootogram gives, for each count up to a limit, the rows observed and those
// expected under both models.
func (z *zeroFit) rootogram() []analysis.Curve {
	largest := 0.0
	for _, y := range z.y {
		largest = math.Max(largest, y)
	}
	limit := int(math.Min(largest+2, 40))
	observed := make([]float64, limit+1)
	poisson, negbin := make([]float64, limit+1), make([]float64, limit+1)
	for i, y := range z.y {
		if int(y) <= limit {
			observed[int(y)]++
		}
		p, q := z.p0Poisson[i], z.p0NegBin[i]
		mu, nu, theta := z.poisson.Mu[i], z.negbin.Mu[i], z.negbin.Theta
		for k := 0; k <= limit; k++ {
			poisson[k] += p
			negbin[k] += q
			p *= mu / float64(k+1)
			if math.IsInf(theta, 1) {
				q *= nu / float64(k+1)
			} else {
				q *= (theta + float64(k)) / float64(k+1) * nu / (nu + theta)
			}
		}
	}
	curve := func(name, label string, y []float64) analysis.Curve {
		c := analysis.Curve{Name: name, XLabel: "events in a row", YLabel: label}
		for k := range y {
			c.X = append(c.X, analysis.Num(float64(k)))
			c.Y = append(c.Y, analysis.Num(y[k]))
		}
		return c
	}
	return []analysis.Curve{
		curve("rootogram_observed", "rows observed", observed),
		curve("rootogram_poisson", "rows expected, Poisson", poisson),
		curve("rootogram_negbin", "rows expected, negative binomial", negbin),
	}
}

func total(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}
