package tables

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"swis/analysis"
	"swis/report"
)

// inferenceLabels names the tests of --inference all, in their order.
var inferenceLabels = []struct{ name, label string }{
	{"cr1s", "CR1S"}, {"cr2", "CR2"}, {"cr3", "CR3"}, {"jackknife", "cluster jackknife"},
	{"wild_bootstrap", "wild cluster restricted bootstrap"},
	{"permutation", "randomisation inference"}, {"cluster_t", "school-level t"},
	{"cluster_t_weighted", "school-level t, weighted"}, {"hayes_moulton", "Hayes & Moulton"},
}

// Inference makes the table of one contrast under every method, or nil where
// fewer than three methods were run.
func Inference(r *analysis.Result) *report.Table {
	list := inferenceTests(r)
	if len(list) < 3 {
		return nil
	}
	exponentiate := false
	if e := headline(r); e != nil {
		exponentiate = isRatio(e)
	}
	t := &report.Table{Name: "inference", Title: "The same contrast under every method", Columns: []report.Column{
		{Label: "method"}, {Label: levelLabel(r.Estimates), Align: report.Interval}, {Label: "p", Align: report.Decimal}}}
	for _, test := range list {
		low, high := test.ConfLow, test.ConfHigh
		if exponentiate {
			low, high = exp(low), exp(high)
		}
		decimals := ratioDecimals(low, high)
		if !exponentiate && low != nil && high != nil {
			decimals = decimalsFor((*high-*low)/4, 2)
		}
		label := test.Label
		if label == "" {
			label = inferenceLabel(test.Name)
		}
		if test.By != "" {
			label += ", " + test.By
		}
		planned := strings.Contains(label, "planned") || strings.HasPrefix(test.How, "planned")
		label = strings.TrimSpace(strings.Replace(label, "(planned)", "", 1))
		if planned {
			label = "▸ " + label + ", planned"
		}
		p := PValue(test.PValue)
		if test.How != "" && test.How != "planned" {
			t.Notes = append(t.Notes, test.How)
			p += " " + report.Marker(len(t.Notes))
		}
		t.Rows = append(t.Rows, report.Row{Cells: []string{label,
			interval(low, high, func(x analysis.Number) string { return number(x, decimals) }), p}})
	}
	return t
}

func inferenceTests(r *analysis.Result) []analysis.Test {
	var list []analysis.Test
	for _, m := range inferenceLabels {
		for _, test := range r.Tests {
			if test.Name == m.name {
				list = append(list, test)
			}
		}
	}
	return list
}

func exp(x analysis.Number) analysis.Number {
	if x == nil {
		return nil
	}
	return analysis.Num(math.Exp(*x))
}

// tests says each test in a line; those of the inference table are left out.
func tests(r *analysis.Result) []report.Item {
	shown := map[string]bool{}
	if list := inferenceTests(r); len(list) >= 3 {
		for _, test := range list {
			shown[test.Name] = true
		}
	}
	var items []report.Item
	for _, test := range r.Tests {
		if shown[test.Name] {
			continue
		}
		label := test.Label
		if label == "" {
			label = testLabel(test.Name)
		}
		if test.By != "" {
			label += ", " + test.By
		}
		items = append(items, report.Item{Name: label, Text: TestSentence(&test)})
	}
	return items
}

// TestsTable makes a table of tests where they are many, or nil.
func TestsTable(r *analysis.Result) *report.Table {
	inference := map[string]bool{}
	if list := inferenceTests(r); len(list) >= 3 {
		for _, test := range list {
			inference[test.Name] = true
		}
	}
	t := &report.Table{Name: "tests", Title: "Tests", Columns: []report.Column{{Label: "test"}, {Label: "statistic"}, {Label: "p", Align: report.Decimal}}}
	marks := map[string]string{}
	level := ""
	for _, test := range r.Tests {
		if inference[test.Name] {
			continue
		}
		if test.By != level {
			level = test.By
			t.Rows = append(t.Rows, report.Row{Kind: report.SectionRow, Cells: []string{level}})
		}
		label := test.Label
		if label == "" {
			label = testLabel(test.Name)
		}
		p := PValue(test.PValue)
		if test.How != "" {
			if marks[test.How] == "" {
				t.Notes = append(t.Notes, test.How)
				marks[test.How] = report.Marker(len(t.Notes))
			}
			p += " " + marks[test.How]
		}
		value := none
		if test.Statistic != nil {
			value = statisticLetter(&test) + statistic(*test.Statistic)
		}
		t.Rows = append(t.Rows, report.Row{Cells: []string{label, value, p}})
	}
	if len(t.Rows) <= 4 {
		return nil
	}
	return t
}

// statisticLetter is the name of a test's statistic before its value.
func statisticLetter(t *analysis.Test) string {
	switch {
	case t.DF1 != nil && t.DF2 != nil:
		return fmt.Sprintf("F(%s, %s) = ", degrees(t.DF1), degrees(t.DF2))
	case t.DF1 != nil && tStatistic(t.Name):
		return fmt.Sprintf("t(%s) = ", degrees(t.DF1))
	case t.DF1 != nil:
		return fmt.Sprintf("χ²(%s) = ", degrees(t.DF1))
	}
	return ""
}

