package formula

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// frame evaluates trees over rows of a table.
type frame struct {
	table   *table.Table
	text    string
	options Options
	rows    []int // rows kept
	notes   []analysis.Note
	set     *setting
}

// setting is a column that is read as if every row held one level.
type setting struct {
	column string
	level  string
	number float64
}

// variable is one evaluated variable of a formula: numbers, or categories
// with their levels in contrast order (reference level first).
type variable struct {
	label  string
	values []float64
	codes  []int32
	levels []string
}

func (v *variable) categorical() bool { return v.values == nil }

func (f *frame) fail(n *node, format string, args ...any) error {
	return &SyntaxError{f.text, min(n.position, len(f.text)), fmt.Sprintf(format, args...)}
}

// variable evaluates a variable of a term.
func (f *frame) variable(n *node) (*variable, error) {
	label := n.String()
	switch {
	case n.op == nameNode:
		kind, err := f.table.Kind(n.text)
		if err != nil {
			return nil, err
		}
		if kind == table.NumericKind && identifier(n.text) && !slices.Contains(f.options.Categorical, n.text) {
			f.note("identifier_as_category", n.text, fmt.Sprintf("column %s holds numbers but is called like an identifier, so it is read as categories; write I(%s) to use it as a number", n.text, n.text))
		} else if kind == table.NumericKind && !slices.Contains(f.options.Categorical, n.text) {
			break
		}
		c, err := f.table.Category(n.text)
		if err != nil {
			return nil, err
		}
		return f.category(label, n.text, c.Levels, c.Codes)
	case n.op == callNode && (n.text == "factor" || n.text == "as.factor"):
		return f.factor(label, n.args[0])
	case n.op == callNode && n.text == "I" && comparison(n.args[0].strip()):
		codes, err := f.logical(n.args[0].strip())
		if err != nil {
			return nil, err
		}
		return &variable{label: label, codes: codes, levels: []string{"FALSE", "TRUE"}}, nil
	}
	values, err := f.finite(n)
	if err != nil {
		return nil, err
	}
	return &variable{label: label, values: values}, nil
}

func (f *frame) note(code, term, text string) {
	n := analysis.Note{Code: code, Term: term, Text: text}
	if !slices.Contains(f.notes, n) {
		f.notes = append(f.notes, n)
	}
}

// identifier says whether a column is called like a code rather than a quantity.
func identifier(name string) bool {
	l := strings.ToLower(name)
	return l == "la" || l == "urn" || strings.HasSuffix(l, "_id") || strings.HasSuffix(l, "_code")
}

// finite evaluates numbers over the rows kept and refuses what is not finite.
func (f *frame) finite(n *node) ([]float64, error) {
	values, err := f.numbers(n, f.rows)
	if err != nil {
		return nil, err
	}
	for i, x := range values {
		if x-x != 0 { // no finite number
			columns := unique(n.columns(nil))
			return nil, dataset.Problemf(f.table.Name, f.table.Line(f.rows[i]), strings.Join(columns, ", "),
				"%s is not a finite number in this row; change the transformation or leave such rows out with --where", n)
		}
	}
	return values, nil
}

// numbers evaluates arithmetic over the given rows.
func (f *frame) numbers(n *node, rows []int) ([]float64, error) {
	switch n.op {
	case nameNode:
		c, err := f.table.Numeric(n.text)
		if err != nil {
			return nil, err
		}
		if isWhole(rows, len(c.Values)) && f.set == nil {
			return slices.Clone(c.Values), nil
		}
		out := make([]float64, len(rows))
		for i, r := range rows {
			out[i] = c.Values[r]
		}
		if f.set != nil && f.set.column == n.text {
			for i := range out {
				out[i] = f.set.number
			}
		}
		return out, nil
	case numberNode:
		x, err := strconv.ParseFloat(n.text, 64)
		if err != nil {
			return nil, f.fail(n, "a number is wanted here")
		}
		out := make([]float64, len(rows))
		for i := range out {
			out[i] = x
		}
		return out, nil
	case parenNode:
		return f.numbers(n.args[0], rows)
	case unaryNode:
		out, err := f.numbers(n.args[0], rows)
		if err == nil && n.text == "-" {
			for i := range out {
				out[i] = -out[i]
			}
		}
		return out, err
	case callNode:
		return f.call(n, rows)
	case binaryNode:
		operate, ok := arithmetic[n.text]
		if !ok {
			return nil, f.fail(n, "%q is no arithmetic", n.text)
		}
		left, err := f.numbers(n.args[0], rows)
		if err != nil {
			return nil, err
		}
		right, err := f.numbers(n.args[1], rows)
		if err != nil {
			return nil, err
		}
		for i := range left {
			left[i] = operate(left[i], right[i])
		}
		return left, nil
	}
	return nil, f.fail(n, "a number or a numeric column is wanted here")
}

