package synthetic

import (
	"fmt"
	"io"
	"strconv"

	"swis/dataset"
)

// ssdTable is one table of the Standard Safeguarding Dataset.
type ssdTable struct {
	name, header string
	rows         func(k *records, c *child, s *ssdSheet)
}

// ssdSheet writes NULL for what is empty, as SQL exports do, and keys of rows.
type ssdSheet struct {
	*sheet
	key int
}

func (s *ssdSheet) begin(c *child, a *Authority) {
	s.key++
	s.number(s.key)
	s.text(c.id(a))
}

func (s *ssdSheet) cells(texts ...string) {
	for _, t := range texts {
		if t == "" {
			t = "NULL"
		}
		s.text(t)
	}
}

func (s *ssdSheet) dates(days ...dataset.Day) {
	for _, d := range days {
		s.cells(written(d, isoTimestamp))
	}
}

var ssdTables = []ssdTable{
	{"ssd_contacts", "cont_contact_id,cont_person_id,cont_contact_date,cont_contact_source_code,cont_contact_outcome_json", func(k *records, c *child, s *ssdSheet) {
		for _, t := range c.contacts {
			s.begin(c, k.authority)
			s.dates(t.day)
			s.cells(t.source, outcomeObject(t.outcome))
			s.end()
		}
	}},
	{"ssd_cin_episodes", "cine_referral_id,cine_person_id,cine_referral_date,cine_cin_primary_need_code,cine_referral_source_code,cine_referral_nfa,cine_close_reason,cine_close_date", func(k *records, c *child, s *ssdSheet) {
		for i := range c.cases {
			e := &c.cases[i]
			s.begin(c, k.authority)
			s.dates(e.referral)
			s.cells(e.need, e.source, yesNo(e.noFurtherAction))
			closed := k.known(e.closure)
			if closed == 0 {
				s.cells("")
			} else {
				s.cells(e.closureReason())
			}
			s.dates(closed)
			s.end()
		}
	}},
	{"ssd_cin_assessments", "cina_assessment_id,cina_person_id,cina_assessment_start_date,cina_assessment_child_seen,cina_assessment_auth_date", func(k *records, c *child, s *ssdSheet) {
		for i := range c.cases {
			for _, a := range c.cases[i].assessments {
				s.begin(c, k.authority)
				s.dates(a.start)
				s.cells("Y")
				s.dates(k.known(a.end))
				s.end()
			}
		}
	}},
	{"ssd_s47_enquiry", "s47e_s47_enquiry_id,s47e_person_id,s47e_s47_start_date,s47e_s47_end_date,s47e_s47_nfa", func(k *records, c *child, s *ssdSheet) {
		for i := range c.cases {
			for _, q := range c.cases[i].enquiries {
				s.begin(c, k.authority)
				if q.timed {
					s.cells(written(q.day, isoDate) + " 14:30:00")
				} else {
					s.dates(q.day)
				}
				s.dates(k.known(q.day + 12))
				s.cells(yesNo(q.conference == 0))
				s.end()
			}
		}
	}},
	{"ssd_cin_plans", "cinp_cin_plan_id,cinp_person_id,cinp_cin_plan_start_date,cinp_cin_plan_end_date", func(k *records, c *child, s *ssdSheet) {
		for i := range c.cases {
			for _, p := range c.cases[i].plans {
				s.begin(c, k.authority)
				s.dates(p.start, k.known(p.end))
				s.end()
			}
		}
	}},
	{"ssd_cla_episodes", "clae_cla_episode_id,clae_person_id,clae_cla_episode_start_date,clae_cla_episode_start_reason,clae_cla_primary_need_code,clae_cla_episode_ceased_date,clae_cla_episode_ceased_reason,clae_cla_placement_id", func(k *records, c *child, s *ssdSheet) {
		for i, p := range k.tableEpisodes(c) {
			s.begin(c, k.authority)
			s.dates(p.start)
			s.cells(p.isNew, "N1")
			s.dates(p.end)
			s.cells(p.reason, strconv.Itoa(1000*c.number+i))
			s.end()
		}
	}},
	{"ssd_legal_status", "lega_legal_status_id,lega_person_id,lega_legal_status,lega_legal_status_start_date,lega_legal_status_end_date", func(k *records, c *child, s *ssdSheet) {
		for _, p := range k.tableEpisodes(c) {
			if p.legal == "" {
				continue
			}
			s.begin(c, k.authority)
			s.cells(legalWords[p.legal])
			s.dates(p.start, p.end)
			s.end()
		}
	}},
	{"ssd_linked_identifiers", "link_table_id,link_person_id,link_identifier_type,link_identifier_value,link_valid_from_date,link_valid_to_date", func(k *records, c *child, s *ssdSheet) {
		if c.upn != "" && k.shows(c) {
			s.begin(c, k.authority)
			s.cells("Unique Pupil Number", c.upn)
			s.dates(0, 0)
			s.end()
			k.decideRow(c, "ssd_linked_identifiers.csv", s.rows+1)
		}
	}},
}

