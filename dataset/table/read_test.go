package table

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// differ says where the fast reader and encoding/csv disagree about a file
// that the fast reader takes.
func differ(data []byte) string {
	fast, ok := readRegular(data, "f")
	if !ok {
		return ""
	}
	slow, err := readAny(data, "f", ',')
	if err != nil {
		return "encoding/csv refuses: " + err.Error()
	}
	if fast.rows != slow.rows || len(fast.columns) != len(slow.columns) {
		return fmt.Sprintf("%d rows of %d columns, want %d of %d", fast.rows, len(fast.columns), slow.rows, len(slow.columns))
	}
	for i := range fast.rows {
		if fast.Line(i) != slow.Line(i) {
			return fmt.Sprintf("row %d at line %d, want %d", i, fast.Line(i), slow.Line(i))
		}
		for j, c := range fast.columns {
			if got, want := c.cell(i), slow.columns[j].cell(i); got != want {
				return fmt.Sprintf("row %d column %d is %q, want %q", i, j, got, want)
			}
		}
	}
	return ""
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a\n\n1\n", "a,b\r\n1,\"x\"\"y\"\r\n", "a,b\n\"1,2\",3", "a\n1\r\n\r\n", "a,b\n1,2\n\n\n", "a,b\n1\n", "a,b\n\"x\ny\",1\n", "a\n \n", "a,b\n,\n", "a,b\n1,\"2\"\r", "a,b\n1,"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if why := differ(data); why != "" {
			t.Errorf("%q: %s", data, why)
		}
	})
}

// Random files of the characters that matter.
func TestAgainstEncodingCSV(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	pieces := []string{"a", "1", ",", ",", "\n", "\n", "\r\n", "\"", "\"\"", " ", "é", "2.5"}
	taken := 0
	for range 60000 {
		var b strings.Builder
		b.WriteString([]string{"a,b\n", "a\n", "a,b,c\r\n", "\"a\",b\n"}[r.IntN(4)])
		for range r.IntN(14) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		data := []byte(b.String())
		if _, ok := readRegular(data, "f"); ok {
			taken++
		}
		if why := differ(data); why != "" {
			t.Fatalf("%q: %s", data, why)
		}
	}
	if taken < 2000 {
		t.Errorf("only %d files were read fast", taken)
	}
}

// A file of several blocks, with every kind of line.
func TestBlocks(t *testing.T) {
	for _, quote := range []string{"", `"`} {
		var b strings.Builder
		b.WriteString("id,x,y\n")
		for i := range 120000 {
			fmt.Fprintf(&b, "%ss%d%s,%d,%g\r\n", quote, i, quote, i*7, float64(i)/8)
		}
		data := []byte(b.String())
		if _, ok := readRegular(data, "f"); !ok {
			t.Fatal("not read fast")
		}
		if why := differ(data); why != "" {
			t.Error(why)
		}
	}
}

func TestParseNumber(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	check := func(s string) {
		x, ok := parseNumber(s)
		if !ok {
			return
		}
		want, err := strconv.ParseFloat(s, 64)
		if err != nil || math.Float64bits(x) != math.Float64bits(want) {
			t.Fatalf("%q is %v, want %v (%v)", s, x, want, err)
		}
	}
	for _, s := range []string{"", "-", "+", ".", "-.", "5.", ".5", "+.5", "-0", "0", "00012", "9007199254740993", "123456789012345678", "1e5", "1.2.3", "0x10", "1_0", "0.000000000000000001", " 1"} {
		check(s)
	}
	for range 100000 {
		check(strconv.FormatFloat(r.NormFloat64()*math.Pow(10, float64(r.IntN(12)-4)), 'f', r.IntN(14), 64))
	}
	for _, s := range []string{"1", "-2.5", "0.001", "100000", "12.345678"} {
		if _, ok := parseNumber(s); !ok {
			t.Errorf("%q is left to strconv", s)
		}
	}
}

