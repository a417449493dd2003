package study

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/bounds"
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

// reader is somebody who has the published report. Of rounded numbers the reader
// is given the true ones: more than there is.
type reader struct {
	doc, truth map[string]any
	all        *bounds.Reader
}

func (r *reader) get(path string) any { return at(r.doc, path) }

func at(v any, path string) any {
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

// says adds the equation that the total is the sum of the parts. A number whose
// name has a question mark is not published, and may be zero.
func (r *reader) says(total string, parts ...string) {
	for _, path := range append([]string{total}, parts...) {
		switch x := r.get(path).(type) {
		case float64:
			r.all.Is(path, at(r.truth, path).(float64))
		case string:
			r.all.AtLeast(path, 1)
		case nil: // not published
		default:
			panic(x)
		}
	}
	r.all.Adds(total, 0, parts...)
}

// From all tables of a report together no small number can be worked out.
func TestNoSmallNumberOfTheReportIsRecovered(t *testing.T) {
	attacked := 0
	for seed := range uint64(30) {
		profile := []string{"dfe", "tre"}[seed%2]
		open, shut := smallStudy(t, seed/2, "none"), smallStudy(t, seed/2, profile)
		small := func(n float64) bool { return n >= 1 && (n <= 5 || profile == "tre" && n < 10) }
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
		truth := decode(open)
		r := &reader{doc: decode(shut), truth: truth, all: bounds.NewReader()}
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
			for k, m := range shut.Rates {
				if m.LA == l.LA && m.By == "month" {
					at := fmt.Sprintf("linkage_rates.%d", k)
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
				if n, ok := at(truth, path).(float64); ok && small(n) {
					attacked++
					switch recovered, err := r.all.Recovered(path); {
					case err != nil:
						t.Fatal(err)
					case recovered:
						t.Errorf("seed %d: %s, which is %g, is recovered", seed, path, n)
					}
				}
			case float64:
				if key := path[strings.LastIndexByte(path, '.')+1:]; small(x) && x == float64(int(x)) && key != "covered" && key != "listed" && key != "share" {
					t.Errorf("seed %d: %s is %g", seed, path, x)
				} else if key != "bytes" && key != "covered" && key != "listed" && key != "share" && x == float64(int(x)) && profile == "tre" && math.Mod(x, 5) != 0 {
					t.Errorf("seed %d: %s is %g, not rounded", seed, path, x)
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
