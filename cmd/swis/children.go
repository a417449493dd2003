package main

import (
	"strings"

	"swis/analysis"
	"swis/dataset/study"
	"swis/dataset/table"
)

// daysOf names the column that counts the children behind a column of days.
var daysOf = map[string]string{"days_in_care": "children_in_care"}

// childCounts are the children of a study behind its days in care, row by row.
type childCounts struct {
	schools, arms, periods, groups *table.Category
	after, children                *table.Numeric
	known                          map[[2]string]float64
}

// childrenBehind is a reader of how many children stand behind a count of days,
// nil where the data do not say: a total of days may be large and be about one
// child. by is the column of subgroups.
func childrenBehind(t *table.Table, roles *study.Roles, by, outcome string) func(by string, b *analysis.Behind) {
	column := daysOf[outcome]
	if column == "" || roles.Unit == "" || !t.Has(column) || !t.Has(roles.Post) || !t.Has(roles.Arm) {
		return nil
	}
	c := &childCounts{known: map[[2]string]float64{}}
	category := func(into **table.Category, name string) (ok bool) {
		x, err := t.Category(name)
		*into = x
		return err == nil
	}
	var err error
	if c.children, err = t.Numeric(column); err != nil {
		return nil
	}
	if c.after, err = t.Numeric(roles.Post); err != nil {
		return nil
	}
	if !category(&c.schools, roles.Unit) || !category(&c.arms, roles.Arm) || !category(&c.periods, roles.Time) || by != "" && !category(&c.groups, by) {
		return nil
	}
	return func(by string, b *analysis.Behind) {
		at := [2]string{by, b.Of}
		if _, ok := c.known[at]; !ok {
			c.known[at] = c.count(by, b.Of)
		}
		b.Children = c.known[at]
	}
}

// count is the least number of children: in each school the most that one
// period has, since a child may be in care in all of them.
func (c *childCounts) count(by, of string) float64 {
	words := strings.Split(of, "|") // see analysis.CountOf; a school may stand after the arm
	if len(words) < 3 {
		return 0
	}
	arm, school, period := words[1], "", words[len(words)-1]
	if len(words) > 3 {
		school = words[2]
	}
	from, to, ranged := strings.Cut(period, " to ")
	if !ranged {
		to = from
	}
	most := map[int32]float64{}
	for i, n := range c.children.Values {
		g, a, p := c.schools.Codes[i], c.arms.Codes[i], c.periods.Codes[i]
		if g < 0 || a < 0 || p < 0 || n != n || by != "" && (c.groups == nil || c.groups.Codes[i] < 0 || c.groups.Levels[c.groups.Codes[i]] != by) {
			continue
		}
		if arm != "" && c.arms.Levels[a] != arm || school != "" && c.schools.Levels[g] != school {
			continue
		}
		switch label := c.periods.Levels[p]; period {
		case "":
		case analysis.Before, analysis.After:
			if (c.after.Values[i] > 0) != (period == analysis.After) {
				continue
			}
		default:
			if label < from || label > to {
				continue
			}
		}
		most[g] = max(most[g], n)
	}
	sum := 0.0
	for _, n := range most {
		sum += n
	}
	return sum
}
