package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// WhereError says where a filter cannot be read.
type WhereError struct{ Text, Wanted string }

func (e *WhereError) Error() string {
	return fmt.Sprintf("filter %q: %s; a filter is like 'year >= 2013 && la in (A, B)'", e.Text, e.Wanted)
}

// Syntax marks the error as one of the command line.
func (e *WhereError) Syntax() bool { return true }

// condition is one comparison of a filter.
type condition struct {
	column   string
	operator string
	values   []string
}

// Where returns the rows for which every comparison of the filter holds, such
// as "year >= 2013 && la in (A, B) && phase != 'all-through'". Numeric columns
// are compared as numbers, others as text in byte order. A row whose cell is
// missing holds in no comparison.
func (t *Table) Where(filter string) (*Table, error) {
	conditions, err := parseWhere(filter)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, t.rows)
	for i := range keep {
		keep[i] = true
	}
	for _, c := range conditions {
		if err := t.restrict(keep, c, filter); err != nil {
			return nil, err
		}
	}
	return t.Filter(keep), nil
}

func (t *Table) restrict(keep []bool, c condition, filter string) error {
	kind, err := t.Kind(c.column)
	if err != nil {
		return err
	}
	if kind == CategoryKind {
		return t.restrictWords(keep, c)
	}
	numbers := make([]float64, len(c.values))
	for i, v := range c.values {
		if numbers[i], err = strconv.ParseFloat(v, 64); err != nil {
			return &WhereError{filter, fmt.Sprintf("column %s holds numbers, and %q is none", c.column, v)}
		}
	}
	column, err := t.Numeric(c.column)
	if err != nil {
		return err
	}
	for i, x := range column.Values {
		if x != x {
			keep[i] = false
		} else if keep[i] {
			keep[i] = holds(c.operator, numbers, x)
		}
	}
	return nil
}

func (t *Table) restrictWords(keep []bool, c condition) error {
	column, err := t.Category(c.column)
	if err != nil {
		return err
	}
	hold := make([]bool, len(column.Levels))
	for i, level := range column.Levels {
		hold[i] = holds(c.operator, c.values, level)
	}
	for i, code := range column.Codes {
		keep[i] = keep[i] && code >= 0 && hold[code]
	}
	return nil
}

// holds says whether x stands in the relation to the values; all operators
// but in have one value.
func holds[T string | float64](operator string, values []T, x T) bool {
	switch operator {
	case "==":
		return x == values[0]
	case "!=":
		return x != values[0]
	case "<":
		return x < values[0]
	case "<=":
		return x <= values[0]
	case ">":
		return x > values[0]
	case ">=":
		return x >= values[0]
	}
	return slices.Contains(values, x)
}

func parseWhere(text string) ([]condition, error) {
	tokens, err := whereTokens(text)
	if err != nil {
		return nil, err
	}
	var out []condition
	fail := func(wanted string) ([]condition, error) { return nil, &WhereError{text, wanted} }
	for {
		if len(tokens) < 3 || tokens[0].operator || !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">=", "in"}, tokens[1].text) {
			return fail("a comparison is wanted: column, one of == != < <= > >= in, value")
		}
		c := condition{column: tokens[0].text, operator: tokens[1].text}
		tokens = tokens[2:]
		if c.operator == "in" {
			if !tokens[0].is("(") {
				return fail("a list in parentheses is wanted after in")
			}
			tokens = tokens[1:]
			for len(tokens) > 1 && !tokens[0].operator {
				c.values = append(c.values, tokens[0].text)
				if !tokens[1].is(",") {
					tokens = tokens[1:]
					break
				}
				tokens = tokens[2:]
			}
			if len(tokens) == 0 || !tokens[0].is(")") || c.values == nil {
				return fail("a list such as (A, B) is wanted after in")
			}
		} else {
			if tokens[0].operator {
				return fail("a value is wanted after " + c.operator)
			}
			c.values = []string{tokens[0].text}
		}
		out = append(out, c)
		tokens = tokens[1:]
		if len(tokens) == 0 {
			return out, nil
		}
		if !tokens[0].is("&&") {
			return fail(fmt.Sprintf("&& is wanted before %q", tokens[0].text))
		}
		tokens = tokens[1:]
	}
}

type whereToken struct {
	text     string
	operator bool // a symbol, or the bare word in
}

func (t whereToken) is(symbol string) bool { return t.operator && t.text == symbol }

func whereTokens(text string) ([]whereToken, error) {
	var out []whereToken
	for i := 0; i < len(text); {
		rest := text[i:]
		switch c := rest[0]; {
		case c == ' ' || c == '\t' || c == '\n':
			i++
		case c == '"' || c == '\'' || c == '`':
			end := strings.IndexByte(rest[1:], c)
			if end < 0 {
				return nil, &WhereError{text, fmt.Sprintf("a closing %c is wanted", c)}
			}
			out = append(out, whereToken{text: rest[1 : 1+end]})
			i += end + 2
		default:
			symbol := ""
			for _, s := range []string{"&&", "==", "!=", "<=", ">=", "<", ">", "(", ")", ","} {
				if strings.HasPrefix(rest, s) {
					symbol = s
					break
				}
			}
			if symbol != "" {
				out = append(out, whereToken{symbol, true})
				i += len(symbol)
				break
			}
			end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("&=!<>(),'\"`", r) })
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, &WhereError{text, fmt.Sprintf("%q has no meaning here", rest[:1])}
			}
			out = append(out, whereToken{rest[:end], rest[:end] == "in"})
			i += end
		}
	}
	return out, nil
}
