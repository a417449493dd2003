package analysis

import (
	"strings"

	"swis/dataset/disclosure"
)

// Behind is the count of children, events or days that a published number
// gives away to a reader who knows the exposure. The disclosure profile reads
// it; it is never written.
type Behind struct {
	// Of says which count it is, in the same words wherever it is published:
	// see CountOf. Empty: a count of its own.
	Of string
	N  float64
	// Children is how many children a count of days is of, at the least; zero
	// where that is not known, or each is counted for itself.
	Children float64
	Top      disclosure.Largest // parts of it that are of one school, or in tables of rows of one row, each
	// Total is what Top are parts of where that is not N: a mean of N rows is
	// made of a total that is no count.
	Total float64
	// Alone counts are behind their row of a table only, not behind the result.
	Alone bool
}

// CountOf names the count of an outcome in an arm and a period. Periods before
// the start together are Before, those from it on After.
func CountOf(outcome, arm, period string) string {
	return strings.Join([]string{outcome, arm, period}, "|")
}

// The two sides of the start of an intervention.
const (
	Before = "before"
	After  = "after"
)

// Contribute takes a school's part of the count into account.
func (b *Behind) Contribute(part float64) { b.Top.Add(part) }

// Whole is what Top are parts of.
func (b *Behind) Whole() float64 {
	if b.Total > 0 {
		return b.Total
	}
	return b.N
}

// Sum is a count that follows from others by addition, published itself or not.
type Sum struct {
	By    string
	Whole Behind
	Parts []Behind
}

// Told is a count that the sentences of a result spell out.
type Told struct {
	By     string
	Behind Behind
	Say    func(n float64) string // the words, with the number in them
}

// Tell records that the sentences of the result hold the words of a count, and
// returns these words.
func (r *Result) Tell(b Behind, say func(n float64) string) string {
	r.Told = append(r.Told, Told{Behind: b, Say: say})
	return say(b.N)
}

// withheldHow stands where the disclosure profile withholds an estimate.
const withheldHow = "withheld: counts behind it are too small to be shown"

// Withhold returns the estimate with its names and without its numbers.
func (e *Estimate) Withhold() Estimate {
	return Estimate{Term: e.Term, Label: e.Label, Estimand: e.Estimand, ConfLevel: e.ConfLevel, Scale: e.Scale, Part: e.Part, By: e.By, How: withheldHow}
}

// Withheld says whether the disclosure profile withholds the estimate.
func (e *Estimate) Withheld() bool { return e.Estimate == nil && e.How == withheldHow }

// EachBehind visits every count behind the numbers and sentences of a result,
// with its subgroup.
func (r *Result) EachBehind(visit func(by string, b *Behind)) {
	for i := range r.Tables {
		r.Tables[i].EachBehind(visit)
	}
	for i := range r.Checks {
		if b := r.Checks[i].Behind; b != nil {
			visit(r.Checks[i].By, b)
		}
	}
	for i := range r.Estimates {
		for k := range r.Estimates[i].Behind {
			visit(r.Estimates[i].By, &r.Estimates[i].Behind[k])
		}
	}
	for i := range r.Told {
		visit(r.Told[i].By, &r.Told[i].Behind)
	}
}

// EachBehind visits every count behind the numbers of a table. Its subgroup is
// that of the table, or what the first column says where that is called panel.
func (t *Table) EachBehind(visit func(by string, b *Behind)) {
	_, by, _ := strings.Cut(t.Name, ":")
	for _, row := range t.Rows {
		for j := range row {
			if b := row[j].Behind; b != nil {
				visit(t.ByOf(row), b)
			}
		}
	}
	for i := range t.Sums {
		s := &t.Sums[i]
		if s.By != "" {
			by = s.By
		}
		visit(by, &s.Whole)
		for k := range s.Parts {
			visit(by, &s.Parts[k])
		}
	}
}

// ByOf is the subgroup that a row of the table is about.
func (t *Table) ByOf(row []Cell) string {
	_, by, _ := strings.Cut(t.Name, ":")
	if by == "" && len(row) > 0 && len(t.Columns) > 0 && t.Columns[0].Name == "panel" {
		return row[0].Text
	}
	return by
}
