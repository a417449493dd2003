package charts

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"swis/analysis"
	"swis/dataset"
)

// outcomeLabel is the name of an outcome column in words.
func outcomeLabel(name string) string {
	if o, ok := dataset.OutcomeNamed(name); ok {
		return o.Label
	}
	text := strings.ReplaceAll(name, "_", " ")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func value(x analysis.Number) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

// percentChange says a ratio as "24% lower" or "6% higher".
func percentChange(ratio float64) string {
	change := 100 * (ratio - 1)
	decimals := 0
	if math.Abs(change) < 9.95 {
		decimals = 1
	}
	switch {
	case math.Abs(change) < 0.05:
		return "the same"
	case change < 0:
		return number(-change, decimals) + "% lower"
	}
	return number(change, decimals) + "% higher"
}

func ratioText(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case x < 0.095:
		return number(x, 3)
	case x >= 99.5:
		return number(x, 0)
	}
	return number(x, 2)
}

func pText(p analysis.Number) string {
	switch {
	case p == nil:
		return "–"
	case *p < 0.001:
		return "<0.001"
	case *p < 0.0995:
		return number(*p, 3)
	case *p > 0.99 && *p < 1:
		return ">0.99"
	}
	return number(*p, 2)
}

func levelPercent(level float64) string {
	if level == 0 {
		level = 0.95
	}
	return fmt.Sprintf("%.4g%%", 100*level)
}

// source says where a result's numbers come from and how many they are.
func source(r *analysis.Result) string {
	var parts []string
	for _, in := range r.Provenance.Inputs {
		parts = append(parts, fileName(in.File))
	}
	text := strings.Join(parts, ", ")
	if n := sizes(r); n != "" {
		if text != "" {
			text += "; "
		}
		text += n
	}
	if text == "" && r.Provenance.Program == "" {
		return ""
	}
	if text == "" { // made from figures that were given, not from data
		return "the numbers given on the command line; " + r.Provenance.Program + "."
	}
	if r.Provenance.Program != "" {
		text += "; " + r.Provenance.Program
	}
	return text + "."
}

// fileName is the end of a path: folders of one machine say nothing to a reader.
func fileName(path string) string {
	path = filepath.ToSlash(path)
	parts := strings.Split(path, "/")
	if len(parts) > 2 {
		parts = parts[len(parts)-2:]
	}
	return strings.Join(parts, "/")
}

func sizes(r *analysis.Result) string {
	var parts []string
	for _, g := range []string{"school", "school_id", "unit", "la"} {
		if n := r.Fit.NGroups[g]; n > 0 {
			word := map[string]string{"school": "schools", "school_id": "schools", "unit": "schools", "la": "LAs"}[g]
			parts = append(parts, number(float64(n), 0)+" "+word)
		}
	}
	if r.Fit.NObs > 0 {
		parts = append(parts, number(float64(r.Fit.NObs), 0)+" rows")
	}
	return strings.Join(parts, ", ")
}

// text and num make cells of a figure's data.
func text(s string) analysis.Cell { return analysis.Cell{Text: s} }

func num(x float64) analysis.Cell { return analysis.Cell{Value: analysis.Num(x)} }

func columns(names ...string) []analysis.Column {
	out := make([]analysis.Column, len(names))
	for i, n := range names {
		out[i] = analysis.Column{Name: n}
	}
	return out
}
