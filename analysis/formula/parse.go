package formula

import "fmt"

// parser reads tokens by precedence climbing with R's precedences.
type parser struct {
	text   string
	tokens []token
	next   int
}

// precedence of the binary operators; all associate to the left but ^.
var precedence = map[string]int{
	"~": 1, "|": 2, "||": 2,
	"==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3,
	"+": 4, "-": 4, "*": 5, "/": 5, ":": 6, "^": 8,
}

const unaryPrecedence = 7

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != endToken {
		p.next++
	}
	return t
}

func (p *parser) at(operator string) bool {
	t := p.peek()
	return t.kind == operatorToken && t.text == operator
}

func (p *parser) fail(position int, format string, args ...any) error {
	return &SyntaxError{p.text, position, fmt.Sprintf(format, args...)}
}

func (p *parser) expect(operator string) error {
	if !p.at(operator) {
		return p.fail(p.peek().position, "%q is wanted here", operator)
	}
	p.take()
	return nil
}

// expression reads operators that bind at least as tightly as lowest.
func (p *parser) expression(lowest int) (*node, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		level, ok := precedence[t.text]
		if t.kind != operatorToken || !ok || level < lowest {
			return left, nil
		}
		p.take()
		right := level + 1
		if t.text == "^" {
			right = level
		}
		argument, err := p.expression(right)
		if err != nil {
			return nil, err
		}
		left = &node{op: binaryNode, text: t.text, args: []*node{left, argument}, position: t.position}
	}
}

func (p *parser) operand() (*node, error) {
	t := p.take()
	switch {
	case t.kind == numberToken:
		return &node{op: numberNode, text: t.text, position: t.position}, nil
	case t.kind == textToken:
		return &node{op: textNode, text: t.text, position: t.position}, nil
	case t.kind == nameToken:
		if p.at("(") {
			return p.call(t)
		}
		n := &node{op: nameNode, text: t.text, position: t.position}
		return p.slope(n)
	case t.kind == operatorToken && t.text == "(":
		inner, err := p.expression(1)
		if err != nil {
			return nil, err
		}
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		return &node{op: parenNode, args: []*node{inner}, position: t.position}, nil
	case t.kind == operatorToken && (t.text == "-" || t.text == "+"):
		argument, err := p.expression(unaryPrecedence)
		if err != nil {
			return nil, err
		}
		return &node{op: unaryNode, text: t.text, args: []*node{argument}, position: t.position}, nil
	}
	return nil, p.fail(t.position, "a column, a number or %q is wanted here", "(")
}

func (p *parser) slope(n *node) (*node, error) {
	for _, bracket := range [...][2]string{{"[", "]"}, {"[[", "]]"}} {
		if !p.at(bracket[0]) {
			continue
		}
		open := p.take()
		z, err := p.expression(4)
		if err != nil {
			return nil, err
		}
		if err := p.expect(bracket[1]); err != nil {
			return nil, err
		}
		return &node{op: slopeNode, text: open.text, args: []*node{n, z}, position: n.position}, nil
	}
	return n, nil
}

func (p *parser) call(name token) (*node, error) {
	n := &node{op: callNode, text: name.text, position: name.position}
	p.take()
	for !p.at(")") {
		argument, err := p.expression(3)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, argument)
		if !p.at(",") {
			break
		}
		p.take()
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return n, checkCall(p, n)
}

// arity is the number of arguments of each known function; -1 for cbind's two.
var arity = map[string]int{
	"log": 1, "log2": 1, "log10": 1, "log1p": 1, "exp": 1, "sqrt": 1, "abs": 1, "I": 1,
	"scale": 1, "factor": 1, "as.factor": 1, "offset": 1, "cbind": 2,
}

func checkCall(p *parser, n *node) error {
	want, ok := arity[n.text]
	if !ok {
		return p.fail(n.position, "no function %q; there are factor, log, log2, log10, log1p, exp, sqrt, abs, scale, I, offset and cbind", n.text)
	}
	if len(n.args) != want {
		return p.fail(n.position, "%s takes %d argument(s), not %d", n.text, want, len(n.args))
	}
	return nil
}
