package study

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteText prints the quality report for reading.
func (q *Quality) WriteText(out io.Writer) error {
	w := &printer{w: out}
	w.line("Data quality")
	if q.From != "" {
		w.line("Window %s to %s; %s", q.From, q.To, q.Period)
		for _, c := range q.Choices {
			w.line("  %s: %s", c.Name, c.Value)
		}
	}
	folder := q.folder()
	if folder == "" {
		w.section("Files")
	} else {
		w.section("Files in %s", folder)
	}
	short := func(file string) string { return strings.TrimPrefix(file, folder) }
	w.table(func(row func(...any)) {
		row("file", "layout", "LA", "rows", "first", "last", "encoding", "ends")
		for _, f := range q.Files {
			row(short(f.File), f.Layout, list(f.LAs), f.Rows, f.First, f.Last, f.Encoding, f.LineEnds)
		}
	})
	for _, f := range q.Files {
		for _, note := range f.Notes {
			w.line("  %s: %s", short(f.File), note)
		}
	}
	for _, f := range q.Skipped {
		w.line("  %s: not read: %s", short(f.File), f.Why)
	}
	if len(q.Refused) > 0 {
		w.section("Refused")
		for _, p := range q.Refused {
			w.line("  %s", p)
		}
	}
	w.section("Rules that applied (the report as JSON has all %d, at 0 too)", len(q.Rules))
	w.table(func(row func(...any)) {
		row("rule", "does", "rows", "what", "action")
		for _, r := range q.Rules {
			if r.Count != (Number{}) {
				row(r.Rule, r.Severity, r.Count, r.Text, r.Action)
			}
		}
	})
	if q.From == "" {
		w.line("")
		w.line("No dated row that counts: no panel could be made of these files.")
		return w.err
	}
	w.section("Linkage of events in the window")
	w.table(func(row func(...any)) {
		row("LA", "events", "linked", "share", "by roll", "former UPN", "lookup", "own row")
		for _, l := range q.Linkage {
			row(l.LA, l.Events, l.Linked, percent(l.Share), l.ByRoll, l.ByFormer, l.ByLookup, l.ByRow)
		}
	})
	w.rates(q.Rates)
	if len(q.Coverage) > 0 {
		w.section("Coverage, a mark a %s from %s on (# delivered, . not)", q.Period, q.Coverage[0].First)
		w.table(func(row func(...any)) {
			for _, c := range q.Coverage {
				row(c.LA, c.Outcome, strings.NewReplacer("1", "#", "0", ".").Replace(c.Periods))
			}
		})
	}
	w.section("Reconciliation: rows read = sum of the others")
	without := 0
	w.table(func(row func(...any)) {
		row("file", "rows", "counted", "duplicate", "quarantined", "out of window", "unlinked", "other school", "other kind")
		for _, b := range q.Balance {
			if b.OtherKind == b.Rows && b.Rows.Mark == "" {
				without++
				continue
			}
			row(short(b.File), b.Rows, b.Counted, b.Duplicate, b.Quarantined, b.OutOfWindow, b.Unlinked, b.OtherSchool, b.OtherKind)
		}
	})
	if without > 0 {
		w.line("  %d more files hold no row that an outcome is made of", without)
	}
	if q.Care.Rows != (Number{}) {
		c := q.Care
		w.section("Days in care inside the window")
		w.table(func(row func(...any)) {
			row("raw days of all rows", c.Raw)
			row("less short breaks", c.Respite)
			row("less days given twice", c.Overlap)
			if c.Aged != (Number{}) {
				row("less days from the 18th birthday on", c.Aged)
			}
			row("days in care", c.Merged)
			row("of these not delivered whole", c.NotDelivered)
			row("of these not linked to a school", c.Unlinked)
			row("of these at other schools", c.OtherSchool)
			row("in the panel", c.Panel)
		})
	}
	if len(q.Schools.Mapped)+len(q.Schools.Undecided) > 0 {
		w.section("Changes of schools")
		for _, m := range q.Schools.Mapped {
			w.line("  mapped: %s", m)
		}
		for _, m := range q.Schools.Undecided {
			w.line("  needs a decision: %s", m)
		}
	}
	if len(q.Decisions) > 0 {
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
	if len(q.Published) > 0 {
		w.section("Against DfE's published totals")
		w.table(func(row func(...any)) {
			row("LA", "year to March", "outcome", "delivered", "published", "ratio")
			for _, p := range q.Published {
				row(p.LA, p.Year, p.Outcome, p.Delivered, p.Published, ratioText(p.Ratio))
			}
		})
	}
	if len(q.Notes) > 0 {
		w.section("Notes")
		for _, n := range q.Notes {
			w.line("  %s", n)
		}
	}
	return w.err
}

// folder is the folder that all files are in, with its slash; empty for one
// file or none.
func (q *Quality) folder() string {
	if len(q.Files) < 2 {
		return ""
	}
	common := q.Files[0].File
	for _, f := range q.Files[1:] {
		for !strings.HasPrefix(f.File, common) {
			common = common[:len(common)-1]
		}
	}
	return common[:strings.LastIndexByte(common, '/')+1]
}

func list(items []string) string {
	if len(items) > 4 {
		return fmt.Sprintf("%s, … (%d)", strings.Join(items[:3], ", "), len(items))
	}
	return strings.Join(items, ", ")
}

func percent(share *float64) string {
	if share == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100**share)
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) section(format string, args ...any) {
	p.line("")
	p.line(format, args...)
}

func (p *printer) table(fill func(row func(...any))) {
	t := tabwriter.NewWriter(p.w, 0, 4, 2, ' ', 0)
	fill(func(cells ...any) {
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = fmt.Sprint(c)
		}
		fmt.Fprintf(t, "  %s\n", strings.Join(texts, "\t"))
	})
	if err := t.Flush(); p.err == nil {
		p.err = err
	}
}

// rates prints the rates of linkage by outcome and arm; those by month are in
// the report as JSON, HTML and CSV.
func (p *printer) rates(rates []QualityRate) {
	if len(rates) == 0 {
		return
	}
	p.section("Linkage by outcome and by arm (arms blinded)")
	p.table(func(row func(...any)) {
		row("LA", "by", "", "events", "linked", "share")
		for _, r := range rates {
			if r.By == "outcome" || r.By == "arm" {
				row(r.LA, r.By, r.Level, r.Events, r.Linked, percent(r.Share))
			}
		}
	})
}
