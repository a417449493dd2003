package glmm

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"swis/analysis/quantity"
	"swis/dataset/table"
)

// referenceCases are the folders of testdata/reference that this package
// answers; their numbers come from lme4, glmmTMB and direct quadrature.
var referenceCases = []string{
	"mixed-poisson-laplace", "mixed-poisson-quadrature", "mixed-poisson-slope", "mixed-poisson-two-levels",
	"mixed-negbin", "mixed-negbin-nested", "mixed-negbin-quadrature", "mixed-negbin1",
	"mixed-binomial-01", "mixed-binomial-laplace", "mixed-binomial-quadrature",
	"mixed-zero-inflated-poisson", "mixed-zero-inflated-negbin", "mixed-hurdle-poisson", "mixed-hurdle-negbin",
	"glm-zero-inflated-poisson", "glm-zero-inflated-negbin", "glm-hurdle-poisson", "glm-hurdle-negbin",
	"hard-zero-variance-poisson",
}

// fromArguments reads the command line of a case.
func fromArguments(t testing.TB, folder string, args []string) (Generalised, *table.Table) {
	t.Helper()
	var g Generalised
	var data *table.Table
	for i := 1; i+1 < len(args); i += 2 {
		value := args[i+1]
		switch args[i] {
		case "--data":
			var err error
			if data, err = table.ReadFile(filepath.Join(folder, value)); err != nil {
				t.Fatal(err)
			}
		case "--formula":
			g.Formula = value
		case "--family":
			g.Family = value
		case "--exposure":
			g.Exposure = value
		case "--zero-inflation":
			g.ZeroInflation = value
		case "--hurdle":
			g.Hurdle = value
		case "--quadrature":
			g.Quadrature, _ = strconv.Atoi(value)
		case "--format", "--vcov":
		default:
			t.Fatalf("argument %s", args[i])
		}
	}
	return g, data
}

func TestReferenceCases(t *testing.T) {
	for _, name := range referenceCases {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join("..", "..", "testdata", "reference", name)
			var c struct{ Args []string }
			text, err := os.ReadFile(filepath.Join(folder, "case.json"))
			if err == nil {
				err = json.Unmarshal(text, &c)
			}
			if err != nil {
				t.Fatal(err)
			}
			g, data := fromArguments(t, folder, c.Args)
			result, err := g.Estimate(context.Background(), data)
			if err != nil {
				t.Fatal(err)
			}
			encoded, err := json.Marshal(result)
			if err != nil {
				t.Fatal(err)
			}
			var document any
			if err := json.Unmarshal(encoded, &document); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(filepath.Join(folder, "expected.csv"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			rows, err := csv.NewReader(file).ReadAll()
			if err != nil || len(rows) < 2 {
				t.Fatal(len(rows), err)
			}
			for _, row := range rows[1:] {
				checkQuantity(t, document, row[0], row[1], row[2])
			}
			t.Logf("%d evaluations, %d steps, gradient %.1e", result.Fit.Evaluations, result.Fit.Iterations, *result.Fit.Gradient)
		})
	}
}

func checkQuantity(t *testing.T, document any, name, want, tolerance string) {
	t.Helper()
	got, err := quantity.Find(document, name)
	if err != nil {
		t.Error(err)
		return
	}
	if tolerance == "exact" {
		if got == nil && want != "null" || got != nil && got != want {
			t.Errorf("%s: got %v, want %s", name, got, want)
		}
		return
	}
	x, ok := got.(float64)
	w, err := strconv.ParseFloat(want, 64)
	if !ok || err != nil {
		t.Errorf("%s: got %v, want %s", name, got, want)
		return
	}
	absolute, isAbsolute := strings.CutPrefix(tolerance, "abs:")
	limit, err := strconv.ParseFloat(absolute, 64)
	if err != nil {
		t.Fatal(tolerance)
	}
	if !isAbsolute {
		limit *= math.Abs(w)
	}
	if math.Abs(x-w) > limit {
		t.Errorf("%s: got %.12g, want %.12g, off by %.2e (allowed %.2e)", name, x, w, math.Abs(x-w), limit)
	}
}
