package table

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"swis/dataset"
)

// typed is a row of each type that a warehouse hands over.
type typed struct {
	School string    `parquet:"school,dict"`
	Code   string    `parquet:"code"`
	N      int64     `parquet:"n"`
	Big    int64     `parquet:"big"`
	U      uint32    `parquet:"u"`
	X      float64   `parquet:"x"`
	F      float32   `parquet:"f"`
	On     bool      `parquet:"on"`
	Day    int32     `parquet:"day,date"`
	At     time.Time `parquet:"at,timestamp(microsecond)"`
	Price  int64     `parquet:"price,decimal(2:18)"`
	Small  int32     `parquet:"small,decimal(3:9)"`
	Maybe  *float64  `parquet:"maybe,optional"`
	Word   *string   `parquet:"word,optional"`
	Count  *int32    `parquet:"count,optional"`
	None   *int32    `parquet:"none,optional"`
	Mark   string    `parquet:"mark"`
}

// both writes the same rows as Parquet, in several row groups, and as CSV.
func both(t *testing.T, dir string) (asParquet, asCSV string) {
	t.Helper()
	var rows []typed
	var csv strings.Builder
	csv.WriteString("school,code,n,big,u,x,f,on,day,at,price,small,maybe,word,count,none,mark\n")
	for i := range 2500 {
		r := typed{School: fmt.Sprintf("S%02d", i%37), Code: fmt.Sprintf("%03d", i%12), N: int64(i*7%1000) - 300, Big: 1<<60 + int64(i), U: 1<<31 + uint32(i), X: math.Sqrt(float64(i)) * math.Pow(10, float64(i%9-4)), F: float32(i) / 7,
			On: i%3 == 0, Day: int32(dataset.DayOf(2021, 9, 1)) + int32(i%700), At: time.Date(2021, 9, 1+i%20, 0, i%2, 0, 0, time.UTC), Price: int64(i*31) - 2000, Small: int32(i%5) - 2, Mark: []string{"5", "c", "<5", " 12 "}[i%4]}
		maybe, word, count := "", "", ""
		if i%3 > 0 {
			x := float64(i) / 3
			r.Maybe, maybe = &x, fmt.Sprint(x)
		}
		if i%5 > 0 {
			w := fmt.Sprintf("w%d", i%4)
			r.Word, word = &w, w
		}
		if i%7 > 0 {
			n := int32(i % 9)
			r.Count, count = &n, fmt.Sprint(n)
		}
		if i == 11 {
			r.X = math.NaN()
		}
		at := r.At.Format("2006-01-02T15:04:05")
		if i%2 == 0 {
			at = r.At.Format(time.DateOnly)
		}
		sign, cents := "", r.Price
		if cents < 0 {
			sign, cents = "-", -cents
		}
		fmt.Fprintf(&csv, "%s,%s,%d,%d,%d,%v,%v,%v,%s,%s,%s%d.%02d,%s,%s,%s,%s,,%s\n", r.School, r.Code, r.N, r.Big, r.U, r.X, r.F, r.On, dataset.Day(r.Day), at, sign, cents/100, cents%100,
			[]string{"-0.002", "-0.001", "0.000", "0.001", "0.002"}[i%5], maybe, word, count, r.Mark)
		rows = append(rows, r)
	}
	asParquet, asCSV = filepath.Join(dir, "t.parquet"), filepath.Join(dir, "t.csv")
	out, err := os.Create(asParquet)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[typed](out, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(900), parquet.PageBufferSize(4096))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), out.Close(), os.WriteFile(asCSV, []byte(csv.String()), 0o600)); err != nil {
		t.Fatal(err)
	}
	return asParquet, asCSV
}

