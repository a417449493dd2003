// Package formula turns R's Wilkinson notation, as lme4 and fixest users write
// it, into named design matrices: response, fixed effects, random terms,
// absorbed effects and offset.
package formula

import (
	"swis/analysis"
	"swis/dataset/table"
)

// Design is a formula applied to a table: every number that an estimator
// needs, over the rows without missing values. Matrices are stored by column.
type Design struct {
	Text     string // the formula as given
	Response Response
	Fixed    Fixed
	Offset   []float64 // n, the sum of all offsets; nil where there is none
	Random   []Random
	Absorbed []Absorbed
	Exposure []float64 // n, the column of Options.Exposure, whose log is in Offset; nil where there is none
	Weights  []float64 // n, the column of Options.Weights; nil where there is none
	Rows     []int     // row of the table for each of the n rows kept
	Dropped  []Drop
	Notes    []analysis.Note
	formula  *Formula
	options  Options
	table    *table.Table
}

// N is the number of rows kept.
func (d *Design) N() int { return len(d.Rows) }

// DroppedRows is the number of rows that were left out.
func (d *Design) DroppedRows() int {
	n := 0
	for _, drop := range d.Dropped {
		n += drop.Count
	}
	return n
}

// Response is the left-hand side. Trials is nil unless it is cbind(k, n - k).
type Response struct {
	Name   string
	Levels []string  // the two words of an outcome in words, the second of which is 1; else nil
	Y      []float64 // n; successes for cbind
	Trials []float64 // n or nil
}

// Fixed is the fixed-effects model matrix with R's coefficient names.
type Fixed struct {
	Names     []string    // p, e.g. "(Intercept)", "armSWIS", "armSWIS:post", "factor(term)3"
	X         [][]float64 // p columns of n
	Term      []int       // p, index into Terms of each column; -1 for the intercept
	Terms     []string    // as written, e.g. "arm", "arm:post", "factor(term)"
	Intercept bool
}

// Random is one random-effects term (lhs | group). (1 | la/school) gives two:
// groups la and school:la. (t || school) gives one uncorrelated term for each column.
type Random struct {
	Group      string
	Levels     []string    // q levels in order
	Index      []int32     // n, level of each row
	Names      []string    // k columns, "(Intercept)" first where there is one
	Z          [][]float64 // k columns of n; nil for a column of ones
	Correlated bool        // k > 1 with a full covariance
}

// Absorbed is one absorbed factor of a fixest formula y ~ x | fe1 + fe2, with
// varying slopes fe[z] where asked.
type Absorbed struct {
	Name   string
	Levels []string
	Index  []int32     // n
	Slopes [][]float64 // columns of n; nil for an intercept by level only
	Only   bool        // slopes without the intercept, fe[[z]]
}

// Group is a column read as a grouping of the rows kept.
type Group struct {
	Name   string
	Levels []string // those that occur, in the order of the column's categories
	Index  []int32  // n
}

// Drop counts the rows that were left out for one reason. A row counts once,
// for the first column that it lacks.
type Drop struct {
	Reason string // "missing", "suppressed", "zero weight" or "no trials"
	Column string
	Count  int
}
