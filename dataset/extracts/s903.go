package extracts

import (
	"strings"

	"swis/dataset"
)

// The return on children looked after (SSDA903). Its URN is the Ofsted number
// of the placement, never a school's.

var yearColumn = Column{Name: "YEAR", Means: "year of the return, which ends on 31 March"}

var s903Header = Layout{
	Name: "s903-header", Title: "SSDA903, header", Without: []string{"DECOM", "DUC"},
	Columns: []Column{
		{Name: "CHILD", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "DOB", Kind: Date, Required: true, Means: "birth date"},
		{Name: "UPN", Kind: UPN, Required: true, Means: "unique pupil number, or UN1 to UN5"},
		{Name: "ETHNIC", Required: true, Means: "ethnicity, not used"},
		laColumn, yearColumn,
	},
	Row: func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		p := dataset.Person{Child: child, Birth: r.Date(1), Death: noParent}
		p.Pupil, p.CheckLetter = r.Pupil(2)
		r.Person(p)
	},
}

var s903Columns = []Column{
	{Name: "CHILD", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
	{Name: "DECOM", Kind: Date, Required: true, Means: "start of the episode"},
	{Name: "RNE", Required: true, Means: "reason for the new episode: S L P T B U"},
	{Name: "LS", Required: true, Means: "legal status; V3 and V4 are short breaks"},
	{Name: "DEC", Kind: Date, Required: true, Means: "end of the episode; the day is not counted"},
	{Name: "REC", Required: true, Means: "reason for ceasing; X1 where another episode follows"},
	laColumn, yearColumn,
	{Name: "CIN", Means: "category of need, N1 to N8"},
}

var s903Episodes = Layout{
	Name: "s903-episodes", Title: "SSDA903, episodes", Care: true, Annual: true,
	Columns: s903Columns,
	Row:     episodeRow,
}

func readLegalStatus(b []byte) uint32 {
	switch string(b) {
	case "V3", "v3":
		return uint32(dataset.LegalShortBreak) + 1
	case "V4", "v4":
		return uint32(dataset.LegalAgreement) + 1
	case "C1", "C2", "D1", "E1", "c1", "c2", "d1", "e1":
		return uint32(dataset.LegalOrder) + 1
	case "V2", "L1", "L2", "L3", "J1", "J2", "J3", "v2", "l1", "l2", "l3", "j1", "j2", "j3":
		return uint32(dataset.LegalCare) + 1
	}
	return uint32(dataset.LegalUnknown) + 1
}

func readNewReason(b []byte) uint32 {
	if len(b) == 1 {
		switch c := b[0] &^ 0x20; c {
		case 'S', 'L', 'P', 'T', 'B', 'U':
			return uint32(c)
		}
	}
	return 1
}

// endReasons are the reasons why care ceased; E99 and LIIAF are written by
// regional repairs.
var endReasons = map[string]bool{
	"E2": true, "E3": true, "E4A": true, "E4B": true, "E5": true, "E6": true, "E7": true, "E8": true, "E9": true, "E11": true, "E12": true, "E13": true, "E14": true,
	"E15": true, "E16": true, "E17": true, "E41": true, "E43": true, "E44": true, "E45": true, "E46": true, "E47": true, "E48": true, "E99": true, "LIIAF": true,
}

const (
	ceased        = 1 + iota
	ceasedUnknown // an unknown code
	continues     // X1: another episode follows
)

func readEndReason(b []byte) uint32 {
	switch text := strings.ToUpper(string(b)); {
	case text == "X1":
		return continues
	case endReasons[text]:
		return ceased
	}
	return ceasedUnknown
}

func episodeRow(r *Row) {
	child, ok := r.Child(0)
	if !ok {
		return
	}
	e := dataset.Episode{Child: child, Start: r.Date(1), End: r.Date(4), LegalStatus: dataset.LegalUnknown}
	if legal := r.Coded(3, readLegalStatus); legal > 0 {
		e.LegalStatus = uint8(legal - 1)
	}
	if e.LegalStatus == dataset.LegalUnknown {
		r.Flag(ruleE10, 3)
	}
	r.reasons(&e, 2, 5, 4)
	r.checkCode(8, readNeed)
	if b := r.cell(7); b != nil {
		if year, ok := number(b); ok && year > 1990 && year < 2100 {
			e.ReturnYear = int16(year)
			r.out.year = max(r.out.year, int(year))
		}
	}
	r.Episode(e)
}

// reasons reads why an episode began and why it ceased; a reason for ceasing
// goes with an end.
func (r *Row) reasons(e *dataset.Episode, began, ceasedWhy, end int) {
	if reason := r.Coded(began, readNewReason); reason > 1 {
		e.NewReason = byte(reason)
	} else if r.Has(began) {
		r.Flag(ruleE10, began)
	}
	if !r.Has(ceasedWhy) {
		return
	}
	reason := r.Coded(ceasedWhy, readEndReason)
	e.EndReason, e.Continues = reason > 0, reason == continues
	if reason == ceasedUnknown {
		r.Flag(ruleE10, ceasedWhy)
	}
	if blank(e.End) == e.EndReason {
		r.Flag(ruleC04, end)
	}
}

var (
	s903Reviews        = aside("s903-reviews", "SSDA903, reviews", "no outcome is made of reviews", "CHILD", "DOB", "REVIEW", "REVIEW_CODE")
	s903UASC           = aside("s903-uasc", "SSDA903, unaccompanied asylum-seeking children", "no outcome is made of it", "CHILD", "SEX", "DOB", "DUC")
	s903OC2            = aside("s903-oc2", "SSDA903, health and offending", "no outcome is made of it", "CHILD", "DOB", "SDQ_SCORE", "HEALTH_CHECK")
	s903OC3            = aside("s903-oc3", "SSDA903, care leavers", "care leavers are past school age", "CHILD", "DOB", "IN_TOUCH", "ACTIV", "ACCOM")
	s903AD1            = aside("s903-ad1", "SSDA903, adoption", "no outcome is made of adoptions", "CHILD", "DATE_INT", "DATE_MATCH")
	s903PlacedAdoption = aside("s903-placed-adoption", "SSDA903, placed for adoption", "no outcome is made of adoptions", "CHILD", "DATE_PLACED", "DATE_PLACED_CEASED")
	s903PrevPerm       = aside("s903-prev-perm", "SSDA903, previous permanence", "no outcome is made of it", "CHILD", "PREV_PERM", "LA_PERM")
	s903Missing        = aside("s903-missing", "SSDA903, missing from care", "no outcome is made of it", "CHILD", "MISSING", "MIS_START", "MIS_END")
	s903SWEpisodes     = aside("s903-sw-episodes", "SSDA903, social worker episodes", "no outcome is made of it", "CHILD", "SW_ID", "SW_DECOM")
	s903DoLo           = aside("s903-dolo", "SSDA903, deprivation of liberty", "no outcome is made of it", "CHILD", "DOLO_START", "DOLO_END")
)
