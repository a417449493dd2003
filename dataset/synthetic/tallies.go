package synthetic

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"swis/dataset"
)

// countedOutcomes are the outcomes of an authority that hands over counts by
// school and month instead of children.
var countedOutcomes = []int{truthS47, truthS47Children, truthS17, truthReferrals}

// withholdEvery is how many cells of counts stand between two withheld ones.
const withholdEvery = 41

// withheld says whether a cell of the true panel is withheld.
func (k *records) withheld(cell, outcome int) bool {
	return k.withholds && (cell*len(countedOutcomes)+slices.Index(countedOutcomes, outcome))%withholdEvery == 17
}

// writeCounts writes the true panel of the authority, some cells withheld and
// some rows impossible.
func (k *records) writeCounts(o *output) error {
	marks := []string{"c", "<5", "x", "1-5"}
	return o.file(fmt.Sprintf("extracts/%s/counts.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, "school_id,month,outcome,count,la", isoDate, false)
		s.faulty = k.faultyRows("counts", 0)
		n := 0
		for i, r := range k.count().rows {
			for _, outcome := range countedOutcomes {
				s.texts(r.School, dataset.Month.Label(dataset.Month.Of(r.Month)), truthNames[outcome])
				if k.withheld(i, outcome) {
					s.text(marks[n%len(marks)])
					n++
				} else {
					s.number(r.Value[outcome])
				}
				s.text(k.authority.Code)
				s.end()
			}
		}
		return s.finish()
	})
}

// counts plants withheld and impossible cells.
func (p *planter) counts(all bool) {
	p.withholds = true
	cells, n := len(p.schools)*(int(dataset.Month.Of(p.calendar.End)-dataset.Month.Of(p.calendar.First))+1), 0
	for cell := range cells {
		for _, outcome := range countedOutcomes {
			if p.withheld(cell, outcome) {
				n++
			}
		}
	}
	p.note("counts", "N01", n, true, "count withheld")
	if !all {
		return
	}
	for j, count := range []string{"-1", "2.5", "many"} {
		for i := range p.times(1) {
			p.queue("counts", 0, []string{strconv.Itoa(p.schools[(3*i+j)%len(p.schools)].URN), dataset.Month.Label(dataset.Month.Of(p.mid(i % 25))), "s47", count, p.authority.Code})
		}
	}
	p.note("counts", "N02", 3*p.times(1), false, "count negative, broken or in words")
}
