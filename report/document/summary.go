package document

import (
	"fmt"
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// summary has one sentence a planned analysis, and counts every test.
func summary(t *Trial) []report.Block {
	out := paragraphs(t.About)
	var statements []report.Statement
	for _, role := range []string{"primary", "secondary", "exploratory"} {
		for i := range t.Analyses {
			a := &t.Analyses[i]
			if a.Role != role {
				continue
			}
			for _, s := range a.sentences(t) {
				statements = append(statements, report.Statement{Status: a.status(), Text: s})
			}
		}
	}
	for i := range t.Analyses {
		a := &t.Analyses[i]
		if a.Role == "floor" && a.Result != nil {
			for _, s := range a.notTestable() {
				statements = append(statements, report.Statement{Status: report.NotTestable, Text: s})
			}
		}
	}
	if len(statements) > 0 {
		out = append(out, report.Statements{List: statements})
	}
	out = append(out, placed(t, "summary")...)
	for _, s := range countTests(t) {
		out = append(out, report.Paragraph{Text: s})
	}
	return append(out, paragraphs(t.Notes)...)
}

// sentences are what an analysis found: the result's own summary where it has
// one and it is worded as it should be, else a sentence made from the effect;
// then one line for the levels of --by.
func (a *Analysis) sentences(t *Trial) []string {
	if a.Refused != nil {
		return []string{fmt.Sprintf("%s: %s.", a.label(), strings.TrimSuffix(strings.TrimPrefix(a.Refused.Error(), "cannot estimate: "), "."))}
	}
	if a.Result == nil {
		return nil
	}
	effects := a.effects()
	if len(effects) == 0 || a.Role == "floor" {
		return slices.DeleteFunc(slices.Clone(a.Result.Summary), func(s string) bool { return !Guarded(s) })
	}
	var out []string
	var levels []string
	for _, e := range effects {
		if e.By == "" {
			out = append(out, Sentence(a.label(), t.Intervention, e))
		} else if e.Estimate != nil {
			levels = append(levels, e.By+" "+brief(e))
		} else if e.Withheld() {
			levels = append(levels, e.By+" withheld (small numbers)")
		} else {
			levels = append(levels, e.By+" could not be estimated")
		}
	}
	if len(levels) > 0 {
		out = append(out, a.label()+" by local authority: "+strings.Join(levels, "; ")+".")
	}
	return out
}

// notTestable says where a floor result finds that no test could see a fall.
func (a *Analysis) notTestable() []string {
	var out []string
	for _, c := range a.Result.Checks {
		if c.Name != "verdict" || !strings.Contains(strings.ToLower(c.Means), "not testable") {
			continue
		}
		where := a.label()
		if c.By != "" {
			where += ", " + c.By
		}
		text := where + ": not testable."
		for _, s := range a.Result.Summary {
			if rest, ok := strings.CutPrefix(s, c.By+": "); (ok || c.By == "") && strings.Contains(rest, "ot testable") {
				text = where + ": " + rest
				break
			} else if c.By == "" && strings.Contains(s, "ot testable") {
				text = where + ": " + s
				break
			}
		}
		out = append(out, text)
	}
	if len(out) == 0 && strings.Contains(strings.ToLower(a.Result.Title), "not testable") {
		out = append(out, strings.TrimSuffix(a.Result.Title, ".")+".")
	}
	return out
}

func brief(e *analysis.Estimate) string {
	if e.Scale == analysis.Log && e.Ratio != nil && e.RatioLow != nil && e.RatioHigh != nil {
		return fmt.Sprintf("%s (%s%s)", change(*e.Ratio), changes(*e.RatioLow, *e.RatioHigh), pClause(e))
	}
	if e.ConfLow != nil && e.ConfHigh != nil {
		return fmt.Sprintf("%s (%s to %s%s)", decimal(*e.Estimate, 2), decimal(*e.ConfLow, 2), decimal(*e.ConfHigh, 2), pClause(e))
	}
	return decimal(*e.Estimate, 2)
}

func (a *Analysis) label() string {
	switch {
	case a.Outcome != "":
		return a.Outcome
	case a.Title != "":
		return a.Title
	case a.Result != nil && a.Result.Title != "":
		return a.Result.Title
	}
	return a.ID
}

// effects are the estimates that the analysis is about: att or the like, pooled
// and by level.
func (a *Analysis) effects() []*analysis.Estimate {
	term := a.Result.MainTerm()
	if term == "" {
		return nil
	}
	return estimatesOf(a.Result, term)
}

func estimatesOf(r *analysis.Result, term string) []*analysis.Estimate {
	var out []*analysis.Estimate
	for i := range r.Estimates {
		if e := &r.Estimates[i]; e.Term == term && e.Part != analysis.ZeroPart {
			out = append(out, e)
		}
	}
	return out
}

// countTests says how many tests were made, in each family and in all.
func countTests(t *Trial) []string {
	type family struct {
		name, adjust             string
		tests, raw, kept, missed int
		adjusted                 bool
	}
	var families []*family
	total, raw := 0, 0
	for i := range t.Analyses {
		a := &t.Analyses[i]
		if a.Role == "floor" {
			continue
		}
		var f *family
		for _, g := range families {
			if g.name == a.Family {
				f = g
			}
		}
		if f == nil {
			f = &family{name: a.Family, adjust: a.Adjust}
			families = append(families, f)
		}
		if a.Refused != nil {
			f.missed++
			continue
		}
		if a.Result == nil {
			continue
		}
		for _, e := range a.effects() {
			if e.PValue == nil {
				if a.Family != "" {
					f.missed++
				}
				continue
			}
			total++
			if *e.PValue < 0.05 {
				raw++
			}
			if a.Family == "" {
				continue
			}
			if e.PAdjusted == nil {
				continue
			}
			f.tests++
			f.adjusted = true
			if *e.PValue < 0.05 {
				f.raw++
			}
			if *e.PAdjusted < 0.05 {
				f.kept++
			}
		}
	}
	if total == 0 {
		return nil
	}
	out := []string{fmt.Sprintf("%s made in all, sensitivity analyses included; %s a p-value below 0.05 before any correction.", were(total, "test"), have(raw))}
	for _, f := range families {
		if f.name == "" || !f.adjusted {
			continue
		}
		missed := ""
		if f.missed > 0 {
			missed = fmt.Sprintf(", %d more could not be", f.missed)
		}
		out = append(out, fmt.Sprintf("Family %s: %s tested together%s; %s p below 0.05; after %s correction %s.", f.name, were(f.tests, "effect"), missed, have(f.raw), adjustment(f.adjust), remain(f.kept)))
	}
	return out
}

func were(n int, word string) string {
	if n == 1 {
		return "1 " + word + " was"
	}
	return fmt.Sprintf("%d %ss were", n, word)
}

func have(n int) string {
	if n == 1 {
		return "1 has"
	}
	return fmt.Sprintf("%d have", n)
}

func remain(n int) string {
	if n == 1 {
		return "1 remains"
	}
	return fmt.Sprintf("%d remain", n)
}

func adjustment(name string) string {
	switch name {
	case "holm":
		return "Holm's"
	case "hochberg":
		return "Hochberg's"
	case "bh":
		return "Benjamini and Hochberg's"
	case "romano-wolf":
		return "Romano and Wolf's"
	case "":
		return "the planned"
	}
	return name
}
