package study

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"swis/dataset"
	"swis/dataset/atomicfile"
)

// outside refuses a file for quarantined rows that would lie in the study folder.
func (s *Study) outside(folder string) error {
	if s.Options.QuarantineValues == "" {
		return nil
	}
	path, err := filepath.Abs(s.Options.QuarantineValues)
	if err != nil {
		return err
	}
	inside, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(inside, path); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return dataset.Problems{{Text: "--quarantine-values lies inside the study folder: these rows hold children's data, choose a place outside"}}
	}
	return nil
}

// writeQuarantineValues copies the quarantined rows from their files into one
// file. Rows of XML files, workbooks and Parquet files are not copied: their
// place is in quarantine.csv.
func (s *Study) writeQuarantineValues() error {
	return atomicfile.Write(s.Options.QuarantineValues, func(out io.Writer) error {
		w := csv.NewWriter(out)
		w.Write([]string{"file", "row", "rule", "text"})
		c := copier{study: s, w: w}
		defer c.close()
		err := s.issues.Each(func(i dataset.Issue) error {
			if dataset.Rules[i.Rule].Severity != dataset.Quarantine || i.Line == 0 {
				return nil
			}
			return c.copy(i)
		})
		if err != nil {
			return err
		}
		c.row()
		w.Flush()
		return w.Error()
	})
}

// copier copies lines of the files, which come in their order.
type copier struct {
	study *Study
	w     *csv.Writer
	file  uint16
	open  *os.File // nil where the lines of the file are not copied
	r     *bufio.Reader
	line  uint32 // that was read last
	text  string
	rule  dataset.RuleID // for which it is wanted
	found bool           // it is wanted, and there
}

// copy wants a line for a rule; of several rules the last is named.
func (c *copier) copy(i dataset.Issue) error {
	if i.File != c.file {
		c.row()
		c.close()
		c.file, c.line = i.File, 0
		x := c.study.Extracts[i.File-1]
		if !strings.HasSuffix(x.Layout, "-xml") && x.Encoding != "xlsx" && x.Encoding != "Parquet" {
			var err error
			if c.open, err = os.Open(x.File); err != nil {
				return err
			}
			c.r = bufio.NewReaderSize(c.open, 1<<16)
		}
	}
	if c.open == nil {
		return nil
	}
	if i.Line != c.line {
		c.row()
	}
	for c.line < i.Line {
		line, err := c.r.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF) && line == "":
			return fmt.Errorf("%s has fewer lines than when it was read", c.study.fileName(c.file))
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		c.text = line
		c.line++
	}
	c.rule, c.found = i.Rule, true
	return nil
}

// row writes the line that was wanted last.
func (c *copier) row() {
	if c.found {
		c.w.Write([]string{text(c.study.fileName(c.file)), lineText(c.line), c.rule.String(), text(strings.TrimRight(c.text, "\r\n"))})
	}
	c.found = false
}

func (c *copier) close() {
	if c.open != nil {
		c.open.Close()
		c.open = nil
	}
}
