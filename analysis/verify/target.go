// Package verify recomputes published numbers and compares them with what was
// printed.
package verify

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"swis/dataset"
	"swis/dataset/textfile"
)

// Target is one analysis with the numbers that were published of it.
type Target struct {
	ID     string        `yaml:"id"`
	Source string        `yaml:"source"`
	Args   []string      `yaml:"args"`
	Expect []Expectation `yaml:"expect"`
}

// Expectation is one printed number. Digits are decimals as printed; without
// them and without a tolerance they are counted in the value as it is written.
// Times multiplies what is found, such as 10000 for a rate per 10,000.
type Expectation struct {
	Quantity       string   `yaml:"quantity"`
	Value          Printed  `yaml:"value"`
	Digits         *int     `yaml:"digits"`
	Tolerance      *float64 `yaml:"tolerance"`
	Times          *float64 `yaml:"times"`
	PrintedInError string   `yaml:"printed_in_error"` // why the print is wrong
}

// Printed is a value as it stands in the file: a number with its decimals, a
// word, or null.
type Printed struct {
	Text   string
	Number float64 // NaN for words and null
}

// UnmarshalYAML keeps the text, so that 130.10 keeps its last zero.
func (p *Printed) UnmarshalYAML(data []byte) error {
	text := strings.TrimSpace(string(data))
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		text = text[1 : n-1]
	}
	p.Text = text
	x, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	if err != nil || math.IsInf(x, 0) {
		x = math.NaN()
	}
	p.Number = x
	return nil
}

// decimals is the number of digits after the point, as printed.
func (e Expectation) decimals() int {
	if e.Digits != nil {
		return *e.Digits
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(e.Value.Text), "e")
	_, fraction, _ := strings.Cut(mantissa, ".")
	shift, _ := strconv.Atoi(exponent)
	return len(fraction) - shift
}

// pathFlags take a file or a folder, relative to the file that names them.
var pathFlags = map[string]bool{"--data": true, "--study": true, "--allocation": true, "--schools": true, "--scheme": true}

// Read reads a file of targets. Paths in their arguments are relative to its
// folder.
func Read(path string) ([]Target, error) {
	data, err := textfile.ReadYAML(path)
	if err != nil {
		return nil, err
	}
	var targets []Target
	const wanted = "a target has id, source, args and expect, an expectation quantity, value, digits, tolerance, times, printed_in_error"
	if err := textfile.Decode(data, path, &targets, wanted); err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		return nil, dataset.Problemf(path, 0, "", "no target in it; %s", wanted)
	}
	var problems dataset.Problems
	seen := map[string]bool{}
	for i := range targets {
		t := &targets[i]
		fault := func(format string, args ...any) {
			problems = append(problems, dataset.Problem{File: path, Text: fmt.Sprintf("target %d (%s): ", i+1, t.ID) + fmt.Sprintf(format, args...)})
		}
		switch {
		case t.ID == "":
			fault("no id; give every target one")
		case seen[t.ID]:
			fault("the id occurs twice")
		case len(t.Args) == 0:
			fault("no args; want a command and its flags, such as [glm, --data, counts.csv, …]")
		case len(t.Expect) == 0:
			fault("nothing is expected; want a list of quantity and value")
		}
		seen[t.ID] = true
		for _, e := range t.Expect {
			if e.Quantity == "" || e.Value.Text == "" {
				fault("an expectation wants a quantity and a value (\"null\" in quotes for null)")
			}
			if e.Digits != nil && (*e.Digits < -15 || *e.Digits > 17) || e.Tolerance != nil && !(*e.Tolerance >= 0) {
				fault("%s: digits are decimals as printed, a tolerance is 0 or more", e.Quantity)
			}
		}
		relative(t.Args, filepath.Dir(path))
	}
	if problems != nil {
		return nil, problems
	}
	if len(targets) == 0 {
		return nil, dataset.Problemf(path, 0, "", "no targets; want a list of id, source, args and expect")
	}
	return targets, nil
}

func relative(args []string, folder string) {
	within := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(folder, path)
	}
	for i, a := range args {
		flag, value, joined := strings.Cut(a, "=")
		switch {
		case joined && pathFlags[flag]:
			args[i] = flag + "=" + within(value)
		case i > 0 && pathFlags[args[i-1]]:
			args[i] = within(a)
		}
	}
}
