package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"swis/analysis/quantity"
	"swis/report"
)

// referenceCase is one folder of testdata/reference: a command line and the
// numbers that other programs give for it (origin in case.json).
type referenceCase struct {
	Args       []string `json:"args"`
	ExpectExit any      `json:"expect_exit"`
}

// status is the expected exit status, or several as 2|3.
func (c *referenceCase) status() string {
	switch want := c.ExpectExit.(type) {
	case float64:
		return strconv.Itoa(int(want))
	case []any:
		var several []string
		for _, w := range want {
			several = append(several, fmt.Sprint(w))
		}
		return strings.Join(several, "|")
	}
	return "0"
}

// reference runs the embedded cases. Their areas are the first words of their names.
func (t *selftest) reference() error {
	if err := fs.WalkDir(t.files, "reference", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(name) != "data.csv" {
			return err
		}
		data, err := fs.ReadFile(t.files, name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(t.folder, filepath.Dir(name)), 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(t.folder, name), data, 0o600)
	}); err != nil {
		return err
	}
	cases, err := fs.Glob(t.files, "reference/*/case.json")
	if err != nil {
		return err
	}
	for _, name := range cases {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if err := t.referenceCase(path.Dir(name)); err != nil {
			return err
		}
	}
	return nil
}

// referenceCase runs one case.
func (t *selftest) referenceCase(folder string) error {
	data, err := fs.ReadFile(t.files, folder+"/case.json")
	if err != nil {
		return err
	}
	var c referenceCase
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	expected, err := fs.ReadFile(t.files, folder+"/expected.csv")
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(expected)).ReadAll()
	if err != nil {
		return err
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		if strings.HasSuffix(a, "data.csv") {
			a = filepath.Join(t.folder, folder, a)
		}
		args[i] = a
	}
	name := path.Base(folder)
	kind, _, _ := strings.Cut(name, "-")
	area := "reference: " + kind
	r, err := t.run(args...)
	if err != nil && t.ctx.Err() != nil {
		return t.ctx.Err()
	}
	if err != nil || c.ExpectExit != nil {
		status := exitDone
		if err != nil {
			status = exitStatus(err)
		}
		t.tolerated(area, name, "exit status", strconv.Itoa(status), c.status(), "exact")
		return nil
	}
	var page bytes.Buffer
	var document any
	if err := report.WriteJSON(&page, r); err != nil {
		return err
	}
	if err := json.Unmarshal(page.Bytes(), &document); err != nil {
		return err
	}
	for _, row := range rows[1:] {
		got, err := quantity.Find(document, row[0])
		if err != nil {
			got = err.Error()
		}
		t.tolerated(area, name, row[0], got, row[1], row[2])
	}
	return nil
}
