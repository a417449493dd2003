package glmm

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
)

// fit is a fitted problem.
type fit struct {
	problem *problem
	o       *objective
	psi     []float64
	cov     *mat.SymDense // of the free parameters, nil where the information is not positive definite
	free    []int
	place   []int // of each parameter among the free ones, -1 where it is held

	logLik      float64
	parameters  int // counted in AIC: all but those a collinear or infinite coefficient takes
	status      analysis.Status
	gradient    float64
	iterations  int
	evaluations int
	notes       []analysis.Note

	kept     [2][]int  // columns of the problem's parts that are fitted
	null     [2][]bool // columns without an estimate: collinear or infinite
	sure     []float64 // infinite logits of rows of the zero part, 0 for others; nil for none
	vanished bool      // the zero part has gone, and its coefficients are the only infinite ones
	spread   float64   // largest disagreement of the starts' log-likelihoods
}

// Limits by which a fit is judged.
const (
	gradientLimit  = 1e-5 // scaled gradient of a converged fit
	boundaryTrial  = 0.3  // a standard deviation below this is tried at zero
	boundaryCost   = 1e-7 // log-likelihood that may be lost by setting it to zero
	poissonTrial   = 6    // |phi| from which the Poisson limit is tried
	poissonCost    = 1e-4 // log-likelihood that may be lost by taking it
	startsDisagree = 0.01
	thetaVanishes  = -12 // log theta of truncated counts from which it is taken as zero
)

// fitProblem fits a problem.
func fitProblem(p *problem, nodes int) *fit {
	screened := screen(p)
	f := fitScreened(p, screened, nodes)
	screened.name(f)
	if p.kernel.zeros == inflated && (f.status == analysis.NotConverged || f.inflatedNowhere()) {
		if limit := f.noInflation(nodes); limit != nil {
			return limit
		}
	}
	if p.kernel.zeros == inflated && f.o.kernel.zeros == inflated {
		if limit := f.infiniteZero(nodes); limit != nil {
			return limit
		}
	}
	return f
}

// fitScreened fits a problem whose columns are known to be independent.
func fitScreened(p *problem, screened *screened, nodes int) *fit {
	var rule []node
	if nodes > 1 {
		rule = gaussHermite(nodes)
	}
	o := newObjective(screened.cells, p.kernel, rule)
	free := make([]int, o.n)
	for i := range free {
		free[i] = i
	}
	f := &fit{problem: p, o: o, free: free, kept: screened.kept}
	if !screened.cells.any() {
		return f.nothingLeft()
	}
	best := f.compete(o.starts(screened.start))
	if best == nil {
		f.psi = make([]float64, o.n)
		f.logLik, f.gradient, f.status = math.NaN(), math.NaN(), analysis.NotConverged
		f.index()
		f.note("not_converged", "the likelihood cannot be evaluated near the start: look at the scale of the covariates and at extreme values")
		return f
	}
	if limit := f.poissonLimit(best, nodes); limit != nil {
		return limit
	}
	best.settle()
	best.quasiNewton(quasiNewtonTolerance)
	best = f.boundary(best, boundaryTrial)
	best.newton()
	if best.cov == nil { // a variance may be zero further away
		if reduced := f.boundary(best, math.Inf(1)); reduced != best {
			best = reduced
			best.newton()
		}
	}
	f.take(best)
	f.uncentre()
	return f
}

// compete searches from every start and returns the best search, or nil where
// none can begin. Several starts search roughly; how far apart they end is kept.
func (f *fit) compete(starts [][]float64) (best *search) {
	for _, start := range starts {
		clear(f.o.u)
		s := newSearch(f.o, start, f.free)
		if s.failed {
			continue
		}
		s.b = s.startInverse()
		if len(starts) > 1 {
			s.quasiNewton(roughTolerance)
		} else {
			s.quasiNewton(quasiNewtonTolerance)
		}
		f.iterations += s.steps
		s.steps = 0
		if best != nil {
			f.spread = max(f.spread, math.Abs(best.value-s.value))
		}
		if best == nil || s.value < best.value {
			best = s
		}
	}
	return best
}

// settle puts the objective at the point of the search.
func (s *search) settle() { s.value, _ = s.o.evaluate(s.psi, s.grad) }

func (f *fit) note(code, text string) {
	f.notes = append(f.notes, analysis.Note{Code: code, Text: text})
}

func (t *term) name(a int) string {
	if a < len(t.Names) {
		return t.Names[a]
	}
	return "(Intercept)"
}

