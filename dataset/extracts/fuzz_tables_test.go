package extracts

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// FuzzWorkbook gives any text as the sheet and the shared strings of a workbook:
// it is refused with the file's name, or read, never a panic.
func FuzzWorkbook(f *testing.F) {
	const head = `<?xml version="1.0"?>`
	cells := func(rows ...string) string {
		return head + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + strings.Join(rows, "") + `</sheetData></worksheet>`
	}
	f.Add(cells(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>x</t></is></c></row>`, `<row r="2"><c r="A2"><v>44562</v></c></row>`), `<sst><si><t>Child Unique ID</t></si></sst>`)
	f.Add(cells(`<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`), `<sst/>`)
	f.Add(cells(`<row><c t="s"><v>-1</v></c><c t="b"><v>7</v></c><c t="e"><v>#REF!</v></c><c><f>1+1</f></c></row>`), `<sst count="9999999999"><si/></sst>`)
	f.Add(`<worksheet><dimension ref="A1:XFD1048576"/><sheetData/></worksheet>`, ``)
	path := filepath.Join(f.TempDir(), "x.xlsx")
	f.Fuzz(func(t *testing.T, sheet, shared string) {
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(file)
		for name, text := range map[string]string{
			"[Content_Types].xml":        head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`,
			"_rels/.rels":                head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
			"xl/workbook.xml":            head + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="List 1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
			"xl/worksheets/sheet1.xml":   sheet,
			"xl/sharedStrings.xml":       shared,
		} {
			w, err := z.Create(name)
			if err == nil {
				_, err = w.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		file.Close()
		tables, _, err := Sheets(path)
		if err != nil {
			if !strings.Contains(err.Error(), "x.xlsx") {
				t.Fatalf("no name in %v", err)
			}
			return
		}
		for _, name := range tables {
			keys, err := NewKeys("", false)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := NewSet(keys).ReadSheet(context.Background(), Input{Path: path, LA: "801"}, name); err != nil && !strings.Contains(err.Error(), "x.xlsx") {
				t.Fatalf("no name in %v", err)
			}
		}
	})
}

// FuzzParquet gives any bytes that begin and end as Parquet files do.
func FuzzParquet(f *testing.F) {
	type row struct {
		Child string `parquet:"child_id"`
		URN   int64  `parquet:"school_urn"`
		Event string `parquet:"event,dict"`
		Date  string `parquet:"date,optional"`
	}
	path := filepath.Join(f.TempDir(), "x.parquet")
	if err := parquet.WriteFile(path, []row{{"A", 1, "s47", "2021-02-03"}, {"B", 2, "referral", ""}}); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for _, name := range []string{"garbage", "long-footer", "marks-alone", "zero-footer"} {
		if data, err := os.ReadFile("../../testdata/torture/" + name + ".parquet"); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 8 {
			return
		}
		data = slices.Clone(data) // the engine's bytes are not to be written to
		copy(data, "PAR1")
		copy(data[len(data)-4:], "PAR1")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := readFile(t, path); err != nil && !strings.Contains(err.Error(), "x.parquet") {
			t.Fatalf("no name in %v", err)
		}
	})
}
