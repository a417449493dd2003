package study

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"

	"swis/dataset"
)

// smallStudy is a study of few events in two authorities, so that many of its
// numbers are small.
func smallStudy(t *testing.T, seed uint64, disclosure string) *Quality {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 2))
	dir := t.TempDir()
	var files []Source
	kinds := []string{"contact", "referral", "s47", "closure", "visit"}
	for la := range 2 {
		var b strings.Builder
		b.WriteString("child_id,school_urn,la,event,date\n")
		for range 15 + r.IntN(120) {
			school := fmt.Sprint(100001 + 10*la + r.IntN(3))
			child := fmt.Sprintf("c%d", r.IntN(30))
			switch r.IntN(15) {
			case 0:
				school = ""
			case 1:
				child = ""
			}
			fmt.Fprintf(&b, "%s,%s,%d,%s,%s\n", child, school, 801+la, kinds[min(r.IntN(12), 4)%5], dataset.DayOf(2021, 9, 1)+dataset.Day(r.IntN(120)))
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.csv", la))
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, Source{Path: path})
	}
	schools := filepath.Join(dir, "schools.csv")
	if err := os.WriteFile(schools, []byte("school_id,la,urn,pupils\nA,801,100001,900\nB,801,100002,800\nC,802,100011,700\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Period, o.Sources, o.Schools, o.Disclosure, o.Threshold = dataset.Month, files, schools, disclosure, 1
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.Quality
}

// reader is somebody who has the published report and solves for what is
// withheld.
type reader struct {
	t    *testing.T
	doc  map[string]any
	at   map[string]int // of unknowns by path
	rows []map[int]float64
	b    []float64
	n    int
}

func (r *reader) get(path string) any {
	var v any = r.doc
	for _, key := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i := 0
			fmt.Sscan(key, &i)
			v = x[i]
		}
	}
	return v
}

// says adds the equation that the total is the sum of the parts; a part that is
// an empty text is one that is not published.
func (r *reader) says(total string, parts ...string) {
	row, b := map[int]float64{}, 0.0
	add := func(path string, sign float64) {
		if x, ok := r.get(path).(float64); ok {
			b -= sign * x
			return
		}
		k, ok := r.at[path]
		if !ok {
			k = r.n
			r.at[path] = k
			r.n++
		}
		row[k] += sign
	}
	add(total, 1)
	for _, p := range parts {
		add(p, -1)
	}
	r.rows, r.b = append(r.rows, row), append(r.b, b)
}

// width is the width of the bounds of an unknown number.
func (r *reader) width(path string) float64 {
	of, ok := r.at[path]
	if !ok {
		return 5 // in no equation
	}
	floor := make([]float64, r.n)
	for p, k := range r.at {
		if !strings.Contains(p, "?") {
			floor[k] = 1
		}
	}
	var dense [][]float64
	for i, row := range r.rows {
		line := make([]float64, r.n+1)
		line[r.n] = r.b[i]
		for k, a := range row {
			line[k] = a
			line[r.n] -= a * floor[k]
		}
		dense = append(dense, line)
	}
	dense = independent(dense, r.n)
	a := mat.NewDense(len(dense)+1, r.n+1, nil)
	b := make([]float64, len(dense)+1)
	for i, line := range dense {
		a.SetRow(i, append(append([]float64{}, line[:r.n]...), 0))
		b[i] = line[r.n]
	}
	for k := range r.n + 1 {
		a.Set(len(dense), k, 1)
	}
	b[len(dense)] = 1e5
	solve := func(sign float64) float64 {
		c := make([]float64, r.n+1)
		c[of] = sign
		x, _, err := lp.Simplex(c, a, b, 1e-9, nil)
		if err != nil {
			r.t.Fatalf("%s: %v", path, err)
		}
		return sign * x
	}
	return solve(-1) - solve(1)
}

func independent(rows [][]float64, n int) [][]float64 {
	at := 0
	for col := 0; col < n && at < len(rows); col++ {
		pivot := -1
		for i := at; i < len(rows); i++ {
			if x := rows[i][col]; x > 1e-9 || x < -1e-9 {
				pivot = i
				break
			}
		}
		if pivot < 0 {
			continue
		}
		rows[at], rows[pivot] = rows[pivot], rows[at]
		for i := range rows {
			if f := rows[i][col] / rows[at][col]; i != at && f != 0 {
				for k := range rows[i] {
					rows[i][k] -= f * rows[at][k]
				}
			}
		}
		at++
	}
	return rows[:at]
}