var arithmetic = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b },
	"-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b },
	"/": func(a, b float64) float64 { return a / b },
	"^": func(a, b float64) float64 {
		if b == 2 {
			return a * a
		}
		return math.Pow(a, b)
	},
}

var functions = map[string]func(float64) float64{
	"log": math.Log, "log2": math.Log2, "log10": math.Log10, "log1p": math.Log1p,
	"exp": math.Exp, "sqrt": math.Sqrt, "abs": math.Abs, "I": func(x float64) float64 { return x },
}

func (f *frame) call(n *node, rows []int) ([]float64, error) {
	if n.text == "scale" {
		return f.scale(n, rows)
	}
	apply, ok := functions[n.text]
	if !ok {
		return nil, f.fail(n, "%s() cannot stand inside arithmetic", n.text)
	}
	out, err := f.numbers(n.args[0], rows)
	for i := range out {
		out[i] = apply(out[i])
	}
	return out, err
}

// scale centres and divides by the standard deviation of all rows of the table
// that have a value, as R's scale() inside a formula does.
func (f *frame) scale(n *node, rows []int) ([]float64, error) {
	all := make([]int, f.table.Rows())
	for i := range all {
		all[i] = i
	}
	plain := *f
	plain.set = nil
	values, err := plain.numbers(n.args[0], all)
	if err != nil {
		return nil, err
	}
	sum, count := 0.0, 0.0
	for _, x := range values {
		if !math.IsNaN(x) {
			sum += x
			count++
		}
	}
	mean := sum / count
	first, square := 0.0, 0.0
	for _, x := range values {
		if !math.IsNaN(x) {
			first += x - mean
			square += (x - mean) * (x - mean)
		}
	}
	mean += first / count
	sd := math.Sqrt((square - first*first/count) / (count - 1))
	out, err := f.numbers(n.args[0], rows)
	for i := range out {
		out[i] = (out[i] - mean) / sd
	}
	return out, err
}

var comparisons = map[string]func(a, b float64) bool{
	"==": func(a, b float64) bool { return a == b },
	"!=": func(a, b float64) bool { return a != b },
	"<":  func(a, b float64) bool { return a < b },
	"<=": func(a, b float64) bool { return a <= b },
	">":  func(a, b float64) bool { return a > b },
	">=": func(a, b float64) bool { return a >= b },
}

func comparison(n *node) bool { return n.op == binaryNode && comparisons[n.text] != nil }

// logical evaluates a comparison: 1 where it holds.
func (f *frame) logical(n *node) ([]int32, error) {
	out := make([]int32, len(f.rows))
	word, name := n.args[1], n.args[0]
	if word.op == textNode && name.op == nameNode && (n.text == "==" || n.text == "!=") {
		c, err := f.table.Category(name.text)
		if err != nil {
			return nil, err
		}
		for i, r := range f.rows {
			level := c.Levels[c.Codes[r]]
			if f.set != nil && f.set.column == name.text {
				level = f.set.level
			}
			if (level == word.text) == (n.text == "==") {
				out[i] = 1
			}
		}
		return out, nil
	}
	left, err := f.finite(n.args[0])
	if err != nil {
		return nil, err
	}
	right, err := f.finite(n.args[1])
	if err != nil {
		return nil, err
	}
	holds := comparisons[n.text]
	for i := range left {
		if holds(left[i], right[i]) {
			out[i] = 1
		}
	}
	return out, nil
}
