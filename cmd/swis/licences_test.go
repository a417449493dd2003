package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// licences are the kinds that the program may be linked with, by words that
// their texts have and others do not. Tests may use those of testsOnly too.
var licences = []struct {
	name  string
	words []string
}{
	{"Apache-2.0", []string{"Apache License", "Version 2.0"}},
	{"MPL-2.0", []string{"Mozilla Public License Version 2.0"}},
	{"FTL", []string{"FreeType License", "choice of exactly one"}}, // BSD-style, one of two that are offered
	{"BSD", []string{"Redistribution and use in source and binary forms"}},
	{"MIT", []string{"Permission is hereby granted, free of charge"}},
	{"ISC", []string{"Permission to use, copy, modify, and", "distribute this software for any purpose"}},
	{"Unlicense", []string{"free and unencumbered software released into the public domain"}},
}

var testsOnly = []string{"MPL-2.0"}

// TestLicences holds the licence of every module that the program is linked
// with, or that its tests use, against the committed list; UPDATE_LICENCES=1
// writes it anew.
func TestLicences(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("go is not on the path: it lists the modules")
	}
	program := modules(t, tool, "./cmd/swis")
	tests := modules(t, tool, "-test", "./...")
	rows := [][]string{{"module", "licence", "used by"}}
	for path, dir := range tests {
		user := "tests"
		if _, ok := program[path]; ok {
			user = "program"
		}
		name := licence(t, path, dir)
		if user == "program" && slices.Contains(testsOnly, name) {
			t.Errorf("%s, %s, is linked into the program", path, name)
		}
		rows = append(rows, []string{path, name, user})
	}
	slices.SortFunc(rows[1:], func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("..", "..", ".ci", "licences.csv")
	if os.Getenv("UPDATE_LICENCES") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s", file, want, b.String())
	}
	if len(program) < 15 {
		t.Errorf("%d modules are linked into the program: the list is broken", len(program))
	}
}

// modules are the folders of the modules that packages depend on.
func modules(t *testing.T, tool string, args ...string) map[string]string {
	t.Helper()
	cmd := exec.Command(tool, append([]string{"list", "-deps", "-json=Module"}, args...)...)
	cmd.Dir = filepath.Join("..", "..")
	var talk strings.Builder
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, talk.String())
	}
	found := map[string]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Module *struct {
				Path, Dir string
				Main      bool
			}
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main {
			found[p.Module.Path] = p.Module.Dir
		}
	}
}

// licence reads which licence a module is under.
func licence(t *testing.T, path, dir string) string {
	t.Helper()
	for _, pattern := range []string{"LICENSE*", "LICENCE*", "License*", "license*", "COPYING*"} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			text := strings.Join(strings.Fields(string(data)), " ")
			for _, l := range licences {
				if !slices.ContainsFunc(l.words, func(w string) bool { return !strings.Contains(text, w) }) {
					return l.name
				}
			}
		}
	}
	t.Errorf("%s: no licence that is known", path)
	return "unknown"
}
