package randomisation

import (
	"math"
	"slices"
	"strings"

	"swis/analysis"
)

// Statistic is the number of a result that randomisation inference is about.
type Statistic struct {
	Term        string                          // the estimate's term; with Average what to call the mean
	Average     func(e *analysis.Estimate) bool // nil, or the estimates whose mean it is
	Studentised Studentised
	Error       string // whose standard error t has, e.g. "CR1S by school"
}

// Studentised says whether the estimate is divided by its standard error.
type Studentised int

// The choices of --statistic.
const (
	Coefficient Studentised = iota
	T
	TWhereDefined // t where each arm has two units, else the estimate
)

// settle decides what is left open.
func (s Statistic) settle(a *Assignment) Statistic {
	if s.Studentised == TWhereDefined {
		s.Studentised = Coefficient
		if s.Average == nil && slices.Min(a.counts()) >= 2 {
			s.Studentised = T
		}
	}
	return s
}

// of reads the statistic: infinite where the fit says that the estimate is, not
// ok where there is none.
func (s Statistic) of(r *analysis.Result) (x float64, ok bool) {
	if r.Fit.Status == analysis.NotConverged {
		return 0, false
	}
	if s.Average != nil {
		sum, n := 0.0, 0.0
		for i := range r.Estimates {
			e := &r.Estimates[i]
			if !s.Average(e) {
				continue
			}
			if e.Estimate == nil {
				return s.without(r)
			}
			sum += *e.Estimate
			n++
		}
		return sum / n, n > 0
	}
	e := r.Find(s.Term)
	switch {
	case e == nil:
		return 0, false
	case e.Estimate == nil:
		return s.without(r)
	case s.Studentised == Coefficient:
		return *e.Estimate, true
	case e.StdError == nil || !(*e.StdError > 0):
		return 0, false
	}
	return *e.Estimate / *e.StdError, true
}

// without is the statistic of an estimate that is null: infinite in a separated
// fit that names the term, else undefined.
func (s Statistic) without(r *analysis.Result) (float64, bool) {
	if s.Studentised == Coefficient && r.Fit.Status == analysis.Separated {
		return math.Inf(1), true
	}
	return 0, false
}

// whyNot says why the observed allocation has no statistic.
func (s Statistic) whyNot(r *analysis.Result) error {
	if r.Fit.Status == analysis.NotConverged {
		return analysis.NotEstimablef("the model did not converge, so there is no statistic to compare; simplify it before --permute")
	}
	e := r.Find(s.Term)
	if e == nil && s.Average == nil {
		var terms []string
		for _, e := range r.Estimates {
			if e.Part != analysis.ZeroPart {
				terms = append(terms, e.Term)
			}
		}
		more := ""
		if len(terms) > 12 {
			terms, more = terms[:12], ", ..."
		}
		return analysis.Unsupportedf("--term %s: no such estimate; want one of %s%s", s.Term, strings.Join(terms, ", "), more)
	}
	if s.Studentised == T {
		return analysis.NotEstimablef("%s has no standard error, so t is not defined; use --statistic coef", s.Term)
	}
	return analysis.NotEstimablef("%s has no estimate, so there is nothing to compare", s.Term)
}

func (s Statistic) noun() string {
	switch {
	case s.Average != nil:
		return "mean"
	case s.Studentised == T:
		return "t"
	}
	return "coefficient"
}

// words say what the statistic is.
func (s Statistic) words() string {
	switch {
	case s.Average != nil:
		return "the " + s.Term
	case s.Studentised == T && s.Error != "":
		return "t of " + s.Term + " with " + s.Error
	case s.Studentised == T:
		return "t of " + s.Term
	}
	return "the coefficient of " + s.Term
}
