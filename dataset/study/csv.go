package study

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// WriteCSV writes the rules with their counts, by authority where there is one.
func (q *Quality) WriteCSV(out io.Writer) error {
	w := csv.NewWriter(out)
	w.Write([]string{"rule", "severity", "la", "count", "text", "dfe", "action"})
	for _, r := range q.Rules {
		w.Write([]string{r.Rule, r.Severity, "", r.Count.String(), r.Text, r.DfE, r.Action})
		for _, la := range r.ByLA {
			w.Write([]string{r.Rule, r.Severity, text(la.LA), la.Count.String(), r.Text, r.DfE, r.Action})
		}
	}
	for _, b := range q.Balance {
		for _, cell := range []struct {
			name string
			n    Number
		}{{"rows read", b.Rows}, {"counted", b.Counted}, {"duplicate", b.Duplicate}, {"quarantined", b.Quarantined}, {"out of window", b.OutOfWindow},
			{"unlinked", b.Unlinked}, {"other school", b.OtherSchool}, {"other kind", b.OtherKind}} {
			w.Write([]string{"reconciliation", "", "", cell.n.String(), cell.name, "", text(b.File)})
		}
	}
	for _, c := range q.Coverage {
		w.Write([]string{"coverage", "", text(c.LA), strconv.Itoa(c.Covered), c.Outcome + " " + c.Periods, "", "from " + c.First})
	}
	for _, r := range q.Rates {
		w.Write([]string{"linkage", "", text(r.LA), r.Linked.String(), "linked of " + r.Events.String() + " by " + r.By + ": " + r.Level, "", percent(r.Share)})
	}
	for _, d := range q.Decisions {
		w.Write([]string{"decision", "", "", d.Rows.String(), text(strings.TrimSpace(d.Kind + " " + d.From + " " + d.Decision + " " + d.To)), "", text(d.Reason)})
	}
	w.Flush()
	return w.Error()
}
