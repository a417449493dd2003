package extracts

import (
	"encoding/json"
	"regexp"
	"strings"

	"swis/dataset"
)

// Whether a contact or referral led to further action: as yes or no in a column
// of that name, as words in a column of outcomes, or as the flags that the
// Standard Safeguarding Dataset keeps in one cell.

// contactColumns are what authorities add to a list of contacts.
var contactColumns = []Column{
	{Name: "Contact NFA?", Kind: YesNo, Also: []string{"Contact NFA", "NFA?", "NFA", "No Further Action", "No Further Action?"}, Means: "no further action, where the authority records it"},
	{Name: "Contact Outcome", Also: []string{"Outcome of Contact", "Outcome", "Contact Decision"}, Means: "or what the contact led to, in words: no further action, referral, assessment, early help"},
	{Name: "Further Action", Kind: YesNo, Also: []string{"Further Action?", "Further Action (Y/N)"}, Means: "or whether there was further action"},
}

// noAction reads a yes or no to no further action.
func (r *Row) noAction(slot int) dataset.Flag { return r.action(slot, readFlag) }

// contact gives the flags of a contact from the first of its columns on further
// action that says anything; slot is the first of contactColumns.
func (r *Row) contact(slot int) dataset.Flag {
	for i, read := range []func([]byte) uint32{readFlag, readOutcomeWords, readFurtherAction} {
		if r.cell(slot+i) != nil {
			return r.action(slot+i, read)
		}
	}
	return 0
}

// action is what a cell says of further action: nothing where it is blank or,
// flagged, where it cannot be told.
func (r *Row) action(slot int, read func([]byte) uint32) dataset.Flag {
	switch r.Coded(slot, read) {
	case flagYes:
		return dataset.NoAction | dataset.NFAKnown
	case flagNo:
		return dataset.NFAKnown
	case flagUnclear:
		r.Flag(ruleE10, slot)
	}
	return 0
}

// What a cell says of no further action.
const (
	flagYes = 1 + iota
	flagNo
	flagUnclear
	flagNone // flags of which none is set: not recorded
)

func readFlag(b []byte) uint32 {
	value, known := flag(b)
	switch {
	case !known:
		return flagUnclear
	case value:
		return flagYes
	}
	return flagNo
}

// readFurtherAction reads a yes or no to further action.
func readFurtherAction(b []byte) uint32 {
	switch text := strings.ToLower(string(b)); {
	case text == "nfa" || strings.Contains(text, "no further"):
		return flagYes
	case text == "fa":
		return flagNo
	}
	switch readFlag(b) {
	case flagYes:
		return flagNo
	case flagNo:
		return flagYes
	}
	return flagUnclear
}

var (
	noActionWords = regexp.MustCompile(`\bnfa\b|\bno (further )?(action|role|involvement|service)|\bno further\b`)
	negations     = regexp.MustCompile(`\b(no|not|declined|refused|rejected)\b`)
	actionWords   = regexp.MustCompile(`referr|assessment|strategy|\bs ?17\b|\bs ?47\b|section (17|47)|child protection|early help|further action|\bprogress|\bfa\b`)
)

// readOutcomeWords reads what a contact or referral led to. Words that are
// neither no further action nor a step on, such as advice or information, are
// unclear: what they count as is the study's decision, in a mapping file.
func readOutcomeWords(b []byte) uint32 {
	text := strings.ToLower(string(b))
	if strings.HasPrefix(text, "{") {
		return readOutcomeFlags(b)
	}
	text = strings.NewReplacer("_", " ", "\u00a0", " ").Replace(text)
	switch {
	case noActionWords.MatchString(text):
		return flagYes
	case negations.MatchString(text):
		return flagUnclear
	case actionWords.MatchString(text):
		return flagNo
	}
	return flagUnclear
}

// readOutcomeFlags reads {"NFA_FLAG": "N", "NEW_REFERRAL_FLAG": "Y", …}, with or
// without OUTCOME_ before each name: no further action where its flag is set
// and no other is, further action where another is.
func readOutcomeFlags(b []byte) uint32 {
	var flags map[string]any
	if json.Unmarshal(b, &flags) != nil {
		return flagUnclear
	}
	noAction, said, other := false, false, false
	for name, v := range flags {
		name = strings.TrimPrefix(strings.ToUpper(name), "OUTCOME_")
		if !strings.HasSuffix(name, "_FLAG") {
			continue
		}
		set, known := false, false
		switch v := v.(type) {
		case bool:
			set, known = v, true
		case float64:
			set, known = v != 0, true
		case string:
			set, known = flag([]byte(v))
		}
		switch {
		case name == "NFA_FLAG":
			noAction, said = set, known
		case set:
			other = true
		}
	}
	switch {
	case noAction && other:
		return flagUnclear
	case noAction:
		return flagYes
	case other:
		return flagNo
	case said:
		return flagUnclear // neither that nor anything else
	}
	return flagNone
}
