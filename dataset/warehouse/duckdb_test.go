package warehouse_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// duckdb is a database that holds what is loaded for one query. The module is
// looked for where SWIS_NODE_MODULES says, the folder that holds node_modules;
// or where NODE_PATH does.
func duckdb(t *testing.T) *database {
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
		return &database{"duckdb", func(t *testing.T, sql string) []byte {
			cmd := exec.Command(node, filepath.Join("testdata", "run.mjs"))
			cmd.Env = append(os.Environ(), "SWIS_NODE_MODULES="+folder)
			cmd.Stdin = strings.NewReader(sql)
			var out, talk bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &talk
			if err := cmd.Run(); err != nil {
				t.Fatalf("duckdb: %v\n%s", err, talk.String())
			}
			return out.Bytes()
		}, func(t *testing.T, x rows) string {
			path := filepath.Join(t.TempDir(), "rows.csv")
			if err := os.WriteFile(path, []byte(x.text), 0o600); err != nil {
				t.Fatal(err)
			}
			return "CREATE TABLE " + x.table + " (" + x.columns + ");\nCOPY " + x.table + " FROM '" + path + "' (FORMAT csv, HEADER true, NULLSTR '');\n"
		}}
	}
	t.Skip("@duckdb/node-api is not found: npm install @duckdb/node-api, and name the folder in SWIS_NODE_MODULES")
	return nil
}

func TestDuckDB(t *testing.T) {
	t.Parallel() // with the other database
	givesThePanelOfTheRows(t, duckdb(t))
}
