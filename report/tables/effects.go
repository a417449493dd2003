package tables

import (
	"fmt"
	"regexp"
	"strings"

	"swis/analysis"
	"swis/report"
)

// Effects makes the table of estimates: a line an effect, or a line a
// coefficient where there are many. Ratios are shown where the scale is log or
// logit; the convention under the numbers stands in the footnotes.
func Effects(r *analysis.Result) *report.Table {
	return effects(r, r.Estimates)
}

// effectColumns says which columns a list of estimates needs.
type effectColumns struct {
	coefficient, ratio, df, adjusted, difference bool
	mixed                                        bool // ratios and differences in one column of estimates
	ratioLabel, level, unit                      string
}

func effectColumnsOf(r *analysis.Result, list []analysis.Estimate) effectColumns {
	c := effectColumns{ratioLabel: "", level: levelLabel(list)}
	terms, dfs := map[string]bool{}, map[string]bool{}
	identity := false
	for i := range list {
		e := &list[i]
		terms[e.Term+string(e.Part)] = true
		dfs[degrees(e.DF)] = true
		c.adjusted = c.adjusted || e.PAdjusted != nil
		c.ratio = c.ratio || isRatio(e)
		identity = identity || !isRatio(e)
		if e.Difference != nil {
			c.difference, c.unit = true, e.DifferenceUnit
		}
		if isRatio(e) {
			c.ratioLabel = joinRatio(c.ratioLabel, ratioLabel(r, e))
		}
	}
	c.mixed = identity && c.ratio && !hasZeroPart(list)
	c.coefficient = !c.mixed && (identity || len(terms) > 2)
	c.df = len(dfs) > 1
	return c
}

func joinRatio(a, b string) string {
	if a == "" || a == b {
		return b
	}
	return "ratio"
}

func isRatio(e *analysis.Estimate) bool {
	return e.Scale == analysis.Log || e.Scale == analysis.Logit || e.Ratio != nil
}

// ratioLabel names the ratio of an estimate: rates for counts, odds on the
// logit scale, means elsewhere.
func ratioLabel(r *analysis.Result, e *analysis.Estimate) string {
	if e.Scale == analysis.Logit {
		return "odds ratio"
	}
	words := strings.ToLower(r.Method.Name + " " + r.Method.Formula + " " + r.Subtitle)
	if strings.Contains(words, "gamma") || strings.Contains(words, "gaussian") {
		return "ratio of means"
	}
	return "rate ratio"
}

func levelLabel(list []analysis.Estimate) string {
	for i := range list {
		if list[i].ConfLevel > 0 {
			return significantPercent(list[i].ConfLevel) + "% CI"
		}
	}
	return "95% CI"
}

func significantPercent(share float64) string {
	text := fmt.Sprintf("%.4g", 100*share)
	return text
}

func effects(r *analysis.Result, list []analysis.Estimate) *report.Table {
	if len(list) == 0 {
		return nil
	}
	c := effectColumnsOf(r, list)
	t := &report.Table{Name: "estimates", Columns: []report.Column{{}}}
	add := func(label, over string, align report.Align) {
		t.Columns = append(t.Columns, report.Column{Label: label, Over: over, Align: align})
	}
	if c.coefficient {
		label := "estimate"
		if c.ratio {
			label = "coefficient"
		}
		add(label, "", report.Decimal)
		add("std error", "", report.Decimal)
	}
	switch {
	case c.mixed:
		add("estimate", "", report.Decimal)
	case c.ratio:
		add(c.ratioLabel, "", report.Decimal)
	}
	add(c.level, "", report.Interval)
	if c.df {
		add("df", "", report.Decimal)
	}
	add("p", "", report.Decimal)
	pColumn := len(t.Columns) - 1
	if c.adjusted {
		add("p adjusted", "", report.Decimal)
	}
	if c.difference {
		over := "difference"
		if c.unit != "" {
			over += " " + c.unit
		}
		add("estimate", over, report.Decimal)
		add(c.level, over, report.Interval)
	}
	hows := newFootnotes(list)
	by, part := "", analysis.Part("")
	parts := hasZeroPart(list)
	oneTerm := singleTerm(list)
	for i := range list {
		e := &list[i]
		if e.By != by && e.By != "" && !oneTerm {
			t.Rows = append(t.Rows, report.Row{Kind: report.SectionRow, Cells: []string{e.By}})
			part = ""
		}
		by = e.By
		if p := partOf(e); parts && p != part {
			t.Rows = append(t.Rows, report.Row{Kind: report.SectionRow, Cells: []string{partLabel(p)}})
			part = p
		}
		row := report.Row{Cells: []string{estimateLabel(e, oneTerm)}}
		row.Cells = append(row.Cells, effectCells(e, c, hows.mark(e))...)
		if len(list) == 1 {
			row.Kind = report.EffectRow
		}
		t.Rows = append(t.Rows, row)
	}
	if hows.common {
		t.Columns[pColumn].Label += " " + report.Marker(1)
	}
	t.Notes = hows.texts
	if oneTerm && len(list) > 1 {
		e := &list[0]
		t.Title = estimateLabel(&analysis.Estimate{Term: e.Term, Label: e.Label}, false)
	}
	return t
}

