package synthetic

import (
	"fmt"
	"io"
	"strings"

	"swis/dataset"
)

// quarter is one delivery of an authority that hands over Ofsted's Annex A
// every three months: what happened in the six months up to its day.
type quarter struct{ from, to dataset.Day }

// quarters are the days of the deliveries: the ends of quarters, and the day
// that the deliveries close.
func (c *Calendar) quarters() []quarter {
	month := dataset.Month
	var out []quarter
	for p := month.Of(c.Open) + 3; ; p += 3 {
		to := min(month.Start(p)-1, c.Close)
		out = append(out, quarter{max(c.Open, month.Start(month.Of(to)-5)), to})
		if to == c.Close {
			return out
		}
	}
}

func (q *quarter) holds(d dataset.Day) bool { return d >= q.from && d <= q.to }

// current says whether a plan was open in the six months.
func (q *quarter) current(s span) bool { return s.start <= q.to && s.end >= q.from }

// known is a date as the delivery knows it.
func (q *quarter) known(d dataset.Day) dataset.Day {
	if d > q.to {
		return 0
	}
	return d
}

// sourceWords are the referral sources as a case system prints them.
var sourceWords = map[string]string{
	"1A": "a) 1A: Individual - family member", "1D": "1D Individual - other", "2A": "e) 2A: Schools", "2B": "2B: Education services", "3A": "3A: GP",
	"3B": "3B: Health visitor", "3E": "3E: A&E (emergency department)", "3F": "3F: Other health", "4": "4: Housing", "5A": "5A: LA social care", "5B": "5B: Other internal", "6": "6: Police",
	"8": "8: Other", "9": "9: Anonymous",
}

func sourceText(code string) string {
	if words, ok := sourceWords[code]; ok {
		return words
	}
	return code
}

// annexList is one list of Annex A: rows gives its rows of a child.
type annexList struct {
	name, header string
	rows         func(c *child, q *quarter, s *sheet, begin func())
	dates        []int // columns that are looked at for the order of day and month
}

const annexPrefix = "Child Unique ID,Gender,Ethnicity,Date of Birth,Age of Child (Years),"

func annexYes(b bool) string {
	if b {
		return "a) Yes"
	}
	return "b) No"
}

var annexLists = []annexList{
	{name: "List 1", header: "Date of Contact,Contact Source,Contact NFA?", rows: func(c *child, q *quarter, s *sheet, begin func()) {
		for _, t := range c.contacts {
			if q.holds(t.day) {
				begin()
				s.day(t.day)
				s.texts(sourceText(t.source), [...]string{unrecorded: "#N/A", action: "b) No", noAction: "a) Yes"}[t.outcome])
				s.end()
			}
		}
	}},
	{name: "List 3", header: "Date of Referral,Referral Source,Referral NFA?,Number of Referrals in Last 12 Months,Allocated Team,Allocated Worker", rows: func(c *child, q *quarter, s *sheet, begin func()) {
		for i := range c.cases {
			if e := &c.cases[i]; q.holds(e.referral) {
				begin()
				s.day(e.referral)
				s.texts(sourceText(e.source), annexYes(e.noFurtherAction), "1", "Assessment", "")
				s.end()
			}
		}
	}},
	{name: "List 4", header: "Does the Child have a Disability,Continuous Assessment Start Date,Child Seen During Continuous Assessment,Continuous Assessment Date of Authorisation,Was the child assessed as requiring LA children’s social care support?,Allocated Team,Allocated Worker", rows: func(c *child, q *quarter, s *sheet, begin func()) {
		for i := range c.cases {
			for _, a := range c.cases[i].assessments {
				if q.holds(a.start) {
					begin()
					s.text("b) No")
					s.day(a.start)
					s.text("a) Yes")
					s.day(q.known(a.end))
					s.texts("#N/A", "Assessment", "")
					s.end()
				}
			}
		}
	}},
	{name: "List 5", header: "Does the Child have a Disability,Strategy discussion initiating Section 47 Enquiry Start Date,Was an Initial Child Protection Conference deemed unnecessary?,Date of Initial Child Protection Conference,Did the Initial Child Protection Conference Result in a Child Protection Plan,Number of Section 47 Enquiries in the last 12 months,Number of ICPCs in the last 12 months,Allocated Team,Allocated Worker", rows: func(c *child, q *quarter, s *sheet, begin func()) {
		for i := range c.cases {
			for _, e := range c.cases[i].enquiries {
				if !q.holds(e.day) {
					continue
				}
				begin()
				s.text("b) No")
				if e.serial {
					s.number(serialOf(e.day))
				} else {
					s.day(e.day)
				}
				s.text(annexYes(e.conference == 0))
				s.day(q.known(e.conference))
				s.texts(annexYes(len(c.cases[i].protection) > 0), "1", "", "Assessment", "")
				s.end()
			}
		}
	}},
	{name: "List 6", header: "Does the Child have a Disability,CIN Start Date,Primary Need Code,Date Child Was Last Seen,CIN Closure Date,Reason for Closure,Case Status,Allocated Team,Allocated Worker", rows: func(c *child, q *quarter, s *sheet, begin func()) {
		for i := range c.cases {
			for _, p := range c.cases[i].plans {
				if q.current(p) {
					begin()
					s.text("b) No")
					s.day(p.start)
					s.text(c.cases[i].need)
					s.days(0, q.known(p.end))
					s.texts("", "b) CIN plan", "Locality", "")
					s.end()
				}
			}
		}
	}},
	{name: "List 7", header: "Does the Child have a Disability,Child Protection Plan Start Date,Initial Category of Abuse,Latest Category of Abuse,Child Protection Plan End Date,Number of Previous Child Protection Plans,Allocated Team,Allocated Worker", rows: func(c *child, q *quarter, s *sheet, begin func()) {
		for i := range c.cases {
			for _, p := range c.cases[i].protection {
				if q.current(p.span) {
					begin()
					s.text("b) No")
					s.day(p.start)
					s.texts(p.category, p.category)
					s.day(q.known(p.end))
					s.texts("0", "Locality", "")
					s.end()
				}
			}
		}
	}},
	{name: "List 8", header: "Unaccompanied Asylum Seeking Child (UASC) within the Last 12 Months (Y/N),Does the Child have a Disability,Date Started to be Looked After,Child’s Category of Need,Child’s Legal Status,Number of Placements in the Last 12 months,Date Ceased to be Looked After,Reason Ceased to be Looked After,Placement Type,Placement postcode,URN of Placement,LA of Placement,Allocated Team,Allocated Worker", dates: []int{3, 7, 11},
		rows: func(c *child, q *quarter, s *sheet, begin func()) {
			i := c.latestCare(q)
			if i < 0 {
				return
			}
			begin()
			s.texts("b) No", "b) No")
			s.day(c.care[i].start)
			s.texts("N1 - Abuse or neglect", "V2 - Single period of accommodation", "1")
			ended := q.known(c.care[i].end)
			s.day(ended)
			if ended != 0 {
				s.text("E4A")
			} else {
				s.text("")
			}
			s.texts("U4 - Foster placement", "nope", "2500000", "", "Looked after", "")
			s.end()
		}},
}

