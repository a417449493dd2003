package study

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset/workers"
)

// A fault in one of the goroutines that write parts of the panel is no panel
// that ends before it: the error says so and nothing is written.
func TestAFaultInPartOfThePanelIsNoPanel(t *testing.T) {
	s, _ := made(t, map[string]string{"events.csv": "child_id,school_urn,la,event,date\nA,100001,801,s47,01/02/2022\nB,100002,801,s47,01/03/2022\n"}, func(o *Options) { o.From, o.To = day("2022-01-01"), day("2022-12-31") })
	folder := t.TempDir()
	one := s.Panel.Schools[0]
	for range 300 { // schools without cells, in parts of several workers
		s.Panel.Schools = append(s.Panel.Schools, one)
	}
	err := s.Write(folder)
	var fault *workers.Fault
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "write "+filepath.Join(folder, PanelFile)) {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
