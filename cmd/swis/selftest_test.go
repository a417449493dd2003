package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"swis/analysis"
	"swis/testdata"
)

// TestSelftest makes every check of selftest. Where the invention of trials has
// changed, UPDATE_SELFTEST=1 go test ./cmd/swis -run TestSelftest writes the hash
// of its data again.
func TestSelftest(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	begin := time.Now()
	found, err := runSelftest(t.Context(), testdata.Files)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("the self-test took %v: want 30 s at most", took)
	}
	areas := map[string]int{}
	for _, c := range found.checks {
		areas[c.area]++
		if c.ok {
			continue
		}
		if c.area == "trial" && strings.HasPrefix(c.name, "SHA-256") && os.Getenv("UPDATE_SELFTEST") != "" {
			if err := os.WriteFile(filepath.Join("..", "..", "testdata", trialHashes), []byte("amd64 "+c.obtained+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s, %s%s: expected %s, obtained %s (%s)", c.area, c.set, c.name, c.expected, c.obtained, c.allowed)
	}
	for area, least := range map[string]int{"trial": 15, "hashes and random numbers": 9, "allocation": 150, "tails of distributions": 90,
		"NIST means and standard deviations": 24, "NIST linear regression": 110, "NIST analysis of variance": 8,
		"reference: did": 600, "reference: glm": 300, "reference: mixed": 400, "reference: infer": 60, "reference: floor": 30,
		"reference: cace": 30, "reference: describe": 15, "reference: power": 5, "reference: hard": 50} {
		if areas[area] < least {
			t.Errorf("%s: %d checks, want %d", area, areas[area], least)
		}
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "swis-selftest-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// perturbed are the certified numbers with one text changed in some files, each
// given by its name, the text and what it becomes.
func perturbed(t *testing.T, changes ...[3]string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(testdata.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(testdata.Files, path)
		for _, c := range changes {
			if path != c[0] {
				continue
			}
			if !bytes.Contains(data, []byte(c[1])) {
				t.Fatalf("%s does not hold %q", path, c[1])
			}
			data = bytes.Replace(data, []byte(c[1]), []byte(c[2]), 1)
		}
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Wrong numbers in every area are all seen, named and end in exit status 1, as
// does a single one.
func TestSelftestSeesWrongNumbers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the self-test several times")
	}
	type wrong struct{ file, was, becomes, check string }
	for _, together := range [][]wrong{{
		{"nist/exact/linear.tsv", "0.00042979684819993689942", "0.00042979684819903689942", "NIST linear regression, Norris se B1"},
		{"nist/exact/anova.tsv", "1.18046237440254", "1.18046237540254", "NIST analysis of variance, SiRstv F"},
		{"nist/exact/univariate.tsv", "0.00042912345400305", "0.00042912345410305", "NIST means and standard deviations, Mavro standard deviation"},
		{"nist/linear/Longley.dat", "60323", "60324", "NIST linear regression, Longley beta B0"},
		{"distribution/tails.csv", "6.3661977236758130965e-300", "6.3661977236858130965e-300", "tails of distributions, t(1e+299, 1.0)"},
		{"allocation/vectors.json", `"S001": "SWIS"`, `"S001": "control"`, "allocation, complete, odd, S001"},
		{"reference/mixed-negbin/expected.csv", "fit.log_lik,-1813.717", "fit.log_lik,-1813.718", "reference: mixed, mixed-negbin fit.log_lik"},
		{"reference/did-cs-notyet-dr/expected.csv", "estimates[term=simple].std_error,0.0920", "estimates[term=simple].std_error,0.0921", "reference: did, did-cs-notyet-dr estimates[term=simple].std_error"},
		{"reference/hard-refuse-one-cluster/case.json", `"expect_exit": 6`, `"expect_exit": 3`, "reference: hard, hard-refuse-one-cluster exit status"},
		{trialHashes, "amd64 ", "amd64 0", "trial, SHA-256 of the invented data"},
	}, {
		{"reference/hard-refuse-one-cluster/case.json", `"--cluster", "la", `, ``, "reference: hard, hard-refuse-one-cluster exit status"},
	}, {
		{"nist/exact/linear.tsv", "0.00042979684819993689942", "0.00042979684819903689942", "NIST linear regression, Norris se B1"},
	}} {
		var changes [][3]string
		for _, w := range together {
			changes = append(changes, [3]string{w.file, w.was, w.becomes})
		}
		var out, errOut bytes.Buffer
		cmd := newSelftestOf(&streams{in: strings.NewReader(""), out: &out, err: &errOut}, perturbed(t, changes...))
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs([]string{"--format", "json"})
		if status := printError(&errOut, cmd.ExecuteContext(t.Context())); status != exitFailed {
			t.Errorf("%v: exit %d, want %d: %s", together, status, exitFailed, errOut.String())
			continue
		}
		var r analysis.Result
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		failed := map[string]bool{}
		for _, check := range r.Checks {
			if check.OK != nil && !*check.OK {
				failed[check.Name] = true
			}
		}
		if len(r.Notes) != len(failed) {
			t.Errorf("%d checks fail, %d are named", len(failed), len(r.Notes))
		}
		for _, note := range r.Notes {
			if !strings.Contains(note.Text, "expected ") || !strings.Contains(note.Text, ", obtained ") {
				t.Errorf("%q does not say what was expected and obtained", note.Text)
			}
		}
		for _, w := range together {
			if !failed[w.check] {
				t.Errorf("%s is not among the checks that fail", w.check)
			}
		}
		if len(together) == 1 && len(failed) != 1 {
			t.Errorf("%s: fails with %v", together[0].check, failed)
		}
	}
}

// Text names what fails; --verbose lists everything.
func TestSelftestText(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the self-test")
	}
	for _, verbose := range []bool{false, true} {
		var out, errOut bytes.Buffer
		cmd := newSelftestOf(&streams{in: strings.NewReader(""), out: &out, err: &errOut}, perturbed(t, [3]string{"reference/mixed-negbin/expected.csv", "fit.n_obs,999", "fit.n_obs,998"}))
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs([]string{"--verbose=false"})
		if verbose {
			cmd.SetArgs([]string{"--verbose"})
		}
		if status := printError(&errOut, cmd.ExecuteContext(t.Context())); status != exitFailed || !strings.Contains(errOut.String(), "1 of ") {
			t.Errorf("exit %d: %s", status, errOut.String())
		}
		text := strings.Join(strings.Fields(out.String()), " ")
		for _, want := range []string{"mixed-negbin fit.n_obs: expected 998, obtained 999", "NIST linear regression 110 0"} {
			if !strings.Contains(text, want) {
				t.Errorf("the text lacks %q:\n%s", want, out.String())
			}
		}
		if got := strings.Contains(text, "Norris beta B0"); got != verbose {
			t.Errorf("verbose %v: every check is listed: %v", verbose, got)
		}
	}
}
