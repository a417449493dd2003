package extracts

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"swis/dataset"
)

// What a hostile or broken file may hold: it is refused, or its rows are kept
// out, in good time, within memory, and without a word of its cells.
func TestHostileFiles(t *testing.T) {
	head := "child_id,school_urn,la,event,date\n"
	const canary = "CANARY42"
	for name, c := range map[string]struct {
		text string
		rule string // of the refusal; empty where the file is read
	}{
		"row of 40 MiB":          {head + strings.Repeat("x", 40<<20), "F01"},
		"quoted cell of 40 MiB":  {head + `"` + strings.Repeat("x\n", 20<<20) + `",`, "F01"},
		"20,000 columns":         {strings.Repeat("c,", 20000) + canary + "\n" + strings.Repeat(",", 20000) + "\n", "F04"},
		"20,000 other columns":   {columns(20000) + "\n", "F05"},
		"no header":              {canary + "," + canary + ",801,s47\n", "F04"},
		"a quote in a cell":      {head + canary + `"x,1,801,s47,01/01/2021` + "\n", "F01"},
		"NUL":                    {head + canary + "\x00,1,801,s47,01/01/2021\n", "F01"},
		"header only":            {head, ""},
		"nothing":                {"", ""},
		"white space":            {" \n\n\t\n", ""},
		"bytes of no encoding":   {head + "\x81\x8d\xff" + canary + ",1,801,s47,01/01/2021\n", ""},
		"formulas":               {head + `"=HYPERLINK(""x"")",1,801,s47,01/01/2021` + "\n", ""},
		"path tricks":            {head + "../../etc/passwd,../..,801,s47,01/01/2021\n", ""},
		"page":                   {"<html><script>alert(1)</script></html>", "F05"},
		"document type":          {"<!DOCTYPE Message SYSTEM \"file:///etc/passwd\"><Message/>", "F01"},
		"billion laughs":         {"<!DOCTYPE m [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><Message>&b;</Message>", "F01"},
		"unknown entity":         {"<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails></Header><Children>&" + canary + ";</Children></Message>", "F01"},
		"text of an element":     {"<Message><Header><Collection>" + strings.Repeat("x", 1<<20) + "</Collection></Header></Message>", "F01"},
		"elements in elements":   {"<Message>" + strings.Repeat("<a>", 100000), "F01"},
		"end tags alone":         {"<Message></Message></Message>", "F01"},
		"another collection":     {"<Message><Header><CollectionDetails><Collection>SWWF</Collection></CollectionDetails></Header></Message>", "F01"},
		"UTF-16 cut in a letter": {"\xff\xfec\x00h\x00i", "F05"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			c.text = ""
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, x, rules, err := readFile(t, path)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 256<<20 {
				t.Errorf("%d MiB were used", grown>>20)
			}
			var problems dataset.Problems
			switch {
			case c.rule == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.rule != "" && !errors.As(err, &problems):
				t.Errorf("read as %+v, %v", x, rules)
			case c.rule != "" && problems[0].Rule != c.rule:
				t.Errorf("%v, want rule %s", err, c.rule)
			case err != nil && strings.Contains(err.Error(), canary):
				t.Errorf("a cell is in the message: %v", err)
			case err != nil && len(err.Error()) > 600:
				t.Errorf("a message of %d letters", len(err.Error()))
			}
		})
	}
}

func columns(n int) string {
	var b bytes.Buffer
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		for k := i; ; k /= 26 {
			b.WriteByte(byte('a' + k%26))
			if k < 26 {
				break
			}
		}
		b.WriteString("x")
	}
	return b.String()
}

// FuzzFiles gives any bytes to the reader: it may refuse them, never panic, and
// what it reads balances.
func FuzzFiles(f *testing.F) {
	for _, l := range All {
		f.Add([]byte(l.Example()))
		if data, err := os.ReadFile(filepath.Join(testdata, l.Name, "bad"+l.Extension())); err == nil {
			f.Add(data)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, x, _, err := readFile(t, path)
		if err != nil {
			return
		}
		sum := int64(0)
		for _, n := range x.Read {
			if n < 0 {
				t.Fatalf("%v", x.Read)
			}
			sum += n
		}
		if sum != x.Rows {
			t.Fatalf("%d rows, %v", x.Rows, x.Read)
		}
	})
}
