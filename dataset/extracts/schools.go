package extracts

import (
	"math"
	"strings"

	"swis/dataset"
)

// The schools register (GIAS) and simple lists of schools.

var gias = Layout{
	Name: "gias", Title: "schools register (GIAS edubasealldata)", Without: []string{"Group UID"},
	Columns: []Column{
		{Name: "URN", Kind: Text, Required: true, Means: "unique reference number"},
		{Name: "EstablishmentName", Required: true, Means: "name"},
		{Name: "LA (code)", Required: true, Means: "the authority's code"},
		{Name: "EstablishmentNumber", Means: "four digits; with the LA code the LAESTAB"},
		{Name: "PhaseOfEducation (name)", Means: "Primary, Secondary, …"},
		{Name: "TypeOfEstablishment (name)", Means: "type"},
		{Name: "EstablishmentStatus (name)", Means: "Open, Closed, …"},
		{Name: "OpenDate", Kind: Date, Means: "dd-mm-yyyy"},
		{Name: "CloseDate", Kind: Date, Means: "dd-mm-yyyy"},
		{Name: "NumberOfPupils", Kind: Number, Means: "pupils at the census date"},
		{Name: "CensusDate", Kind: Date, Means: "date of the number of pupils"},
		{Name: "PercentageFSM", Kind: Number, Means: "percent eligible for free school meals"},
		{Name: "GOR (name)", Means: "region"},
		{Name: "UrbanRural (name)", Means: "setting"},
	},
	Row: func(r *Row) {
		s := dataset.School{
			URN: schoolCode(r.cell(0)), Name: strings.ToValidUTF8(r.Text(1), "?"), LA: laCode(r.cell(2)), Phase: r.Text(4), Type: r.Text(5), Status: r.Text(6),
			Open: r.Date(7), Close: r.Date(8), CensusDate: r.Date(10), Region: r.Text(12), Setting: r.Text(13),
			Pupils: r.numberOrNaN(9), FSM: r.numberOrNaN(11),
		}
		if number := r.Text(3); number != "" && s.LA != "" {
			s.LAESTAB = s.LA + strings.Repeat("0", max(0, 4-len(number))) + number
		}
		s.ID = s.URN
		r.school(s)
	},
}

func (r *Row) numberOrNaN(slot int) float64 {
	if x, ok := number(r.cell(slot)); ok {
		return x
	}
	return math.NaN()
}

func (r *Row) school(s dataset.School) {
	s.Line, s.File = uint32(r.line), r.file.number
	if s.ID == "" {
		r.Quarantine(ruleS01, -1)
		return
	}
	r.out.schools = append(r.out.schools, s)
}

var schoolList = Layout{
	Name: "schools", Title: "simple list of the trial's schools",
	Without: []string{"period", "month", "outcome", "date", "child_id", "upn", "stratum", "wave"},
	Columns: []Column{
		{Name: "school_id", Required: true, Means: "what the school is called in the trial"},
		{Name: "la", Required: true, Also: []string{"la_code"}, Means: "the authority's code"},
		{Name: "urn", Means: "unique reference number, where it is not school_id"},
		{Name: "laestab", Means: "LA and establishment number"},
		{Name: "name", Also: []string{"school_name"}, Means: "name"},
		{Name: "phase", Means: "primary, secondary, …"},
		{Name: "type", Means: "type"},
		{Name: "pupils", Kind: Number, Also: []string{"number_of_pupils", "roll"}, Means: "pupils on roll"},
		{Name: "fsm_percent", Kind: Number, Also: []string{"percentage_fsm", "fsm"}, Means: "percent eligible for free school meals"},
		{Name: "open", Kind: Date, Also: []string{"open_date"}, Means: "first day"},
		{Name: "close", Kind: Date, Also: []string{"close_date"}, Means: "last day"},
		{Name: "census_date", Kind: Date, Means: "date of the number of pupils"},
	},
	Row: func(r *Row) {
		s := dataset.School{
			ID: strings.ToValidUTF8(r.Text(0), "?"), LA: laCode(r.cell(1)), URN: schoolCode(r.cell(2)), LAESTAB: schoolCode(r.cell(3)), Name: r.Text(4), Phase: r.Text(5), Type: r.Text(6),
			Pupils: r.numberOrNaN(7), FSM: r.numberOrNaN(8), Open: r.Date(9), Close: r.Date(10), CensusDate: r.Date(11),
		}
		if s.URN == "" {
			s.URN = schoolCode(r.cell(0))
		}
		for i := range r.width {
			if i < len(r.file.extra) && r.file.extra[i] {
				s.Extra = append(s.Extra, strings.ToValidUTF8(string(trim(r.raw(i))), "?"))
			}
		}
		r.school(s)
	},
}

var giasLinks = Layout{
	Name: "gias-links", Title: "schools register, links between establishments",
	Columns: []Column{
		{Name: "URN", Required: true, Means: "the establishment"},
		{Name: "LinkURN", Required: true, Means: "the other one"},
		{Name: "LinkType", Required: true, Means: "Successor, Predecessor, … - merged, … - Split School, …"},
	},
	Row: func(r *Row) {
		kind := strings.TrimSpace(r.Text(2))
		lower := strings.ToLower(kind)
		link := dataset.SchoolLink{From: schoolCode(r.cell(0)), To: schoolCode(r.cell(1)), Line: uint32(r.line),
			Successor: strings.HasPrefix(lower, "successor"), Predecessor: strings.HasPrefix(lower, "predecessor") || strings.HasPrefix(lower, "result of"), Plain: lower == "successor" || lower == "predecessor"}
		if link.From == "" || link.To == "" {
			r.Quarantine(ruleS01, 0)
			return
		}
		r.out.links = append(r.out.links, link)
	},
}
