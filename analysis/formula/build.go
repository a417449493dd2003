package formula

import (
	"fmt"
	"math"
	"slices"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// Options says how columns are read and which others belong to the analysis.
type Options struct {
	Reference   map[string]string // reference level by column
	Categorical []string          // numeric columns to read as categories
	Also        []string          // columns that must be present too: cluster, unit, stratum
	Exposure    string            // column whose log is added to the offset
	Weights     string            // column of prior weights
	Words       bool              // an outcome of two words is allowed: the second in order is 1
	Rows        []int             // rows to use as they are, none of them missing; nil for all complete rows
}

// Build applies a formula to a table. Rows that lack a value of a column in
// use are dropped and counted. What is no number where one is wanted, a
// transformation that is not finite, and an exposure of zero are refused as
// dataset.Problems.
func Build(f *Formula, t *table.Table, o Options) (*Design, error) {
	frame := &frame{table: t, text: f.text, options: o, rows: o.Rows}
	d := &Design{Text: f.text, table: t, formula: f, options: o}
	for column := range o.Reference {
		if !t.Has(column) && !slices.ContainsFunc(f.variables, func(n *node) bool { return n.op == callNode && n.args[0].String() == column }) {
			return nil, &table.UnknownColumn{File: t.Name, Name: column, Nearest: table.Nearest(column, t.Names())}
		}
	}
	if o.Rows == nil {
		var err error
		if frame.rows, d.Dropped, err = complete(t, f.used(o)); err != nil {
			return nil, err
		}
	}
	if err := frame.weights(d); err != nil {
		return nil, err
	}
	if err := frame.response(f, d); err != nil {
		return nil, err
	}
	if len(frame.rows) == 0 {
		return nil, analysis.NotEstimablef("no row is left that has every column of %s; see which column is empty with swis describe", f.text)
	}
	d.Rows = frame.rows
	var err error
	if d.Fixed, err = frame.fixed(f); err != nil {
		return nil, err
	}
	if err := frame.offset(f, d); err != nil {
		return nil, err
	}
	if d.Random, err = frame.random(f); err != nil {
		return nil, err
	}
	if d.Absorbed, err = frame.absorbed(f); err != nil {
		return nil, err
	}
	d.Notes = frame.notes
	return d, nil
}

func (f *Formula) used(o Options) []string {
	names := append(f.Columns(), o.Also...)
	for _, name := range []string{o.Exposure, o.Weights} {
		if name != "" {
			names = append(names, name)
		}
	}
	return unique(names)
}

// complete gives the rows without missing cells in the named columns and
// counts the others.
func complete(t *table.Table, names []string) ([]int, []Drop, error) {
	n := t.Rows()
	var bad []bool // nil while no row lacks a value
	isBad := func(i int) bool {
		if bad == nil {
			bad = make([]bool, n)
		}
		return bad[i]
	}
	var dropped []Drop
	for _, name := range names {
		kind, err := t.Kind(name)
		if err != nil {
			return nil, nil, err
		}
		var count [3]int
		if kind == table.NumericKind {
			c, err := t.Numeric(name)
			if err != nil {
				return nil, nil, err
			}
			for i, m := range c.Marks {
				if m != table.Present && !isBad(i) {
					bad[i] = true
					count[m]++
				}
			}
		} else {
			c, err := t.Category(name)
			if err != nil {
				return nil, nil, err
			}
			for i, code := range c.Codes {
				if code < 0 && !isBad(i) {
					bad[i] = true
					count[table.Missing]++
				}
			}
		}
		for _, m := range []table.Mark{table.Missing, table.Suppressed} {
			if count[m] > 0 {
				dropped = append(dropped, Drop{m.String(), name, count[m]})
			}
		}
	}
	if bad == nil {
		return wholeRows(n), nil, nil
	}
	rows := make([]int, 0, n)
	for i, b := range bad {
		if !b {
			rows = append(rows, i)
		}
	}
	return rows, dropped, nil
}

// weights reads the prior weights, refuses negative ones and leaves out rows
// that weigh nothing.
func (f *frame) weights(d *Design) error {
	if f.options.Weights == "" {
		return nil
	}
	w, err := f.finite(&node{op: nameNode, text: f.options.Weights})
	if err != nil {
		return err
	}
	for i, x := range w {
		if x < 0 {
			return dataset.Problemf(f.table.Name, f.table.Line(f.rows[i]), f.options.Weights, "is %g; a weight is positive", x)
		}
	}
	f.keep(d, func(i int) bool { return w[i] > 0 }, "zero weight", f.options.Weights)
	d.Weights = slices.DeleteFunc(w, func(x float64) bool { return x == 0 })
	return nil
}

// keep leaves out the rows for which ok is false, and counts them.
func (f *frame) keep(d *Design, ok func(i int) bool, reason, column string) {
	rows := make([]int, 0, len(f.rows))
	for i, r := range f.rows {
		if ok(i) {
			rows = append(rows, r)
		}
	}
	if gone := len(f.rows) - len(rows); gone > 0 {
		d.Dropped = append(d.Dropped, Drop{reason, column, gone})
	}
	f.rows = rows
}

// response evaluates the left-hand side.
func (f *frame) response(formula *Formula, d *Design) error {
	n := formula.response
	if n == nil {
		return nil
	}
	d.Response.Name = n.String()
	if n.op == callNode && n.text == "cbind" {
		return f.counts(n, d)
	}
	if n.op == nameNode && f.options.Words {
		if kind, err := f.table.Kind(n.text); err == nil && kind == table.CategoryKind {
			return f.words(n, d)
		}
	}
	var err error
	d.Response.Y, err = f.finite(n)
	return err
}

// words reads an outcome of two words as 0 and 1.
func (f *frame) words(n *node, d *Design) error {
	c, err := f.table.Category(n.text)
	if err != nil {
		return err
	}
	v, err := f.category(n.text, n.text, c.Levels, c.Codes)
	if err != nil {
		return err
	}
	if len(v.levels) > 2 {
		return dataset.Problemf(f.table.Name, 0, n.text, "holds %d different words (%s); an outcome is a number or one of two words", len(v.levels), list(v.levels))
	}
	d.Response.Levels = v.levels
	d.Response.Y = make([]float64, len(v.codes))
	for i, c := range v.codes {
		d.Response.Y[i] = float64(c)
	}
	return nil
}

// counts reads cbind(successes, failures).
func (f *frame) counts(n *node, d *Design) error {
	k, err := f.finite(n.args[0])
	if err != nil {
		return err
	}
	rest, err := f.finite(n.args[1])
	if err != nil {
		return err
	}
	for i := range k {
		if k[i] < 0 || rest[i] < 0 {
			return dataset.Problemf(f.table.Name, f.table.Line(f.rows[i]), "", "%s has a negative count; both are counts of successes and failures", n)
		}
	}
	positive := func(i int) bool { return k[i]+rest[i] > 0 }
	if f.options.Rows == nil {
		f.keep(d, positive, "no trials", n.String())
	}
	for i := range k {
		if positive(i) || f.options.Rows != nil {
			d.Response.Y = append(d.Response.Y, k[i])
			d.Response.Trials = append(d.Response.Trials, k[i]+rest[i])
		}
	}
	if d.Weights != nil && len(d.Weights) != len(d.Response.Y) {
		var w []float64
		for i := range k {
			if positive(i) {
				w = append(w, d.Weights[i])
			}
		}
		d.Weights = w
	}
	return nil
}

// offset sums the offsets and the log of the exposure.
func (f *frame) offset(formula *Formula, d *Design) error {
	add := func(x []float64) {
		if d.Offset == nil {
			d.Offset = x
			return
		}
		for i := range x {
			d.Offset[i] += x[i]
		}
	}
	for _, n := range formula.offsets {
		x, err := f.finite(n)
		if err != nil {
			return err
		}
		add(x)
	}
	if f.options.Exposure == "" {
		return nil
	}
	e, err := f.numbers(&node{op: nameNode, text: f.options.Exposure}, f.rows)
	if err != nil {
		return err
	}
	logs := make([]float64, len(e))
	for i, x := range e {
		if !(x > 0) {
			return dataset.Problemf(f.table.Name, f.table.Line(f.rows[i]), f.options.Exposure,
				"an exposure of %g; exposure is positive, so leave such rows out with --where '%s > 0' or correct them", x, f.options.Exposure)
		}
		logs[i] = math.Log(x)
	}
	d.Exposure = e
	add(logs)
	return nil
}

// DropSentence says in words which rows were left out, or is empty.
func (d *Design) DropSentence() string {
	s := ""
	for i, drop := range d.Dropped {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("%d for %s %s", drop.Count, drop.Reason, drop.Column)
	}
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%d of %d rows left out: %s.", d.DroppedRows(), d.DroppedRows()+d.N(), s)
}
