package disclosure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"swis/analysis"
)

// Table is the table as it is published.
func (s *Release) Table(t *analysis.Table) *analysis.Table {
	x := s.tables[t]
	if x == nil {
		return s.profile.Table(t)
	}
	out, _ := s.shown(x)
	return out
}

// shown is the table as it is published, and how many cells are withheld. With
// a count go all numbers of its row but those about no person: rates, extremes
// and shares of zeros say too much of it.
func (s *Release) shown(x *shownTable) (*analysis.Table, int) {
	p, t := s.profile, x.table
	out := *t
	out.Title, out.Sums = p.Text(t.Title), nil
	out.Rows = make([][]analysis.Cell, len(t.Rows))
	count := 0
	for i, row := range t.Rows {
		cells := make([]analysis.Cell, len(row))
		closed := false
		for _, at := range x.at[i] {
			closed = closed || at >= 0 && s.hidden[at]
		}
		for j, c := range row {
			c.Text, c.Behind = p.Text(c.Text), nil
			if c.Value != nil && j < len(t.Columns) {
				column := t.Columns[j]
				if s.cellGone(x, i, j, closed) {
					c = analysis.Cell{Text: p.Mark()}
					count++
				} else {
					c.Value = p.rounded(column, row, j)
				}
			}
			cells[j] = c
		}
		out.Rows[i] = cells
	}
	return &out, count
}

func (s *Release) cellGone(x *shownTable, i, j int, closed bool) bool {
	column, c := x.table.Columns[j], x.table.Rows[i][j]
	if at := x.at[i][j]; at >= 0 {
		return s.hidden[at]
	}
	switch {
	case c.Behind != nil: // a count of zero, which is about nobody
		return false
	case public(column):
		return false
	case s.profile == TRE && extreme(column.Name):
		return true
	case personal(column) && s.profile.Small(*c.Value):
		return true
	}
	return closed
}

// rounded is a number as it is shown: counts to the base of the profile, rates
// made from the rounded count, and changes from the rounded rates.
func (p Profile) rounded(column analysis.Column, row []analysis.Cell, j int) analysis.Number {
	c := row[j]
	if p != TRE {
		return c.Value
	}
	switch b := c.Behind; {
	case personal(column):
		return analysis.Num(p.Round(*c.Value))
	case b != nil && column.Format != analysis.Percent:
		return p.made(*c.Value, b)
	case column.Name == "change" && j >= 2 && row[j-1].Behind != nil && row[j-2].Behind != nil && row[j-1].Value != nil && row[j-2].Value != nil:
		after, before := p.made(*row[j-1].Value, row[j-1].Behind), p.made(*row[j-2].Value, row[j-2].Behind)
		return analysis.Num(*after - *before)
	}
	return c.Value
}

// made is a number that is proportional to a count, from the count as rounded.
func (p Profile) made(x float64, b *analysis.Behind) analysis.Number {
	if b.N <= 0 {
		return analysis.Num(x)
	}
	return analysis.Num(x * p.Round(b.N) / b.N)
}

// Result is the result as it is published. Where a count behind the numbers of
// all or of a subgroup is withheld, everything that was estimated from it is
// withheld too: a ratio and three of its four counts give the fourth.
func (s *Release) Result(r *analysis.Result) *analysis.Result {
	p := s.profile
	if r == nil || !p.On() {
		return r
	}
	if _, known := s.results[r]; !known {
		return p.Result(r)
	}
	out := *r
	closed := map[string]bool{}
	withheld := 0
	out.Tables = make([]analysis.Table, 0, len(r.Tables))
	for _, x := range s.results[r] {
		t, n := s.shown(x)
		out.Tables = append(out.Tables, *t)
		withheld += n
		closed[x.by] = closed[x.by] || slices.ContainsFunc(x.made, func(at int) bool { return s.hidden[at] })
	}
	for _, t := range r.Told {
		closed[t.By] = closed[t.By] || s.gone(t.By, &t.Behind)
	}
	for i := range r.Fits {
		closed[r.Fits[i].By] = closed[r.Fits[i].By] || p.thin(r, &r.Fits[i])
	}
	w := &words{release: s, told: r.Told, closed: closed, rows: s.closedRows(r)}
	out.Told = nil
	out.Title, out.Subtitle = w.text("", r.Title), w.text("", r.Subtitle)
	out.Summary = w.summary(r)
	w.estimates(r, &out)
	w.checks(r, &out)
	out.Curves = w.curves(r)
	out.Notes = w.notes(r.Notes)
	if withheld > 0 {
		out.Note("disclosure", fmt.Sprintf("%d small numbers are withheld (%s), some of them so that others cannot be worked out", withheld, p))
	}
	return &out
}

