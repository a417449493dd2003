package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// spoilt are files of a folder with canaries in them, one of each kind that
// something can be wrong with.
var spoilt = []string{"section47.csv", "broken.csv", "shifted.csv", "leak.yaml", "leak.json", "cut.xml", "broken.xlsx", "broken.parquet", "extracts", "nowhere/x.csv"}

// everyFileFlag gives an authority's extract, and every spoilt file, to each flag
// of each command that names a file, and to the command itself: none of them
// shows a child, whether it ends well or not. Commands and flags are found by
// walking the program, so that none is forgotten.
func everyFileFlag(t *testing.T) {
	flags, lines := 0, 0
	try := func(args []string) {
		lines++
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var out bytes.Buffer
		run(ctx, args, strings.NewReader(""), &out, &out)
		what := "swis " + strings.Join(args, " ")
		leaks(t, what, out.String(), "temp")
		if _, err := os.Stat("new"); err == nil {
			leaks(t, what, "", "new")
			os.RemoveAll("new")
		}
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
		if name := cmd.Name(); !cmd.Runnable() || name == "completion" || name == "help" || cmd.Parent().Name() == "completion" {
			return
		}
		path := strings.Fields(cmd.CommandPath())[1:]
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		example, _, _ = strings.Cut(example, "&&")
		example, _, _ = strings.Cut(example, "  #")
		base, err := splitWords(strings.TrimPrefix(strings.TrimSpace(example), "swis "))
		if err != nil || len(base) < len(path) || !slices.Equal(base[:len(path)], path) {
			base = path
		}
		if i := slices.Index(base, "--out"); i >= 0 && i+1 < len(base) {
			base[i+1] = "new"
		}
		for _, file := range spoilt {
			try(append(slices.Clone(path), file))
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if kind, _ := pflag.UnquoteUsage(f); kind != "file" && kind != "folder" {
				return
			}
			flags++
			for i, file := range spoilt {
				if testing.Short() && i%3 != flags%3 {
					continue
				}
				if f.Name == "out" {
					file += "/x"
				}
				try(append(slices.Clone(base), "--"+f.Name, file))
			}
		})
	}
	visit(newRoot(&streams{}))
	t.Logf("%d flags, %d command lines", flags, lines)
	if flags < 30 {
		t.Errorf("%d flags that name a file were found: the walk is broken", flags)
	}
}

// A command that is interrupted, wherever it is, shows no child and leaves none
// behind.
func TestInterruptedShowsNoChild(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("temp", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", "temp")
	var rows strings.Builder
	rows.WriteString("child_id,school_urn,la,event,date\n")
	for i := range 20_000 {
		fmt.Fprintf(&rows, "QANARY%d,%d,801,s47,%02d/%02d/2022\n", i%9000, 100001+i%20, 1+i%28, 1+i%12)
	}
	if err := os.WriteFile("events.csv", []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	interrupted := 0
	for _, line := range []string{"check events.csv", "ingest events.csv --threshold 1 --memory 1MB --keep-events --out study", "did --data events.csv --outcome date --unit child_id --time date --cohort la"} {
		for n := int64(0); n < 4000; n = 2*n + 1 {
			ctx := &patient{Context: t.Context()}
			ctx.left.Store(n)
			var out bytes.Buffer
			if run(ctx, strings.Fields(line), strings.NewReader(""), &out, &out) == exitInterrupted {
				interrupted++
			}
			leaks(t, line, out.String(), "temp", "study")
			os.RemoveAll("study")
		}
	}
	if interrupted < 8 {
		t.Errorf("interrupted %d times", interrupted)
	}
}
