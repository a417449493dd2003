package tables_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"swis/analysis"
	"swis/report/tables"
)

var update = flag.Bool("update", false, "write the golden files anew")

// results reads the sample results that the tests of this folder share.
func results(t *testing.T) map[string]*analysis.Result {
	t.Helper()
	files, err := filepath.Glob("../testdata/results/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sample results: %v", err)
	}
	out := map[string]*analysis.Result{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r analysis.Result
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = &r
	}
	return out
}

func TestGolden(t *testing.T) {
	formats := map[string]func(io.Writer, *analysis.Result) error{
		"txt": tables.WriteText, "md": tables.WriteMarkdown, "tex": tables.WriteLaTeX, "csv": tables.WriteCSV, "html": tables.WriteHTML,
	}
	for name, r := range results(t) {
		for ext, write := range formats {
			var got bytes.Buffer
			if err := write(&got, r); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+"."+ext)
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (go test -update writes it)", err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
		}
	}
}

func TestTextFitsTheScreen(t *testing.T) {
	for name, r := range results(t) {
		for _, screen := range []int{100, 80, 60} {
			var got bytes.Buffer
			if err := (tables.Style{Width: screen}).WriteResult(&got, r); err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(got.String(), "\n") {
				if n := utf8.RuneCountInString(line); n > screen {
					t.Errorf("%s: %d columns on a screen of %d: %s", name, n, screen, line)
				}
			}
		}
	}
}

func TestASCIIStyle(t *testing.T) {
	for name, r := range results(t) {
		var got bytes.Buffer
		if err := (tables.Style{ASCII: true}).WriteResult(&got, r); err != nil {
			t.Fatal(err)
		}
		for i, b := range got.Bytes() {
			if b > 126 {
				t.Fatalf("%s: byte %#x at %d is not ASCII", name, b, i)
			}
		}
		var utf bytes.Buffer
		if err := tables.WriteText(&utf, r); err != nil {
			t.Fatal(err)
		}
		if strings.Count(got.String(), "?") != strings.Count(utf.String(), "?") {
			t.Errorf("%s: a character has no ASCII form:\n%s", name, got.String())
		}
	}
}

// A result may carry any text: names of schools and LAs come from files.
func TestHostileText(t *testing.T) {
	r := &analysis.Result{Title: `<script>alert(1)</script> & "x"`, Notes: []analysis.Note{{Text: "<img src=x>"}},
		Estimates: []analysis.Estimate{{Term: "=cmd|' /C calc'!A0", Label: "a|b<c>", How: "<b>", By: "+1+1"}},
		Tables:    []analysis.Table{{Name: "x", Columns: []analysis.Column{{Name: "<th>"}}, Rows: [][]analysis.Cell{{{Text: "</td>"}}}}}}
	var page bytes.Buffer
	if err := tables.WriteHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<img", "<b>", "<c>", "</td></td>"} {
		if strings.Contains(page.String(), bad) {
			t.Errorf("unescaped %s in HTML", bad)
		}
	}
	wellFormed(t, page.Bytes())
	r.Subtitle = "\x1b[31mred\x1b]0;title\x07 \u202egnirts \x00 \xff"
	for _, write := range []func(io.Writer, *analysis.Result) error{tables.WriteText, tables.WriteHTML} {
		var out bytes.Buffer
		if err := write(&out, r); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(out.Bytes(), "\x1b\x07\x00\u202e") || !utf8.Valid(out.Bytes()) {
			t.Errorf("a control character reaches the reader: %q", out.String())
		}
	}
	page.Reset()
	if err := tables.WriteHTML(&page, r); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, page.Bytes())
	var sheet bytes.Buffer
	if err := tables.WriteCSV(&sheet, r); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\n=cmd", ",+1+1"} {
		if strings.Contains(sheet.String(), bad) {
			t.Errorf("a CSV cell starts a formula: %s", sheet.String())
		}
	}
	var md bytes.Buffer
	if err := tables.WriteMarkdown(&md, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(md.String(), "<script") || strings.Contains(md.String(), "a|b") {
		t.Errorf("unescaped Markdown: %s", md.String())
	}
}

func TestHTMLIsWellFormedAndLoadsNothing(t *testing.T) {
	for name, r := range results(t) {
		var page bytes.Buffer
		if err := tables.WriteHTML(&page, r); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, page.Bytes())
		for _, reference := range []string{"src=", "href=", "url(", "@import"} {
			if strings.Contains(page.String(), reference) {
				t.Errorf("%s: the page refers to something outside: %s", name, reference)
			}
		}
	}
}

func wellFormed(t *testing.T, page []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(page, []byte("<!DOCTYPE html>\n"))))
	for {
		if _, err := d.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				return
			}
			t.Fatalf("not well formed: %v", err)
		}
	}
}
