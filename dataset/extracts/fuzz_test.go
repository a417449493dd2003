package extracts

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzXML gives any text below a root element that is known: it may be refused,
// with the file's name and without its text, never panic.
func FuzzXML(f *testing.F) {
	for _, name := range []string{"cin-xml", "s903-xml"} {
		for _, kind := range []string{"good.xml", "bad.xml"} {
			if data, err := os.ReadFile(filepath.Join(testdata, name, kind)); err == nil {
				f.Add(string(data))
			}
		}
	}
	torture, _ := filepath.Glob("../../testdata/torture/*.xml")
	for _, path := range torture {
		if data, err := os.ReadFile(path); err == nil && len(data) < 4096 {
			f.Add(string(data))
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.HasPrefix(strings.TrimSpace(text), "<") {
			text = "<Message>" + text
		}
		path := filepath.Join(dir, "x.xml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, x, _, err := readFile(t, path)
		if err != nil {
			if !strings.Contains(err.Error(), "x.xml") {
				t.Fatalf("no name in %v", err)
			}
			return
		}
		sum := int64(0)
		for _, n := range x.Read {
			sum += n
		}
		if sum != x.Rows {
			t.Fatalf("%d rows, %v", x.Rows, x.Read)
		}
	})
}

// FuzzNumbers reads any cell as a count, an authority and a school: a number is
// finite, and what is shown is no child's.
func FuzzNumbers(f *testing.F) {
	for _, cell := range []string{"", "3", "1,000", "1e3", "0x1p4", "NaN", "-0", " 7 ", "<5", "1-5", "801", "801.0", "E09000022", "206/4651", "B801200005001", "739104628517", "1_0", "٣"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		if x, ok := number([]byte(cell)); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
			t.Fatalf("%q is %g", cell, x)
		} else if ok && suppressed([]byte(cell)) && x >= 0 {
			t.Fatalf("%q is both a number and withheld", cell)
		}
		code := authority([]byte(cell))
		if Personal(code) || len(code) > 40 {
			t.Fatalf("%q is shown as an authority", cell)
		}
		if again := schoolCode([]byte(schoolCode([]byte(cell)))); !strings.HasSuffix(cell, ".0.0") && again != schoolCode([]byte(cell)) && !strings.HasSuffix(strings.TrimSuffix(cell, ".0"), ".0") {
			t.Fatalf("%q is %q, and %q when read again", cell, schoolCode([]byte(cell)), again)
		}
		_, _ = flag([]byte(cell))
		_, _ = sourceIsSchool([]byte(cell))
		_, _, _ = periodCell([]byte(cell))
	})
}

// FuzzMapping reads any text as a mapping file: it is refused or gives one.
func FuzzMapping(f *testing.F) {
	f.Add("la: \"801\"\ncolumns:\n  School Ref: school_urn\ndates: dmy\n")
	f.Add("codes:\n  ReferralSource: {EDU: 2A}\nyear: 2020\ncomplete_to: 2020-07-31\n")
	f.Add("dates: {DOB: mdy}\nlayout: cin-events\n")
	f.Add("a: &a [*a, *a]\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "map.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := ReadMapping(path)
		if (m == nil) == (err == nil) {
			t.Fatalf("%v, %v", m, err)
		}
		if m != nil {
			_ = m.header([]string{"lachildid", "date"})
			_ = m.recode(&cinEvents.Columns[0])
		}
	})
}
