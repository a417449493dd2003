package study

import "strconv"

// Number is a count that has passed the disclosure profile: Mark stands in its
// place where it is withheld.
type Number struct {
	Value int64
	Mark  string
}

// String is the count, or the mark.
func (n Number) String() string {
	if n.Mark != "" {
		return n.Mark
	}
	return strconv.FormatInt(n.Value, 10)
}

// MarshalJSON writes a number, or the mark as a text.
func (n Number) MarshalJSON() ([]byte, error) {
	if n.Mark != "" {
		return []byte(strconv.Quote(n.Mark)), nil
	}
	return strconv.AppendInt(nil, n.Value, 10), nil
}

// gate is the disclosure profile of a quality report: none shows all; dfe
// withholds 1 to 5; tre withholds 1 to 9 and rounds the others to 5, so that
// what is withheld cannot be had from sums.
func gate(profile string) func(int64) Number {
	switch profile {
	case "dfe":
		return func(n int64) Number {
			if n >= 1 && n <= 5 {
				return Number{Mark: "c"}
			}
			return Number{Value: n}
		}
	case "tre":
		return func(n int64) Number {
			if n >= 1 && n < 10 {
				return Number{Mark: "c"}
			}
			return Number{Value: (n + 2) / 5 * 5}
		}
	}
	return func(n int64) Number { return Number{Value: n} }
}
