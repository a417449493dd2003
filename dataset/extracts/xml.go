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
