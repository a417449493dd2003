package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// The help of every command and topic fits into a terminal of 100 columns.
func TestHelpIsNarrow(t *testing.T) {
	root := newRoot(&streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	pages := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		var out bytes.Buffer
		if status := run(context.Background(), args, strings.NewReader(""), &out, &out); status != 0 {
			t.Errorf("%v: exit %d", args, status)
		}
		pages++
		for _, line := range strings.Split(out.String(), "\n") {
			if n := utf8.RuneCountInString(line); n > helpWidth {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
	if pages < 20 {
		t.Errorf("%d pages of help", pages)
	}
}

func TestContinued(t *testing.T) {
	long := "  swis glm --data schools.csv --formula 'a ~ b + " + strings.Repeat("c + ", 12) + "d' --family negbin --exposure pupil_years --cluster la"
	got := continued(long + "\n  swis short")
	lines := strings.Split(got, "\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[1], "      --") || strings.ReplaceAll(got, " \\\n     ", "") != long+"\n  swis short" {
		t.Errorf("broken into\n%s", got)
	}
}

// A missing file is said in plain words, with what was being done.
func TestMissingFileKeepsItsContext(t *testing.T) {
	var errOut bytes.Buffer
	status := run(context.Background(), []string{"ingest", "nowhere", "--out", "x"}, strings.NewReader(""), &errOut, &errOut)
	if status != exitIO || errOut.String() != "swis: nowhere: no such file or folder; check the name and the folder you are in\n" {
		t.Errorf("exit %d: %s", status, errOut.String())
	}
	errOut.Reset()
	printError(&errOut, wrapped{missing()})
	if got := errOut.String(); got != "swis: key of the study: nowhere: no such file or folder; check the name and the folder you are in\n" {
		t.Error(got)
	}
}

type wrapped struct{ err error }

func (w wrapped) Error() string { return "key of the study: " + w.err.Error() }
func (w wrapped) Unwrap() error { return w.err }

func missing() error {
	_, err := os.Open("nowhere")
	return err
}
