package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"swis/analysis/quantity"
)

// referenceCase is one folder of testdata/reference: a command line and the
// numbers that other programs give for it (origin in case.json).
type referenceCase struct {
	Args       []string `json:"args"`
	ExpectExit any      `json:"expect_exit"`
}

func TestReference(t *testing.T) {
	if testing.Short() {
		t.Skip("the reference suite takes a minute: go test ./cmd/swis -run TestReference")
	}
	folders, err := filepath.Glob(filepath.Join("..", "..", "testdata", "reference", "*", "case.json"))
	if err != nil || len(folders) < 100 {
		t.Fatalf("%d reference cases found, %v", len(folders), err)
	}
	for _, file := range folders {
		folder := filepath.Dir(file)
		t.Run(filepath.Base(folder), func(t *testing.T) { checkCase(t, folder) })
	}
}

func checkCase(t *testing.T, folder string) {
	var c referenceCase
	data, err := os.ReadFile(filepath.Join(folder, "case.json"))
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	expected := readExpected(t, filepath.Join(folder, "expected.csv"))
	t.Chdir(folder)
	var out, errOut bytes.Buffer
	status := run(context.Background(), c.Args, strings.NewReader(""), &out, &errOut)
	if !allowed(c.ExpectExit, status) {
		t.Fatalf("exit %d, want %v: %s", status, c.ExpectExit, errOut.String())
	}
	if len(expected) == 0 {
		return
	}
	var document any
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatalf("invalid JSON: %v", err)
	}
	for _, row := range expected {
		got, err := quantity.Find(document, row[0])
		if err != nil {
			t.Error(err)
		} else if why := differs(got, row[1], row[2]); why != "" {
			t.Errorf("%s: %s", row[0], why)
		}
	}
}

func readExpected(t *testing.T, file string) [][]string {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %v", file, err)
	}
	return rows[1:]
}

func allowed(want any, status int) bool {
	switch want := want.(type) {
	case nil:
		return status == 0
	case float64:
		return status == int(want)
	case []any:
		for _, w := range want {
			if w == float64(status) {
				return true
			}
		}
	}
	return false
}

// differs says why got is not want within the tolerance: a number is relative,
// abs:1e-6 absolute, exact compares words and null.
func differs(got any, want, tolerance string) string {
	if tolerance == "exact" {
		if want == "null" {
			if got != nil {
				return fmt.Sprintf("got %v, want null", got)
			}
			return ""
		}
		for _, w := range strings.Split(want, "|") {
			if got != nil && fmt.Sprint(got) == w {
				return ""
			}
		}
		return fmt.Sprintf("got %v, want %s", got, want)
	}
	x, ok := got.(float64)
	w, err := strconv.ParseFloat(want, 64)
	if !ok || err != nil {
		return fmt.Sprintf("got %v, want %s", got, want)
	}
	var limit float64
	if absolute, found := strings.CutPrefix(tolerance, "abs:"); found {
		limit, err = strconv.ParseFloat(absolute, 64)
	} else {
		limit, err = strconv.ParseFloat(tolerance, 64)
		limit *= math.Abs(w)
	}
	if err != nil {
		return "tolerance " + tolerance + " is not a number"
	}
	if math.Abs(x-w) > limit {
		return fmt.Sprintf("got %.12g, want %.12g, off by %.2e (allowed %.2e)", x, w, math.Abs(x-w), limit)
	}
	return ""
}
