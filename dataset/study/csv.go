package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteCSV writes the report as one table: the rules with their counts, in all
// and by authority, then a line for each number of the other parts.
func (q *Quality) WriteCSV(out io.Writer) error {
	w := &lines{w: csv.NewWriter(out)}
	w.row("rule", "severity", "la", "count", "share", "text", "dfe", "action")
	for _, r := range q.Rules {
		w.row(r.Rule, r.Severity, "", r.Count.String(), exact(r.Share), r.Text, r.DfE, r.Action)
		for _, la := range r.ByLA {
			w.row(r.Rule, r.Severity, text(la.LA), la.Count.String(), exact(la.Share), r.Text, r.DfE, r.Action)
		}
	}
	for _, f := range q.Files {
		w.row("file", "", text(strings.Join(f.LAs, " ")), f.Rows.String(), "", text(f.File), "", strings.Join([]string{f.Layout, f.Why, f.Encoding, f.LineEnds, f.First, f.Last, f.SHA256}, "; "))
	}
	for _, p := range q.People {
		w.number("identifiers", p.LA, "rows", p.Rows, nil)
		w.number("identifiers", p.LA, "with birth date", p.Births, nil)
		w.number("identifiers", p.LA, "with UPN", p.UPNs, p.UPNShare)
		w.number("identifiers", p.LA, "right check letter", p.RightLetter, p.RightShare)
	}
	for _, c := range q.Duplicates {
		w.number("duplicates", c.LA, "same event", c.Same, nil)
		w.number("duplicates", c.LA, "other details", c.Other, nil)
		w.number("duplicates", c.LA, "in another return", c.Returned, nil)
		w.number("duplicates", c.LA, "older copies of episodes", c.Superseded, nil)
		w.number("duplicates", c.LA, "ended at the next episode", c.Closed, nil)
		w.number("duplicates", c.LA, "ended with the last return", c.Absent, nil)
	}
	for _, l := range q.Linkage {
		w.number("linkage", l.LA, "events", l.Events, nil)
		w.number("linkage", l.LA, "linked", l.Linked, l.Share)
		w.number("linkage", l.LA, "by roll", l.ByRoll, nil)
		w.number("linkage", l.LA, "by former UPN", l.ByFormer, nil)
		w.number("linkage", l.LA, "by lookup", l.ByLookup, nil)
		w.number("linkage", l.LA, "by own row", l.ByRow, nil)
	}
	for _, r := range q.Rates {
		w.number("linkage by "+r.By, r.LA, r.Level+" events", r.Events, nil)
		w.number("linkage by "+r.By, r.LA, r.Level+" linked", r.Linked, r.Share)
	}
	for _, c := range q.Coverage {
		w.row("coverage", "", text(c.LA), strconv.Itoa(c.Covered), "", c.Outcome+" "+c.Periods, "", "from "+c.First)
	}
	for _, g := range q.Grid {
		w.row("events by month", "", text(g.LA), "", "", g.Type+" "+g.Months, "", "from "+g.First)
	}
	for _, s := range q.Spikes {
		w.row("spike", "", text(s.LA), s.Events.String(), "", s.Month, "", fmt.Sprintf("%d days", s.Days))
	}
	for _, e := range q.Edges {
		w.row("late recording", "", text(e.LA), strconv.Itoa(len(e.Periods)), "", strings.Join(e.Periods, ", "), "", "delivered to "+e.Last)
	}
	for _, b := range q.Balance {
		for _, cell := range []struct {
			name string
			n    Number
		}{{"rows read", b.Rows}, {"counted", b.Counted}, {"duplicate", b.Duplicate}, {"quarantined", b.Quarantined}, {"out of window", b.OutOfWindow},
			{"unlinked", b.Unlinked}, {"other school", b.OtherSchool}, {"other kind", b.OtherKind}} {
			w.row("reconciliation", "", "", cell.n.String(), "", cell.name, "", text(b.File))
		}
	}
	for _, e := range q.Events {
		for _, cell := range []struct {
			name string
			n    Number
		}{{"counted", e.Counted}, {"duplicate", e.Duplicate}, {"quarantined", e.Quarantined}, {"out of window", e.OutOfWindow}, {"unlinked", e.Unlinked},
			{"other school", e.OtherSchool}, {"other kind", e.OtherKind}} {
			w.number("events", e.LA, e.Type+" "+cell.name, cell.n, nil)
		}
	}
	for _, step := range q.Care.steps() {
		w.number("days in care", "", step.name, step.n, nil)
	}
	for _, c := range q.CareByLA {
		for _, step := range c.steps() {
			w.number("days in care", c.LA, step.name, step.n, nil)
		}
	}
	for _, m := range q.Schools.Mapped {
		w.row("school", "", "", "", "", text(m), "", "mapped")
	}
	for _, m := range q.Schools.Undecided {
		w.row("school", "", "", "", "", text(m), "", "needs a decision")
	}
	for _, d := range q.Decisions {
		w.row("decision", "", "", d.Rows.String(), "", text(strings.TrimSpace(d.Kind+" "+d.From+" "+d.Decision+" "+d.To)), "", text(d.Reason))
	}
	for _, p := range q.Published {
		w.row("published", "", text(p.LA), p.Delivered.String(), exact(p.Ratio), fmt.Sprintf("%s %d", p.Outcome, p.Year), "", fmt.Sprintf("published %v", p.Published))
	}
	w.w.Flush()
	return w.w.Error()
}

// lines writes rows of one width.
type lines struct{ w *csv.Writer }

func (l *lines) row(cells ...string) { l.w.Write(cells) }

func (l *lines) number(part, la, name string, n Number, share *float64) {
	l.row(part, "", text(la), n.String(), exact(share), name, "", "")
}

// exact is a share with all its digits, empty where there is none.
func exact(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'g', -1, 64)
}
