// Package disclosure withholds small numbers of children and events from what
// leaves a secure setting: tables, figures and result files alike.
package disclosure

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"swis/analysis"
	"swis/dataset/disclosure"
	"swis/report"
)

// Profile is the rule for small numbers.
type Profile string

// The profiles. DfE shows counts of 1 to 5 as c and withholds further counts
// until none can be worked out by subtraction. TRE, the rule of trusted
// research environments, withholds 1 to 9 and rounds the others to 5.
const (
	None Profile = "none"
	DfE  Profile = "dfe"
	TRE  Profile = "tre"
)

// Parse reads the name of a profile; empty is None.
func Parse(text string) (Profile, error) {
	switch p := Profile(text); p {
	case "":
		return None, nil
	case None, DfE, TRE:
		return p, nil
	}
	return None, fmt.Errorf("disclosure %q: want none, dfe or tre", text)
}

// On says whether the profile withholds anything.
func (p Profile) On() bool { return p == DfE || p == TRE }

// Small says whether a count is withheld. Zero is shown: it is about nobody.
func (p Profile) Small(n float64) bool { return disclosure.Rule(p).Small(n) }

// Mark stands where a count is withheld.
func (p Profile) Mark() string { return "c" }

// Round is the count as it is shown.
func (p Profile) Round(n float64) float64 { return disclosure.Rule(p).Round(n) }

var smallInText = regexp.MustCompile(`\b([0-9]) (enquir\w+|events?|child\w*|pupils?|starts?|referrals?|contacts?|assessments?|plans?|days? in care)\b`)

// Text withholds small counts that a sentence spells out.
func (p Profile) Text(s string) string {
	if !p.On() {
		return s
	}
	return smallInText.ReplaceAllStringFunc(s, func(found string) string {
		digits, word, _ := strings.Cut(found, " ")
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil || !p.Small(n) {
			return found
		}
		if p == TRE {
			return "fewer than 10 " + word
		}
		return "c " + word
	})
}

// withheld says whether a count may not be known: days count as small where they
// are of few children.
func (p Profile) withheld(b *analysis.Behind) bool {
	return p.Small(b.N) || p.Small(b.Children) || b.N > 0 && disclosure.Rule(p).Dominated(b.Whole(), b.Top)
}

// Result returns the result with its small numbers withheld; r is not changed.
func (p Profile) Result(r *analysis.Result) *analysis.Result {
	if !p.On() || r == nil {
		return r
	}
	return p.Results([]*analysis.Result{r})[0]
}

// Results returns results that are published together with their small numbers
// withheld, and as many others as it takes that no small number follows from
// all of them. The results that are given are not changed.
func (p Profile) Results(list []*analysis.Result) []*analysis.Result {
	if !p.On() {
		return list
	}
	s := p.Release()
	for _, r := range list {
		s.Add(r)
	}
	s.Settle()
	out := make([]*analysis.Result, len(list))
	for i, r := range list {
		out[i] = s.Result(r)
	}
	return out
}

// Table returns a table that is published alone with its small counts withheld.
// t is not changed.
func (p Profile) Table(t *analysis.Table) *analysis.Table {
	if !p.On() {
		return t
	}
	s := p.Release()
	s.AddTable(t)
	s.Settle()
	return s.Table(t)
}

// enoughDF is the least number of residual degrees of freedom of a model that
// may leave a trusted research environment: with fewer its coefficients come
// close to saying single rows.
const enoughDF = 10

// Refuse says why a result may not be published at all, nil where it may: a
// saturated model with a small cell, and under tre a model with fewer than ten
// residual degrees of freedom.
func (p Profile) Refuse(r *analysis.Result) error {
	if !p.On() || r == nil {
		return nil
	}
	if err := p.refuseTable(r); err != nil || p != TRE {
		return err
	}
	if left, known := residualDF(r, &r.Fit); known && left < enoughDF {
		return analysis.Refusalf("%d residual degrees of freedom: under --disclosure tre a model needs %d or more to be shown; use fewer terms or more rows", max(0, left), enoughDF)
	}
	return nil
}

// thin says whether the fit of a subgroup has too few residual degrees of
// freedom to be shown.
func (p Profile) thin(r *analysis.Result, f *analysis.Fit) bool {
	left, known := residualDF(r, f)
	return p == TRE && known && left < enoughDF
}

// residualDF is the number of rows of a fit less that of its coefficients; the
// levels of effects that are absorbed count as coefficients too.
func residualDF(r *analysis.Result, f *analysis.Fit) (left int, known bool) {
	parts := map[analysis.Part]int{}
	most := 0
	for _, e := range r.Estimates {
		if e.By == f.By {
			parts[e.Part]++
			most = max(most, parts[e.Part])
		}
	}
	if most == 0 || f.NObs == 0 {
		return 0, false
	}
	if slices.ContainsFunc([]string{"fixed-effects", "fixed effects", "absorbed"}, func(word string) bool { return strings.Contains(r.Method.Name, word) }) {
		for _, n := range f.NGroups {
			most += max(0, n-1)
		}
	}
	return f.NObs - most, true
}

func (p Profile) texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = p.Text(s)
	}
	return out
}

// Drawn says why a kind of figure may not be shown, nil where it may: under tre
// nothing is drawn that has one point a school or a row.
func (p Profile) Drawn(kind string) error {
	if p != TRE || !slices.Contains([]string{"floor", "caterpillar", "residuals"}, kind) {
		return nil
	}
	return analysis.NotEstimablef("a %s figure has one point a school or row, which --disclosure tre does not let out", kind)
}

// Figure returns a figure that is drawn from results that passed the profile,
// with the small numbers of its words and data withheld too.
func (p Profile) Figure(f *report.Figure) *report.Figure {
	if !p.On() || f == nil {
		return f
	}
	out := *f
	out.Data = *p.Table(&f.Data)
	out.Alt, out.Subtitle = p.Text(f.Alt), p.Text(f.Subtitle)
	out.Notes = p.texts(f.Notes)
	return &out
}