// From all tables of a report together no small number can be worked out.
func TestNoSmallNumberOfTheReportIsRecovered(t *testing.T) {
	attacked := 0
	for seed := range uint64(12) {
		open, shut := smallStudy(t, seed, "none"), smallStudy(t, seed, "dfe")
		decode := func(q *Quality) map[string]any {
			data, err := json.Marshal(q)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]any{}
			if err := json.Unmarshal(data, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
		truth := &reader{doc: decode(open)}
		r := &reader{t: t, doc: decode(shut), at: map[string]int{}}
		ends := []string{"counted", "duplicate", "quarantined", "out_of_window", "unlinked", "other_school", "other_kind"}
		below := func(prefix string, names []string) (out []string) {
			for _, n := range names {
				out = append(out, prefix+"."+n)
			}
			return out
		}
		for i := range shut.Balance {
			p := fmt.Sprintf("reconciliation.%d", i)
			r.says(p+".rows", below(p, ends)...)
			r.says(p+".rows", fmt.Sprintf("files.%d.rows", i))
		}
		for i, l := range shut.Linkage {
			p := fmt.Sprintf("linkage.%d", i)
			r.says(p+".events", p+".linked", p+".?unlinked")
			r.says(p+".linked", below(p, []string{"by_roll", "by_former_upn", "by_lookup", "by_row"})...)
			var months, linked, rests, unlinked []string
			for k, m := range shut.Months {
				if m.LA == l.LA {
					at := fmt.Sprintf("linkage_by_month.%d", k)
					r.says(at+".events", at+".linked", at+".?unlinked")
					months, linked, rests = append(months, at+".events"), append(linked, at+".linked"), append(rests, at+".?unlinked")
				}
			}
			r.says(p+".events", months...)
			r.says(p+".linked", linked...)
			r.says(p+".?unlinked", rests...)
			by := map[string][]string{}
			for k, e := range shut.Events {
				if e.LA == l.LA {
					unlinked = append(unlinked, fmt.Sprintf("events.%d.unlinked", k))
					for _, end := range ends {
						by[end] = append(by[end], fmt.Sprintf("events.%d.%s", k, end))
					}
				}
			}
			r.says(p+".?unlinked", unlinked...)
			for _, end := range ends { // each file is one authority's, in the same order
				if end != "quarantined" { // some of these have no type
					r.says(fmt.Sprintf("reconciliation.%d.%s", i, end), by[end]...)
				}
			}
		}
		for i, rule := range shut.Rules {
			if len(rule.ByLA) > 0 {
				var parts []string
				for k := range rule.ByLA {
					parts = append(parts, fmt.Sprintf("rules.%d.by_la.%d.count", i, k))
				}
				r.says(fmt.Sprintf("rules.%d.count", i), parts...)
			}
		}
		var check func(path string, v any)
		check = func(path string, v any) {
			switch x := v.(type) {
			case map[string]any:
				for k, below := range x {
					check(strings.TrimPrefix(path+"."+k, "."), below)
				}
			case []any:
				for i, below := range x {
					check(fmt.Sprintf("%s.%d", path, i), below)
				}
			case string:
				if n, ok := truth.get(path).(float64); ok && n >= 1 && n <= 5 {
					attacked++
					if w := r.width(path); w < 0.999 {
						t.Errorf("seed %d: %s, which is %g, is recovered", seed, path, n)
					}
				}
			case float64:
				if key := path[strings.LastIndexByte(path, '.')+1:]; x >= 1 && x <= 5 && x == float64(int(x)) && key != "covered" && key != "listed" && key != "share" {
					t.Errorf("seed %d: %s is %g", seed, path, x)
				}
			}
		}
		check("", r.doc)
		var page, truthPage bytes.Buffer
		if err := shut.WriteHTML(&page); err != nil {
			t.Fatal(err)
		}
		if err := open.WriteHTML(&truthPage); err != nil {
			t.Fatal(err)
		}
		if strings.Count(page.String(), ">c<") < 5 {
			t.Error("the page withholds nothing")
		}
	}
	if attacked < 100 {
		t.Errorf("%d small numbers were attacked", attacked)
	}
}
