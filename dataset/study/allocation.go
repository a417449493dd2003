package study

import (
	"slices"

	"swis/dataset"
)

// allocate joins the arms to a panel and derives start, treated and post. The
// start of a school is a period label or a date, empty for comparison schools.
// Schools that the allocation lacks keep empty cells and so leave every
// analysis that uses arms, with a count.
func (t *texts) allocate(allocation *texts, roles *Roles) error {
	rows, err := allocation.rowOf(roles.Unit)
	if err != nil {
		return err
	}
	arms, ok := allocation.index["arm"]
	if !ok {
		return dataset.Problemf(allocation.name, 1, "arm", "missing; want columns school_id, la, stratum, arm, start")
	}
	periods := t.columns[t.index[roles.Time]]
	kind, ok := dataset.KindOfLabels(periods)
	if !ok {
		return dataset.Problemf(t.name, 0, roles.Time, "labels are not months, terms or academic years, so that starts cannot be placed")
	}
	starts := make([]string, allocation.rows)
	anyStart := false
	if j, ok := allocation.index["start"]; ok {
		for i, text := range allocation.columns[j] {
			switch text {
			case "", "NA", Never:
				starts[i] = Never
				continue
			}
			if day, err := dataset.ParseDay(text); err == nil {
				text = kind.Label(kind.Of(day))
			} else if _, err := dataset.ParsePeriod(kind, text); err != nil {
				return dataset.Problemf(allocation.name, i+2, "start", "%v, or a date such as 2023-09-01", err)
			}
			starts[i] = text
			anyStart = true
		}
	}
	schools, las := t.columns[t.index[roles.Unit]], t.columns[t.index[roles.LA]]
	firstOfLA, first := map[string]string{}, ""
	for i, school := range schools {
		row, ok := rows[school]
		if !ok || starts[row] == Never || starts[row] == "" {
			continue
		}
		if have := firstOfLA[las[i]]; have == "" || starts[row] < have {
			firstOfLA[las[i]] = starts[row]
		}
		if first == "" || starts[row] < first {
			first = starts[row]
		}
	}
	arm, start, treated, post := make([]string, t.rows), make([]string, t.rows), make([]string, t.rows), make([]string, t.rows)
	for i, school := range schools {
		row, ok := rows[school]
		if !ok {
			continue
		}
		arm[i], start[i] = allocation.columns[arms][row], starts[row]
		treated[i], post[i] = "1", "0"
		if start[i] == Never {
			treated[i] = "0"
		}
		begin := firstOfLA[las[i]]
		if begin == "" {
			begin = first
		}
		if periods[i] >= begin {
			post[i] = "1"
		}
	}
	t.replace("arm", arm)
	roles.Arm = "arm"
	if anyStart {
		t.replace("start", start)
		t.replace("treated", treated)
		t.replace("post", post)
		roles.Cohort, roles.Treated, roles.Post = "start", "treated", "post"
	}
	rest := &texts{name: allocation.name, index: map[string]int{}, rows: allocation.rows}
	for j, name := range allocation.names {
		if !slices.Contains([]string{"arm", "start", "treated", "post"}, name) {
			rest.add(name, allocation.columns[j])
		}
	}
	return t.join(rest, roles.Unit, false)
}

// replace sets a column, new or old.
func (t *texts) replace(name string, column []string) {
	if j, have := t.index[name]; have {
		t.columns[j] = column
		return
	}
	t.add(name, column)
}
