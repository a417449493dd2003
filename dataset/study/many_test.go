package study

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"swis/dataset"
)

// The same rows in one file and in hundreds give the same panel and the same
// numbers of rows by what became of them, from memory and from disk; the files
// that are written do not depend on the processors.
func TestManyFilesAsOne(t *testing.T) {
	dir := t.TempDir()
	one := filepath.Join(dir, "events.csv")
	const rows, inEach = 60_000, 150
	if err := writeEvents(one, rows); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	many := filepath.Join(dir, "many")
	if err := os.Mkdir(many, 0o700); err != nil {
		t.Fatal(err)
	}
	for n := 0; n*inEach < rows; n++ {
		part := bytes.Join(lines[1+n*inEach:1+min((n+1)*inEach, rows)], nil)
		part = append(bytes.Clone(lines[0]), part...)
		if n%7 == 3 { // one of another encoding among them
			part = append(part, "Caf\xe9,,LA001,referral,01/02/2022\n"...)
			text = append(text, "Caf\xc3\xa9,,LA001,referral,01/02/2022\n"...)
		}
		if err := os.WriteFile(filepath.Join(many, fmt.Sprintf("e%04d.csv", n)), part, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(one, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ingest := func(path string, processors int, memory int64) (map[string][]byte, [dataset.Statuses]int64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		o := Default()
		o.Period, o.Sources, o.Memory, o.Temp = dataset.Month, []Source{{Path: path}}, memory, dir
		s, err := Build(context.Background(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var ends [dataset.Statuses]int64
		for n := range s.Extracts {
			for status, rows := range s.Panel.Report.Files[n+1] {
				ends[status] += rows
			}
		}
		out := filepath.Join(dir, "study")
		if err := s.Write(out); err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, name := range []string{PanelFile, SchoolsFile, IssuesFile, QuarantineFile, QualityFile, QualityPage, ManifestFile} {
			if files[name], err = os.ReadFile(filepath.Join(out, name)); err != nil {
				t.Fatal(err)
			}
		}
		return files, ends
	}
	want, wantEnds := ingest(one, 2, 1<<30)
	var first map[string][]byte
	for _, c := range []struct {
		processors int
		memory     int64
	}{{2, 1 << 30}, {1, 1 << 30}, {8, 1 << 30}, {2, 1 << 20}, {8, 1 << 20}} {
		got, ends := ingest(many, c.processors, c.memory)
		if ends != wantEnds || ends[dataset.Counted] == 0 {
			t.Errorf("%d processors, %d bytes: rows end %v, of one file %v", c.processors, c.memory, ends, wantEnds)
		}
		for _, name := range []string{PanelFile, SchoolsFile} {
			if !bytes.Equal(got[name], want[name]) {
				t.Errorf("%d processors, %d bytes: %s is not that of one file", c.processors, c.memory, name)
			}
		}
		if first == nil {
			first = got
		}
		for name := range first {
			if !bytes.Equal(got[name], first[name]) {
				t.Errorf("%d processors, %d bytes: %s differs", c.processors, c.memory, name)
			}
		}
	}
}