// TestSentence writes a statistic with its degrees of freedom and p-value, and
// how it was made.
func TestSentence(t *analysis.Test) string {
	var parts []string
	if t.Statistic != nil {
		letter := statisticLetter(t)
		if letter == "" {
			letter = "statistic = "
		}
		parts = append(parts, letter+statistic(*t.Statistic))
	}
	p := PValue(t.PValue)
	switch {
	case t.PValue == nil:
		parts = append(parts, "p not available")
	case strings.HasPrefix(p, "<"), strings.HasPrefix(p, ">"):
		parts = append(parts, "p "+p[:1]+" "+p[1:])
	default:
		parts = append(parts, "p = "+p)
	}
	text := strings.Join(parts, ", ")
	if t.How != "" {
		text += " (" + t.How + ")"
	}
	return text
}

func statistic(x float64) string {
	if x >= 100 || x <= -100 {
		return fixed(x, 1)
	}
	return fixed(x, 2)
}

func tStatistic(name string) bool {
	switch name {
	case "cr1s", "cr2", "cr3", "jackknife", "cluster_t", "cluster_t_weighted", "hayes_moulton", "wild_bootstrap":
		return true
	}
	return false
}

func testLabel(name string) string {
	switch name {
	case "pre_trends":
		return "Parallel trends"
	case "first_stage":
		return "First stage"
	case "model":
		return "Model against its mean"
	case "rate_ratio_exact":
		return "Exact test of the rate ratio"
	case "permutation":
		return "Randomisation inference"
	case "wild_bootstrap":
		return "Wild cluster bootstrap"
	}
	return inferenceLabel(name)
}

func inferenceLabel(name string) string {
	for _, m := range inferenceLabels {
		if m.name == name {
			return m.label
		}
	}
	return words(name)
}

func words(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "_", " "), ":", ": ")
}

// checks says each diagnostic in a line: its sentence where it has one. Bare
// numbers are shown only where no table shows them.
func checks(r *analysis.Result) []report.Item {
	said := false
	h := headline(r)
	exponentiate := h != nil && isRatio(h)
	for _, c := range r.Checks {
		said = said || c.Means != ""
	}
	var items []report.Item
	for _, c := range r.Checks {
		failed := c.OK != nil && !*c.OK
		if strings.HasPrefix(c.Name, "drop_one:") || strings.HasPrefix(c.Name, "partial_leverage:") {
			continue // one a school: in the files
		}
		if (c.Name == "drop_one_min" || c.Name == "drop_one_max") && exponentiate {
			c.Value = exp(c.Value)
		}
		if c.Name == "verdict" && len(r.Summary) > 0 {
			continue
		}
		if c.By != "" && !failed && len(r.Checks) > 6 {
			continue
		}
		if c.Means == "" && (len(r.Tables) > 0 || (!failed && (said || len(r.Checks) > 30))) {
			continue
		}
		name := checkLabel(c.Name)
		if c.By != "" {
			name += ", " + c.By
		}
		items = append(items, report.Item{Name: name, Text: checkSentence(&c)})
	}
	return items
}

func checkLabel(name string) string {
	switch name {
	case "fe_all_zero_groups":
		return "never any event"
	case "dispersion_pearson":
		return "dispersion"
	case "comparator_events_needed":
		return "events needed"
	}
	return words(name)
}

func checkSentence(c *analysis.Check) string {
	value := none
	if c.Value != nil {
		value = checkValue(*c.Value)
	}
	switch {
	case c.Means == "" && c.Limit != nil:
		return value + " (limit " + significant(*c.Limit, 3) + ")"
	case c.Means == "":
		return value
	case c.Value == nil || *c.Value == 0 || says(c.Means, *c.Value):
		return c.Means
	}
	return value + ": " + c.Means
}

func checkValue(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return fixed(x, 0)
	}
	return significant(x, 3)
}

// says whether a sentence holds a number already, with some number of digits
// or as a percentage.
func says(sentence string, x float64) bool {
	for n := 1; n <= 4; n++ {
		for _, text := range []string{significant(x, n), significant(100*x, n) + "%", significant(100*math.Abs(x), n) + "%", significant(-x, n), fixed(x, n-1), strconv.FormatFloat(x, 'g', n, 64)} {
			if wholeNumber(sentence, text) {
				return true
			}
		}
	}
	return false
}

// wholeNumber says whether text stands in a sentence as a number of its own.
func wholeNumber(sentence, text string) bool {
	if text == "" || text == "0" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(sentence[from:], text)
		if i < 0 {
			return false
		}
		i += from
		before := i == 0 || !strings.ContainsRune("0123456789.,", rune(sentence[i-1]))
		end := i + len(text)
		after := end == len(sentence) || !(sentence[end] >= '0' && sentence[end] <= '9') &&
			!(end+1 < len(sentence) && (sentence[end] == '.' || sentence[end] == ',') && sentence[end+1] >= '0' && sentence[end+1] <= '9')
		if before && after {
			return true
		}
		from = end
	}
}
