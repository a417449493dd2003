package document

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"swis/analysis"
	"swis/report/tables"
)

// Sentence says one effect in plain words, with its interval. Where the
// interval includes no difference it says what the data rule out, and never
// that there is nothing.
func Sentence(outcome, intervention string, e *analysis.Estimate) string {
	if intervention == "" {
		intervention = "intervention"
	}
	if e.Withheld() {
		return fmt.Sprintf("%s: the effect is withheld, since counts behind it are too small to be shown.", outcome)
	}
	if e.Estimate == nil {
		return fmt.Sprintf("%s: the effect could not be estimated.", outcome)
	}
	if e.Scale == analysis.Log && e.Ratio != nil {
		return ratioSentence(outcome, intervention, e)
	}
	at, low, high := *e.Estimate, e.ConfLow, e.ConfHigh
	d := 2
	if e.StdError != nil && *e.StdError > 0 {
		d = min(max(1-int(math.Floor(math.Log10(*e.StdError))), 0), 6)
	}
	word := "higher"
	if at < 0 {
		word = "lower"
	}
	text := fmt.Sprintf("%s: %s %s in %s schools than expected from comparison schools", outcome, decimal(math.Abs(at), d), word, intervention)
	if e.Scale == analysis.Logit {
		text = fmt.Sprintf("%s: odds ratio %s for %s schools", outcome, decimal(math.Exp(at), 2), intervention)
		if low != nil && high != nil {
			return text + fmt.Sprintf(" (%s CI %s to %s%s).", level(e), decimal(math.Exp(*low), 2), decimal(math.Exp(*high), 2), pClause(e))
		}
	}
	if low == nil || high == nil {
		return text + "."
	}
	text += fmt.Sprintf(" (%s CI %s to %s%s)", level(e), decimal(*low, d), decimal(*high, d), pClause(e))
	if *low < 0 && *high > 0 {
		text += fmt.Sprintf("; the data rule out falls of more than %s and rises of more than %s", decimal(-*low, d), decimal(*high, d))
	}
	return text + "."
}

func ratioSentence(outcome, intervention string, e *analysis.Estimate) string {
	r := *e.Ratio
	text := fmt.Sprintf("%s were %s in %s schools than expected from comparison schools", outcome, change(r), intervention)
	if math.Abs(r-1) < 0.0005 {
		text = fmt.Sprintf("%s in %s schools were as expected from comparison schools", outcome, intervention)
	}
	if e.RatioLow == nil || e.RatioHigh == nil {
		return text + "."
	}
	low, high := *e.RatioLow, *e.RatioHigh
	text += fmt.Sprintf(" (%s CI %s%s)", level(e), changes(low, high), pClause(e))
	if low < 1 && high > 1 {
		text += fmt.Sprintf("; the data rule out falls of more than %s and rises of more than %s", percent(1-low), percent(high-1))
	}
	return text + "."
}

func pClause(e *analysis.Estimate) string {
	if e.PValue == nil {
		return ""
	}
	p := tables.PValue(e.PValue)
	text := "; p = " + p
	if strings.HasPrefix(p, "<") || strings.HasPrefix(p, ">") {
		text = "; p " + p[:1] + " " + p[1:]
	}
	if e.PAdjusted != nil {
		a := tables.PValue(e.PAdjusted)
		if strings.HasPrefix(a, "<") || strings.HasPrefix(a, ">") {
			return text + ", adjusted " + a[:1] + " " + a[1:]
		}
		return text + ", adjusted " + a
	}
	return text
}

func level(e *analysis.Estimate) string {
	l := e.ConfLevel
	if l == 0 {
		l = 0.95
	}
	return fmt.Sprintf("%.4g%%", 100*l)
}

// change says a ratio as "24% lower".
func change(r float64) string {
	if r < 1 {
		return percent(1-r) + " lower"
	}
	return percent(r-1) + " higher"
}

// changes says an interval of ratios: "4% to 40% lower", the smaller change first.
func changes(low, high float64) string {
	switch {
	case high < 1:
		return percent(1-high) + " to " + change(low)
	case low > 1:
		return percent(low-1) + " to " + change(high)
	}
	return change(low) + " to " + change(high)
}

// percent writes a share in percent: one decimal below 10%, none above.
func percent(x float64) string {
	x = 100 * math.Abs(x)
	if x < 9.95 {
		return decimal(x, 1) + "%"
	}
	return decimal(x, 0) + "%"
}

func decimal(x float64, d int) string {
	text := strconv.FormatFloat(math.Abs(x), 'f', d, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if x < 0 && strings.Trim(text, "0.") != "" {
		return "−" + whole
	}
	return whole
}

// Forbidden are words that a p-value above 0.05 never justifies. No sentence
// of a report may hold one.
var Forbidden = []string{"no effect", "no impact", "no difference between", "did not have an effect", "had no effect", "does not work", "did not work",
	"proves", "proven", "trend towards significance", "highly significant", "approached significance"}

var forbidden = regexp.MustCompile(`(?i)\b(` + strings.Join(Forbidden, "|") + `)\b`)

// Guarded says whether a text is free of the words that it must not hold.
func Guarded(text string) bool { return !forbidden.MatchString(text) }
