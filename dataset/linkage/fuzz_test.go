package linkage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzDecisions reads any text as a decisions file, CSV and YAML: it is refused
// with the file's name and without what it quotes, or every decision is one.
func FuzzDecisions(f *testing.F) {
	f.Add("kind,from,to,decision,date,reason\nschool,1,2,merge,2021-01-01,said so\nchild,a.csv:3,,keep,,\n")
	f.Add("- {kind: school, from: 1, to: 2, decision: drop, date: 2021-01-01, reason: x}\n")
	f.Add("- &a [*a]\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"d.csv", "d.yaml"} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			all, err := ReadDecisions(path)
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Fatalf("no name in %v", err)
			}
			for _, d := range all {
				if d.Do == "" || d.Kind != "school" && d.Kind != "child" {
					t.Fatalf("%+v", d)
				}
			}
		}
	})
}
