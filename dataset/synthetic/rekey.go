package synthetic

import (
	"fmt"
	"slices"

	"swis/dataset"
)

// rekey gives some children a new number on the day on which the authority
// changed its system: their later cases stand under it, with the same UPN. Of
// every second one a decision says that both are one child; of the others
// nothing is known but the shared UPN.
func (p *planter) rekey() {
	if slices.Contains(p.without, "K07") {
		return
	}
	day, n := p.migration(), 0
	for _, i := range p.some(p.times(6), len(p.children), func(i int) bool {
		c := &p.children[i]
		return c.pupil >= 0 && c.upn != "" && len(c.care) == 0 && !p.pupils[c.pupil].recorded && len(c.cases) > 1 && c.cases[0].closure < day && c.cases[len(c.cases)-1].begins() > day+60
	}) {
		c := &p.children[i]
		later := child{pupil: c.pupil, number: len(p.children) + 1, upn: c.upn, birth: c.birth, female: c.female, ethnicity: c.ethnicity}
		at := slices.IndexFunc(c.cases, func(e episode) bool { return e.begins() > day })
		later.cases, c.cases = slices.Clone(c.cases[at:]), c.cases[:at:at]
		// a contact comes up to 60 days before its referral
		moved := func(t contact) bool { return t.day > day }
		for _, t := range c.contacts {
			if moved(t) {
				later.contacts = append(later.contacts, t)
			}
		}
		c.contacts = slices.DeleteFunc(c.contacts, moved)
		if n%2 == 0 {
			later.second, c.again = true, len(p.children)+1
		}
		p.children = append(p.children, later)
		n++
	}
	p.note("ssd_linked_identifiers", "K07", n, true, "child with a new number from the change of systems")
}

// migration is the day on which the authority changed its system.
func (p *planter) migration() dataset.Day { return p.calendar.First + (p.year.From-p.calendar.First)/2 }

// decideRow notes the row of identifiers under which a decision is to join a
// record with the one before; row counts those of the file, its header included.
func (k *records) decideRow(c *child, file string, row int) {
	if c.second {
		k.rekeyed = append(k.rekeyed, fmt.Sprintf("%s/%s:%d", k.authority.Folder, file, row))
	}
}
