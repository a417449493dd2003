package formula

import "slices"

// addTerms reads the right-hand side: a sum of terms, of which random terms
// and offsets are set aside. Terms are then in R's order: by degree, within a
// degree as written.
func (f *Formula) addTerms(p *parser, right *node) error {
	terms, err := f.sum(p, right, nil)
	if err != nil {
		return err
	}
	slices.SortStableFunc(terms, func(a, b term) int { return a.degree() - b.degree() })
	f.terms = terms
	return nil
}

// sum walks + and - at the top level, where offsets, random terms and the
// intercept may stand.
func (f *Formula) sum(p *parser, n *node, terms []term) ([]term, error) {
	switch {
	case n.isBinary("+") || n.isBinary("-"):
		terms, err := f.sum(p, n.args[0], terms)
		if err != nil {
			return nil, err
		}
		if n.text == "+" {
			return f.sum(p, n.args[1], terms)
		}
		return f.remove(p, n.args[1], terms)
	case n.op == unaryNode && n.text == "+":
		return f.sum(p, n.args[0], terms)
	case n.op == unaryNode:
		return f.remove(p, n.args[0], terms)
	case n.op == numberNode:
		switch n.text {
		case "1":
			f.intercept = true
			return terms, nil
		case "0":
			f.intercept = false
			return terms, nil
		}
		return nil, p.fail(n.position, "a number is no term; write 1 or 0 for the intercept, I(2 * x) for arithmetic")
	case n.op == callNode && n.text == "offset":
		f.offsets = append(f.offsets, n.args[0])
		return terms, nil
	case n.op == parenNode && (n.args[0].isBinary("|") || n.args[0].isBinary("||")):
		return terms, f.addBar(p, n.args[0])
	case n.op == parenNode && holdsBar(n):
		return f.sum(p, n.args[0], terms)
	}
	more, err := f.expand(p, n)
	if err != nil {
		return nil, err
	}
	return union(terms, more), nil
}

func holdsBar(n *node) bool {
	if n.isBinary("|") || n.isBinary("||") {
		return true
	}
	return slices.ContainsFunc(n.args, holdsBar)
}

func (f *Formula) remove(p *parser, n *node, terms []term) ([]term, error) {
	if n.op == numberNode {
		switch n.text {
		case "1":
			f.intercept = false
			return terms, nil
		case "0":
			f.intercept = true
			return terms, nil
		}
	}
	gone, err := f.expand(p, n)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(terms, func(t term) bool { return slices.Contains(gone, t) }), nil
}

// expand gives the terms of an expression without intercept, offsets and bars.
func (f *Formula) expand(p *parser, n *node) ([]term, error) {
	terms, err := f.product(p, n)
	if len(terms) > maxTerms {
		return nil, p.fail(n.position, "more than %d terms", maxTerms)
	}
	return terms, err
}

func (f *Formula) product(p *parser, n *node) ([]term, error) {
	switch n.op {
	case parenNode:
		return f.expand(p, n.args[0])
	case nameNode, callNode:
		return f.single(p, n)
	case numberNode:
		if n.text == "1" || n.text == "0" {
			return nil, nil
		}
	case unaryNode:
		return nil, p.fail(n.position, "a term is removed from a sum only, as in a*b - a:b")
	case binaryNode:
		left, err := f.expand(p, n.args[0])
		if err != nil {
			return nil, err
		}
		if n.text == "^" {
			return power(p, left, n)
		}
		right, err := f.expand(p, n.args[1])
		if err != nil {
			return nil, err
		}
		switch n.text {
		case "+":
			return union(left, right), nil
		case "-":
			return slices.DeleteFunc(left, func(t term) bool { return slices.Contains(right, t) }), nil
		case ":":
			return cross(left, right), nil
		case "*":
			return union(union(left, right), cross(left, right)), nil
		case "/":
			var all term
			for _, t := range left {
				all |= t
			}
			return union(left, cross([]term{all}, right)), nil
		}
	}
	return nil, p.fail(n.position, "this is no term; put arithmetic into I(), as in I(2 * x), and random terms into parentheses")
}

func power(p *parser, left []term, n *node) ([]term, error) {
	k, ok := smallInteger(n.args[1])
	if !ok {
		return nil, p.fail(n.args[1].position, "a whole number is wanted after ^; write I(x^2) for a square")
	}
	out := left
	for range k - 1 {
		if out = union(out, cross(out, left)); len(out) > maxTerms {
			break
		}
	}
	return out, nil
}

// single gives the term of one variable, which is added to the variables if
// it is new.
func (f *Formula) single(p *parser, n *node) ([]term, error) {
	if n.op == callNode && (n.text == "cbind" || n.text == "offset") {
		return nil, p.fail(n.position, "%s() cannot stand here", n.text)
	}
	if n.op == callNode && holdsText(n) && n.text != "I" {
		return nil, p.fail(n.position, "words may be compared in I() only, as in I(arm == \"SWIS\")")
	}
	label := n.String()
	i := slices.IndexFunc(f.variables, func(v *node) bool { return v.String() == label })
	if i < 0 {
		if len(f.variables) == 64 {
			return nil, p.fail(n.position, "a formula has room for 64 different variables")
		}
		i = len(f.variables)
		f.variables = append(f.variables, n)
	}
	return []term{1 << i}, nil
}

func holdsText(n *node) bool { return n.op == textNode || slices.ContainsFunc(n.args, holdsText) }

func union(a, b []term) []term {
	out := slices.Clone(a)
	for _, t := range b {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// cross stops when there are more than maxTerms.
func cross(a, b []term) []term {
	var out []term
	seen := map[term]bool{}
	for _, s := range a {
		for _, t := range b {
			if seen[s|t] {
				continue
			}
			seen[s|t] = true
			if out = append(out, s|t); len(out) > maxTerms {
				return out
			}
		}
	}
	return out
}

// addBar reads (left | group) and (left || group).
func (f *Formula) addBar(p *parser, n *node) error {
	left := &Formula{text: n.args[0].String(), intercept: true}
	if err := left.addTerms(p, n.args[0]); err != nil {
		return err
	}
	if left.HasRandom() || len(left.offsets) > 0 {
		return p.fail(n.position, "a random term holds plain terms before its bar")
	}
	groups, err := p.groups(n.args[1])
	if err != nil {
		return err
	}
	if len(f.random) == maxRandom || len(groups) > maxRandom {
		return p.fail(n.position, "more than %d random terms", maxRandom)
	}
	f.random = append(f.random, bar{left, groups, n.text == "|"})
	return nil
}

// groups reads a grouping: school, a:b, or la/school, which is la and school:la.
func (p *parser) groups(n *node) ([][]*node, error) {
	n = n.strip()
	if n.isBinary("/") {
		outer, err := p.groups(n.args[0])
		if err != nil {
			return nil, err
		}
		inner, err := p.product(n.args[1], ":")
		if err != nil {
			return nil, err
		}
		last := outer[len(outer)-1]
		return append(outer, slices.Concat(inner, last)), nil
	}
	columns, err := p.product(n, ":")
	return [][]*node{columns}, err
}
