package extracts

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"swis/dataset"
)

// A file that names another authority than the one given for it says so once;
// what was given counts, but for rows with a code of their own.
func TestAnotherAuthority(t *testing.T) {
	xml := `<Message><Header><CollectionDetails><Collection>CIN</Collection></CollectionDetails><Source><LEA>992</LEA></Source></Header>
<Children><Child><ChildIdentifiers><LAchildID>MADE1</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2022-01-03</CINreferralDate></CINdetails></Child></Children></Message>`
	for _, c := range []struct {
		name, text, given string
		column, of        string // of the warning, and of the records
	}{
		{"XML of another", xml, "801", "LEA", "801"},
		{"XML of the same", xml, "992", "", "992"},
		{"XML alone", xml, "", "", "992"},
		{"header of another", "Collection,Year,ReferenceDate,LEA\nCIN,2022,2022-03-31,992\n", "801", "LEA", ""},
		{"header of the same", "Collection,Year,ReferenceDate,LEA\nCIN,2022,2022-03-31,992\n", "992", "", ""},
		{"rows of another", "child_id,la,event,date\nMADE1,992,s47_enquiry,2022-01-03\nMADE2,992,s47_enquiry,2022-01-04\n", "801", "LA", "992"},
		{"rows of the same", "child_id,la,event,date\nMADE1,992,s47_enquiry,2022-01-03\n", "992", "", "992"},
		{"rows without", "child_id,la,event,date\nMADE1,,s47_enquiry,2022-01-03\n", "992", "", "992"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			keys, err := NewKeys("", false)
			if err != nil {
				t.Fatal(err)
			}
			set := NewSet(keys)
			_, _, err = set.Read(context.Background(), Input{Path: path, LA: c.given, Number: 1})
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			if err := set.Issues.Order(func(la uint16) int { return int(la) }); err != nil {
				t.Fatal(err)
			}
			err = set.Issues.Each(func(i dataset.Issue) error {
				if i.Rule == dataset.RuleNamed("F09") {
					said = append(said, i.Column)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if c.column == "" && len(said) > 0 || c.column != "" && (len(said) != 1 || said[0] != c.column) {
				t.Errorf("warned of %q, want %q once", said, c.column)
			}
			for _, e := range eventsOf(t, set) {
				if la := set.LAs.Text(uint32(e.LA)); la != c.of {
					t.Errorf("event of %s, want %s", la, c.of)
				}
			}
		})
	}
}
