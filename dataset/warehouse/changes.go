package warehouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/linkage"
)

// changed follows the links of the register and the decisions: it adds the
// numbers that lead to schools of the trial and takes those that are decided
// to be other schools. It refuses what is merged or split and not decided.
func (o *Options) changed(ctx context.Context, trial []dataset.School, out []school) ([]school, error) {
	var links []dataset.SchoolLink
	for _, path := range o.Links {
		x, err := read(ctx, path)
		if err != nil {
			return nil, err
		}
		if x.Layout != "gias-links" {
			return nil, refuse("--link %s: --sql reads no row of a child: give the register's links of schools here, and name a lookup in the warehouse with --sql-link", path)
		}
		links = append(links, x.Links...)
	}
	var decisions []linkage.Decision
	if o.Decisions != "" {
		var err error
		if decisions, err = linkage.ReadDecisions(o.Decisions); linkage.NotThere(err) {
			return nil, dataset.Problemf(o.Decisions, 0, "", "no such file; want the columns %s", strings.Join(linkage.DecisionColumns, ","))
		} else if err != nil {
			return nil, err
		}
	}
	register, err := linkage.NewRegister(trial, nil, links)
	if err != nil {
		return nil, err
	}
	if strangers := register.Strangers(decisions); strangers != nil {
		return nil, dataset.Problemf(o.Decisions, strangers[0].Line, "to", "a school that is not in the trial's list")
	}
	byID := map[string]school{}
	for _, s := range out {
		if _, known := byID[s.ID]; !known {
			byID[s.ID] = s
		}
	}
	lead := func(number, id string, since dataset.Day, mapped int) {
		s := byID[id]
		s.Number, s.Since, s.Mapped = number, since, mapped
		out = append(out, s)
	}
	decided := linkage.Schools(decisions)
	for number, lines := range decided {
		out = slices.DeleteFunc(out, func(s school) bool { return s.Number == number })
		to := -1
		for i, d := range lines {
			switch d.Do {
			case linkage.Merge:
				to = i
			case linkage.Split, linkage.Drop:
				return nil, refuse("--decisions line %d: %s depends on what the rows of each child say, so it needs the rows; a query takes merge and keep", d.Line, d.Do)
			}
		}
		if to >= 0 { // the last line stands
			lead(number, register.Schools[register.Resolve(strings.ToUpper(lines[to].To))].ID, lines[to].Date, 0)
		}
	}
	from := map[string]bool{}
	for _, l := range links {
		if decided[l.From] == nil {
			from[l.From] = true
		}
	}
	var open []string
	for _, number := range slices.Sorted(maps.Keys(from)) {
		before := len(register.Mapped)
		at := register.Resolve(number)
		for _, c := range register.Mapped[before:] {
			if !c.Decided {
				open = append(open, fmt.Sprintf("school,%s,%s,merge|keep,YYYY-MM-DD,reason", c.From, c.To))
			} else if at >= 0 {
				lead(number, register.Schools[at].ID, dataset.NoDay, 1)
			}
		}
	}
	if open != nil {
		more := ""
		if len(open) > 5 {
			more, open = fmt.Sprintf(" and %d more", len(open)-5), open[:5]
		}
		return nil, refuse("schools merged with or split from schools of the trial (S04): decide in a file with the columns %s, given with --decisions: %s%s",
			strings.Join(linkage.DecisionColumns, ","), strings.Join(open, "; "), more)
	}
	for id, s := range byID { // a school that no number leads to stays in the list
		if !slices.ContainsFunc(out, func(x school) bool { return x.ID == id }) {
			s.Number = ""
			out = append(out, s)
		}
	}
	return out, nil
}
