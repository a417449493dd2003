package study

import (
	"fmt"
	"io"
	"strings"
)

// WriteText prints the quality report for reading.
func (q *Quality) WriteText(out io.Writer) error {
	w := &printer{w: out}
	w.line("Data quality")
	if q.From != "" {
		w.line("Window %s to %s; %s", q.From, q.To, q.Period)
		for _, c := range q.Choices {
			w.wrapped("  ", "    ", c.Name+": "+c.Value)
		}
	}
	w.line("%s", q.verdict())
	w.wrapped("", "", q.sharing())
	q.textFiles(w)
	q.textRules(w)
	q.textPeople(w)
	if q.From == "" {
		w.line("")
		w.line("No dated row that counts: no panel could be made of these files.")
		return w.err
	}
	q.textCopies(w)
	q.textLinkage(w)
	q.textCoverage(w)
	q.textBalance(w)
	q.textCare(w)
	q.textSchools(w)
	q.textPublished(w)
	if len(q.Notes) > 0 {
		w.section("Notes")
		for _, n := range q.Notes {
			w.wrapped("  ", "  ", n)
		}
	}
	return w.err
}

// verdict says in one line what is to be done before the files are sent.
func (q *Quality) verdict() string {
	kinds := map[string]int{}
	for _, r := range q.Rules {
		if !r.Count.zero() {
			kinds[r.Severity]++
		}
	}
	rules := func(n int, does string) string {
		if n == 1 {
			return "1 rule " + does
		}
		return fmt.Sprintf("%d rules %s", n, strings.Replace(does, "keeps", "keep", 1))
	}
	switch {
	case len(q.Refused) == 1:
		return "To put right before sending: 1 refusal."
	case len(q.Refused) > 0:
		return fmt.Sprintf("To put right before sending: %d refusals.", len(q.Refused))
	case kinds["refuse"] > 0:
		return "Would be refused by swis ingest: see the rules that refuse, and what they count."
	case kinds["quarantine"] > 0:
		return fmt.Sprintf("Can be used. To look at before sending: %s rows out; %s.", rules(kinds["quarantine"], "keeps"), rules(kinds["warn"], "flagged rows"))
	case kinds["warn"] > 0:
		return fmt.Sprintf("Can be used; no row is kept out. %s.", rules(kinds["warn"], "flagged rows"))
	}
	return "Can be used; nothing to put right."
}

func (q *Quality) textFiles(w *printer) {
	folder := q.folder()
	if folder == "" {
		w.section("Files")
	} else {
		w.section("Files in %s", folder)
	}
	w.table(func(row func(...any)) {
		row("file", "layout", "LA", "rows", "first", "last", "encoding", "ends", "SHA-256")
		for _, f := range q.Files {
			row(strings.TrimPrefix(f.File, folder), f.Layout, list(f.LAs), f.Rows, f.First, f.Last, f.Encoding, f.LineEnds, f.SHA256[:min(8, len(f.SHA256))])
		}
	})
	said := map[string]bool{} // files of one layout are recognised alike
	for _, f := range q.Files {
		why := strings.Join(append([]string{f.Layout + ": " + f.Why}, f.Notes...), "; ")
		if !said[why] {
			said[why] = true
			w.wrapped("  ", "    ", why)
		}
	}
	for _, f := range q.Skipped {
		w.line("  %s: not read: %s", strings.TrimPrefix(f.File, folder), f.Why)
	}
	if len(q.Refused) > 0 {
		w.section("Refused")
		for _, p := range q.Refused {
			w.line("  %s", p)
		}
	}
}

// textRules prints the rules that applied, by what they do, and then those that
// did not, so that each is seen to have been tried.
func (q *Quality) textRules(w *printer) {
	for _, part := range []struct{ severity, title string }{
		{"refuse", "Rules that refuse"}, {"quarantine", "Rules that keep rows out"}, {"warn", "Rules that flag rows"}, {"inform", "For information"},
	} {
		head := false
		for _, r := range q.Rules {
			if r.Severity != part.severity || r.Count.zero() {
				continue
			}
			if !head {
				w.section("%s", part.title)
				w.line("  %-4s %9s %6s  %s", "rule", "rows", "share", "what, what was done, number of the rule at DfE")
				head = true
			}
			text := r.Text + ": " + r.Action
			if r.DfE != "" {
				text += " [DfE " + r.DfE + "]"
			}
			if len(r.ByLA) > 1 {
				var by []string
				for _, la := range r.ByLA {
					by = append(by, la.LA+" "+la.Count.String())
				}
				text += "; " + list(by)
			}
			w.wrapped(fmt.Sprintf("  %-4s %9s %6s  ", r.Rule, r.Count, percent(r.Share)), strings.Repeat(" ", 25), text)
		}
	}
	w.section("Rules that did not apply: 0 rows each")
	for _, r := range q.Rules {
		if r.Count.zero() {
			dfe := ""
			if r.DfE != "" {
				dfe = " [DfE " + r.DfE + "]"
			}
			w.wrapped(fmt.Sprintf("  %-4s %2d  ", r.Rule, 0), strings.Repeat(" ", 11), r.Text+dfe)
		}
	}
}

