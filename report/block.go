package report

// Block is a piece of a page: everything a reader sees is a list of them, and
// each format is one way to write the list.
type Block interface{ block() }

// Heading starts a part of a page. Level 1 is the page's own title.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is running text.
type Paragraph struct {
	Text string
	Kind ParagraphKind
}

// ParagraphKind says how a paragraph is meant.
type ParagraphKind uint8

// The kinds of paragraphs.
const (
	Plain    ParagraphKind = iota
	Subtitle               // under a title: model and unit in words
	Aside                  // a doubt or convention: smaller
	Finding                // one sentence that answers a planned question
)

// Items is a list of named sentences: checks, notes, commands.
type Items struct {
	List []Item
	Code bool // names are commands to type
}

// Item is a name and what is said about it. Name may be empty.
type Item struct{ Name, Text string }

// Formula is a line of mathematics in plain characters.
type Formula struct{ Text string }

func (Heading) block()   {}
func (Paragraph) block() {}
func (Items) block()     {}
func (Formula) block()   {}
func (*Table) block()    {}
