package textfile

import "bytes"

// binaries are the first bytes of files that people hand over in place of text,
// and what to do about each.
var binaries = []struct{ magic, advice string }{
	{"PK\x03\x04", "a zip file or a workbook of another kind: save the sheet as CSV"},
	{"\xd0\xcf\x11\xe0", "a workbook with a password, or of Excel before 2007: open it and save the sheet as CSV"},
	{"\x1f\x8b", "a compressed file: unpack it first"},
	{"7z\xbc\xaf", "a compressed file: unpack it first"},
	{"Rar!\x1a\x07", "a compressed file: unpack it first"},
	{"%PDF", "a PDF document: ask for the table as CSV"},
	{"PAR1", "a Parquet table: save it as CSV"},
}

// longestMagic is how many bytes tell all of them.
const longestMagic = 6

// Binary says what a file is that begins with these bytes and is known to be no
// text, and what to do about it; nothing for any other.
func Binary(start []byte) string {
	for _, b := range binaries {
		if bytes.HasPrefix(start, []byte(b.magic)) {
			return b.advice
		}
	}
	return ""
}
