package extracts

import (
	"bytes"
	"strconv"
	"strings"
)

// trim drops white space and non-breaking spaces around a cell.
func trim(b []byte) []byte {
	if n := len(b); n == 0 || b[0] > ' ' && b[0] < 0x80 && b[n-1] > ' ' && b[n-1] < 0x80 {
		return b
	}
	for {
		b = bytes.TrimSpace(b)
		switch {
		case bytes.HasPrefix(b, nbsp):
			b = b[2:]
		case bytes.HasSuffix(b, nbsp):
			b = b[:len(b)-2]
		default:
			return b
		}
	}
}

var nbsp = []byte("\u00a0")

// isNull recognises what systems write for no value.
func isNull(b []byte) bool {
	switch len(b) {
	case 0:
		return true
	case 1:
		return b[0] == '-' || b[0] == '.'
	case 2:
		return string(b) == "NA"
	case 3:
		return string(b) == "N/A" || string(b) == "NaN" || string(b) == "NaT"
	case 4:
		return strings.EqualFold(string(b), "NULL") || string(b) == "#N/A" || string(b) == "None" || string(b) == "<NA>"
	}
	return false
}

// flag reads yes and no in the ways that extracts write them: 1, true, Y, Yes,
// a) Yes, 1 - Yes, 1.0.
func flag(b []byte) (value, known bool) {
	switch text := strings.ToLower(string(b)); text {
	case "1", "true", "y", "yes", "t", "1.0", "nfa":
		return true, true
	case "0", "false", "n", "no", "f", "0.0", "fa":
		return false, true
	default:
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r < 'a' || r > 'z' }) {
			switch word {
			case "yes", "true":
				return true, true
			case "no", "false":
				return false, true
			}
		}
	}
	return false, false
}

// schoolCode writes a school's number in one way: 206/4651 and 206 4651 as
// 2064651, without a trailing .0 and in capitals.
func schoolCode(b []byte) string {
	text := strings.ToUpper(strings.TrimSuffix(string(b), ".0"))
	if len(text) == 8 && (text[3] == '/' || text[3] == ' ' || text[3] == '-') && allDigits(text[:3]) && allDigits(text[4:]) {
		return text[:3] + text[4:]
	}
	return text
}

// laCode writes an authority's code in one way.
func laCode(b []byte) string {
	return strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(string(b)), ".0"))
}

// authority is the code of an authority in a cell, empty where the cell holds
// what looks like a person's number instead: codes are shown, these never.
func authority(b []byte) string {
	code := laCode(b)
	if len(code) > 40 || Personal(code) {
		return ""
	}
	return code
}

// Personal says whether a text may be the number of a child rather than that
// of a place: five digits or more in a row, unless it is written like the
// nine-character code of an area, such as E09000022.
func Personal(text string) bool {
	if len(text) == 9 && text[0] >= 'A' && text[0] <= 'Z' && allDigits(text[1:]) {
		return false
	}
	run := 0
	for i := range len(text) {
		if run++; !isDigit(text[i]) {
			run = 0
		}
		if run >= 5 {
			return true
		}
	}
	return false
}

// laForm says whether an authority's code has one of its forms: three digits,
// or the country's letter and eight digits.
func laForm(code string) bool {
	switch {
	case len(code) == 3:
		return allDigits(code)
	case len(code) == 9:
		return strings.ContainsRune("EWSN", rune(code[0])) && allDigits(code[1:])
	}
	return code == notGiven
}

// notGiven stands for an authority that is neither in a file nor given.
const notGiven = "NOT GIVEN"

func allDigits(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
	}
	return text != ""
}

const checkLetters = "ABCDEFGHJKLMNPQRTUVWXYZ"

// checkUPN says whether a UPN in capitals has the right form and the right
// check letter: the sum of position times digit over positions 2 to 13, modulo
// 23. The last sign of a temporary UPN is a letter with its place's value.
func checkUPN(b []byte) (form, letter bool) {
	if len(b) != 13 || b[0] < 'A' || b[0] > 'Z' {
		return false, false
	}
	sum := 0
	for i := 1; i < 13; i++ {
		value := digit(b[i])
		if !isDigit(b[i]) {
			value = strings.IndexByte(checkLetters, b[i])
			if i < 12 || b[i] < 'A' || b[i] > 'Z' {
				return false, false
			}
		}
		sum += (i + 1) * value
	}
	return true, checkLetters[sum%23] == b[0]
}

// sourceIsSchool reads a referral source: the census code 2A, or words.
// Ambiguous are those that name education without saying that it is a school.
func sourceIsSchool(b []byte) (school, ambiguous bool) {
	text := strings.ToLower(string(bytes.ReplaceAll(b, nbsp, []byte(" "))))
	code := strings.TrimSpace(text)
	if i := strings.IndexByte(code, ')'); i == 1 { // e) 2A: Schools
		code = strings.TrimSpace(code[2:])
	}
	switch {
	case code == "2a" || strings.HasPrefix(code, "2a:") || strings.HasPrefix(code, "2a ") || strings.HasPrefix(code, "2a-"):
		return true, false
	case len(code) == 2 && isDigit(code[0]) || len(code) <= 2 && allDigits(code):
		return false, false
	case len(code) > 2 && isDigit(code[0]) && code[1] >= 'a' && code[1] <= 'f' && (code[2] == ':' || code[2] == ' ' || code[2] == '-'):
		return false, false
	case strings.Contains(text, "nurse") || strings.Contains(text, "nursing"):
		return false, false
	case strings.Contains(text, "school"):
		return true, false
	case strings.Contains(text, "education"):
		return false, true
	}
	return false, false
}

// number reads a count, with thousands separators or a trailing .0.
func number(b []byte) (float64, bool) {
	text := strings.ReplaceAll(string(b), ",", "")
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x != x || x-x != 0 || strings.ContainsAny(text, "xXpP_") {
		return 0, false
	}
	return x, true
}

// suppressed recognises the marks of withheld numbers.
func suppressed(b []byte) bool {
	switch text := string(b); text {
	case "c", "x", "z", "u", "k", "low", ":", "~", "..", "*":
		return true
	default:
		if strings.HasPrefix(text, "<") && allDigits(text[1:]) {
			return true
		}
		a, z, found := strings.Cut(text, "-")
		return found && allDigits(a) && allDigits(z)
	}
}