func TestTypes(t *testing.T) {
	data := "a,b,c,d,e,f\n1,w,,c,009,0x10\n.,1,NA,<5,9,0x11\n2.5,NA,,7,10,\n"
	for _, name := range []string{"fast", "slow"} {
		text := data
		if name == "slow" {
			text = strings.Replace(data, "\n2.5", "\n\n2.5", 1)
		}
		tab, err := Read([]byte(text), "t.csv")
		if err != nil {
			t.Fatal(err)
		}
		kinds := ""
		for _, c := range tab.Names() {
			k, _ := tab.Kind(c)
			kinds += strconv.Itoa(int(k))
		}
		if kinds != "011001" {
			t.Error(name, kinds)
		}
		a, _ := tab.Numeric("a")
		d, _ := tab.Numeric("d")
		if a.Marks[1] != Missing || a.Values[2] != 2.5 || d.Marks[0] != Suppressed || d.Marks[1] != Suppressed || d.Values[2] != 7 {
			t.Error(name, a, d)
		}
		e, _ := tab.Category("e")
		if strings.Join(e.Levels, " ") != "009 9 10" || e.Codes[2] != 2 {
			t.Error(name, e)
		}
		b, _ := tab.Category("b")
		if strings.Join(b.Levels, " ") != "1 w" || b.Codes[2] != -1 {
			t.Error(name, b)
		}
		if _, err := tab.Numeric("b"); err == nil || !strings.Contains(err.Error(), "t.csv:2") {
			t.Error(name, err)
		}
		f := tab.Filter([]bool{true, false, true})
		if k, _ := f.Kind("d"); k != NumericKind || f.Line(1) != tab.Line(2) || f.Rows() != 2 {
			t.Error(name, "filter")
		}
		if v, _ := f.Numeric("a"); v.Values[1] != 2.5 || v.Marks[1] != Present {
			t.Error(name, v)
		}
		x := tab.Exchange("a", []int32{2, 2, 0}).Exchange("b", []int32{2, 0, 1})
		if v, _ := x.Numeric("a"); v.Values[1] != 2.5 || v.Values[2] != 1 || v.Marks[0] != Present {
			t.Error(name, v)
		}
		if c, _ := x.Category("b"); strings.Join(c.Levels, " ") != "1 w" || c.Codes[0] != -1 || c.Codes[1] != 1 || c.Codes[2] != 0 {
			t.Error(name, c)
		}
		if v, _ := tab.Numeric("a"); v.Values[0] != 1 || v.Marks[1] != Missing {
			t.Error(name, "exchange changed its table", v)
		}
		w := f.With("a", []float64{8, math.NaN()})
		if v, _ := w.Numeric("a"); v.Values[0] != 8 || v.Marks[1] != Missing {
			t.Error(name, v)
		}
	}
}

func TestRefusedFiles(t *testing.T) {
	for text, want := range map[string]string{
		"": "empty file", "a,a\n1,2\n": "twice", "a,b\n1\n2,3\n4\n": "t.csv:2: 1 cells, want 2 as in the header\nt.csv:4", "a\n\"x\n": "t.csv:2: not a CSV row", "a,b\n1,x\"y\n": "not a CSV row",
	} {
		if _, err := Read([]byte(text), "t.csv"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"\xef\xbb\xbfa,b\r\n1,\"2\"\r\n", "\xef\xbb\xbfa;b\r\n1;2\r\n", "a\tb\n1\t\"2\"\n", "a|b\n\n1|2"} {
		tab, err := Read([]byte(text), "t.csv")
		if err != nil || len(tab.SHA256) != 64 {
			t.Fatalf("%q: %v", text, err)
		}
		a, errA := tab.Numeric("a")
		b, errB := tab.Numeric("b")
		if errA != nil || errB != nil || len(a.Values) != 1 || a.Values[0] != 1 || b.Values[0] != 2 {
			t.Errorf("%q: %v %v %v %v", text, a, b, errA, errB)
		}
	}
}

// BenchmarkRead opens 864,000 rows of 14 columns, about 50 MB, and types six.
func BenchmarkRead(b *testing.B) {
	var s strings.Builder
	s.WriteString("school,la,month,swis,post,phase,pupils,fsm,s47,s17,days,attendance,baseline,weight\n")
	r := rand.New(rand.NewPCG(1, 1))
	for school := range 24000 {
		for month := range 36 {
			fmt.Fprintf(&s, "S%05d,LA%03d,%d,%d,%d,%s,%d,%.4f,%d,%d,%d,%.6f,%d,%.8f\n", school, school%150, month+1, school%2, month/18, []string{"primary", "secondary"}[school%2],
				100+r.IntN(1400), r.Float64()/2, r.IntN(7), r.IntN(4), r.IntN(400), 92+3*r.NormFloat64(), r.IntN(10), r.Float64())
		}
	}
	file := b.TempDir() + "/panel.csv"
	if err := os.WriteFile(file, []byte(s.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(s.Len()))
	for b.Loop() {
		t, err := ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range []string{"month", "swis", "pupils", "attendance"} {
			if _, err := t.Numeric(c); err != nil {
				b.Fatal(err)
			}
		}
		for _, c := range []string{"school", "la"} {
			if _, err := t.Category(c); err != nil {
				b.Fatal(err)
			}
		}
	}
}
