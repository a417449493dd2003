package textfile

import "testing"

func TestSeparator(t *testing.T) {
	for text, want := range map[string]byte{
		"":                             ',',
		"a\n":                          ',',
		"a,b\n1;2;3;4,5\n":             ',',
		"a;b\n1,5;2,5\n":               ';',
		"a\tb, or c\td\n":              '\t',
		"a|b|c\n":                      '|',
		"\"a;b;c\",d\n":                ',',
		"\"a,b,c\";d\n":                ';',
		"Children\n\na;b\n1;2\n":       ';',
		"sep=;\na,b\n":                 ',',
		"\xef\xbb\xbfsep=|\r\na;b\r\n": ';',
	} {
		if got := Separator([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
