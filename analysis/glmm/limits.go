package glmm

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
)

// noInflation is the fit without structural zeros where that loses no
// likelihood: their probability has gone to zero. Else nil.
func (f *fit) noInflation(nodes int) *fit {
	p := *f.problem
	p.kernel.zeros = plain
	p.parts[1] = part{}
	if nodes > 1 && len(p.parts[0].random) == 0 {
		nodes = 1
	}
	limit := fitProblem(&p, nodes)
	if limit.status == analysis.NotConverged || !(limit.logLik >= f.logLik-poissonCost) {
		return nil
	}
	names := f.problem.parts[1].names
	p.parts[1].names = names
	limit.null[1] = make([]bool, len(names))
	for j := range limit.null[1] {
		limit.null[1][j] = true
	}
	limit.parameters += f.o.c.p[1]
	limit.vanished = limit.status != analysis.Separated
	limit.status = analysis.Separated
	limit.notes = append(limit.notes, analysis.Note{Code: "no_zero_inflation", Term: strings.Join(names, ", "),
		Text: fmt.Sprintf("%s (zero part): no finite estimate, because the probability of a structural zero is estimated as zero: the counts explain their zeros, and estimates are those of the model without zero inflation", strings.Join(names, ", "))})
	return limit
}

// inflatedNowhere says whether the probability of a structural zero is next to
// nothing in every row, so that the fit without any is worth a trial.
func (f *fit) inflatedNowhere() bool {
	from := f.problem.parts[1]
	if f.o.kernel.zeros != inflated || len(from.names) == 0 {
		return false
	}
	gamma, _ := f.coefficients(1)
	for i := range f.problem.n() {
		var zeta float64
		if from.offset != nil {
			zeta = from.offset[i]
		}
		for _, j := range f.kept[1] {
			zeta += from.x[j][i] * gamma[j]
		}
		if !(zeta < -infiniteTrial) {
			return false
		}
	}
	return true
}

// nothingLeft is the fit of a problem whose every cell is set apart: all
// coefficients are infinite, and nothing else can be estimated.
func (f *fit) nothingLeft() *fit {
	f.psi, f.free = make([]float64, f.o.n), nil
	value, _ := f.o.evaluate(f.psi, nil)
	f.logLik, f.status, f.parameters = -value, analysis.Converged, f.o.n
	f.index()
	return f
}

// poissonLimit is the Poisson fit where a negative binomial search ran towards
// it, or nil.
func (f *fit) poissonLimit(s *search, nodes int) *fit {
	phi := f.o.phi(s.psi)
	if !(f.o.kernel.base == negbin2 && phi > poissonTrial || f.o.kernel.base == negbin1 && phi < -poissonTrial) {
		return nil
	}
	p := *f.problem
	p.kernel.base = poisson
	limit := fitProblem(&p, nodes)
	if !(limit.logLik >= -s.value-poissonCost) {
		return nil
	}
	limit.parameters++
	limit.iterations += f.iterations
	if limit.status == analysis.Converged {
		limit.status = analysis.Boundary
	}
	limit.note("poisson_limit", "the counts vary no more than Poisson given the random effects: the negative binomial has gone to its Poisson limit, whose fit is reported")
	return limit
}

// boundary holds standard deviations at zero where that costs no likelihood, so
// that inference is that of the reduced model.
func (f *fit) boundary(s *search, trial float64) *search {
	for {
		next := f.oneBoundary(s, trial)
		if next == s {
			return s
		}
		s = next
	}
}

// oneBoundary holds the first standard deviation below trial that can be held
// at zero.
func (f *fit) oneBoundary(s *search, trial float64) *search {
	o := f.o
	for t := range o.c.terms {
		t := &o.c.terms[t]
		for a := range t.k {
			at := o.lowerAt() + t.lower + a
			if t.Correlated {
				at = o.lowerAt() + t.lower + a*(a+3)/2
			}
			if !slices.Contains(s.free, at) || math.Abs(s.psi[at]) > trial {
				continue
			}
			psi := slices.Clone(s.psi)
			held := []int{at}
			psi[at] = 0
			if t.Correlated {
				// Column a of the factor carries nothing more; what lies below it is
				// moved to the diagonals, which leaves the variances as they are.
				t.entries(func(m, row, col int) {
					m += o.lowerAt()
					if col == a && row > a && math.Abs(s.psi[at]) < 0.02 {
						diagonal := o.lowerAt() + t.lower + row*(row+3)/2
						psi[diagonal] = math.Hypot(psi[diagonal], psi[m])
						psi[m] = 0
						held = append(held, m)
					}
				})
			}
			free := slices.DeleteFunc(slices.Clone(s.free), func(i int) bool { return slices.Contains(held, i) })
			reduced := newSearch(o, psi, free)
			if reduced.failed {
				s.settle()
				continue
			}
			reduced.b = reduced.startInverse()
			reduced.quasiNewton(quasiNewtonTolerance)
			if reduced.value <= s.value+boundaryCost {
				f.status = analysis.Boundary
				f.note("zero_variance", fmt.Sprintf("the variance of %s by %s is estimated as zero: the data show no more variation between the levels than chance gives; estimates and errors are those of the model without it", t.name(a), t.Group))
				reduced.steps += s.steps
				return reduced
			}
			s.settle()
		}
	}
	return s
}
