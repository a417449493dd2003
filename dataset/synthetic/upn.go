package synthetic

// upnLetters are the check letters in the order of their values: I, O and S
// are not used.
const upnLetters = "ABCDEFGHJKLMNPQRTUVWXYZ"

// upn is a unique pupil number: a check letter, then authority, establishment,
// year and serial number of its issue.
type upn [13]byte

func (u upn) String() string { return string(u[:]) }

// newUPN issues a number of twelve digits, or of eleven and a letter for a
// temporary one. The issuing establishment is not the school the pupil is at.
func newUPN(authority string, year, serial int, temporary bool) upn {
	var u upn
	copy(u[1:4], authority)
	digits(u[4:8], 2000+(serial/1000)%8000)
	digits(u[8:10], year%100)
	digits(u[10:13], serial%1000)
	if temporary {
		digits(u[10:12], serial%100)
		u[12] = upnLetters[(serial/100)%len(upnLetters)]
	}
	u[0] = checkLetter(u)
	return u
}

// checkLetter is the letter for positions 2 to 13: the sum of position times
// value modulo 23 (UK Government Data Standards Catalogue, Unique Pupil Number
// 2.0); a letter at position 13 is valued by its place among the check letters.
func checkLetter(u upn) byte {
	sum := 0
	for i := 1; i < len(u); i++ {
		value := int(u[i]) - '0'
		if u[i] >= 'A' {
			for j := range upnLetters {
				if upnLetters[j] == u[i] {
					value = j
				}
			}
		}
		sum += (i + 1) * value
	}
	return upnLetters[sum%23]
}

// digits writes n right-aligned with leading zeros.
func digits(to []byte, n int) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = byte('0' + n%10)
		n /= 10
	}
}