// words gates what a result says beside its tables.
type words struct {
	release *Release
	told    []analysis.Told
	closed  map[string]bool // subgroups of which a count is withheld; "" for all
	rows    map[string]bool // names of rows, such as of a baseline table, of which a number is withheld
}

// closedRows are the names of the rows of a result's tables of which a number of
// children is withheld. Checks with the same name at their end go with them.
func (s *Release) closedRows(r *analysis.Result) map[string]bool {
	out := map[string]bool{}
	for _, x := range s.results[r] {
		for i, row := range x.table.Rows {
			if len(row) > 0 && row[0].Text != "" && slices.ContainsFunc(x.at[i], func(at int) bool { return at >= 0 && s.hidden[at] }) {
				out[row[0].Text] = true
			}
		}
	}
	return out
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

// curves leaves out those of closed subgroups and those that hold the rows one
// by one, and draws rows with many events together.
func (w *words) curves(r *analysis.Result) []analysis.Curve {
	p := w.release.profile
	var out []analysis.Curve
	last := map[string]int{}
	for _, c := range r.Curves {
		if strings.Contains(c.Name, "observed") && strings.HasPrefix(c.Name, "rootogram") {
			last[c.By] = p.lastShown(c.Y)
		}
	}
	for _, c := range r.Curves {
		switch {
		case w.closed[c.By], c.Name == "counterfactual_distribution":
			continue
		case p == TRE && strings.HasPrefix(c.Name, "residual"):
			continue
		case strings.HasPrefix(c.Name, "rootogram"):
			c = folded(c, last[c.By])
		case c.Name == "event_study":
			c = w.gaps(c, r)
		}
		out = append(out, c)
	}
	return out
}

// gaps is the curve of effects by time without the points that are withheld.
func (w *words) gaps(c analysis.Curve, r *analysis.Result) analysis.Curve {
	gone := map[string]bool{}
	for _, e := range r.Estimates {
		if e.By == c.By && slices.ContainsFunc(e.Behind, func(b analysis.Behind) bool { return w.release.gone(e.By, &b) }) {
			gone[e.Term] = true
		}
	}
	c.Y, c.Low, c.High = slices.Clone(c.Y), slices.Clone(c.Low), slices.Clone(c.High)
	for i, x := range c.X {
		if x != nil && gone["event:"+strconv.FormatFloat(*x, 'f', -1, 64)] {
			c.Y[i] = nil
			if i < len(c.Low) {
				c.Low[i], c.High[i] = nil, nil
			}
		}
	}
	return c
}

// lastShown is the number of events from which rows are counted together, so
// that no number of rows that is shown is small.
func (p Profile) lastShown(rows []analysis.Number) int {
	tail := 0.0
	last := 0
	for k, n := range rows {
		if n != nil && *n > 0 && p.Small(*n) {
			break
		}
		last = k
	}
	for k := len(rows) - 1; k >= 0; k-- {
		if rows[k] != nil {
			tail += *rows[k]
		}
		if k <= last && !p.Small(tail) {
			return k
		}
	}
	return 0
}

// folded is a curve of counts with all from last on together.
func folded(c analysis.Curve, last int) analysis.Curve {
	if last+1 >= len(c.Y) {
		return c
	}
	sum := 0.0
	for _, y := range c.Y[last:] {
		if y != nil {
			sum += *y
		}
	}
	c.X = slices.Clone(c.X[:last+1])
	c.Y = append(slices.Clone(c.Y[:last]), analysis.Num(sum))
	if len(c.Low) > last {
		c.Low, c.High = nil, nil
	}
	c.XLabel = strings.TrimSpace(c.XLabel + fmt.Sprintf(" (%d and more together)", last))
	return c
}