func (q *Quality) textPeople(w *printer) {
	if len(q.People) == 0 {
		return
	}
	w.section("Identifiers")
	w.table(func(row func(...any)) {
		row("LA", "rows", "birth date", "UPN", "share", "right check letter", "share")
		for _, p := range q.People {
			row(p.LA, p.Rows, p.Births, p.UPNs, percent(p.UPNShare), p.RightLetter, percent(p.RightShare))
		}
	})
}

func (q *Quality) textCopies(w *printer) {
	if len(q.Duplicates) == 0 {
		return
	}
	w.section("Delivered more than once, and returns of several years")
	w.table(func(row func(...any)) {
		row("LA", "same event", "other details", "in another return", "older copies", "ended at the next", "ended with return")
		for _, c := range q.Duplicates {
			row(c.LA, c.Same, c.Other, c.Returned, c.Superseded, c.Closed, c.Absent)
		}
	})
}

func (q *Quality) textLinkage(w *printer) {
	w.section("Linkage of events in the window")
	w.table(func(row func(...any)) {
		row("LA", "events", "linked", "share", "by roll", "former UPN", "lookup", "own row")
		for _, l := range q.Linkage {
			row(l.LA, l.Events, l.Linked, percent(l.Share), l.ByRoll, l.ByFormer, l.ByLookup, l.ByRow)
		}
	})
	w.rates(q.Rates)
	if years := q.linkedYears(); years != nil {
		w.section("Linked in each month, %%")
		w.table(func(row func(...any)) {
			head := []any{"LA", "year"}
			for _, m := range monthNames {
				head = append(head, m)
			}
			row(head...)
			for _, y := range years {
				cells := []any{y.LA, y.Year}
				for _, m := range y.Months {
					cells = append(cells, m)
				}
				row(cells...)
			}
		})
	}
}

// rates prints the rates of linkage by outcome and arm.
func (p *printer) rates(rates []QualityRate) {
	if len(rates) == 0 {
		return
	}
	p.section("Linkage by outcome and by arm (arms blinded)")
	p.table(func(row func(...any)) {
		row("LA", "by", "", "events", "linked", "share")
		for _, r := range rates {
			switch r.By {
			case "outcome", "arm":
				row(r.LA, r.By, r.Level, r.Events, r.Linked, percent(r.Share))
			case careDays:
				row(r.LA, "days in care", r.Level, r.Events, r.Linked, percent(r.Share))
			}
		}
	})
}

func (q *Quality) textCoverage(w *printer) {
	if len(q.Coverage) > 0 {
		w.section("Coverage, a mark a %s from %s on (# delivered, . not)", q.Period, q.Coverage[0].First)
		w.table(func(row func(...any)) {
			for _, c := range q.Coverage {
				row(c.LA, c.Outcome, marks.Replace(c.Periods))
			}
		})
	}
	if len(q.Grid) > 0 {
		w.section("Events by month from %s on (# some, 0 none, ! taken as not delivered: none where many were expected, or the return is missing, . not delivered)", q.Grid[0].First)
		w.table(func(row func(...any)) {
			for _, g := range q.Grid {
				row(g.LA, g.Type, g.Months)
			}
		})
	}
	if len(q.Spikes) > 0 {
		w.section("Days with far more events than usual")
		w.table(func(row func(...any)) {
			row("LA", "month", "days", "events on them")
			for _, s := range q.Spikes {
				row(s.LA, s.Month, s.Days, s.Events)
			}
		})
	}
	if len(q.Edges) > 0 {
		w.section("Late recording is likely in the last 60 days of a delivery")
		for _, e := range q.Edges {
			w.wrapped("  ", "    ", fmt.Sprintf("%s, delivered to %s: %s", e.LA, e.Last, strings.Join(e.Periods, ", ")))
		}
	}
}

var marks = strings.NewReplacer("1", "#", "0", ".")

