package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"swis/analysis/plan"
)

// hostileTrial is a small trial whose authorities, schools and columns are
// called by formulas and markup.
func hostileTrial(t *testing.T) string {
	t.Helper()
	dir := attackTrial(t, 1, "none")
	for file, pairs := range map[string][]string{
		"schools.csv":    {"North", `"=HYPERLINK(""http://x"",""a"")"`, "South", "<script>alert(1)</script>", "West", "@SUM(A1)", "S100,", "+S100,"},
		"allocation.csv": {"S100,", "+S100,"},
		"trial.yaml":     {"name: attack", `name: "<img src=http://x onerror=alert(1)>"`, "Section 47 enquiries", `"-1+<b>enquiries</b>"`, "id: effect", "id: effect, title: '=1+1'"},
	} {
		path := filepath.Join(dir, file)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.NewReplacer(pairs...).Replace(string(data))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// resultsOf runs the plan of a trial and gives the folder of its results.
func resultsOf(t *testing.T, trial string) string {
	t.Helper()
	p, err := plan.ReadFile(filepath.Join(trial, "trial.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	results := filepath.Join(trial, "results")
	s := &streams{out: io.Discard, err: io.Discard}
	if _, err := runPlan(context.Background(), s, p, results, newProgress(s, true), nil); err != nil {
		t.Fatal(err)
	}
	return results
}

// hostileOutputs are all files of a run of the hostile trial, and results
// printed in formats that carry its names.
func hostileOutputs(t *testing.T) map[string][]byte {
	t.Helper()
	dir := hostileTrial(t)
	results := resultsOf(t, dir)
	out := map[string][]byte{}
	err := filepath.WalkDir(results, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, results+"/")] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	study := filepath.Join(results, "study")
	for _, format := range []string{"csv", "html"} {
		for name, args := range map[string][]string{
			"did":   {"did", "--study", study, "--outcome", "s47", "--by", "la_name", "--family", "poisson"},
			"floor": {"floor", "--study", study, "--outcome", "s47", "--by", "la_name", "--reps", "99"},
			"glm":   {"glm", "--data", filepath.Join(dir, "schools.csv"), "--formula", "pupils ~ la_name"},
		} {
			var printed, errors bytes.Buffer
			if code := run(context.Background(), append(args, "--format", format), nil, &printed, &errors); code != 0 {
				t.Fatal(name, errors.String())
			}
			out[name+"."+format] = printed.Bytes()
		}
	}
	return out
}

var (
	policy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)"`)
	loads  = regexp.MustCompile(`(?i)<(script|link|iframe|object|embed|base|form|img)\b|<[a-z][^>]*\s(src|on[a-z]+)=|@import|url\(`)
)

// No text of a table that is written begins a formula, and every page is
// self-contained: nothing is loaded, no script runs, no name becomes markup.
func TestWhatIsWrittenIsHarmless(t *testing.T) {
	pages, tables, guarded := 0, 0, 0
	for name, data := range hostileOutputs(t) {
		switch filepath.Ext(name) {
		case ".html":
			pages++
			m := policy.FindSubmatch(data)
			if m == nil || !strings.HasPrefix(string(m[1]), "default-src 'none'") || strings.Contains(string(m[1]), "http") || strings.Contains(string(m[1]), "script-src") {
				t.Errorf("%s: policy %q", name, m)
			}
			if found := loads.Find(data); found != nil {
				t.Errorf("%s holds %q", name, found)
			}
		case ".svg":
			if found := loads.Find(data); found != nil {
				t.Errorf("%s holds %q", name, found)
			}
		case ".csv":
			tables++
			r := csv.NewReader(bytes.NewReader(data))
			r.FieldsPerRecord = -1
			rows, err := r.ReadAll()
			if err != nil {
				t.Fatal(name, err)
			}
			for i, row := range rows {
				for _, cell := range row {
					if _, err := strconv.ParseFloat(cell, 64); cell == "" || err == nil {
						continue
					}
					if strings.ContainsAny(cell[:1], "=+-@\t\r") {
						t.Errorf("%s, row %d: %q begins a formula", name, i+1, cell)
					}
					if cell[0] == '\'' {
						guarded++
					}
				}
			}
		}
	}
	if pages < 4 || tables < 10 || guarded < 10 {
		t.Errorf("%d pages, %d tables, %d guarded cells: the check is too weak", pages, tables, guarded)
	}
}
