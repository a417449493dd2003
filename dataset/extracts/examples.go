package extracts

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Examples are made-up files, one a layout, which swis formats prints.
//
//go:embed examples
var exampleFiles embed.FS

// Extension is the ending of files of the layout.
func (l *Layout) Extension() string {
	if l.Root != "" {
		return ".xml"
	}
	return ".csv"
}

// Example is a made-up file of the layout.
func (l *Layout) Example() string {
	text, err := exampleFiles.ReadFile("examples/" + l.Name + l.Extension())
	if err != nil {
		panic("extracts: layout " + l.Name + " has no example")
	}
	return string(text)
}

// ownWords are codes as authorities write them, by the column and the code of
// the layout.
var ownWords = map[string][][2]string{
	"ReferralSource":             {{"Education - school", "2A"}, {"Police force", "6"}},
	"Referral Source":            {{"Education - school", "2A"}, {"Police force", "6"}},
	"cine_referral_source_code":  {{"Education - school", "2A"}, {"Police force", "6"}},
	"source":                     {{"Education - school", "2A"}, {"Police force", "6"}},
	"ReferralNFA":                {{"Closed", "true"}, {"Taken on", "false"}},
	"LS":                         {{"S20", "V2"}, {"Respite", "V3"}},
	"RNE":                        {{"Started", "S"}, {"Moved", "P"}},
	"REC":                        {{"Next episode", "X1"}, {"Home", "E4A"}},
	"event":                      {{"Strategy discussion", "s47_enquiry"}, {"New referral", "referral"}},
	"Type":                       {{"Enquiry", "S47ActualStartDate"}, {"New referral", "CINreferralDate"}},
	"enrolstatus":                {{"Single", "C"}, {"Dual main", "M"}, {"Dual other", "S"}},
	"outcome":                    {{"Section 47", "s47"}, {"Contacts in", "contacts"}},
	"link_identifier_type":       {{"Pupil number", "Unique Pupil Number"}},
	"lega_legal_status":          {{"Respite", "V3"}, {"Care order", "C2"}},
	"LinkType":                   {{"Became", "Successor"}},
	"PhaseOfEducation (name)":    {{"Sec", "Secondary"}, {"Pri", "Primary"}},
	"phase":                      {{"Sec", "Secondary"}, {"Pri", "Primary"}},
	"EstablishmentStatus (name)": {{"Active", "Open"}},
}

// ownHeader is a header as an authority of its own words might write it.
func ownHeader(c *Column) string {
	switch c.Kind {
	case ChildID:
		return "Client"
	case UPN:
		if c.Name == "UPN" || c.Name == "upn" {
			return "Pupil number"
		}
	case LACode:
		return "Council"
	}
	return "Our " + c.Name
}

// Mapping is a mapping file that reads an example of the layout written in an
// authority's own words; the example stands below it as comments.
func (l *Layout) Mapping() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Mapping file of an authority for the layout %s: swis check FILE --map THIS\n", l.Name)
	if l.kindSlot(ChildID) >= 0 {
		b.WriteString("la: \"801\"  # code of the authority, where the files do not hold it\n")
	}
	fmt.Fprintf(&b, "layout: %s  # where several could be meant\n", l.Name)
	rows, columns := l.own()
	if !utf8.ValidString(rows) { // the mapping is UTF-8, whatever the file is
		rows, _ = charmap.Windows1252.NewDecoder().String(rows)
	}
	if len(columns) > 0 {
		b.WriteString("columns:  # header in the file: column of the layout\n")
		for _, c := range columns {
			fmt.Fprintf(&b, "  %q: %q\n", ownHeader(c), c.Name)
		}
	}
	if l.kindSlot(Date) >= 0 {
		b.WriteString("dates: dmy  # or mdy, or iso; or by column of the layout, {DOB: mdy}\n")
	}
	var codes strings.Builder
	for i := range l.Columns {
		if words, ok := ownWords[l.Columns[i].Name]; ok && (l.Root != "" || slices.Contains(columns, &l.Columns[i])) {
			fmt.Fprintf(&codes, "  %q:\n", l.Columns[i].Name)
			for _, w := range words {
				fmt.Fprintf(&codes, "    %q: %q\n", w[0], w[1])
			}
		}
	}
	if codes.Len() > 0 {
		b.WriteString("codes:  # by column of the layout, value in the file: value of the layout\n" + codes.String())
	}
	switch {
	case strings.HasPrefix(l.Name, "annexa-") && l.Ignored == "":
		b.WriteString("made: 2024-03-31  # day on which the lists were made, six months of which they hold; by file or folder: {\"*2024-Q1*\": 2024-03-31}\n")
	case l.Care || len(l.Delivers) > 0:
		b.WriteString("from: 2018-04-01  # first day that the delivery covers\ncomplete_to: 2024-03-31  # last day that it covers\n")
	}
	switch l.Name {
	case survey.Name:
		b.WriteString("scales:  # items, least and greatest answer, items that count the other way round, mean or sum, least number answered\n" +
			"  wellbeing: {items: [q1, q2, q3, q4], range: [1, 5], reverse: [q3], score: mean, minimum: 3}\n  stress: {items: [s1, s2], range: [0, 4], score: sum}\n")
	case rollOn.Name, rollLeft.Name:
		b.WriteString("census: autumn 2021  # whose attendance is that of the term before; by file: {\"2021_autumn_*\": autumn 2021}\n")
	}
	b.WriteString("# A file that it reads:\n")
	for line := range strings.Lines(rows) {
		b.WriteString("#   " + line)
	}
	return b.String()
}

// own is the example in an authority's own words, with the columns that are
// named otherwise.
func (l *Layout) own() (text string, renamed []*Column) {
	if l.Root != "" {
		return l.Example(), nil
	}
	rows, err := csv.NewReader(strings.NewReader(l.Example())).ReadAll()
	if err != nil {
		panic("extracts: example of " + l.Name + ": " + err.Error())
	}
	names := make([]string, len(rows[0]))
	for i, cell := range rows[0] {
		names[i] = normal(cell)
	}
	at, _ := l.place(names)
	for slot, i := range at {
		c := &l.Columns[slot]
		if i < 0 || slices.Index(at, i) != slot {
			continue
		}
		rows[0][i] = ownHeader(c)
		renamed = append(renamed, c)
		for _, row := range rows[1:] {
			for _, w := range ownWords[c.Name] {
				if row[i] == w[1] {
					row[i] = w[0]
				}
			}
		}
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.WriteAll(rows)
	return b.String(), renamed
}
