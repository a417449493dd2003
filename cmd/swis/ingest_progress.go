package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"

	"swis/dataset/study"
)

// progressOn reports on a terminal how far the work has come, in one line that
// end removes. Elsewhere, and under --quiet, nothing is reported.
func progressOn(w io.Writer, quiet bool) (report study.Progress, end func()) {
	file, ok := w.(*os.File)
	if !ok || quiet || !term.IsTerminal(int(file.Fd())) {
		return nil, func() {}
	}
	p := &progressLine{w: w, now: time.Now, began: time.Now(), width: func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}}
	return p.report, p.end
}

// clearLine empties the line at hand of a terminal.
const clearLine = "\r\x1b[K"

// quietly is how long the work takes before anything is said about it.
var quietly = 500 * time.Millisecond

// progressLine is the line of a terminal that says how far the work has come,
// ten times a second at most.
type progressLine struct {
	w           io.Writer
	now         func() time.Time
	width       func() int
	began, said time.Time
	reading     bool
	shown       bool
}

func (p *progressLine) report(s study.Step) {
	at := p.now()
	if reading := s.File != ""; reading != p.reading { // each part at its own pace
		if p.reading {
			p.began = at
		}
		p.reading = reading
	}
	if !p.shown && at.Sub(p.began) < quietly || at.Sub(p.said) < 100*time.Millisecond {
		return
	}
	p.said, p.shown = at, true
	fmt.Fprint(p.w, clearLine+fitting(stepWords(s, at.Sub(p.began)), p.width()-1))
}

// end removes the line.
func (p *progressLine) end() {
	if p.shown {
		fmt.Fprint(p.w, clearLine)
	}
	p.shown = false
}

// stepWords are the parts of the line, the most important first: what is done
// and how much of it, how long the rest will take at this pace, how fast.
func stepWords(s study.Step, spent time.Duration) []string {
	what := "counting events"
	if s.File != "" {
		what = printable(filepath.Base(s.File))
	}
	if s.Files > 1 {
		what = fmt.Sprintf("file %d of %d, %s", s.Number, s.Files, what)
	}
	words := []string{fmt.Sprintf("%s %d%%", what, min(100, 100*s.Done/max(s.Total, 1)))}
	if s.Done > 0 {
		left := time.Duration(float64(spent) * float64(max(0, s.Total-s.Done)) / float64(s.Done)).Round(time.Second)
		words = append(words, fmt.Sprintf("%s left", max(left, time.Second)))
	}
	if s.Rows > 0 {
		words = append(words, rounded(float64(s.Rows)/spent.Seconds())+" rows a second")
	}
	return words
}

// printable is a file's name without what could steer the terminal.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// fitting joins as many words as fit into a width, the end of the first one
// where it is too long itself.
func fitting(words []string, width int) string {
	line := []rune(words[0])
	if len(line) > width {
		return string(line[len(line)-max(width, 0):])
	}
	for _, word := range words[1:] {
		if len(line)+2+len(word) > width {
			break
		}
		line = append(line, []rune(", "+word)...)
	}
	return string(line)
}

// rounded is a number in two digits and a unit.
func rounded(x float64) string {
	switch {
	case x >= 999_500:
		return strconv.FormatFloat(math.Round(x/1e5)/10, 'f', 1, 64) + " million"
	case x >= 999.5:
		return strconv.FormatFloat(math.Round(x/1e3), 'f', 0, 64) + ",000"
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}