func (q *Quality) textBalance(w *printer) {
	w.section("Reconciliation: rows read = sum of the others")
	without, folder := 0, q.folder()
	w.table(func(row func(...any)) {
		row("file", "rows", "counted", "duplicate", "quarantined", "out of window", "unlinked", "other school", "other kind")
		for _, b := range q.Balance {
			if b.OtherKind == b.Rows && b.Rows.Mark == "" {
				without++
				continue
			}
			row(strings.TrimPrefix(b.File, folder), b.Rows, b.Counted, b.Duplicate, b.Quarantined, b.OutOfWindow, b.Unlinked, b.OtherSchool, b.OtherKind)
		}
	})
	if without > 0 {
		w.line("  %d more files hold no row that an outcome is made of", without)
	}
	if len(q.Events) == 0 {
		return
	}
	w.section("What became of events by type")
	w.table(func(row func(...any)) {
		row("LA", "type", "counted", "duplicate", "quarantined", "out of window", "unlinked", "other school", "other kind")
		for _, e := range q.Events {
			row(e.LA, e.Type, e.Counted, e.Duplicate, e.Quarantined, e.OutOfWindow, e.Unlinked, e.OtherSchool, e.OtherKind)
		}
	})
}

func (q *Quality) textCare(w *printer) {
	if q.Care.Rows.zero() {
		return
	}
	w.section("Days in care")
	las, steps := q.careTable()
	w.table(func(row func(...any)) {
		if len(las) > 1 {
			head := []any{""}
			for _, la := range las {
				head = append(head, la)
			}
			row(head...)
		}
		for _, s := range steps {
			cells := []any{s.Name}
			for _, n := range s.Numbers {
				cells = append(cells, n)
			}
			row(cells...)
		}
	})
}

// step is one line of the waterfall of days in care.
type step struct {
	name string
	n    Number
}

// careStep is one line of the waterfall, of all and by authority.
type careStep struct {
	Name    string
	Numbers []Number
}

// careTable is the waterfall with a column for all and, where there are several,
// one for each authority.
func (q *Quality) careTable() (las []string, table []careStep) {
	columns := []QualityCare{q.Care}
	las = []string{"all"}
	if len(q.CareByLA) > 1 {
		columns = append(columns, q.CareByLA...)
	}
	for i := range columns {
		if i > 0 {
			las = append(las, columns[i].LA)
		}
		for k, s := range columns[i].steps() {
			if i == 0 {
				table = append(table, careStep{Name: s.name})
			}
			table[k].Numbers = append(table[k].Numbers, s.n)
		}
	}
	return las, table
}

func (c *QualityCare) steps() []step {
	return []step{
		{"days of all rows", c.All}, {"less those outside the window", c.Clipped}, {"raw days in the window", c.Raw}, {"less short breaks (C07)", c.Respite}, {"less days given twice (C05)", c.Overlap}, {"less days from the 18th birthday on", c.Aged},
		{"days in care", c.Merged}, {"of these not delivered whole", c.NotDelivered}, {"of these not linked to a school", c.Unlinked}, {"of these at other schools", c.OtherSchool}, {"in the panel", c.Panel},
		{"beside: days of gaps said to be none (C06)", c.Gaps},
	}
}

func (q *Quality) textSchools(w *printer) {
	if len(q.Schools.Mapped)+len(q.Schools.Undecided) > 0 {
		w.section("Changes of schools")
		for _, m := range q.Schools.Mapped {
			w.line("  mapped: %s", m)
		}
		for _, m := range q.Schools.Undecided {
			w.line("  needs a decision: %s", m)
		}
	}
	if len(q.Decisions) == 0 {
		return
	}
	w.section("Decisions")
	w.table(func(row func(...any)) {
		row("line", "kind", "from", "to", "decision", "date", "rows", "reason")
		for _, d := range q.Decisions {
			reason := d.Reason
			if !d.Applied {
				reason = strings.TrimPrefix(reason+"; met no row", "; ")
			}
			row(d.Line, d.Kind, d.From, d.To, d.Decision, d.Date, d.Rows, reason)
		}
	})
}

func (q *Quality) textPublished(w *printer) {
	if len(q.Published) == 0 {
		return
	}
	w.section("Against DfE's published totals (more than 10%% apart: XC1)")
	w.table(func(row func(...any)) {
		row("LA", "year to March", "figure", "delivered", "published", "ratio", "")
		for _, p := range q.Published {
			row(p.LA, p.Year, strings.ReplaceAll(p.Outcome, "_", " "), p.Delivered, p.Published, ratioText(p.Ratio), p.mark())
		}
	})
}

func (p *QualityTotal) mark() string {
	if p.Differs {
		return "differs"
	}
	return ""
}
