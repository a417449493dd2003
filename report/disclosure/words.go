package disclosure

import (
	"slices"
	"strings"

	"swis/analysis"
)

// words gates what a result says beside its tables.
type words struct {
	release *Release
	told    []analysis.Told
	closed  map[string]bool // subgroups of which a count is withheld; "" for all
	rows    map[string]bool // names of rows, such as of a baseline table, of which a number is withheld
}

// text is a sentence about a subgroup with the counts that it tells rounded or
// withheld.
func (w *words) text(by, text string) string {
	s := w.release
	for i := range w.told {
		t := &w.told[i]
		if t.By != by || text == "" {
			continue
		}
		words := t.Say(t.Behind.N)
		if !strings.Contains(text, words) {
			continue
		}
		shown := t.Say(s.profile.Round(t.Behind.N))
		if w.closed[t.By] { // or the others would tell it by subtraction
			_, rest, _ := strings.Cut(words, " ")
			shown = s.profile.Mark() + " " + rest
			if strings.HasPrefix(words, "the ") {
				shown = "too few events are in the comparison arm"
			}
		}
		text = strings.ReplaceAll(text, words, shown)
	}
	return s.profile.Text(text)
}

// bare says whether a text holds no number.
func bare(text string) bool { return !strings.ContainsAny(text, "0123456789") }

// summary keeps of a subgroup that is closed the sentences without numbers, and
// of the others with the number cut off what stands before it.
func (w *words) summary(r *analysis.Result) []string {
	var out []string
	said := map[string]bool{}
	for _, sentence := range r.Summary {
		by := ""
		for level := range w.closed {
			if level != "" && len(level) > len(by) && strings.HasPrefix(sentence, level+": ") {
				by = level
			}
		}
		if !w.closed[by] || bare(sentence) {
			out = append(out, w.text(by, sentence))
			continue
		}
		if said[by] {
			continue
		}
		said[by] = true
		out = append(out, withheldSentence(r, by))
	}
	return out
}

// withheldSentence stands where the numbers of a subgroup are withheld. A
// verdict in words is kept.
func withheldSentence(r *analysis.Result, by string) string {
	lead := ""
	if by != "" {
		lead = by + ": "
	}
	for _, c := range r.Checks {
		if c.Name == "verdict" && c.By == by && c.Means != "" && bare(c.Means) {
			return lead + upperFirst(c.Means) + "; the counts behind this are too small to be shown."
		}
	}
	return lead + "Some counts are too small to be shown, and what follows from them is withheld with them."
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (w *words) estimates(r, out *analysis.Result) {
	out.Estimates = make([]analysis.Estimate, len(r.Estimates))
	for i, e := range r.Estimates {
		e.How, e.Label, e.Estimand = w.text(e.By, e.How), w.text(e.By, e.Label), w.text(e.By, e.Estimand)
		if w.closed[e.By] || slices.ContainsFunc(e.Behind, func(b analysis.Behind) bool { return w.release.gone(e.By, &b) }) {
			e = e.Withhold()
		}
		out.Estimates[i] = e
	}
	out.Tests = make([]analysis.Test, len(r.Tests))
	for i, t := range r.Tests {
		t.How, t.Label = w.text(t.By, t.How), w.text(t.By, t.Label)
		if w.closed[t.By] {
			t = analysis.Test{Name: t.Name, Label: t.Label, By: t.By}
		}
		out.Tests[i] = t
	}
	out.RandomEffects = slices.DeleteFunc(slices.Clone(r.RandomEffects), func(e analysis.RandomEffect) bool { return w.closed[e.By] })
	if w.closed[""] {
		out.Fit = closedFit(r.Fit)
	}
	out.Fits = slices.Clone(r.Fits)
	for i := range out.Fits {
		if w.closed[out.Fits[i].By] {
			out.Fits[i] = closedFit(out.Fits[i])
		}
	}
	out.Effects = w.effects(r.Effects)
	for _, by := range w.levels() {
		out.Notes = append(out.Notes, analysis.Note{Code: "withheld", By: by, Text: "counts behind these numbers are too small to be shown; what follows from them is withheld with them"})
	}
}

// levels are the closed subgroups in order.
func (w *words) levels() []string {
	var out []string
	for by, closed := range w.closed {
		if closed {
			out = append(out, by)
		}
	}
	slices.Sort(out)
	return out
}

// closedFit says of a fit how many rows it had and how it ended.
func closedFit(f analysis.Fit) analysis.Fit {
	return analysis.Fit{By: f.By, NObs: f.NObs, NDropped: f.NDropped, NGroups: f.NGroups, Status: f.Status}
}

// effects keeps departures of schools or authorities where the events of each
// are counted and may be shown: a departure and the model give the count.
func (w *words) effects(list []analysis.Effect) []analysis.Effect {
	for _, e := range list {
		if e.Behind == nil || w.release.profile.withheld(e.Behind) {
			return nil
		}
	}
	return list
}

func (w *words) checks(r, out *analysis.Result) {
	p := w.release.profile
	out.Checks = make([]analysis.Check, 0, len(r.Checks))
	for _, c := range r.Checks {
		c.Means = w.text(c.By, c.Means)
		b := c.Behind
		c.Behind = nil
		_, row, _ := strings.Cut(c.Name, ":")
		switch {
		case c.Name == "verdict" || c.Value == nil:
		case w.closed[c.By] || w.rows[row] || b != nil && w.release.gone(c.By, b), p.Small(*c.Value) && countCheck(c.Name):
			c.Value, c.Limit, c.OK = nil, nil, nil
			if !bare(c.Means) {
				c.Means = ""
			}
		case b != nil && p == TRE:
			c.Value = p.made(*c.Value, b)
		case countCheck(c.Name):
			c.Value = analysis.Num(p.Round(*c.Value))
		}
		out.Checks = append(out.Checks, c)
	}
}

// countCheck says whether a check is a count of events or children.
func countCheck(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	for _, word := range []string{"events_", "children", "pupils", "n_", "n"} {
		if name == strings.TrimSuffix(word, "_") || strings.HasSuffix(word, "_") && strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

func (w *words) notes(list []analysis.Note) []analysis.Note {
	out := make([]analysis.Note, 0, len(list))
	for _, n := range list {
		if w.closed[n.By] && !bare(n.Text) {
			continue
		}
		n.Text = w.text(n.By, n.Text)
		out = append(out, n)
	}
	return out
}
