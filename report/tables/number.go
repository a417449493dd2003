// Package tables turns results into tables and pages for readers: text,
// Markdown, HTML, LaTeX, and CSV for programs. Digits are decided here, once.
package tables

import (
	"math"
	"strconv"
	"strings"

	"swis/analysis"
)

// none stands where there is no number.
const none = "–"

// fixed writes x with the given number of decimals, thousands separated and
// with a real minus sign.
func fixed(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return none
	}
	text := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if x < 0 && strings.Trim(text, "0.") != "" {
		whole = "−" + whole
	}
	return whole
}

// signed is fixed with a plus sign before positive numbers, for changes.
func signed(x float64, decimals int) string {
	text := fixed(x, decimals)
	if x > 0 && strings.Trim(text, "0.,") != "" {
		return "+" + text
	}
	return text
}

// significant writes x with n significant digits and no exponent between
// 1e-6 and 1e15.
func significant(x float64, n int) string {
	if x == 0 {
		return "0"
	}
	if a := math.Abs(x); a < 1e-6 || a >= 1e15 {
		return strings.Replace(strconv.FormatFloat(x, 'e', n-1, 64), "-", "−", -1)
	}
	return fixed(x, decimalsFor(x, n))
}

// decimalsFor is the number of decimals that shows n significant digits of x.
func decimalsFor(x float64, n int) int {
	x = math.Abs(x)
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return min(max(n-1-int(math.Floor(math.Log10(x))), 0), 8)
}

// PValue writes a p-value: three decimals under 0.1, two above, never 0 or 1.
func PValue(p analysis.Number) string {
	switch {
	case p == nil:
		return none
	case *p < 0.001:
		return "<0.001"
	case *p < 0.0995:
		return fixed(*p, 3)
	case *p > 0.99 && *p < 1:
		return ">0.99"
	}
	return fixed(*p, 2)
}

// ratioDecimals is 2, or 3 where the interval is so narrow that 2 would hide it.
func ratioDecimals(low, high analysis.Number) int {
	if low != nil && high != nil && *high-*low < 0.1 && *high < 10 {
		return 3
	}
	return 2
}

// ratio writes a ratio; one that is far from 1 keeps two significant digits.
func ratio(x analysis.Number, decimals int) string {
	if x == nil {
		return none
	}
	if *x > 0 && *x < 0.01 {
		return significant(*x, 2)
	}
	if *x >= 100 {
		return fixed(*x, 0)
	}
	return fixed(*x, decimals)
}

// estimateDecimals shows a quantity to the second significant digit of its
// standard error; more would be noise.
func estimateDecimals(estimate, stdError analysis.Number) int {
	if stdError != nil && *stdError > 0 {
		return decimalsFor(*stdError, 2)
	}
	if estimate != nil {
		return decimalsFor(*estimate, 3)
	}
	return 2
}

func number(x analysis.Number, decimals int) string {
	if x == nil {
		return none
	}
	return fixed(*x, decimals)
}

// interval writes "low to high", or a dash where either limit is missing.
func interval(low, high analysis.Number, write func(analysis.Number) string) string {
	if low == nil && high == nil {
		return none
	}
	return write(low) + " to " + write(high)
}

// degrees writes degrees of freedom: whole, or with one decimal.
func degrees(df analysis.Number) string {
	if df == nil {
		return none
	}
	if *df == math.Trunc(*df) {
		return fixed(*df, 0)
	}
	return fixed(*df, 1)
}

// columnDecimals is the number of decimals of a column of counts, rates, shares
// or ratios: one for all its numbers, so that they can be compared.
func columnDecimals(values []float64, f analysis.Format) int {
	largest := 0.0
	whole := true
	for _, x := range values {
		largest = max(largest, math.Abs(x))
		whole = whole && x == math.Trunc(x)
	}
	switch f {
	case analysis.Count:
		if whole {
			return 0
		}
		return 1
	case analysis.Rate:
		switch {
		case largest < 1:
			return decimalsFor(largest, 2)
		case largest < 10:
			return 2
		}
		return 1
	case analysis.Percent:
		if largest < 0.095 {
			return 1
		}
		return 0
	case analysis.Ratio:
		return 2
	}
	return 0
}

// cell writes a cell of a result's own table as its column's format says.
func cell(c analysis.Cell, f analysis.Format, decimals int) string {
	if c.Value == nil {
		if c.Text == "" {
			return none
		}
		return c.Text
	}
	x := *c.Value
	var text string
	switch f {
	case analysis.Percent:
		text = fixed(100*x, decimals) + "%"
	case analysis.PValue:
		text = PValue(c.Value)
	case analysis.Ratio:
		text = ratio(c.Value, decimals)
	case analysis.Count, analysis.Rate:
		text = fixed(x, decimals)
		if x != 0 && strings.Trim(text, "−0.") == "" {
			text = significant(x, 1)
		}
	default: // a column may hold quantities of many sizes: digits by cell
		text = significant(x, 3)
		if x == math.Trunc(x) && math.Abs(x) < 1e15 {
			text = fixed(x, 0)
		}
	}
	if c.Text != "" {
		return text + " " + c.Text
	}
	return text
}
