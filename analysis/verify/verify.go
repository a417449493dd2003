package verify

import (
	"context"
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/quantity"
)

// Run makes the analysis of an argument list.
type Run func(ctx context.Context, args []string) (*analysis.Result, error)

// Verdict is what a comparison says.
type Verdict string

// The verdicts.
const (
	Agrees  Verdict = "agrees to the printed digits"
	Within  Verdict = "within tolerance"
	Erratum Verdict = "printed in error: see note"
	Differs Verdict = "differs"
	Failed  Verdict = "not computed"
)

// OK says whether the number stands.
func (v Verdict) OK() bool { return v == Agrees || v == Within || v == Erratum }

// Comparison is one printed number with what was found.
type Comparison struct {
	Target   string
	Source   string
	Quantity string
	Printed  string
	Found    any // float64, string or nil
	Verdict  Verdict
	Note     string // why the print is wrong, what failed, or the convention that would agree
}

// All compares every expectation of every target.
func All(ctx context.Context, targets []Target, run Run) ([]Comparison, error) {
	var out []Comparison
	for _, t := range targets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		document, failure := compute(ctx, t.Args, run)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		other := &conventions{ctx: ctx, args: t.Args, run: run}
		for _, e := range t.Expect {
			c := Comparison{Target: t.ID, Source: t.Source, Quantity: e.Quantity, Printed: e.Value.Text}
			found, err := e.find(document, failure)
			switch {
			case err != nil:
				c.Verdict = Failed
				c.Note, _, _ = strings.Cut(err.Error(), "\n")
			default:
				c.Found = found
				c.Verdict = e.compare(found)
				switch c.Verdict {
				case Erratum:
					c.Note = e.PrintedInError
				case Differs:
					c.Note = other.thatAgree(e)
				}
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func compute(ctx context.Context, args []string, run Run) (any, error) {
	r, err := run(ctx, args)
	if err != nil {
		return nil, err
	}
	return quantity.Document(r)
}

// find looks the quantity up and puts it on the scale of the print.
func (e Expectation) find(document any, failure error) (any, error) {
	if failure != nil {
		return nil, failure
	}
	found, err := quantity.Find(document, e.Quantity)
	if x, ok := found.(float64); ok && e.Times != nil {
		found = x * *e.Times
	}
	return found, err
}

// compare decides one number. To the printed digits means that the value found
// rounds to the print, halves either way; a word or null must be the same.
func (e Expectation) compare(found any) Verdict {
	agrees := false
	verdict := Agrees
	switch x := found.(type) {
	case nil:
		agrees = e.Value.Text == "null"
	case float64:
		difference := math.Abs(x - e.Value.Number)
		switch {
		case math.IsNaN(e.Value.Number):
		case e.Tolerance != nil:
			verdict = Within
			agrees = difference <= *e.Tolerance
		default:
			half := 0.5 * math.Pow10(-e.decimals())
			agrees = difference <= half*(1+1e-9)+1e-12*math.Abs(x)
		}
	default:
		agrees = fmt.Sprint(x) == e.Value.Text
	}
	switch {
	case agrees:
		return verdict
	case e.PrintedInError != "":
		return Erratum
	}
	return Differs
}

// conventions reruns a target under other conventions, each once.
type conventions struct {
	ctx       context.Context
	args      []string
	run       Run
	names     []string
	documents []any
}

var alternatives = []struct {
	flag   string
	values []string
}{
	{"--as", []string{"fixest", "stata", "lme4", "glmmtmb"}},
	{"--vcov", []string{"iid", "hc0", "hc1", "hc2", "hc3", "cr0", "cr1", "cr1s", "cr2", "cr3"}},
}

// thatAgree names the first convention under which the expectation holds, or
// says that none does.
func (c *conventions) thatAgree(e Expectation) string {
	if c.documents == nil {
		for _, a := range alternatives {
			for _, value := range a.values {
				if c.ctx.Err() != nil {
					return ""
				}
				args := append(without(c.args, a.flag), a.flag, value)
				if document, err := compute(c.ctx, args, c.run); err == nil {
					c.names = append(c.names, a.flag+" "+value)
					c.documents = append(c.documents, document)
				}
			}
		}
	}
	for i, document := range c.documents {
		if found, err := e.find(document, nil); err == nil {
			if v := e.compare(found); v == Agrees || v == Within {
				return "would agree with " + c.names[i]
			}
		}
	}
	return ""
}

// without drops a flag and its value.
func without(args []string, flag string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == flag:
			i++
		case strings.HasPrefix(args[i], flag+"="):
		default:
			out = append(out, args[i])
		}
	}
	return out
}
