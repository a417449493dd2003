package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The Tobit model of floor --sensitivity is that of glm --cluster school: rows of
// a school are not independent.
func TestFloorSensitivityClusters(t *testing.T) {
	reference := filepath.Join("..", "..", "testdata", "reference", "pilot-panel", "data.csv")
	var rows strings.Builder
	rows.WriteString("school,swis,post,rate\n")
	for _, row := range readRows(t, reference) {
		term, _ := strconv.Atoi(row["term"])
		events, _ := strconv.ParseFloat(row["s47"], 64)
		pupils, _ := strconv.ParseFloat(row["pupils"], 64)
		post := 0
		if term >= 7 {
			post = 1
		}
		fmt.Fprintf(&rows, "%s,%s,%d,%.17g\n", row["school"], row["swis"], post, 1000*events/pupils)
	}
	file := filepath.Join(t.TempDir(), "rates.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &streams{out: io.Discard, err: io.Discard}
	one, err := runAnalysis(context.Background(), s, []string{"floor", "--data", reference, "--outcome", "s47", "--treated", "swis", "--exposure", "pupils", "--unit", "school", "--time", "term", "--start", "7", "--sensitivity", "--reps", "199"})
	if err != nil {
		t.Fatal(err)
	}
	glm := func(more ...string) float64 {
		r, err := runAnalysis(context.Background(), s, append([]string{"glm", "--data", file, "--formula", "rate ~ swis*post", "--family", "tobit"}, more...))
		if err != nil {
			t.Fatal(err)
		}
		return *r.Find("swis:post").StdError
	}
	tobit, count := one.Find("tobit"), one.Find("hurdle_count")
	if tobit == nil || count == nil {
		t.Fatal("a model is missing")
	}
	got, want, alike := *tobit.StdError, glm("--cluster", "school"), glm()
	if d := got/want - 1; d > 1e-9 || d < -1e-9 {
		t.Errorf("standard error %.12g, by glm %.12g", got, want)
	}
	if d := got/alike - 1; d < 1e-3 && d > -1e-3 {
		t.Error("clustering makes no difference here, so that nothing is tested")
	}
	if strings.Contains(tobit.How, "independent") || !strings.Contains(count.How, "independent") {
		t.Errorf("how: %s; %s", tobit.How, count.How)
	}
}
