package warehouse_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// duckdb returns how to run SQL on a DuckDB whose table of events is a file.
// The module is looked for where SWIS_NODE_MODULES says, the folder that holds
// node_modules; or where NODE_PATH does.
func duckdb(t *testing.T, events string) func(sql string) []byte {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: a DuckDB needs node and npm install @duckdb/node-api")
	}
	folders := []string{os.Getenv("SWIS_NODE_MODULES"), strings.TrimSuffix(filepath.Clean(os.Getenv("NODE_PATH")), "/node_modules")}
	if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, filepath.Join(home, "peers", "node"), home)
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "node_modules", "@duckdb", "node-api")); folder == "" || err != nil {
			continue
		}
		return func(sql string) []byte {
			cmd := exec.Command(node, filepath.Join("testdata", "run.mjs"), events)
			cmd.Env = append(os.Environ(), "SWIS_NODE_MODULES="+folder)
			cmd.Stdin = strings.NewReader(sql)
			var out, talk bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &talk
			if err := cmd.Run(); err != nil {
				t.Fatalf("duckdb: %v\n%s", err, talk.String())
			}
			return out.Bytes()
		}
	}
	t.Skip("@duckdb/node-api is not found: npm install @duckdb/node-api, and name the folder in SWIS_NODE_MODULES")
	return nil
}

// The panel made of the counts of a DuckDB is the panel made of the rows.
func TestDuckDBGivesThePanelOfTheRows(t *testing.T) {
	text := delivery()
	events := filepath.Join(t.TempDir(), "events.csv")
	if err := os.WriteFile(events, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	givesThePanelOfTheRows(t, "duckdb", text, duckdb(t, events))
}
