package study

import (
	"path/filepath"
	"slices"
	"testing"
)

// Of a folder as it is handed over, tables are read, what may hold a table but
// cannot be read is refused, and the rest is named and left aside.
func TestFolder(t *testing.T) {
	const row = "C1\t100001\t801\ts47\t03/02/2021\n"
	s := checked(t, files(
		"a.TSV", "child_id\tschool_urn\tla\tevent\tdate\n"+row, "b.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "c.zip", "PK\x03\x04", "d.csv.gz", "\x1f\x8b\x08", "e.7z", "7z\xbc\xaf\x27\x1c",
		"f.docx", "PK\x03\x04", "g.pdf", "%PDF-1.4", "~$a.xlsx", "\x05user", ".DS_Store", "\x00\x00\x00\x01Bud1", "h", "child_id|school_urn|la|event|date\nC2|100001|801|s47|03/02/2021\n"), nil)
	var read, refused, left []string
	for _, x := range s.Extracts {
		read = append(read, filepath.Base(x.File))
	}
	for _, p := range s.refused {
		refused = append(refused, filepath.Base(p.File)+" "+p.Rule)
	}
	for _, f := range s.skipped {
		left = append(left, filepath.Base(f.path))
	}
	slices.Sort(refused)
	slices.Sort(left)
	if want := []string{"a.TSV", "h"}; !slices.Equal(read, want) {
		t.Errorf("read %q, want %q", read, want)
	}
	if want := []string{"b.xls F01", "c.zip F01", "d.csv.gz F01", "e.7z F01"}; !slices.Equal(refused, want) {
		t.Errorf("refused %q, want %q", refused, want)
	}
	if want := []string{"f.docx", "g.pdf", "~$a.xlsx"}; !slices.Equal(left, want) {
		t.Errorf("left aside %q, want %q", left, want)
	}
}
