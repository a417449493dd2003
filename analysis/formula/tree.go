package formula

import "strings"

// node is one operation of a formula's tree. The same tree is read as algebra
// of terms outside function calls and as arithmetic inside them.
type node struct {
	op       operation
	text     string // name, number, text, operator or function
	args     []*node
	position int
}

type operation uint8

const (
	nameNode operation = iota
	numberNode
	textNode
	unaryNode  // text is + or -
	binaryNode // text is the operator
	callNode   // text is the function
	parenNode
	slopeNode // args: factor, slope; text is [ or [[
)

// String writes the tree as R's deparse does, because coefficient names are
// made of it.
func (n *node) String() string {
	switch n.op {
	case nameNode:
		if plainName(n.text) {
			return n.text
		}
		return "`" + n.text + "`"
	case numberNode:
		return n.text
	case textNode:
		return `"` + n.text + `"`
	case unaryNode:
		return n.text + n.args[0].String()
	case parenNode:
		return "(" + n.args[0].String() + ")"
	case slopeNode:
		closing := "]"
		if n.text == "[[" {
			closing = "]]"
		}
		return n.args[0].String() + n.text + n.args[1].String() + closing
	case callNode:
		parts := make([]string, len(n.args))
		for i, a := range n.args {
			parts[i] = a.String()
		}
		return n.text + "(" + strings.Join(parts, ", ") + ")"
	}
	space := " "
	if n.text == "^" || n.text == ":" {
		space = ""
	}
	return n.args[0].String() + space + n.text + space + n.args[1].String()
}

func plainName(s string) bool {
	for i, r := range s {
		if !isNameRune(r) && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func (n *node) isBinary(operator string) bool { return n.op == binaryNode && n.text == operator }

// columns appends the names of the columns that the tree uses.
func (n *node) columns(to []string) []string {
	if n == nil {
		return to
	}
	if n.op == nameNode {
		return append(to, n.text)
	}
	for _, a := range n.args {
		to = a.columns(to)
	}
	return to
}

// strip removes enclosing parentheses.
func (n *node) strip() *node {
	for n.op == parenNode {
		n = n.args[0]
	}
	return n
}
