package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"swis/analysis/quantity"
)

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
	if why := differs(strconv.Itoa(status), c.status(), "exact"); why != "" {
		t.Fatalf("exit status: %s: %s", why, errOut.String())
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