// effectCells writes the cells of an estimate after its label.
func effectCells(e *analysis.Estimate, c effectColumns, mark string) []string {
	var cells []string
	if c.coefficient {
		d := estimateDecimals(e.Estimate, e.StdError)
		cells = append(cells, number(e.Estimate, d), number(e.StdError, d))
	}
	decimals := ratioDecimals(e.RatioLow, e.RatioHigh)
	writeRatio := func(x analysis.Number) string { return ratio(x, decimals) }
	switch {
	case !c.ratio:
		d := estimateDecimals(e.Estimate, e.StdError)
		cells = append(cells, interval(e.ConfLow, e.ConfHigh, func(x analysis.Number) string { return number(x, d) }))
	case isRatio(e) && e.Term != "(Intercept)":
		cells = append(cells, ratio(e.Ratio, decimals), interval(e.RatioLow, e.RatioHigh, writeRatio))
	case isRatio(e):
		cells = append(cells, none, none)
	case c.mixed:
		d := estimateDecimals(e.Estimate, e.StdError)
		cells = append(cells, number(e.Estimate, d), interval(e.ConfLow, e.ConfHigh, func(x analysis.Number) string { return number(x, d) }))
	default:
		d := estimateDecimals(e.Estimate, e.StdError)
		cells = append(cells, none, interval(e.ConfLow, e.ConfHigh, func(x analysis.Number) string { return number(x, d) }))
	}
	if c.df {
		cells = append(cells, degrees(e.DF))
	}
	p := PValue(e.PValue)
	if mark != "" {
		p += " " + mark
	}
	cells = append(cells, p)
	if c.adjusted {
		cells = append(cells, PValue(e.PAdjusted))
	}
	if c.difference {
		d := differenceDecimals(e)
		write := func(x analysis.Number) string {
			if x == nil {
				return none
			}
			return signed(*x, d)
		}
		cells = append(cells, write(e.Difference), interval(e.DifferenceLow, e.DifferenceHigh, write))
	}
	return cells
}

func differenceDecimals(e *analysis.Estimate) int {
	if e.DifferenceLow != nil && e.DifferenceHigh != nil {
		return decimalsFor((*e.DifferenceHigh-*e.DifferenceLow)/4, 2)
	}
	if e.Difference != nil {
		return decimalsFor(*e.Difference, 2)
	}
	return 1
}

func estimateLabel(e *analysis.Estimate, byOnly bool) string {
	label := e.Label
	if label == "" {
		label = e.Term
	}
	if byOnly {
		if e.By == "" {
			return "all"
		}
		return e.By
	}
	return label
}

func partOf(e *analysis.Estimate) analysis.Part {
	if e.Part == "" {
		return analysis.MainPart
	}
	return e.Part
}

func partLabel(p analysis.Part) string {
	if p == analysis.ZeroPart {
		return "zero part (log odds of a zero)"
	}
	return "main part"
}

func hasZeroPart(list []analysis.Estimate) bool {
	for i := range list {
		if list[i].Part == analysis.ZeroPart {
			return true
		}
	}
	return false
}

// singleTerm says whether the list is one term at several levels of --by.
func singleTerm(list []analysis.Estimate) bool {
	levels := false
	for i := range list {
		if list[i].Term != list[0].Term || list[i].Part != list[0].Part {
			return false
		}
		levels = levels || list[i].By != ""
	}
	return levels
}

// footnotes collects the conventions of a list of estimates. Texts that differ
// in their degrees of freedom only are one footnote, as these have a column.
type footnotes struct {
	texts  []string
	index  map[string]int
	plain  bool // texts as they are
	common bool // one convention for several rows: the mark stands in the heading
}

var dfInText = regexp.MustCompile(`\bt\([0-9][0-9.,]*\)|\bt on [0-9][0-9.,]* df`)

func newFootnotes(list []analysis.Estimate) *footnotes {
	distinct := map[string]bool{}
	for i := range list {
		distinct[list[i].How] = true
	}
	f := &footnotes{index: map[string]int{}, plain: len(distinct) <= 1}
	for i := range list {
		text := f.text(&list[i])
		if text == "" {
			continue
		}
		if _, known := f.index[text]; !known {
			f.texts = append(f.texts, text)
			f.index[text] = len(f.texts)
		}
	}
	f.common = len(f.texts) == 1 && len(list) > 1
	return f
}

func (f *footnotes) text(e *analysis.Estimate) string {
	if f.plain {
		return e.How
	}
	return dfInText.ReplaceAllString(e.How, "t on the df shown")
}

// mark is the footnote mark of an estimate, empty where the heading has it.
func (f *footnotes) mark(e *analysis.Estimate) string {
	n, ok := f.index[f.text(e)]
	if !ok || f.common {
		return ""
	}
	return report.Marker(n)
}
