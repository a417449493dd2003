package synthetic

import "swis/dataset"

// careChronology plants contradictions in the returns of children looked after.
func (p *planter) careChronology() {
	const files = "ssda903 episodes"
	into := func(i int, care ...spell) *child {
		c := &p.children[i]
		c.cases, c.care = nil, care
		c.careFaults = make([]func([]placement), len(care))
		return c
	}
	p.each(files, "C06", 2, true, "gap although the episode is said to continue", func(i int, d dataset.Day) int {
		c := into(i, spell{d, d + 30}, spell{d + 36, d + 66})
		c.careFaults[0] = func(l []placement) { l[0].reason = "X1" }
		c.careFaults[1] = func(l []placement) { l[0].isNew = "P" }
		return 1
	})
	p.each(files, "C06", 2, true, "care said to start although it goes on", func(i int, d dataset.Day) int {
		into(i, spell{d, d + 80}).careFaults[0] = func(l []placement) { l[1].isNew = "S" }
		return 1
	})
	year := p.year.Year
	p.each(files, "C08", 3, true, "open episode that the later return lacks", func(i int, _ dataset.Day) int {
		into(i, spell{p.year.To - 20, p.year.To + 1}).careFaults[0] = func(l []placement) { l[0].blank, l[0].until = true, year }
		return 1
	})
	last := p.calendar.Years[len(p.calendar.Years)-1]
	p.each(files, "C08", 2, true, "open episode past the 19th birthday", func(i int, _ dataset.Day) int {
		into(i, spell{last.From + 10, p.calendar.Close + 400})
		p.children[i].birth = last.From - 20*366
		return 1
	})
	p.breaks()
}

// breaks plants short breaks beyond their bounds, which are no days in care.
func (p *planter) breaks() {
	const files = "ssda903 episodes"
	rows := 0
	give := func(i int, from dataset.Day, days int, legal string) {
		c := &p.children[i]
		p.queue("903/episodes", p.year.Year, []string{c.id(p.authority), written(from, slashDate), "S", legal, "N1", "U4", "PR1", written(from+dataset.Day(days), slashDate), "E4A", "", "EB1 1AA", "EB2 9ZZ", "2500000"})
		rows++
	}
	open := func(i int) {
		c := &p.children[i]
		c.cases = nil
		p.queue("903/header", p.year.Year, []string{c.id(p.authority), c.gender(), written(c.birth, slashDate), c.ethnicity, c.upn, "", ""})
	}
	p.each(files, "C7L", 2, false, "short break of 25 days", func(i int, d dataset.Day) int {
		open(i)
		give(i, d, 25, "V3")
		return 1
	})
	p.each(files, "C7Y", 1, false, "six short breaks of 15 days in a year", func(i int, _ dataset.Day) int {
		open(i)
		for j := range 6 {
			give(i, p.year.From+dataset.Day(40+20*j), 15, "V3")
		}
		return 1
	})
	p.each(files, "C7B", 2, false, "short break and an agreement of them in one year", func(i int, d dataset.Day) int {
		open(i)
		give(i, d, 5, "V3")
		give(i, d+30, 60, "V4")
		return 1
	})
	p.note(files, "C07", rows, false, "short breaks beyond their bounds")
}
