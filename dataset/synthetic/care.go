package synthetic

import (
	"fmt"
	"io"
	"strconv"
)

const (
	careHeader   = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB"
	careEpisodes = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
)

// writeCare writes the SSDA903 returns: a folder a year with header and
// episodes. The URN column is the register number of the placement, as in real
// returns, not a school.
func (k *records) writeCare(o *output) error {
	if !k.authority.Care.Delivered || k.authority.Delivery == AnnexA || k.authority.Delivery == SSD {
		return nil // the last two hand over care with their lists and tables
	}
	open := 0
	for y := range k.calendar.Years {
		r := &k.calendar.Years[y]
		folder := fmt.Sprintf("extracts/%s/ssda903-%d", k.authority.Folder, r.Year)
		err := o.file(folder+"/header.csv", func(w io.Writer) error {
			s := newSheet(w, careHeader, slashDate, false)
			s.reads, s.empty = []int{2}, &k.empty
			s.faulty = k.faultyRows("903/header", r.Year)
			for i := range k.children {
				if c := &k.children[i]; len(c.careIn(r)) > 0 {
					s.texts(c.id(k.authority), c.gender())
					s.day(c.birth)
					s.texts(c.ethnicity, k.careUPN(c), "", "")
					s.end()
				}
			}
			open += s.open()
			return s.finish()
		})
		if err != nil {
			return err
		}
		err = o.file(folder+"/episodes.csv", func(w io.Writer) error {
			s := newSheet(w, careEpisodes, slashDate, false)
			s.reads, s.empty = []int{1, 7}, &k.empty
			s.faulty = k.faultyRows("903/episodes", r.Year)
			for i := range k.children {
				c := &k.children[i]
				for _, p := range c.careIn(r) {
					s.text(c.id(k.authority))
					s.day(p.start)
					s.texts(p.isNew, p.legal, "N1", p.place, p.provider)
					s.day(p.end)
					s.texts(p.reason, p.change, "EB1 1AA", "EB2 9ZZ")
					s.text(strconv.Itoa(2500000 + c.number))
					s.end()
				}
			}
			open += s.open()
			return s.finish()
		})
		if err != nil {
			return err
		}
	}
	k.undatedColumns("ssda903", open)
	return nil
}

// undatedColumns notes the columns of which no row tells the order of day and month.
func (k *records) undatedColumns(files string, columns int) {
	if columns > 0 {
		k.faults = append(k.faults, Fault{LA: k.authority.Code, Files: files, Rule: "D02", Rows: columns, What: "column of dates that can be read in two orders", Kept: true})
	}
}

// careIn lists the care episodes of a child that a return holds, faults included.
func (c *child) careIn(r *Return) []placement {
	var out []placement
	for i, s := range c.care {
		list := placements(s)
		if i < len(c.careFaults) && c.careFaults[i] != nil {
			c.careFaults[i](list)
		}
		for _, p := range list {
			if p, ok := p.in(r); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// careUPN is the UPN cell of a child's header row.
func (k *records) careUPN(c *child) string {
	switch {
	case c.careUnknown != "":
		return c.careUnknown
	case c.upn == "":
		return "UN1"
	}
	return c.upn
}
