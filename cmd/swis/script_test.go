package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"swis/dataset/atomicfile"
	"swis/report/charts"
)

// TestMain lets the scripts in testdata/script call swis as a program.
//
// With SWIS_AS_PROGRAM the test binary is swis itself, for tests that kill it or
// watch it from outside.
//
// Pictures are drawn in print quality by TestDemo alone.
func TestMain(m *testing.M) {
	charts.DPI = 40
	switch os.Getenv("SWIS_AS_PROGRAM") {
	case "":
	case "memory": // and say at the end how much was used
		status := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		if data, err := os.ReadFile("/proc/self/status"); err == nil {
			_, peak, _ := strings.Cut(string(data), "VmHWM:")
			fmt.Fprintf(os.Stderr, "peak %s kB\n", strings.Fields(peak)[0])
		}
		os.Exit(status)
	case "eager": // and say at once how far it has come
		quietly = 0
		main()
	default:
		main()
	}
	atomicfile.Unsynced = true
	debug.SetGCPercent(400) // thousands of small runs in one process
	testscript.Main(m, map[string]func(){
		"swis": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs terminal sessions as a user would type them. $REPO is the
// root of the repository.
func TestScripts(t *testing.T) {
	repo, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("REPO", repo+"/../..")
			env.Setenv("LANG", "C.UTF-8")
			return nil
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
