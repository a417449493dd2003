package extracts

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// The example of every layout, as a warehouse would write it in Parquet, is
// read as the same layout with the same rows.
func TestParquetOfEveryLayout(t *testing.T) {
	for _, l := range All {
		if l.Root != "" || l.Name == survey.Name { // a survey is read with its mapping file alone
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			rows, err := csv.NewReader(strings.NewReader(l.Example())).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			group := parquet.Group{}
			for _, name := range rows[0] {
				if name != "" { // a table of a warehouse has no column without a name
					group[name] = parquet.Optional(parquet.String())
				}
			}
			schema := parquet.NewSchema("table", group)
			var order []string
			for _, field := range schema.Fields() {
				order = append(order, field.Name())
			}
			path := filepath.Join(t.TempDir(), "x.parquet")
			out, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			w := parquet.NewWriter(out, schema)
			for _, row := range rows[1:] {
				var values parquet.Row
				for i, name := range order {
					if cell := row[slices.Index(rows[0], name)]; cell != "" {
						values = append(values, parquet.ValueOf(cell).Level(0, 1, i))
					} else {
						values = append(values, parquet.NullValue().Level(0, 0, i))
					}
				}
				if _, err := w.WriteRows([]parquet.Row{values}); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(w.Close(), out.Close()); err != nil {
				t.Fatal(err)
			}
			_, want, _, err := readFile(t, filepath.Join("examples", l.Name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			keys, err := NewKeys("", false)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := NewSet(keys).Read(context.Background(), Input{Path: path, LA: "801", Number: 1})
			if err != nil {
				t.Fatal(err)
			}
			if got.Layout != l.Name || got.Rows != want.Rows || got.Read != want.Read || got.Encoding != "Parquet" || len(got.Counts) != len(want.Counts) ||
				len(got.Episodes) != len(want.Episodes) || len(got.Persons) != len(want.Persons) || len(got.Schools) != len(want.Schools) {
				t.Errorf("%s, %d rows %v; from CSV %d rows %v", got.Layout, got.Rows, got.Read, want.Rows, want.Read)
			}
		})
	}
}
