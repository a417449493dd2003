package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "swis"

// layers orders the house: a package may import packages of its own layer or
// of an earlier one, as far as the other rules allow.
var layers = []string{"dataset", "analysis", "report", "cmd"}

// kernels are the packages below analysis that hold shared arithmetic. All
// others there are estimators or verbs, which never import each other.
var kernels = map[string]bool{
	"analysis/formula": true, "analysis/linear": true, "analysis/irls": true, "analysis/infer": true,
	"analysis/distribution": true, "analysis/fixedeffects": true, "analysis/quantity": true, "analysis/sparse": true,
	"analysis/multiplicity": true,
}

// forbidden packages keep the program without network and without child processes.
var forbidden = []string{"net", "os/exec", "plugin"}

// TestArchitecture reads the import clauses of every product file itself:
// shelling out to go list would pass from the test cache.
func TestArchitecture(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	used := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		from := filepath.ToSlash(folder)
		for _, spec := range tree.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := breaks(from, to); why != "" {
				t.Errorf("%s imports %s: %s", path, to, why)
			}
		}
		for _, at := range goroutines(tree) {
			if place := from + "/" + filepath.Base(path); from != guarded && !bare[place] {
				t.Errorf("%s starts a goroutine, whose panic would print what it holds: package %s does so with a guard", set.Position(at), guarded)
			} else if bare[place] {
				used[place] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("%d product files found: the walk is broken", files)
	}
	if len(used) != len(bare) {
		t.Errorf("of the files %v only %v start a goroutine of their own", bare, used)
	}
}

// guarded is the package that starts goroutines, and bare are the files that may
// do so beside it.
const guarded = "dataset/workers"

var bare = map[string]bool{
	"cmd/swis/main.go": true, // ends the process after an interrupt; touches no data
}

// goroutines finds where a file starts goroutines: by go, by a WaitGroup or an
// errgroup, or by a timer or a context that ends.
func goroutines(tree *ast.File) (found []token.Pos) {
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, n.Pos())
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && (pkg.Name == "errgroup" || n.Sel.Name == "WaitGroup" || n.Sel.Name == "AfterFunc") {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

func TestGoroutinesAreFound(t *testing.T) {
	for text, want := range map[string]int{
		"go f()": 1, "f()": 0, "for { go func() {}() }": 1, "var w sync.WaitGroup; w.Go(f)": 1, "g := new(errgroup.Group); g.Go(f)": 1,
		"time.AfterFunc(1, f)": 1, "context.AfterFunc(ctx, f)": 1, "var g workers.Group; g.Go(f)": 0,
	} {
		tree, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x; func x() { "+text+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(goroutines(tree)); n != want {
			t.Errorf("%s: %d goroutines, want %d", text, n, want)
		}
	}
}

// breaks says which rule the import of package to by package from breaks, or "".
func breaks(from, to string) string {
	for _, f := range forbidden {
		if to == f || strings.HasPrefix(to, f+"/") {
			return "no network code and no child processes"
		}
	}
	to, inside := strings.CutPrefix(to, module+"/")
	if !inside {
		if strings.Contains(to, "spf13/") && from != "cmd/swis" {
			return "only cmd/swis knows the command line library"
		}
		return ""
	}
	if layer(to) > layer(from) {
		return "arrows go dataset, analysis, report, cmd"
	}
	if strings.HasPrefix(to, from+"/") && !strings.HasPrefix(from, "cmd") && !(from == "analysis" && strings.HasPrefix(to, "dataset/")) {
		return "a parent never imports a child"
	}
	if strings.HasPrefix(from, "report") && strings.HasPrefix(to, "analysis/") && to != "analysis/quantity" {
		return "reports know results, never estimators"
	}
	if strings.HasPrefix(from, "analysis/") && strings.HasPrefix(to, "analysis/") && !kernels[to] {
		return "estimators never import each other"
	}
	return ""
}

func layer(pkg string) int {
	for i, l := range layers {
		if pkg == l || strings.HasPrefix(pkg, l+"/") {
			return i
		}
	}
	return -1
}

func TestArchitectureRulesBite(t *testing.T) {
	for _, c := range []struct {
		from, to string
		broken   bool
	}{
		{"dataset/panel", "swis/analysis", true},
		{"analysis/did", "swis/analysis/mixed", true},
		{"analysis/did", "swis/analysis/infer", false},
		{"dataset", "swis/dataset/table", true},
		{"analysis", "swis/dataset/table", false},
		{"report/charts", "swis/analysis/did", true},
		{"report/charts", "swis/analysis", false},
		{"dataset/extracts", "net/http", true},
		{"analysis/did", "github.com/spf13/cobra", true},
		{"cmd/swis", "swis/analysis/did", false},
	} {
		if got := breaks(c.from, c.to) != ""; got != c.broken {
			t.Errorf("%s imports %s: broken %v, want %v", c.from, c.to, got, c.broken)
		}
	}
}