// take judges the end of a search and keeps what it found.
func (f *fit) take(s *search) {
	o := f.o
	f.psi, f.free, f.cov = s.psi, s.free, s.cov
	f.logLik = -s.value
	f.gradient = s.scaledGradient()
	f.iterations += s.steps
	f.evaluations = o.evaluations
	f.parameters = o.n
	f.index()
	f.normalise()
	switch {
	case s.cov == nil:
		f.status = analysis.NotConverged
		f.note("information_not_definite", "the information matrix is not positive definite, so no standard errors exist: "+f.flat(s)+"; leave out a random effect or a term of the zero part, or pool levels")
	case !(f.gradient < gradientLimit):
		f.status = analysis.NotConverged
		f.note("not_converged", fmt.Sprintf("the search ended with a scaled gradient of %.1g where less than %.0g is wanted: rescale covariates or simplify the random effects, and do not quote these numbers", f.gradient, gradientLimit))
	case f.status == "":
		f.status = analysis.Converged
	}
	if o.kernel.zeros == truncated && o.kernel.base == negbin2 && o.phi(f.psi) < thetaVanishes {
		f.status = analysis.NotConverged
		f.note("theta_zero", "theta runs to zero: the positive counts fall off as in the logarithmic distribution, whose mean before truncation is nothing, so that coefficients of the main part are not those of a mean; use --family poisson or negbin1 for the positive counts")
	}
	if f.spread > startsDisagree {
		f.note("starts_disagree", fmt.Sprintf("searches from different starts ended up to %.3g apart in log-likelihood; the best is reported", f.spread))
	}
}

func (f *fit) index() {
	f.place = make([]int, f.o.n)
	for i := range f.place {
		f.place[i] = slices.Index(f.free, i)
	}
}

// normalise turns the columns of the factors so that their diagonals are not
// negative, and the modes with them.
func (f *fit) normalise() {
	o := f.o
	for t := range o.c.terms {
		t := &o.c.terms[t]
		flip := make([]bool, t.k)
		t.entries(func(m, a, b int) {
			if a == b && f.psi[o.lowerAt()+m] < 0 {
				flip[a] = true
			}
		})
		t.entries(func(m, a, b int) {
			m += o.lowerAt()
			if !flip[b] {
				return
			}
			f.psi[m] = -f.psi[m]
			if i := f.place[m]; i >= 0 && f.cov != nil {
				for j := range f.free {
					if j != i {
						f.cov.SetSym(i, j, -f.cov.At(i, j))
					}
				}
			}
		})
		for l := range t.Levels {
			for a := range t.k {
				if flip[a] {
					o.u[t.base+l*t.k+a] *= -1
				}
			}
		}
	}
}

// flat names the parameters along which the likelihood does not fall.
func (f *fit) flat(s *search) string {
	if s.flat == nil {
		return "the likelihood cannot be evaluated around the estimates"
	}
	var names []string
	var most float64
	for _, x := range s.flat {
		most = max(most, math.Abs(x))
	}
	for i, at := range f.free {
		if math.Abs(s.flat[i]) > most/2 {
			names = append(names, f.parameterName(at))
		}
	}
	return "the likelihood is flat in " + strings.Join(names, ", ")
}

// parameterName is a name of a parameter for notes.
func (f *fit) parameterName(i int) string {
	o := f.o
	switch {
	case i < o.c.p[0]:
		return f.problem.parts[0].names[f.kept[0][i]]
	case i < o.lowerAt():
		return f.problem.parts[1].names[f.kept[1][i-o.c.p[0]]] + " (zero part)"
	case i < o.lowerAt()+o.nLower:
		for t := range o.c.terms {
			t := &o.c.terms[t]
			name := ""
			t.entries(func(m, a, b int) {
				if m == i-o.lowerAt() {
					name = fmt.Sprintf("the variance of %s by %s", t.name(a), t.Group)
				}
			})
			if name != "" {
				return name
			}
		}
	}
	return "the dispersion"
}

// coefficients returns estimates and standard errors of all columns of part h;
// NaN where there is none.
func (f *fit) coefficients(h int) (estimate, stdError []float64) {
	n := len(f.problem.parts[h].names)
	estimate, stdError = make([]float64, n), make([]float64, n)
	for j := range n {
		estimate[j], stdError[j] = math.NaN(), math.NaN()
	}
	at := 0
	if h == 1 {
		at = f.o.c.p[0]
	}
	for i, j := range f.kept[h] {
		if f.null[h][j] {
			continue
		}
		estimate[j] = f.psi[at+i]
		if place := f.place[at+i]; place >= 0 && f.cov != nil {
			stdError[j] = math.Sqrt(f.cov.At(place, place))
		}
	}
	return estimate, stdError
}

// covariance is the covariance matrix of the effects of a term, k by k.
func (f *fit) covariance(t *term) [][]float64 {
	k := t.k
	l := make([]float64, k*k)
	t.entries(func(m, a, b int) { l[a*k+b] = f.psi[f.o.lowerAt()+m] })
	out := make([][]float64, k)
	for a := range k {
		out[a] = make([]float64, k)
		for b := range k {
			for e := range k {
				out[a][b] += l[a*k+e] * l[b*k+e]
			}
		}
	}
	return out
}