// legalWords are the legal statuses as case systems print them.
var legalWords = map[string]string{"V2": "V2 - Single period of accommodation under section 20", "C1": "C1", "C2": "C2 - Full care order", "V3": "Accommodated for short breaks: individual episodes"}

// tableEpisodes are the episodes of care of a child in the one delivery of all
// years, short breaks included.
func (k *records) tableEpisodes(c *child) []placement {
	if !k.authority.Care.Delivered {
		return nil
	}
	list := k.careOf(c, 0)
	for _, b := range k.respite {
		if c == &k.children[b.child] {
			list = append(list, placement{span: span{b.day, b.day + dataset.Day(b.days)}, isNew: "S", legal: "V3", reason: "E8"})
		}
	}
	return list
}

// outcomeObject is the outcome of a contact as the case systems' queries write it.
func outcomeObject(o outcome) string {
	referral, none := "", ""
	switch o {
	case action:
		referral, none = "Y", "N"
	case noAction:
		referral, none = "N", "Y"
	}
	return fmt.Sprintf(`{"NEW_REFERRAL_FLAG": "%s", "EXISTING_REFERRAL_FLAG": "", "NFA_FLAG": "%s", "NUMBER_OF_OUTCOMES": 1, "COMMENTS": ""}`, referral, none)
}

func yesNo(b bool) string {
	if b {
		return "Y"
	}
	return "N"
}

// known is a date as the one delivery of all years knows it.
func (k *records) known(d dataset.Day) dataset.Day {
	if d > k.calendar.Close {
		return 0
	}
	return d
}

// writeSSD writes the tables of the Standard Safeguarding Dataset, one
// delivery of all years, as SQL exports them.
func (k *records) writeSSD(o *output) error {
	for _, table := range ssdTables {
		if !k.authority.Care.Delivered && (table.name == "ssd_cla_episodes" || table.name == "ssd_legal_status") {
			continue
		}
		err := o.file(fmt.Sprintf("extracts/%s/%s.csv", k.authority.Folder, table.name), func(w io.Writer) error {
			s := &ssdSheet{sheet: newSheet(w, table.header, isoTimestamp, false)}
			for i := range k.children {
				table.rows(k, &k.children[i], s)
			}
			s.empty = &k.empty
			return s.finish()
		})
		if err != nil {
			return err
		}
	}
	if len(k.named) > 0 {
		err := o.file(fmt.Sprintf("extracts/%s/school_contacts.csv", k.authority.Folder), func(w io.Writer) error {
			s := newSheet(w, "child_id,event,date,school_urn,upn,la", isoDate, false)
			for i, e := range k.named {
				s.texts(strconv.Itoa(980000+i), "contact")
				s.day(e.day)
				s.number(e.urn)
				s.text(newUPN(k.authority.Code, 9, 7996000+i, false).String())
				if e.odd {
					s.text(OddLA)
				} else {
					s.text(k.authority.Code)
				}
				s.end()
			}
			return s.finish()
		})
		if err != nil {
			return err
		}
	}
	return k.writePublished(o)
}

// namedContact is a contact of a child on no roll, in a file that names the school.
type namedContact struct {
	day dataset.Day
	urn int
	odd bool // under a code that is no authority's
}

// OddLA is a code that is no authority's.
const OddLA = "95"

// writePublished writes an open table with the authority's enquiries of each
// whole census year, as published; overstated in the year that holds the faults.
func (k *records) writePublished(o *output) error {
	return o.file(fmt.Sprintf("extracts/%s/c4_section47.csv", k.authority.Folder), func(w io.Writer) error {
		s := newSheet(w, "time_period,time_identifier,geographic_level,old_la_code,la_name,category,Section47", isoDate, false)
		for y := range k.calendar.Years {
			r := &k.calendar.Years[y]
			total := 0
			k.eachRow(func(_ int, line row) {
				if line.kind == enquiryRow && line.day >= r.From && line.day <= r.To {
					total++
				}
			})
			if r.Year == k.overstated {
				total = total*13/10 + 1
			}
			s.number(r.Year)
			s.texts("Reporting year", "Local authority", k.authority.Code, k.authority.Name, "Total")
			s.number(total)
			s.end()
		}
		return s.finish()
	})
}
