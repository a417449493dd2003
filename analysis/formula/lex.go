package formula

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError says where a formula cannot be read and what is wanted there.
type SyntaxError struct {
	Text     string // the formula
	Position int    // byte offset in Text
	Wanted   string
}

func (e *SyntaxError) Error() string {
	if len(e.Text) > 200 {
		return fmt.Sprintf("formula of %d characters: at byte %d: %s", utf8.RuneCountInString(e.Text), e.Position+1, e.Wanted)
	}
	if e.Position >= len(e.Text) {
		return fmt.Sprintf("formula %q: ends too early: %s", e.Text, e.Wanted)
	}
	column := utf8.RuneCountInString(e.Text[:e.Position]) + 1
	return fmt.Sprintf("formula %q: at character %d (%q): %s", e.Text, column, clip(e.Text[e.Position:]), e.Wanted)
}

// Syntax marks the error as one of the command line, not of the data.
func (e *SyntaxError) Syntax() bool { return true }

func clip(s string) string {
	if utf8.RuneCountInString(s) > 12 {
		return string([]rune(s)[:12]) + "…"
	}
	return s
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	numberToken
	textToken
	operatorToken
)

type token struct {
	kind     tokenKind
	text     string // name, number as written, text without its quotes, or operator
	position int
}

// operators in the order they are tried: longer ones first.
var operators = []string{"||", "==", "!=", "<=", ">=", "[[", "]]", "~", "|", "+", "-", "*", "/", ":", "^", "(", ")", ",", "[", "]", "<", ">"}

func lex(text string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
		case r == '`' || r == '"' || r == '\'':
			end := strings.IndexByte(text[i+1:], byte(r))
			if end < 0 {
				return nil, &SyntaxError{text, i, fmt.Sprintf("a closing %c is wanted", r)}
			}
			kind := textToken
			if r == '`' {
				kind = nameToken
			}
			tokens = append(tokens, token{kind, text[i+1 : i+1+end], i})
			i += end + 2
		case isDigit(text[i]) || r == '.' && i+1 < len(text) && isDigit(text[i+1]):
			j := numberEnd(text, i)
			tokens = append(tokens, token{numberToken, text[i:j], i})
			i = j
		case isNameRune(r):
			j := i
			for j < len(text) {
				r, size := utf8.DecodeRuneInString(text[j:])
				if !isNameRune(r) && !unicode.IsDigit(r) {
					break
				}
				j += size
			}
			tokens = append(tokens, token{nameToken, text[i:j], i})
			i = j
		default:
			operator := ""
			for _, o := range operators {
				if strings.HasPrefix(text[i:], o) {
					operator = o
					break
				}
			}
			if operator == "" {
				return nil, &SyntaxError{text, i, "this character has no meaning in a formula; put a name that holds it between backticks"}
			}
			tokens = append(tokens, token{operatorToken, operator, i})
			i += len(operator)
		}
	}
	return append(tokens, token{endToken, "", len(text)}), nil
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isNameRune(r rune) bool { return unicode.IsLetter(r) || r == '_' || r == '.' }

// numberEnd is the end of the decimal number that starts at i.
func numberEnd(text string, i int) int {
	j := i
	for j < len(text) && (isDigit(text[j]) || text[j] == '.') {
		j++
	}
	if j < len(text) && (text[j] == 'e' || text[j] == 'E') {
		k := j + 1
		if k < len(text) && (text[k] == '+' || text[k] == '-') {
			k++
		}
		if k < len(text) && isDigit(text[k]) {
			for k < len(text) && isDigit(text[k]) {
				k++
			}
			j = k
		}
	}
	return j
}
