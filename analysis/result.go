// Package analysis holds the nouns that every estimator shares: what was asked,
// what was found, and the doubts that travel with it. Estimators live in the
// packages below and never import each other.
package analysis

import (
	"math"
	"strings"
)

// SchemaName is the value of "schema" in every result file.
const SchemaName = "swis.result/1"

// Number is a quantity of a result. Nil means that it was not computed; the
// reason stands in a Note. It is never NaN or infinite.
type Number = *float64

// Num returns x as a Number, or nil where x is NaN or infinite.
func Num(x float64) Number {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// Result is everything one analysis found, in the order a reader needs it.
// Its JSON form is fixed by the schema in package report.
type Result struct {
	Schema        string         `json:"schema"`
	Title         string         `json:"title,omitempty"`    // the question in words
	Subtitle      string         `json:"subtitle,omitempty"` // model, effects and exposure in words
	Summary       []string       `json:"summary,omitempty"`  // plain sentences, one finding each
	Method        Method         `json:"method"`
	Estimates     []Estimate     `json:"estimates"`
	RandomEffects []RandomEffect `json:"random_effects,omitempty"`
	Fit           Fit            `json:"fit"`
	Fits          []Fit          `json:"fits,omitempty"` // one fit a level of --by
	Tests         []Test         `json:"tests,omitempty"`
	Effects       []Effect       `json:"effects,omitempty"`
	Checks        []Check        `json:"checks,omitempty"`
	Curves        []Curve        `json:"curves,omitempty"`
	Tables        []Table        `json:"tables,omitempty"`
	Notes         []Note         `json:"notes"`
	Provenance    Provenance     `json:"provenance"`

	Told    []Told    `json:"-"` // counts that the sentences spell out, for the disclosure profile
	Margins []Margins `json:"-"` // what the coefficients of a model give away, for the same
}

// Estimate is one coefficient or contrast. Estimate, StdError and the interval
// are on Scale; Ratio and its limits are their exponentials where Scale is log
// or logit.
type Estimate struct {
	Term           string  `json:"term"`
	Label          string  `json:"label,omitempty"`
	Estimand       string  `json:"estimand,omitempty"` // what it is an estimate of
	Estimate       Number  `json:"estimate"`
	StdError       Number  `json:"std_error"`
	Statistic      Number  `json:"statistic"`
	DF             Number  `json:"df"` // nil for z statistics
	PValue         Number  `json:"p_value"`
	PAdjusted      Number  `json:"p_adjusted,omitempty"`
	ConfLow        Number  `json:"conf_low"`
	ConfHigh       Number  `json:"conf_high"`
	ConfLevel      float64 `json:"conf_level"`    // in (0,1), e.g. 0.95
	How            string  `json:"how,omitempty"` // e.g. "t(21.4), CR2 by school, Satterthwaite (Bell-McCaffrey)"
	Scale          Scale   `json:"scale"`
	Part           Part    `json:"part,omitempty"`
	By             string  `json:"by,omitempty"`
	Ratio          Number  `json:"ratio,omitempty"`
	RatioLow       Number  `json:"ratio_low,omitempty"`
	RatioHigh      Number  `json:"ratio_high,omitempty"`
	Difference     Number  `json:"difference,omitempty"`
	DifferenceLow  Number  `json:"difference_low,omitempty"`
	DifferenceHigh Number  `json:"difference_high,omitempty"`
	DifferenceUnit string  `json:"difference_unit,omitempty"` // e.g. "per 1,000 pupils a year"

	Redraws Redraws  `json:"-"` // for corrections of a family of tests; nil where the estimator has none
	Behind  []Behind `json:"-"` // counts that a reader could work out from it, beside those of the tables
}

// Scale is the scale that an estimate is on.
type Scale string

// The scales of the contract.
const (
	Identity Scale = "identity"
	Log      Scale = "log"
	Logit    Scale = "logit"
)

// Part says which part of a two-part model a coefficient belongs to.
type Part string

// The parts of the contract.
const (
	MainPart Part = "main"
	ZeroPart Part = "zero" // P(structural zero), or P(zero) of a hurdle
)

// RandomEffect is a standard deviation, or a correlation where With is set.
type RandomEffect struct {
	Group       string `json:"group"`
	Term        string `json:"term"`
	With        string `json:"with,omitempty"`
	Variance    Number `json:"variance,omitempty"`
	SD          Number `json:"sd,omitempty"`
	SDLow       Number `json:"sd_low,omitempty"`
	SDHigh      Number `json:"sd_high,omitempty"`
	Covariance  Number `json:"covariance,omitempty"`
	Correlation Number `json:"correlation,omitempty"`
	Part        Part   `json:"part,omitempty"`
	By          string `json:"by,omitempty"`
}

// Status says how a fit ended.
type Status string

// The states of the contract.
const (
	Exact        Status = "exact"         // closed form
	Converged    Status = "converged"     // judged by the scaled gradient
	Boundary     Status = "boundary"      // a variance is zero: an answer, not an error
	NotConverged Status = "not_converged" // never to be quoted
	Separated    Status = "separated"     // an infinite coefficient, null and named in a note
)

// Fit is the record of how a model was fitted.
type Fit struct {
	By            string         `json:"by,omitempty"`
	NObs          int            `json:"n_obs"`
	NDropped      int            `json:"n_dropped"`
	NGroups       map[string]int `json:"n_groups,omitempty"`
	LogLik        Number         `json:"log_lik,omitempty"` // full log-likelihood with its constants
	Deviance      Number         `json:"deviance,omitempty"`
	AIC           Number         `json:"aic,omitempty"`
	BIC           Number         `json:"bic,omitempty"`
	REMLCriterion Number         `json:"reml_criterion,omitempty"`
	Sigma         Number         `json:"sigma,omitempty"`
	Dispersion    Number         `json:"dispersion,omitempty"` // quasi or NB1
	Theta         Number         `json:"theta,omitempty"`      // NB2: variance mu + mu^2/theta
	ICC           Number         `json:"icc,omitempty"`
	Iterations    int            `json:"iterations,omitempty"`
	Evaluations   int            `json:"evaluations,omitempty"`
	Gradient      Number         `json:"gradient,omitempty"` // largest scaled gradient at the end
	Status        Status         `json:"status"`
}

// Test is a test of a hypothesis about one or several terms.
type Test struct {
	Name      string `json:"name"`
	Label     string `json:"label,omitempty"`
	Statistic Number `json:"statistic"`
	DF1       Number `json:"df1"`
	DF2       Number `json:"df2"`
	PValue    Number `json:"p_value"`
	PStrict   Number `json:"p_strict,omitempty"`
	ConfLow   Number `json:"conf_low,omitempty"`
	ConfHigh  Number `json:"conf_high,omitempty"`
	How       string `json:"how,omitempty"`
	By        string `json:"by,omitempty"`
}

// Effect is the conditional mode of one random effect.
type Effect struct {
	Group    string `json:"group"`
	Level    string `json:"level"`
	Term     string `json:"term"`
	Estimate Number `json:"estimate"`
	StdError Number `json:"std_error"`

	Behind *Behind `json:"-"` // the events of the level, where they are counted
}

// Check is a diagnostic number, with the limit that it is held against where
// there is one.
type Check struct {
	Name  string `json:"name"`
	Value Number `json:"value"`
	Limit Number `json:"limit,omitempty"`
	OK    *bool  `json:"ok,omitempty"`
	Means string `json:"means,omitempty"` // one sentence for a reader
	By    string `json:"by,omitempty"`

	Behind *Behind `json:"-"` // the count that the value is, or is made of
}

// Curve is a line to draw: equally long X and Y, and Low and High where there
// is a band.
type Curve struct {
	Name   string   `json:"name"`
	X      []Number `json:"x"`
	Y      []Number `json:"y"`
	Low    []Number `json:"low,omitempty"`
	High   []Number `json:"high,omitempty"`
	XLabel string   `json:"x_label,omitempty"`
	YLabel string   `json:"y_label,omitempty"`
	By     string   `json:"by,omitempty"`
}

// Table is a small table of named quantities that belongs to the result, such
// as the raw rates by arm and period.
type Table struct {
	Name    string   `json:"name"`
	Title   string   `json:"title,omitempty"`
	Columns []Column `json:"columns"`
	Rows    [][]Cell `json:"rows"`

	Sums []Sum `json:"-"` // what a reader can add up from its counts
}

// Column heads a Table column. Format tells the renderers how to show it.
type Column struct {
	Name   string `json:"name"`
	Label  string `json:"label,omitempty"`
	Unit   string `json:"unit,omitempty"`
	Format Format `json:"format,omitempty"`
}

// Format is how a column of numbers is shown to a reader; files keep full precision.
type Format string

// Formats of table columns.
const (
	Text    Format = "text"
	Count   Format = "count"   // whole number, thousands separated
	Rate    Format = "rate"    // one decimal
	Decimal Format = "decimal" // three significant digits
	Percent Format = "percent" // a share in [0,1], shown as a percentage
	PValue  Format = "p"
	Ratio   Format = "ratio" // two decimals
)

// Cell is a text or a number; both empty means not available.
type Cell struct {
	Text  string `json:"text,omitempty"`
	Value Number `json:"value,omitempty"`
	// Behind is the count that the number is, or is made of; nil where it is
	// about no child.
	Behind *Behind `json:"-"`
}

// Note is a doubt or a convention that a reader has to know, at the number it
// is about.
type Note struct {
	Code string `json:"code"` // stable, e.g. "few_clusters"
	Text string `json:"text"` // one sentence: what it is, what to do
	Term string `json:"term,omitempty"`
	By   string `json:"by,omitempty"`
}

// Provenance says where the numbers come from.
type Provenance struct {
	Inputs     []InputFile `json:"inputs"`
	PlanSHA256 string      `json:"plan_sha256,omitempty"`
	Seed       *string     `json:"seed,omitempty"`
	Program    string      `json:"program"`
	Command    []string    `json:"command,omitempty"`
}

// InputFile is one file that was read.
type InputFile struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"`
}

// Find returns the estimate of a term in the main part, or nil.
func (r *Result) Find(term string) *Estimate {
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Term == term && e.Part != ZeroPart {
			return e
		}
	}
	return nil
}

// MainTerm is the term that a result is about: the effect of a trial's method;
// else the one product of two columns that are terms too, which in a model of
// arm and time is the effect (treated:post) where the columns alone are not;
// else the first term with an estimand. It is empty where there is none.
func (r *Result) MainTerm() string {
	for _, term := range []string{"att", "simple", "cace"} {
		if r.Find(term) != nil {
			return term
		}
	}
	first, product := "", ""
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Estimand == "" || e.Term == "(Intercept)" || e.Part == ZeroPart || strings.HasPrefix(e.Term, "event:") {
			continue
		}
		if first == "" {
			first = e.Term
		}
		a, b, ok := strings.Cut(e.Term, ":")
		if !ok || e.Term == product || r.Find(a) == nil || r.Find(b) == nil {
			continue
		}
		if product != "" {
			return first
		}
		product = e.Term
	}
	if product != "" {
		return product
	}
	return first
}

// Note adds a note.
func (r *Result) Note(code, text string) {
	r.Notes = append(r.Notes, Note{Code: code, Text: text})
}