// Every column has the same type, numbers to the bit, marks and levels in the
// same order from Parquet as from CSV; so have rows that are picked from it.
func TestParquetIsAsCSV(t *testing.T) {
	asParquet, asCSV := both(t, t.TempDir())
	p, err := ReadFile(asParquet)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadFile(asCSV)
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows() != 2500 || !reflect.DeepEqual(p.Names(), c.Names()) || len(p.SHA256) != 64 {
		t.Fatalf("%d rows of %v", p.Rows(), p.Names())
	}
	picked := func(t *Table) *Table {
		keep := make([]bool, t.Rows())
		for i := range keep {
			keep[i] = i%3 == 1
		}
		return t.Filter(keep)
	}
	for _, pair := range [][2]*Table{{p, c}, {picked(p), picked(c)}} {
		for _, name := range c.Names() {
			a, _ := pair[0].Kind(name)
			b, _ := pair[1].Kind(name)
			if a != b {
				t.Errorf("%s is of kind %v from Parquet, %v from CSV", name, a, b)
			}
			x, _ := pair[0].Category(name)
			y, _ := pair[1].Category(name)
			if !reflect.DeepEqual(x, y) {
				t.Errorf("%s: levels %q from Parquet, %q from CSV", name, x.Levels[:min(4, len(x.Levels))], y.Levels[:min(4, len(y.Levels))])
			}
			if a != NumericKind {
				continue
			}
			n, _ := pair[0].Numeric(name)
			m, _ := pair[1].Numeric(name)
			for i := range n.Values {
				if math.Float64bits(n.Values[i]) != math.Float64bits(m.Values[i]) && !(math.IsNaN(n.Values[i]) && math.IsNaN(m.Values[i])) {
					t.Errorf("%s, row %d: %v from Parquet, %v from CSV", name, i, n.Values[i], m.Values[i])
					break
				}
			}
			if !reflect.DeepEqual(n.Marks, m.Marks) {
				t.Errorf("%s: marks differ", name)
			}
		}
	}
}

// What cannot be read is named by file and column, and damage never panics.
func TestParquetFaults(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, f func(*os.File) error) string {
		path := filepath.Join(dir, name)
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f(out), out.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	type nested struct {
		School string
		Visits []int32 `parquet:"visits,list"`
	}
	type span struct {
		School string
		Length time.Duration `parquet:"length,time(microsecond)"`
	}
	for _, x := range []struct{ path, column string }{
		{write("nested.parquet", func(f *os.File) error { return parquet.Write(f, []nested{{"a", []int32{1}}}) }), "visits"},
		{write("time.parquet", func(f *os.File) error { return parquet.Write(f, []span{{"a", time.Second}}) }), "length"},
	} {
		_, err := ReadFile(x.path)
		if err == nil || !strings.Contains(err.Error(), x.path) || !strings.Contains(err.Error(), `column "`+x.column+`"`) {
			t.Errorf("%s: %v", x.path, err)
		}
	}
	whole, _ := both(t, dir)
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for k := range 60 {
		cut := bytes.Clone(data)
		if k < 20 {
			cut = cut[:4+k*(len(cut)-4)/20]
		} else {
			for b := range 64 {
				cut[min(len(cut)-1, 4+(k-20)*len(cut)/40+b)] ^= 0x55
			}
		}
		path := filepath.Join(dir, "damaged.parquet")
		if err := os.WriteFile(path, cut, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(path); err != nil {
			broken++
			if !strings.Contains(err.Error(), path) {
				t.Errorf("damage %d: %v names no file", k, err)
			}
		}
	}
	if broken < 40 {
		t.Errorf("%d of 60 damaged files were refused", broken)
	}
}

func BenchmarkReadParquet(b *testing.B) {
	type row struct {
		School string  `parquet:"school,dict"`
		Period int64   `parquet:"period"`
		Y      float64 `parquet:"y"`
	}
	rows := make([]row, 1_000_000)
	for i := range rows {
		rows[i] = row{fmt.Sprintf("S%04d", i/100), int64(i % 100), float64(i%977) / 3}
	}
	path := filepath.Join(b.TempDir(), "b.parquet")
	out, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(parquet.Write(out, rows), out.Close()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t, err := ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := t.Numeric("y"); err != nil {
			b.Fatal(err)
		}
	}
}
