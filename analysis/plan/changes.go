package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Change is a difference between a plan as it was locked and as it stands.
type Change struct{ Planned, Done string }

// Changes lists what differs between a locked plan and the plan that is run:
// periods, design, outcomes, families, analyses, and how data are read. Words
// for readers (titles, names, the summary) and figures may change freely.
func Changes(locked, now *Plan) []Change {
	var out []Change
	note := func(what, then, is string) {
		if then != is {
			out = append(out, Change{what + ": " + orNothing(then), orNothing(is)})
		}
	}
	for _, s := range []struct{ name, then, is string }{
		{"periods, unit", locked.Periods.Unit, now.Periods.Unit},
		{"baseline", locked.Periods.Baseline.String(), now.Periods.Baseline.String()},
		{"intervention", locked.Periods.Intervention.String(), now.Periods.Intervention.String()},
		{"follow-up", locked.Periods.FollowUp.String(), now.Periods.FollowUp.String()},
		{"design", locked.Design.Type, now.Design.Type},
		{"arms", locked.Design.Arms.Intervention + ", " + locked.Design.Arms.Comparison, now.Design.Arms.Intervention + ", " + now.Design.Arms.Comparison},
		{"assignment", locked.Design.Assign.words(), now.Design.Assign.words()},
		{"ingest", locked.Data.Ingest.words(), now.Data.Ingest.words()},
		{"disclosure", locked.Disclosure, now.Disclosure},
	} {
		note(s.name, s.then, s.is)
	}
	for _, o := range locked.Outcomes {
		if is := now.Outcome(o.Name); is == nil {
			note("outcome "+o.Name, "declared", "")
		} else {
			note("definition of "+o.Name, o.Definition, is.Definition)
		}
	}
	for _, o := range now.Outcomes {
		if locked.Outcome(o.Name) == nil {
			note("outcome "+o.Name, "", "added")
		}
	}
	for _, f := range locked.Families {
		is := ""
		for _, g := range now.Families {
			if g.Name == f.Name {
				is = g.words()
			}
		}
		note("family "+f.Name, f.words(), is)
	}
	for i := range locked.Analyses {
		a := &locked.Analyses[i]
		is := now.Find(a.ID)
		if is == nil {
			note("analysis "+a.ID, "planned", "not run")
			continue
		}
		note("analysis "+a.ID, a.words(), is.words())
	}
	for i := range now.Analyses {
		if a := &now.Analyses[i]; locked.Find(a.ID) == nil {
			note("analysis "+a.ID, "", "added after the lock, exploratory: "+a.words())
		}
	}
	return out
}

// String is both ends of a span, or nothing.
func (s Span) String() string {
	if s.From.String() == "" {
		return ""
	}
	return s.From.String() + " to " + s.To.String()
}

// words are the options in the order of their names.
func (o Options) words() string {
	args := o.Args()
	slices.Sort(args)
	return strings.Join(args, " ")
}

func (f Family) words() string {
	text := f.Adjust
	if f.Adjust == "romano-wolf" {
		text += fmt.Sprintf(", %s draws, seed %s", f.Reps, f.Seed)
	}
	if f.Pooled {
		text += ", pooled estimates included"
	}
	return text
}

// words are everything of an analysis that decides its numbers and its weight.
func (a *Analysis) words() string {
	parts := []string{a.Command, "of " + a.Outcome, a.Options.words(), a.Role}
	for _, p := range []struct{ name, value string }{{"family", a.Family}, {"by", a.By}, {"where", a.Where}, {"estimand", a.Estimand}} {
		if p.value != "" {
			parts = append(parts, fmt.Sprintf("%s %s", p.name, p.value))
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" || s == "of " }), "; ")
}

func orNothing(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
