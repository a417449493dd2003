package study

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"swis/dataset"
)

// A workbook's sheets are read as files of their own: titles above a table,
// day numbers, day cells and blank rows included.
func TestWorkbook(t *testing.T) {
	book := excelize.NewFile()
	fill := func(sheet string, rows [][]any) {
		if _, err := book.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			cell, err := excelize.CoordinatesToCellName(1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := book.SetSheetRow(sheet, cell, &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill("List 5", [][]any{
		{"Section 47 enquiries"},
		{"Child Unique ID", "Date of Birth", "Strategy discussion initiating Section 47 Enquiry Start Date"},
		{"A", 40900, 44442}, {}, {"B", 40900, "04/09/2021"}, {"", 40900, 44443}, {"B", 40900, "n/k"},
	})
	fill("List 9", [][]any{{"Child Unique ID", "Pathway"}, {"A", "x"}})
	fill("Schools", [][]any{{"child_id", "urn", "start"}, {"A", 900001, 44075}, {"B", 900001, 44075}})
	dir := t.TempDir()
	path := filepath.Join(dir, "annex.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, panel := made(t, map[string]string{"annex 2021-09-30.xlsx": string(data)}, nil)
	if got := panel["900001 2021-09"]["s47"]; got != "2" {
		t.Errorf("%q enquiries, want 2", got)
	}
	if ruleCount(s, "K01") != 1 || ruleCount(s, "D01") != 1 || ruleCount(s, "D04") != 0 {
		t.Errorf("K01 %d, D01 %d, D04 %d", ruleCount(s, "K01"), ruleCount(s, "D01"), ruleCount(s, "D04"))
	}
	err = s.issues.Each(func(i dataset.Issue) error {
		if i.Rule.String() == "K01" && i.Line != 6 {
			t.Errorf("row %d, want 6 as in the sheet", i.Line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Quality.Skipped) < 1 || !strings.Contains(s.Quality.Skipped[0].File, "#") {
		t.Errorf("sheets that were left out: %v", s.Quality.Skipped)
	}
}

func TestSampleAnnexA(t *testing.T) {
	s := checkFiles(t, "2015-01-01", "2021-12-31", false, filepath.Join(samples(t), "liia-tools/Annex_A.xlsx"))
	rows := map[string]int64{}
	for _, x := range s.Extracts {
		rows[x.Layout] = x.Rows
	}
	for layout, want := range map[string]int64{"annexa-1": 5, "annexa-3": 6, "annexa-4": 5, "annexa-5": 5, "annexa-6": 5, "annexa-7": 7, "annexa-8": 5} {
		if rows[layout] != want {
			t.Errorf("%s: %d rows, want %d", layout, rows[layout], want)
		}
	}
}
