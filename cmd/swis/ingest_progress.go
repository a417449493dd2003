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

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"swis/dataset/study"
)

// progressOn reports reading on a terminal, at most ten times a second; files
// that are read at once are not mentioned.
func progressOn(cmd *cobra.Command, w io.Writer) study.Progress {
	file, ok := w.(*os.File)
	quiet, _ := cmd.Flags().GetBool("quiet")
	if !ok || quiet || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return progressOf(w, time.Now)
}

// clearLine empties the line at hand of a terminal.
const clearLine = "\r\x1b[K"

func progressOf(w io.Writer, now func() time.Time) study.Progress {
	const small = 16 << 20
	var (
		reading     string
		began, said time.Time
	)
	return func(path string, done, total, rows int64) {
		at := now()
		if path != reading {
			reading, began, said = path, at, at
		}
		switch {
		case total < small:
		case done >= total:
			fmt.Fprint(w, clearLine)
		case at.Sub(said) >= 100*time.Millisecond:
			said = at
			fmt.Fprint(w, clearLine+progressLine(filepath.Base(path), done, total, rows, at.Sub(began)))
		}
	}
}

// progressLine says how much of a file is read, how fast, and how long the
// rest will take at that pace.
func progressLine(name string, done, total, rows int64, spent time.Duration) string {
	line := fmt.Sprintf("%s %d%%", name, 100*done/max(total, 1))
	if spent < 500*time.Millisecond || done == 0 {
		return line
	}
	left := time.Duration(float64(spent) * float64(total-done) / float64(done)).Round(time.Second)
	return fmt.Sprintf("%s, %s rows a second, %s left", line, rounded(float64(rows)/spent.Seconds()), max(left, time.Second))
}

// rounded is a number in two digits and a unit.
func rounded(x float64) string {
	switch {
	case x >= 1e6:
		return strconv.FormatFloat(math.Round(x/1e5)/10, 'f', 1, 64) + " million"
	case x >= 1e3:
		return strconv.FormatFloat(math.Round(x/1e3), 'f', 0, 64) + ",000"
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

// parseSize reads a number of bytes with a unit, such as 512MB; units are
// powers of 1024.
func parseSize(text string) (int64, error) {
	number, scale := strings.ToUpper(strings.TrimSpace(text)), int64(1)
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	for i, unit := range []string{"K", "M", "G", "T"} {
		if rest, ok := strings.CutSuffix(number, unit); ok {
			number, scale = strings.TrimSpace(rest), 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/scale || n*scale < 1<<20 {
		return 0, fmt.Errorf("%q: want a size of 1MB or more, such as 512MB or 2GB", text)
	}
	return n * scale, nil
}
