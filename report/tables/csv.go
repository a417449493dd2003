package tables

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"swis/analysis"
)

// WriteCSV writes the estimates, one a row, in full precision. Empty cells are
// what could not be computed.
func WriteCSV(w io.Writer, r *analysis.Result) error {
	out := csv.NewWriter(w)
	out.Write([]string{"term", "label", "estimand", "by", "part", "scale", "estimate", "std_error", "statistic", "df",
		"p_value", "p_adjusted", "conf_low", "conf_high", "conf_level", "ratio", "ratio_low", "ratio_high",
		"difference", "difference_low", "difference_high", "difference_unit", "how"})
	for i := range r.Estimates {
		e := &r.Estimates[i]
		out.Write([]string{Harmless(e.Term), Harmless(e.Label), Harmless(e.Estimand), Harmless(e.By), string(e.Part), string(e.Scale),
			full(e.Estimate), full(e.StdError), full(e.Statistic), full(e.DF), full(e.PValue), full(e.PAdjusted),
			full(e.ConfLow), full(e.ConfHigh), strconv.FormatFloat(e.ConfLevel, 'g', -1, 64),
			full(e.Ratio), full(e.RatioLow), full(e.RatioHigh),
			full(e.Difference), full(e.DifferenceLow), full(e.DifferenceHigh), Harmless(e.DifferenceUnit), Harmless(e.How)})
	}
	out.Flush()
	return out.Error()
}

// WriteTableCSV writes one of a result's own tables in full precision.
func WriteTableCSV(w io.Writer, t *analysis.Table) error {
	out := csv.NewWriter(w)
	head := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		head[j] = Harmless(c.Name)
	}
	out.Write(head)
	for _, row := range t.Rows {
		record := make([]string, len(t.Columns))
		for j := range min(len(row), len(record)) {
			if row[j].Value != nil {
				record[j] = full(row[j].Value)
			} else {
				record[j] = Harmless(row[j].Text)
			}
		}
		out.Write(record)
	}
	out.Flush()
	return out.Error()
}

// full writes a number with the digits that give it back exactly.
func full(x analysis.Number) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'g', 17, 64)
}

// Harmless keeps a spreadsheet from reading a text as a formula: one that
// starts like a formula gets an apostrophe before it. Numbers stay as they are.
func Harmless(s string) string {
	if s == "" || !strings.ContainsAny(s[:1], "=+-@\t\r") {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
