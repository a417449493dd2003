package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"swis/analysis"
)

// selfCheck is one number or word that was recomputed.
type selfCheck struct {
	area               string
	set                string // case or data set, with a blank behind it; may be empty
	name               string
	expected, obtained string
	allowed            string  // what it is held to, in words
	digits             float64 // that agree, where relative
	relative           bool    // it is held to a relative error
	ok                 bool
}

// verdict says how a check ended.
func (c *selfCheck) verdict() string {
	switch {
	case !c.ok:
		return "FAILS: " + c.allowed
	case c.relative:
		return fmt.Sprintf("%.1f digits", c.digits)
	}
	return c.allowed
}

// digits holds a number to so many digits of a decimal.
func (t *selftest) digits(area, name string, got analysis.Number, want string, digits float64) {
	c := selfCheck{area: area, name: name, expected: want, obtained: shown(got), allowed: fmt.Sprintf("%g digits", digits), relative: true}
	c.digits = agreeing(got, want)
	c.ok = c.digits >= digits
	t.checks = append(t.checks, c)
}

// words holds a text to another.
func (t *selftest) words(area, name, got, want string) {
	t.checks = append(t.checks, selfCheck{area: area, name: name, expected: want, obtained: got, allowed: "the same", ok: got == want})
}

// tolerated holds what was found to an expectation of a reference case.
func (t *selftest) tolerated(area, set, name string, got any, want, tolerance string) {
	c := selfCheck{area: area, set: set + " ", name: name, expected: want, obtained: shown(got), ok: differs(got, want, tolerance) == ""}
	switch absolute, found := strings.CutPrefix(tolerance, "abs:"); {
	case found:
		c.allowed = "within " + absolute
	case tolerance == "exact":
		c.allowed = "the same"
	default:
		c.allowed, c.relative = tolerance+" relative", true
		x, _ := got.(float64)
		c.digits = agreeing(&x, want)
	}
	t.checks = append(t.checks, c)
}

// shown writes what was obtained with all its digits.
func shown(got any) string {
	switch x := got.(type) {
	case nil:
		return "null"
	case float64:
		return strconv.FormatFloat(x, 'g', 17, 64)
	case analysis.Number:
		if x == nil {
			return "null"
		}
		return shown(*x)
	}
	return fmt.Sprint(got)
}

// agreeing is the number of digits in which a number agrees with a decimal, its
// log relative error: at most 15, 0 where there is no number.
func agreeing(got analysis.Number, want string) float64 {
	w, err := strconv.ParseFloat(want, 64)
	if err != nil || got == nil {
		return 0
	}
	switch {
	case *got == w:
		return 15
	case w == 0:
		return max(0, min(15, -math.Log10(math.Abs(*got))))
	}
	return max(0, min(15, -math.Log10(math.Abs(*got-w)/math.Abs(w))))
}

// differs says why got is not want within the tolerance: a number is relative,
// abs:1e-6 absolute, exact compares words and null.
func differs(got any, want, tolerance string) string {
	if tolerance == "exact" {
		if want == "null" {
			if got != nil {
				return fmt.Sprintf("got %v, want null", got)
			}
			return ""
		}
		for _, w := range strings.Split(want, "|") {
			if got != nil && fmt.Sprint(got) == w {
				return ""
			}
		}
		return fmt.Sprintf("got %v, want %s", got, want)
	}
	x, ok := got.(float64)
	w, err := strconv.ParseFloat(want, 64)
	if !ok || err != nil {
		return fmt.Sprintf("got %v, want %s", got, want)
	}
	var limit float64
	if absolute, found := strings.CutPrefix(tolerance, "abs:"); found {
		limit, err = strconv.ParseFloat(absolute, 64)
	} else {
		limit, err = strconv.ParseFloat(tolerance, 64)
		limit *= math.Abs(w)
	}
	if err != nil {
		return "tolerance " + tolerance + " is not a number"
	}
	if math.Abs(x-w) > limit {
		return fmt.Sprintf("got %.12g, want %.12g, off by %.2e (allowed %.2e)", x, w, math.Abs(x-w), limit)
	}
	return ""
}
