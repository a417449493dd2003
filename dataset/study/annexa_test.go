package study

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"swis/dataset"
)

const (
	contactList   = "Child Unique ID,Date of Contact\n"
	enquiryList   = "Child Unique ID,Strategy discussion initiating Section 47 Enquiry Start Date\n"
	placementList = "Child Unique ID,Date Started to be Looked After,Date Ceased to be Looked After,Child's Legal Status\n"
)

// book is a workbook of sheets, each a table as CSV without quotes.
func book(t *testing.T, sheets map[string]string) string {
	t.Helper()
	f := excelize.NewFile()
	for name, text := range sheets {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
			cells := strings.Split(line, ",")
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &cells); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Lists of Annex A cover whole months of the half year before the day on which
// they were made, however few events they hold: no month of a small authority
// reads 0 that none of them covers, and those that one covers do, of a list
// without a row too.
func TestListsCoverTheirHalfYear(t *testing.T) {
	var monthly strings.Builder
	for p := dataset.Month.Of(day("2021-04-01")); p <= dataset.Month.Of(day("2022-12-01")); p++ {
		for _, d := range []string{"02", "14", "28"} {
			fmt.Fprintf(&monthly, "A,%s-%s\n", dataset.Month.Label(p), d)
		}
	}
	const june, august = enquiryList + "A,2021-07-10\n", enquiryList + "A,2022-08-05\n"
	for name, c := range map[string]struct {
		files map[string]string
		s47   string // April 2021 to December 2022
		said  string // of a note or warning
	}{
		"two of three quarters between are missing": {map[string]string{"a-2021-09-30/5.csv": june, "a-2022-09-30/5.csv": august},
			"000100------000010---", "no list of Annex A covers 2021-10 to 2022-03"},
		"a list without a row": {map[string]string{"a-20210930/5.csv": june, "a-20220930/5.csv": enquiryList, "a-20220930/1.csv": contactList + "A,2022-08-01\n"},
			"000100------000000---", "no list of Annex A covers 2021-10 to 2022-03"},
		"no list has a row":             {map[string]string{"5 30-09-2021.csv": enquiryList, "1 30-09-2021.csv": contactList + "A,2021-08-01\n"}, "000000---------------", ""},
		"made in the middle of a month": {map[string]string{"a-2021-09-15/5.csv": june}, "000100"[:5] + strings.Repeat("-", 16), ""},
		"one list is missing in one delivery": {map[string]string{"a-2021-09-30/5.csv": june, "a-2021-09-30/1.csv": contactList + "A,2021-08-01\n",
			"a-2021-12-31/1.csv": contactList + "A,2021-11-01\n", "a-2022-03-31/1.csv": contactList + "A,2022-02-01\n", "a-2022-09-30/5.csv": august},
			"000100------000010---", "covers 2021-10 to 2022-03, although there are earlier and later ones: these months are empty, not zero (X01), of s47"},
		"one row and no date":                    {map[string]string{"5.csv": june}, strings.Repeat("-", 21), "is not given"},
		"nothing tells when":                     {map[string]string{"a/5.csv": enquiryList, "a-2021-09-30/5.csv": june}, "000100---------------", "nothing says when the lists of Annex A in a were made"},
		"the latest date tells":                  {map[string]string{"5.csv": enquiryList + "A,2021-05-28\nA,2021-08-29\nB,2021-06-04\n"}, "--110"[:0] + "--101----------------", "of 1 of 1 deliveries of Annex A the day on which they were made is not given"},
		"a date in the name that the rows belie": {map[string]string{"2023-01-31.csv": enquiryList + "A,2021-05-28\nA,2021-08-29\nB,2021-06-04\n"}, "--101----------------", "is not given"},
		"a list of two years":                    {map[string]string{"5.csv": enquiryList + monthly.String()}, strings.Repeat("3", 21), "is not given"},
		"a mapping file says when":               {map[string]string{"q2.csv": june, "map.yaml": "made: {\"q2*\": 2021-09-30}\n"}, "000100---------------", ""},
		"a mapping file claims too much":         {map[string]string{"a-2021-09-30/5.csv": june, "map.yaml": "complete_to: 2022-12-31\n"}, "000100---------------", "complete_to 2022-12-31 of the mapping file is later than the lists of Annex A go: the last cover months to 2021-09"},
		"a mapping file settles the last":        {map[string]string{"5.csv": enquiryList + "A,2021-05-02\nA,2021-08-20\n", "map.yaml": "complete_to: 2021-08-31\n"}, "01001"[:5] + strings.Repeat("-", 16), ""},
		"workbooks": {map[string]string{"ours 2021-09-30.xlsx": book(t, map[string]string{"List 1": contactList + "A,2021-08-01\n", "List 5": june}),
			"ours 2022-09-30.xlsx": book(t, map[string]string{"List 1": contactList + "A,2022-08-01\n", "List 5": enquiryList})}, "000100------000000---", "no list of Annex A covers"},
	} {
		c.files["lookup.csv"] = "child_id,urn,start\nA,1,01/09/2018\nB,1,01/09/2018\n"
		s, panel := made(t, c.files, func(o *Options) {
			o.From, o.To = day("2021-04-01"), day("2022-12-31")
			if c.files["map.yaml"] != "" {
				o.Sources[0].Map = filepath.Join(o.Sources[0].Path, "map.yaml")
			}
		})
		var got strings.Builder
		for p := dataset.Month.Of(day("2021-04-01")); p <= dataset.Month.Of(day("2022-12-01")); p++ {
			cell := panel["1 "+dataset.Month.Label(p)]["s47"]
			if (cell != "") != (panel["1 "+dataset.Month.Label(p)]["covered_s47"] == "1") {
				t.Errorf("%s: %s is %q and covered_s47 says otherwise", name, dataset.Month.Label(p), cell)
			}
			if cell == "" {
				cell = "-"
			}
			got.WriteString(cell)
		}
		if want := (c.s47 + strings.Repeat("-", 21))[:21]; got.String() != want {
			t.Errorf("%s: %s, want %s", name, got.String(), want)
		}
		says := func(line string) bool { return strings.Contains(line, c.said) }
		if c.said != "" && !slices.ContainsFunc(s.Quality.Notes, says) {
			t.Errorf("%s: notes %q, want %q", name, s.Quality.Notes, c.said)
		}
		if c.said == "" && slices.ContainsFunc(s.Quality.Notes, func(line string) bool { return strings.Contains(line, "Annex A") }) {
			t.Errorf("%s: notes %q", name, s.Quality.Notes)
		}
	}
}

// The list of children looked after covers its half year too: without a row
// nobody was in care.
func TestListOfCareWithoutARow(t *testing.T) {
	_, panel := made(t, map[string]string{
		"a-2021-09-30/8.csv": placementList + "A,2021-06-01,2021-09-10,V2\n", "a-2021-09-30/1.csv": contactList + "A,2021-08-01\n",
		"a-2022-09-30/8.csv": placementList, "a-2022-09-30/1.csv": contactList + "A,2022-08-01\n", "lookup.csv": "child_id,urn,start\nA,1,01/09/2018\n",
	}, func(o *Options) { o.From, o.To = day("2021-04-01"), day("2022-12-31") })
	for month, want := range map[string]string{"2021-04": "0", "2021-06": "30", "2021-09": "9", "2021-10": "", "2022-03": "", "2022-04": "0", "2022-09": "0", "2022-10": ""} {
		if got := panel["1 "+month]["days_in_care"]; got != want {
			t.Errorf("%s: %q days in care, want %q", month, got, want)
		}
	}
}

// A short list may be alike in two deliveries, which is said and not refused; a
// long one, a copy in the same delivery and what is no list of Annex A are (F08).
func TestShortListsOfTwoDeliveriesMayBeAlike(t *testing.T) {
	long := enquiryList
	for i := range 10 {
		long += fmt.Sprintf("A%d,2021-08-%02d\n", i, 10+i)
	}
	const short = enquiryList + "A,2021-08-10\n"
	for name, c := range map[string]struct {
		files   map[string]string
		refused bool
	}{
		"two folders with dates":        {map[string]string{"a-2021-09-30/5.csv": short, "a-2021-12-31/5.csv": short}, false},
		"two folders":                   {map[string]string{"q1/5.csv": short, "q2/5.csv": short}, false},
		"two names with dates":          {map[string]string{"5 2021-09-30.csv": short, "5 2021-12-31.csv": short}, false},
		"without a row":                 {map[string]string{"a-2021-09-30/5.csv": enquiryList, "a-2021-12-31/5.csv": enquiryList}, false},
		"a copy beside it":              {map[string]string{"a-2021-09-30/5.csv": short, "a-2021-09-30/5 (1).csv": short}, true},
		"a copy in a folder beside it":  {map[string]string{"a-2021-09-30/5.csv": short, "b-2021-09-30/5.csv": short}, true},
		"a long one":                    {map[string]string{"a-2021-09-30/5.csv": long, "a-2021-12-31/5.csv": long}, true},
		"workbooks of two quarters":     {map[string]string{"2021-09-30.xlsx": book(t, map[string]string{"List 5": short}), "2021-12-31.xlsx": book(t, map[string]string{"List 5": short, "List 1": contactList + "A,2021-12-01\n"})}, false},
		"no list of Annex A, but short": {map[string]string{"q1/5.csv": "child_id,event,date\nA,s47,2021-08-10\n", "q2/5.csv": "child_id,event,date\nA,s47,2021-08-10\n"}, true},
	} {
		dir := t.TempDir()
		for path, text := range c.files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := checked(t, nil, func(o *Options) { o.Sources[0].Path = dir })
		if got := s.refused != nil; got != c.refused {
			t.Errorf("%s: refused %v, want %v: %v", name, got, c.refused, s.refused)
		}
		said := slices.ContainsFunc(warnings(t, s), func(line string) bool { return strings.Contains(line, "F08") })
		if !c.refused && name != "without a row" && !said {
			t.Errorf("%s: warnings %q", name, warnings(t, s))
		}
	}
}
