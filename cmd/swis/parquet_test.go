package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// asParquet writes a CSV file as a Parquet table with whole, floating and text
// columns, each with nulls where cells are empty.
func asParquet(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	group := parquet.Group{}
	kinds := map[string]string{}
	for j, name := range records[0] {
		kind := "whole"
		for _, record := range records[1:] {
			if record[j] == "" || record[j] == "NA" {
				continue
			}
			if _, err := strconv.ParseInt(record[j], 10, 64); err == nil && kind == "whole" {
				continue
			}
			kind = "floating"
			if _, err := strconv.ParseFloat(record[j], 64); err != nil {
				kind = "text"
				break
			}
		}
		kinds[name] = kind
		group[name] = parquet.Optional(map[string]parquet.Node{"whole": parquet.Int(64), "floating": parquet.Leaf(parquet.DoubleType), "text": parquet.Encoded(parquet.String(), &parquet.RLEDictionary)}[kind])
	}
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(kinds)) // the order of a group's columns
	w := parquet.NewWriter(out, parquet.NewSchema("panel", group), parquet.MaxRowsPerRowGroup(200))
	for _, record := range records[1:] {
		row := make(parquet.Row, len(names))
		for k, name := range names {
			var v parquet.Value
			cell := record[slices.Index(records[0], name)]
			switch {
			case cell == "" || cell == "NA":
				row[k] = v.Level(0, 0, k)
				continue
			case kinds[name] == "whole":
				n, _ := strconv.ParseInt(cell, 10, 64)
				v = parquet.Int64Value(n)
			case kinds[name] == "floating":
				x, _ := strconv.ParseFloat(cell, 64)
				v = parquet.DoubleValue(x)
			default:
				v = parquet.ByteArrayValue([]byte(cell))
			}
			row[k] = v.Level(0, 1, k)
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

// Every command that takes --data gives the same bytes from a Parquet table as
// from the CSV file with the same rows, the names and hashes of the files apart.
func TestDataFromParquet(t *testing.T) {
	dir := t.TempDir()
	asCSV := filepath.Join("..", "..", "testdata", "reference", "pilot-panel", "data.csv")
	path := filepath.Join(dir, "panel.parquet")
	asParquet(t, asCSV, path)
	hash := regexp.MustCompile(`[0-9a-f]{64}`)
	for _, line := range []string{
		"did --outcome s47 --unit school --time term --treated swis --start 7 --family poisson --exposure pupils",
		"did --outcome s47 --unit school --time term --treated swis --start 7 --format json",
		"glm --formula s47~swis+factor(term)+la --family poisson --exposure pupils --cluster school --format json",
		"mixed --formula s47~swis+(1|school) --format json",
		"floor --outcome s47 --unit school --time term --treated swis --start 7 --exposure pupils --format json",
		"describe --covariates pupils --treated swis --format csv",
	} {
		outputs := [2]string{}
		for i, file := range []string{asCSV, path} {
			var out, errOut bytes.Buffer
			args := append(strings.Fields(line), "--data", file)
			if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 0 {
				t.Fatalf("%v: exit %d: %s", args, code, errOut.String())
			}
			outputs[i] = hash.ReplaceAllString(strings.ReplaceAll(out.String(), file, "FILE"), "HASH")
		}
		if outputs[0] != outputs[1] || len(outputs[0]) < 100 {
			t.Errorf("%s: from Parquet\n%s\nfrom CSV\n%s", line, outputs[1], outputs[0])
		}
	}
}
