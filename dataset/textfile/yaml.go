package textfile

import (
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"swis/dataset"
)

// nesting is how deep brackets of a YAML file may go, far deeper than any needs.
const nesting = 50

// ReadYAML reads a YAML file that somebody wrote.
func ReadYAML(path string) ([]byte, error) {
	data, err := Read(path, Written)
	if err != nil {
		return nil, err
	}
	return data, CheckYAML(data, path)
}

// CheckYAML refuses aliases, with which a few lines can stand for billions, and
// nesting that costs a parser more time and memory than the text has bytes.
func CheckYAML(data []byte, name string) error {
	depth, line, dashes := 0, 0, 0
	for _, t := range lexer.Tokenize(string(data)) {
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
		}
		switch t.Type {
		case token.AliasType:
			return dataset.Problemf(name, line, "", "aliases (*name) are not read: write out what they stand for")
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			dashes++
		}
		if depth+dashes > nesting {
			return dataset.Problemf(name, line, "", "nested more than %d deep", nesting)
		}
	}
	return nil
}

// found is what a parser quotes of a file.
var found = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\d{5,}`)

// Unquoted leaves out of a message what it quotes of a file, which may be an
// extract that was given by mistake.
func Unquoted(message string) string { return found.ReplaceAllString(message, "…") }

// YAMLProblem says what a parser found wrong with a file and at which line.
// wanted says what the file should hold, or is empty.
func YAMLProblem(path string, err error, wanted string) error {
	line, text := 0, err.Error()
	var located yaml.Error
	if errors.As(err, &located) {
		text = located.GetMessage()
		if t := located.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
	}
	text, _, _ = strings.Cut(text, "\n")
	text = Unquoted(text)
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		text = "not YAML: " + text
	}
	if wanted != "" {
		text += "; " + wanted
	}
	return dataset.Problemf(path, line, "", "%s", text)
}

// Decode reads the text of a YAML file that was checked into v; keys that v does
// not have are refused. The parser panics at some texts, which are refused too.
func Decode(data []byte, name string, v any, wanted string) (err error) {
	defer func() {
		if recover() != nil {
			err = dataset.Problemf(name, 0, "", "not YAML that can be read: put every entry on lines of its own")
		}
	}()
	if err := yaml.UnmarshalWithOptions(data, v, yaml.Strict()); err != nil {
		return YAMLProblem(name, err, wanted)
	}
	return nil
}
