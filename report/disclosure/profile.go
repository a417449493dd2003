// Package disclosure withholds small numbers of children and events from what
// leaves a secure setting: tables, figures and result files alike.
package disclosure

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"swis/analysis"
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
func (p Profile) Small(n float64) bool {
	switch p {
	case DfE:
		return n > 0 && n <= 5
	case TRE:
		return n > 0 && n < 10
	}
	return false
}

// Mark stands where a count is withheld.
func (p Profile) Mark() string { return "c" }

// Round is the count as it is shown.
func (p Profile) Round(n float64) float64 {
	if p == TRE {
		return 5 * math.Round(n/5)
	}
	return n
}

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

// Result returns the result with its small numbers withheld; r is not changed.
// Estimates stay as they are: they are about many schools. Counts of schools
// and of rows stay too.
func (p Profile) Result(r *analysis.Result) *analysis.Result {
	if !p.On() || r == nil {
		return r
	}
	return p.Results([]*analysis.Result{r})[0]
}

func (p Profile) texts(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = p.Text(s)
	}
	return out
}

// countCheck says whether a check is a count of events or children.
func countCheck(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	for _, word := range []string{"events_", "children", "pupils"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

// enoughDF is the least number of residual degrees of freedom of a model that
// may leave a trusted research environment: with fewer its coefficients come
// close to saying single rows.
const enoughDF = 10

// Refuse says why a result may not be published at all, nil where it may: under
// tre a model with fewer than ten residual degrees of freedom.
func (p Profile) Refuse(r *analysis.Result) error {
	if p != TRE || r == nil || len(r.Estimates) == 0 || r.Fit.NObs == 0 {
		return nil
	}
	by := map[string]int{}
	most := 0
	for _, e := range r.Estimates {
		key := e.By + "|" + string(e.Part)
		by[key]++
		most = max(most, by[key])
	}
	if left := r.Fit.NObs - most; left < enoughDF {
		return analysis.Refusalf("%d residual degrees of freedom: under --disclosure tre a model needs %d or more to be shown; use fewer terms or more rows", max(0, left), enoughDF)
	}
	return nil
}
