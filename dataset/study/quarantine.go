package study

import (
	"bufio"
	"encoding/csv"
	"errors"
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
	path := s.Options.QuarantineValues
	wanted := map[uint16]map[int]string{}
	for _, i := range s.issues {
		if dataset.Rules[i.Rule].Severity != dataset.Quarantine || i.Line == 0 {
			continue
		}
		if wanted[i.File] == nil {
			wanted[i.File] = map[int]string{}
		}
		wanted[i.File][int(i.Line)] = i.Rule.String()
	}
	return atomicfile.Write(path, func(out io.Writer) error {
		w := csv.NewWriter(out)
		w.Write([]string{"file", "row", "rule", "text"})
		for n, x := range s.Extracts {
			lines := wanted[uint16(n+1)]
			if len(lines) == 0 || strings.HasSuffix(x.Layout, "-xml") || x.Encoding == "xlsx" || x.Encoding == "Parquet" {
				continue
			}
			if err := copyLines(w, x.File, lines); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	})
}

func copyLines(w *csv.Writer, path string, lines map[int]string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if rule, ok := lines[n]; ok {
			w.Write([]string{text(path), lineText(uint32(n)), rule, text(strings.TrimRight(line, "\r\n"))})
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
