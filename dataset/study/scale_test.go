package study

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"swis/dataset"
)

// The study is the same to the byte whether its events fit in memory or not,
// and on any number of processors.
func TestSameOnDiskAndInMemory(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "events.csv")
	if err := writeEvents(path, 150_000); err != nil {
		t.Fatal(err)
	}
	var want map[string][]byte
	for _, c := range []struct {
		processors int
		memory     int64
	}{{2, 1 << 30}, {1, 1 << 30}, {8, 1 << 30}, {2, 1 << 20}, {1, 2 << 20}, {8, 1 << 20}} {
		was := runtime.GOMAXPROCS(c.processors)
		o := Default()
		o.Period, o.Sources, o.Memory, o.Temp = dataset.Month, []Source{{Path: path}}, c.memory, dir
		s, err := Build(context.Background(), o, nil)
		runtime.GOMAXPROCS(was)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, "study")
		if err := s.Write(out); err != nil {
			t.Fatal(err)
		}
		got := map[string][]byte{}
		for _, name := range []string{PanelFile, SchoolsFile, IssuesFile, QuarantineFile, QualityFile, QualityPage, ManifestFile} {
			if got[name], err = os.ReadFile(filepath.Join(out, name)); err != nil {
				t.Fatal(err)
			}
		}
		if want == nil {
			want = got
		}
		for name := range want {
			if !bytes.Equal(got[name], want[name]) {
				t.Errorf("%d processors, %d bytes of events: %s differs", c.processors, c.memory, name)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".swis-*")); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
}
