package extracts

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"swis/dataset"
)

var cinXML = Layout{
	Name: "cin-xml", Title: "CIN census, XML", Root: "Message", Annual: true, Columns: cinEventColumns, Row: cinEventRow,
	Delivers: []dataset.EventType{dataset.Referral, dataset.AssessmentStart, dataset.PlanStart, dataset.EnquiryStart, dataset.ProtectionStart},
	elements: func() elementReader { return &cinReader{} },
}

var s903XML = Layout{
	Name: "s903-xml", Title: "SSDA903, XML", Root: "EXPSSDA903", Care: true, Annual: true,
	Columns: append(append([]Column{}, s903Columns...),
		Column{Name: "DOB", Kind: Date, Means: "birth date"}, Column{Name: "UPN", Kind: UPN, Means: "unique pupil number, or UN1 to UN5"}),
	Row: func(r *Row) {
		if r.cell(1) != nil || r.cell(3) != nil { // an EPISODE; else a HEADER
			episodeRow(r)
			return
		}
		child, ok := r.Child(0)
		if !ok {
			return
		}
		p := dataset.Person{Child: child, Birth: r.Date(9), Death: noParent}
		p.Pupil, p.CheckLetter = r.Pupil(10)
		r.Person(p)
	},
	elements: func() elementReader { return &s903Reader{} },
}

// elementReader turns the elements of an XML form into rows. It sees the
// start of each element and, at its end, its text; emit gives a row of cells by
// column name.
type elementReader interface {
	start(name string, line int)
	end(name, text string, emit func(cells map[string]string, line int)) error
	header(x *dataset.Extract) (la string)
}

// maxDepth and maxXMLText bound what one element may hold.
const (
	maxDepth   = 32
	maxXMLText = 1 << 16
)

// maxXMLToken bounds one tag, comment or text, which the decoder holds whole.
const maxXMLToken = 4 << 20

var errLongToken = errors.New("one tag, comment or text of more than 4 MiB")

// tokenGuard stops reading where one token goes on for too long.
type tokenGuard struct {
	r    io.Reader
	left int
}

func (g *tokenGuard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errLongToken
	}
	n, err := g.r.Read(p[:min(len(p), g.left)])
	g.left -= n
	return n, err
}

// readXML streams the elements of a file. Document types and entities of its
// own are refused: neither form has them, and they are how such files attack.
func (f *file) readXML(ctx context.Context, text io.Reader) error {
	guard := &tokenGuard{r: text, left: maxXMLToken}
	decoder := xml.NewDecoder(guard)
	decoder.Strict = true
	decoder.Entity = map[string]string{}
	decoder.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "utf-8", "utf8", "us-ascii", "ascii", "utf-16":
			return input, nil
		case "iso-8859-1", "latin1", "windows-1252", "cp1252":
			f.encoding = "Windows-1252"
			return charmap.Windows1252.NewDecoder().Reader(input), nil
		}
		return nil, fmt.Errorf("encoding not supported: save as UTF-8")
	}
	var (
		elements elementReader
		row      *Row
		texts    [][]byte // of the columns
		depth    int
		given    int // rows
		text_    []byte
		pieces   []piece
	)
	emit := func(cells map[string]string, line int) {
		for i := range f.layout.Columns {
			texts[i] = append(texts[i][:0], cells[f.layout.Columns[i].Name]...)
		}
		row.hold(texts)
		row.line = line
		row.read()
		if given++; given%4096 == 0 {
			pieces = append(pieces, row.piece(0))
		}
	}
	fault := func(err error) error {
		line, _ := decoder.InputPos()
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			return f.problem(syntax.Line, "", ruleF01, "not well-formed XML: %s", xmlFault(syntax))
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return f.problem(line, "", ruleF01, "the XML file ends early: ask for it again")
		}
		return f.problem(line, "", ruleF01, "%v", err)
	}
	for tokens := 0; ; tokens++ {
		if tokens&0xfff == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if f.input.Progress != nil {
				f.input.Progress(f.done, int64(given))
			}
		}
		token, err := decoder.Token()
		guard.left = maxXMLToken
		if errors.Is(err, io.EOF) {
			if depth != 0 || elements == nil {
				return fault(io.ErrUnexpectedEOF)
			}
			break
		}
		if err != nil {
			if strings.Contains(err.Error(), "invalid UTF-8") && f.encoding == "UTF-8" {
				return errNotUTF8
			}
			if errors.Is(err, errLongToken) {
				return fault(errLongToken)
			}
			var unreadable *fs.PathError
			if errors.As(err, &unreadable) {
				return err
			}
			return fault(declared(err))
		}
		switch t := token.(type) {
		case xml.Directive:
			return fault(errors.New("a document type or entity declaration: census files have none, such a file is not read"))
		case xml.StartElement:
			name := t.Name.Local
			if depth++; depth > maxDepth {
				return fault(fmt.Errorf("elements nested more than %d deep", maxDepth))
			}
			line, _ := decoder.InputPos()
			if depth == 1 && elements != nil {
				return fault(errors.New("a second root element: two files were joined; give them one by one"))
			}
			if elements == nil {
				if err := f.prepareXML(name); err != nil {
					return err
				}
				elements = f.layout.elements()
				row = f.newRow()
				texts = make([][]byte, len(f.layout.Columns))
			}
			text_ = text_[:0]
			elements.start(name, line)
		case xml.CharData:
			if elements != nil && depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return fault(errors.New("text after the root element"))
			}
			if elements != nil && len(bytes.TrimSpace(t)) > 0 {
				if len(text_)+len(t) > maxXMLText {
					return fault(errors.New("an element of more than 64 KiB of text"))
				}
				text_ = append(text_, t...)
			} else if elements == nil && len(bytes.TrimSpace(t)) > 0 {
				return fault(errors.New("text before the root element"))
			}
		case xml.EndElement:
			depth--
			if depth < 0 || elements == nil {
				return fault(errors.New("an end tag without a start"))
			}
			value := string(trim(text_))
			text_ = text_[:0]
			if err := elements.end(t.Name.Local, value, emit); err != nil {
				return fault(err)
			}
			if la := elements.header(f.extract); la != "" && f.inside == 0 {
				if f.inside = uint16(f.set.LAs.Code(authority([]byte(la)))); f.la == 0 {
					f.la = f.inside
				} else if f.inside != f.la {
					line, _ := decoder.InputPos()
					f.note(ruleF09, line, "LEA")
				}
			}
			if f.needLA && f.la == 0 && row.out.rows > 0 {
				if !f.set.Lenient {
					return f.problem(1, "", ruleF07, "the file does not hold the authority's code: give it with --la CODE")
				}
			}
		}
	}
	pieces = append(pieces, row.piece(0))
	for i := range pieces {
		if pieces[i].err != nil {
			return pieces[i].err
		}
	}
	return f.settle(pieces, []*Row{row})
}

