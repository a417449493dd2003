package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs the sessions in README.md: in a block that opens with
// ```console, each line "$ swis …" is run from the root of the repository and
// must print what follows it. A line of three dots stands for any lines.
// UPDATE_README=1 writes what was printed into the README, keeping its dots.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	t.Setenv("LANG", "C.UTF-8")
	t.Setenv("LC_ALL", "")
	var out []string
	lines := strings.Split(string(text), "\n")
	sessions := 0
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		if lines[i] != "```console" {
			continue
		}
		for i++; i < len(lines) && lines[i] != "```"; {
			command, ok := strings.CutPrefix(lines[i], "$ swis ")
			if !ok {
				t.Fatalf("README.md:%d: want a line that starts with $ swis", i+1)
			}
			out = append(out, lines[i])
			from := i + 1
			for i++; i < len(lines) && lines[i] != "```" && !strings.HasPrefix(lines[i], "$ swis "); i++ {
			}
			want := lines[from:i]
			got := session(t, command)
			sessions++
			if !sameLines(got, want) {
				if os.Getenv("UPDATE_README") == "" {
					t.Errorf("README.md:%d: $ swis %s\nprints\n%s\nwant\n%s", from, command, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				want = got
			}
			out = append(out, want...)
		}
		out = append(out, "```")
	}
	if sessions < 3 {
		t.Errorf("%d sessions found in README.md: the parser is broken or the README lost its examples", sessions)
	}
	if os.Getenv("UPDATE_README") != "" {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// session runs one command and returns the lines of both its streams.
func session(t *testing.T, command string) []string {
	t.Helper()
	args, err := splitWords(command)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	var out bytes.Buffer
	run(context.Background(), args, strings.NewReader(""), &out, &out)
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}

// sameLines compares lines; "..." in want stands for any lines.
func sameLines(got, want []string) bool {
	for i, w := range want {
		if w == "..." {
			for skip := i; skip <= len(got); skip++ {
				if sameLines(got[skip:], want[i+1:]) {
					return true
				}
			}
			return false
		}
		if i >= len(got) || strings.TrimRight(got[i], " ") != strings.TrimRight(w, " ") {
			return false
		}
	}
	return len(got) == len(want)
}

// splitWords splits a command line as a shell would, with single and double quotes.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, inWord := rune(0), false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ':
			if inWord || word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, usagef("a quote is not closed")
	}
	if inWord || word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, nil
}