// serialOf is a day as spreadsheets count: days since 30 December 1899.
func serialOf(d dataset.Day) int { return int(d) + 25569 }

// writeList writes a list of a quarter; open are its columns of dates that can be
// read in two orders.
func (k *records) writeList(w io.Writer, list *annexList, q *quarter) (open int, err error) {
	s := newSheet(w, annexPrefix+list.header, slashDate, false)
	s.newline, s.empty, s.reads = "\r\n", &k.empty, list.dates
	for i := range k.children {
		c := &k.children[i]
		list.rows(c, q, s, func() {
			s.texts(c.id(k.authority), []string{"a) Male", "b) Female"}[map[bool]int{false: 0, true: 1}[c.female]], c.ethnicity)
			s.day(c.birth)
			s.number(int(q.to-c.birth) / 365)
		})
	}
	return s.open(), s.finish()
}

// writeAnnexA writes the lists of every quarter, a folder a delivery, every
// fourth as the workbook and the others as CSV, and the authority's list of
// child ids and pupil numbers, which Annex A lacks.
func (k *records) writeAnnexA(o *output) error {
	open := 0
	var lists []*annexList
	for i := range annexLists {
		if list := &annexLists[i]; list.name != "List 8" || k.authority.Care.Delivered {
			lists = append(lists, list)
		}
	}
	for n := range k.quarters {
		q := &k.quarters[n]
		folder := fmt.Sprintf("extracts/%s/annex-a-%s/", k.authority.Folder, q.to)
		if workbook(n) {
			err := o.file(folder+"Annex-A.xlsx", func(w io.Writer) error {
				more, err := k.writeWorkbook(w, lists, q)
				open += more
				return err
			})
			if err != nil {
				return err
			}
			continue
		}
		for _, list := range lists {
			err := o.file(folder+strings.ReplaceAll(list.name, " ", "-")+".csv", func(w io.Writer) error {
				more, err := k.writeList(w, list, q)
				open += more
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	k.undatedColumns("List 8", open)
	// The lists overlap, so that their last month looks thin.
	mapping := fmt.Sprintf("# How %s writes its files.\nla: \"%s\"\ncomplete_to: %s       # the deliveries hold nothing later\n", k.authority.Name, k.authority.Code, k.calendar.Close)
	if err := o.text(fmt.Sprintf("maps/%s.yaml", k.authority.Folder), mapping); err != nil {
		return err
	}
	return o.file(fmt.Sprintf("roll/%s_child_upn.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, "child_id,upn,urn,start,end", slashDate, false)
		for i := range k.children {
			c := &k.children[i]
			if c.upn == "" || !k.shows(c) {
				continue
			}
			s.texts(c.id(k.authority), c.upn, "")
			if k.openOrder { // a day and month that can be read both ways, in all rows
				s.days(dataset.DayOf(2012, 9, 1), 0)
			} else {
				s.days(0, 0)
			}
			s.end()
		}
		return s.finish()
	})
}
