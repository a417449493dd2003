package formula

import (
	"slices"
	"strconv"
)

// Formula is a formula that was read: a response, terms of fixed effects,
// random terms, absorbed effects and offsets.
type Formula struct {
	text      string
	response  *node // nil for a one-sided formula
	variables []*node
	terms     []term
	intercept bool
	offsets   []*node
	random    []bar
	absorbed  []*node // each a name, a product a^b or a slope
}

// bar is one random term (left | group) before it is applied to a table.
type bar struct {
	left       *Formula
	groups     [][]*node // one entry a grouping factor, the columns of its interaction in naming order
	correlated bool      // false for ||
}

// term is a set of variables (bits into variables) whose product is a term.
type term uint64

func (t term) degree() int {
	n := 0
	for ; t != 0; t &= t - 1 {
		n++
	}
	return n
}

// Sizes that no model has; a formula beyond them would fill the memory.
const (
	maxText   = 10_000 // bytes
	maxTerms  = 2_000  // in one part
	maxRandom = 32     // random terms
)

// Parse reads a formula in R's Wilkinson notation, as lme4 and fixest users
// write it. An error is a *SyntaxError that says where.
func Parse(text string) (*Formula, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{text, maxText, "a formula is shorter than this"}
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens}
	f := &Formula{text: text, intercept: true}
	if p.at("~") {
		p.take()
	} else {
		if f.response, err = p.expression(3); err != nil {
			return nil, err
		}
		if !p.at("~") {
			return nil, p.fail(p.peek().position, "%q is wanted here, as in outcome ~ arm + baseline", "~")
		}
		p.take()
	}
	right, err := p.expression(2)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != endToken {
		return nil, p.fail(t.position, "nothing more is wanted here")
	}
	if right.isBinary("|") {
		if right.args[0].isBinary("|") {
			return nil, p.fail(right.position, "one bar only: outcome ~ terms | effect1 + effect2")
		}
		if f.absorbed, err = p.absorbedEffects(right.args[1], nil); err != nil {
			return nil, err
		}
		right = right.args[0]
	}
	return f, f.addTerms(p, right)
}

// Text is the formula as it was given.
func (f *Formula) Text() string { return f.text }

// Response is the left-hand side as written, empty for a one-sided formula.
func (f *Formula) Response() string {
	if f.response == nil {
		return ""
	}
	return f.response.String()
}

// Intercept says whether the fixed part has one.
func (f *Formula) Intercept() bool { return f.intercept }

// HasRandom and HasAbsorbed say which parts the formula has.
func (f *Formula) HasRandom() bool { return len(f.random) > 0 }

// HasAbsorbed says whether effects are absorbed with y ~ x | fe.
func (f *Formula) HasAbsorbed() bool { return len(f.absorbed) > 0 }

// Columns lists the columns that the formula uses, each once, in the order of
// their first use.
func (f *Formula) Columns() []string {
	names := f.response.columns(nil)
	for _, v := range f.variables {
		names = v.columns(names)
	}
	for _, o := range f.offsets {
		names = o.columns(names)
	}
	for _, b := range f.random {
		names = append(names, b.left.Columns()...)
		for _, g := range b.groups {
			for _, n := range g {
				names = n.columns(names)
			}
		}
	}
	for _, a := range f.absorbed {
		names = a.columns(names)
	}
	return unique(names)
}

// Variables lists the columns of the fixed part, offsets not counted.
func (f *Formula) Variables() []string {
	var names []string
	for _, v := range f.variables {
		names = v.columns(names)
	}
	return unique(names)
}

func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// absorbedEffects reads fe1 + fe2^fe3 + fe4[z].
func (p *parser) absorbedEffects(n *node, to []*node) ([]*node, error) {
	n = n.strip()
	if n.isBinary("+") {
		to, err := p.absorbedEffects(n.args[0], to)
		if err != nil {
			return nil, err
		}
		return p.absorbedEffects(n.args[1], to)
	}
	if n.op == numberNode && n.text == "0" {
		return to, nil
	}
	inner := n
	if n.op == slopeNode {
		inner = n.args[0]
	}
	if _, err := p.product(inner, "^"); err != nil {
		return nil, err
	}
	return append(to, n), nil
}

// product lists the names of a^b^c or a:b:c.
func (p *parser) product(n *node, operator string) ([]*node, error) {
	n = n.strip()
	if n.op == nameNode {
		return []*node{n}, nil
	}
	if n.isBinary(operator) {
		left, err := p.product(n.args[0], operator)
		if err != nil {
			return nil, err
		}
		right, err := p.product(n.args[1], operator)
		return append(left, right...), err
	}
	if operator == "^" {
		return nil, p.fail(n.position, "a column, column^column or column[slope] is wanted as absorbed effect")
	}
	return nil, p.fail(n.position, "a column, a:b or a/b is wanted as grouping factor")
}

func smallInteger(n *node) (int, bool) {
	if n.op != numberNode {
		return 0, false
	}
	i, err := strconv.Atoi(n.text)
	return i, err == nil && i >= 1 && i <= 20
}
