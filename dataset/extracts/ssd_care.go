package extracts

import (
	"strings"

	"swis/dataset"
)

// Care in the Standard Safeguarding Dataset: an episode's legal status stands
// in a table of its own.

var ssdPersons = Layout{
	Name: "ssd-persons", Title: "SSD, persons",
	Columns: []Column{
		{Name: "pers_person_id", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "pers_dob", Kind: Date, Required: true, Means: "birth date"},
		{Name: "pers_expected_dob", Kind: Date, Means: "expected birth date of an unborn child"},
		{Name: "pers_death_date", Kind: Date, Means: "death date"},
		{Name: "pers_upn", Kind: UPN, Means: "unique pupil number, in older versions"},
		laColumn,
	},
	Row: func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		p := dataset.Person{Child: child, Birth: r.Date(1), Death: r.Date(3)}
		p.Pupil, p.CheckLetter = r.Pupil(4)
		if blank(p.Birth) {
			p.Birth = r.Date(2)
		}
		r.Person(p)
	},
}

var ssdCare = Layout{
	Name: "ssd-cla", Title: "SSD, episodes of care", Care: true,
	Columns: []Column{
		{Name: "clae_person_id", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "clae_cla_episode_start_date", Kind: Date, Required: true, Means: "start of the episode"},
		{Name: "clae_cla_episode_start_reason", Means: "reason for the new episode: S L P T B U"},
		{Name: "clae_cla_episode_ceased_date", Kind: Date, Required: true, Also: []string{"clae_cla_episode_ceased"}, Means: "end of the episode; the day is not counted"},
		{Name: "clae_cla_episode_ceased_reason", Means: "reason for ceasing; X1 where another episode follows"},
		{Name: "clae_cla_primary_need_code", Means: "category of need, N1 to N8"},
		laColumn,
	},
	Row: func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		e := dataset.Episode{Child: child, Start: r.Date(1), End: r.Date(3), LegalStatus: dataset.LegalElsewhere}
		r.reasons(&e, 2, 4, 3)
		r.checkCode(5, readNeed)
		r.Episode(e)
	},
}

var ssdLegal = Layout{
	Name: "ssd-legal", Title: "SSD, legal statuses",
	Columns: []Column{
		{Name: "lega_person_id", Kind: ChildID, Required: true, Means: "the authority's id of the child"},
		{Name: "lega_legal_status", Required: true, Means: "a code such as V3, alone or before its words, or the words of a short break"},
		{Name: "lega_legal_status_start_date", Kind: Date, Required: true, Means: "first day"},
		{Name: "lega_legal_status_end_date", Kind: Date, Means: "day of the end, not counted"},
		laColumn,
	},
	Row: func(r *Row) {
		child, ok := r.Child(0)
		if !ok {
			return
		}
		status := r.Coded(1, readLegalWords)
		if status == 0 {
			status = uint32(dataset.LegalUnknown) + 1
		}
		r.out.legal = append(r.out.legal, dataset.LegalSpan{Child: child, Start: r.Date(2), End: r.Date(3), Status: uint8(status - 1), Line: uint32(r.line), LA: r.la})
	},
}

// readLegalWords reads a legal status as a code, a code with its words, or the
// words alone, in which short breaks under an agreement are told from single
// ones. Words that are none of these are a status of care.
func readLegalWords(b []byte) uint32 {
	if len(b) >= 2 && isDigit(b[1]) && (len(b) == 2 || !isDigit(b[2])) {
		return readLegalStatus(b[:2])
	}
	switch text := strings.ToLower(string(b)); {
	case strings.Contains(text, "care order"), strings.Contains(text, "placement order"), strings.Contains(text, "freeing"):
		return uint32(dataset.LegalOrder) + 1
	case !strings.Contains(text, "break"):
		return uint32(dataset.LegalCare) + 1
	case strings.Contains(text, "agreement"):
		return uint32(dataset.LegalAgreement) + 1
	}
	return uint32(dataset.LegalShortBreak) + 1
}