// declared puts what a declaration of XML claims, which may be anything, in
// our words.
func declared(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "unsupported version"):
		return errors.New("XML of another version than 1.0: ask for it as XML 1.0")
	case strings.Contains(text, "charset"), strings.Contains(text, "encoding"):
		return errors.New("XML in an encoding that is not supported: save it as UTF-8")
	}
	return err
}

// xmlFault names a syntax fault without quoting the file.
func xmlFault(err *xml.SyntaxError) string {
	for _, known := range []string{"invalid UTF-8", "unexpected EOF", "unescaped <", "attribute name without = in element", "invalid character entity", "element name", "illegal character code"} {
		if strings.Contains(err.Msg, known) {
			return known
		}
	}
	return "check the file with the tool that wrote it"
}

// prepareXML chooses the layout by the root element.
func (f *file) prepareXML(root string) error {
	for _, l := range All {
		if l.Root == root {
			f.layout = l
			f.extract.Why = "root element " + root
		}
	}
	if f.layout == nil {
		return f.problem(1, "", ruleF05, "XML with a root element that no layout has: want Message (CIN census) or EXPSSDA903")
	}
	f.at = make([]int, len(f.layout.Columns))
	for i := range f.at {
		f.at[i] = i
	}
	f.width = len(f.at)
	if err := f.begin(); err != nil {
		return err
	}
	f.laSlot = -1
	if f.la == 0 && f.set.Lenient && root == "EXPSSDA903" {
		f.note(ruleF07, 0, "")
		f.la = uint16(f.set.LAs.Code(notGiven))
	}
	return nil
}

// cinReader reads Message > Children > Child > CINdetails.
type cinReader struct {
	la, collection string
	reference      string
	year           string
	inHeader       bool
	child          map[string]string
	details        map[string]string
	part           map[string]string
	parts          []cinPartElement
	childLine      int
	detailsLine    int
	partLine       int
	inDetails      bool
	inPart         string
	announced      bool
}

type cinPartElement struct {
	cells map[string]string
	kind  string // the field that makes the row
	line  int
}

// cinParts are the elements inside CINdetails that make rows, with the date
// fields that do.
var cinParts = map[string][]string{
	"Assessments":          {"AssessmentActualStartDate", "AssessmentAuthorisationDate"},
	"CINPlanDates":         {"CINPlanStartDate", "CINPlanEndDate"},
	"Section47":            {"S47ActualStartDate", "DateOfInitialCPC"},
	"ChildProtectionPlans": {"CPPstartDate", "CPPendDate"},
}

