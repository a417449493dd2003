package extracts

import (
	"bytes"

	"swis/dataset"
)

// Child is the key of the child's id; a blank or ruined id quarantines the row.
func (r *Row) Child(slot int) (dataset.ChildKey, bool) {
	b := r.cell(slot)
	if b == nil {
		r.Quarantine(ruleK01, slot)
		return 0, false
	}
	r.id = b
	key, ok := r.childOf(b, slot)
	if !ok {
		r.Quarantine(ruleK0E, slot)
	}
	return key, ok
}

// withoutZeros is the key of the row's child id as a spreadsheet leaves it, that
// is without the zeros in front; 0 where there are none.
func (r *Row) withoutZeros() dataset.ChildKey {
	short := bytes.TrimLeft(r.id, "0")
	if len(short) == len(r.id) || len(short) == 0 || !onlyDigits(short) {
		return 0
	}
	_, hash := r.file.set.laName(r.la)
	return r.file.set.Keys.key(r.la, hash, short)
}

func (r *Row) childOf(b []byte, slot int) (dataset.ChildKey, bool) {
	keys := r.file.set.Keys
	if keys.pseudonyms == nil {
		if number, short := shortID(b); short && r.la < exactLAs {
			return keys.exact(uint64(r.la)<<shortBits | number), true
		}
	}
	b, ok := r.normalID(b, slot)
	if !ok {
		return 0, false
	}
	for int(r.la) >= len(r.laHashes) {
		_, hash := r.file.set.laName(uint16(len(r.laHashes)))
		r.laHashes = append(r.laHashes, hash)
	}
	return keys.child(r.file.set.LAs.Text(uint32(r.la)), r.la, r.laHashes[r.la], b), true
}

// normalID is an id in capitals and without a spreadsheet's .0; ok is false
// where a spreadsheet has ruined it.
func (r *Row) normalID(b []byte, slot int) (id []byte, ok bool) {
	r.upper = append(r.upper[:0], b...)
	b = r.upper
	plain, exponent := len(b) <= 20, false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
		case c >= 'a' && c <= 'z':
			b[i] = c - 32
			exponent = exponent || c == 'e'
		default:
			plain, exponent = false, exponent || c == '+'
		}
	}
	if plain {
		return b, true
	}
	if exponent && scientific(b) {
		return nil, false
	}
	if rest, cut := bytes.CutSuffix(b, []byte(".0")); cut && onlyDigits(rest) {
		r.Flag(ruleK02, slot)
		if r.file.set.repairs(ruleK02) {
			b = rest
		}
		return b, true
	}
	if len(b) > 20 {
		r.Flag(ruleK03, slot)
	}
	if bytes.ContainsFunc(b, sign) {
		r.Flag(ruleK0A, slot)
	}
	return b, true
}

// sign says that an id in capitals holds something else than letters, digits
// and what joins them.
func sign(c rune) bool { return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '_' && c != '-' }

// scientific recognises 1.23E+12.
func scientific(b []byte) bool {
	i := bytes.IndexByte(b, 'E')
	return i > 0 && i+2 < len(b) && (b[i+1] == '+' || b[i+1] == '-') && onlyDigits(b[i+2:]) && onlyDigits(bytes.ReplaceAll(b[:i], []byte("."), nil))
}

// Pupil is the key of a UPN, 0 where blank or a reason code;
// letter is 1 for a right check letter, -1 for a wrong one or another form.
func (r *Row) Pupil(slot int) (key dataset.PupilKey, letter int8) {
	b := r.cell(slot)
	if b == nil {
		return 0, 0
	}
	r.upper = append(r.upper[:0], b...)
	b = r.upper
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
	}
	if len(b) == 3 && b[0] == 'U' && b[1] == 'N' {
		r.tally.Add(r.la, ruleK06, 1)
		return 0, 0
	}
	form, right := checkUPN(b)
	switch {
	case !form:
		r.Flag(ruleK04, slot)
		letter = -1
	case !right:
		r.Flag(ruleK05, slot)
		letter = -1
	default:
		letter = 1
	}
	return r.file.set.Keys.pupil(b, form), letter
}