func (c *cinReader) start(name string, line int) {
	switch name {
	case "Header":
		c.inHeader = true
	case "Child":
		c.child, c.childLine, c.announced = map[string]string{}, line, false
	case "CINdetails":
		c.details, c.parts, c.detailsLine, c.inDetails = map[string]string{}, nil, line, true
	default:
		if _, ok := cinParts[name]; ok && c.inDetails && c.inPart == "" {
			c.part, c.inPart, c.partLine = map[string]string{}, name, line
		}
	}
}

func (c *cinReader) end(name, text string, emit func(map[string]string, int)) error {
	switch {
	case name == "Header":
		c.inHeader = false
		if c.collection != "CIN" {
			return errors.New("the header does not say Collection CIN: not a children in need census")
		}
	case c.inHeader:
		switch name {
		case "Collection":
			c.collection = text
		case "LEA":
			c.la = text
		case "ReferenceDate":
			c.reference = text
		case "Year":
			c.year = text
		}
	case name == "Child":
		if !c.announced {
			c.identifiers(emit)
		}
		c.child = nil
	case name == "CINdetails":
		c.inDetails = false
		c.rows(emit)
	case name == c.inPart:
		// the first field makes the row even where it is blank, so that the
		// missing date is seen
		for i, field := range cinParts[name] {
			if i == 0 || c.part[field] != "" {
				c.parts = append(c.parts, cinPartElement{c.part, field, c.partLine})
			}
		}
		c.inPart = ""
	case c.inPart != "":
		c.part[name] = text
	case c.inDetails:
		c.details[name] = text
	case c.child != nil:
		c.child[name] = text
	}
	return nil
}

func (c *cinReader) identifiers(emit func(map[string]string, int)) {
	c.announced = true
	cells := c.identified()
	cells["Type"] = identifiersOnly
	emit(cells, c.childLine)
}

func (c *cinReader) identified() map[string]string {
	cells := map[string]string{}
	for _, name := range []string{"LAchildID", "UPN", "FormerUPN", "PersonBirthDate", "ExpectedPersonBirthDate", "PersonDeathDate"} {
		cells[name] = c.child[name]
	}
	return cells
}

// rows gives the rows of one CINdetails: its referral, its closure, its parts.
func (c *cinReader) rows(emit func(map[string]string, int)) {
	if !c.announced && c.child["LAchildID"] != "" {
		c.identifiers(emit)
	}
	c.announced = true // a blank id is seen in the case's own rows
	give := func(kind, date string, part map[string]string, line int) {
		cells := map[string]string{"LAchildID": c.child["LAchildID"]}
		cells["Type"], cells["Date"] = kind, date
		for _, name := range []string{"CINreferralDate", "ReferralSource", "ReferralNFA", "PrimaryNeedCode"} {
			cells[name] = c.details[name]
		}
		for _, name := range []string{"AssessmentAuthorisationDate", "DateOfInitialCPC", "ICPCnotRequired"} {
			cells[name] = part[name]
		}
		emit(cells, line)
	}
	give("CINreferralDate", c.details["CINreferralDate"], nil, c.detailsLine)
	if closed := c.details["CINclosureDate"]; closed != "" {
		give("CINclosureDate", closed, nil, c.detailsLine)
	}
	for _, p := range c.parts {
		give(p.kind, p.cells[p.kind], p.cells, p.line)
	}
}

func (c *cinReader) header(x *dataset.Extract) string {
	if c.reference != "" && x.Reference == dataset.NoDay {
		if d, err := dataset.ParseDay(c.reference); err == nil {
			x.Reference = d
		}
	}
	return c.la
}

// s903Reader reads EXPSSDA903 > CHILD > HEADER, EPISODE.
type s903Reader struct {
	child, episode map[string]string
	in             string
	line           int
}

func (c *s903Reader) start(name string, line int) {
	switch name {
	case "CHILD":
		c.child = map[string]string{}
	case "EPISODE":
		c.episode, c.in, c.line = map[string]string{}, name, line
	case "HEADER":
		c.in, c.line = name, line
	}
}

func (c *s903Reader) end(name, text string, emit func(map[string]string, int)) error {
	switch {
	case name == "HEADER":
		c.in = ""
		emit(map[string]string{"CHILD": c.child["CHILDID"], "DOB": c.child["DOB"], "UPN": c.child["UPN"]}, c.line)
	case name == "EPISODE":
		c.in = ""
		if c.child != nil {
			c.episode["CHILD"] = c.child["CHILDID"]
		}
		delete(c.episode, "YEAR")
		emit(c.episode, c.line)
	case c.in == "EPISODE" && c.episode != nil:
		c.episode[name] = text
	case c.in == "HEADER" && c.child != nil:
		if _, have := c.child[name]; !have {
			c.child[name] = text
		}
	}
	return nil
}

func (c *s903Reader) header(*dataset.Extract) string { return "" }
