package report_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"swis/analysis"
	"swis/report"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:swis:schema:swis.result:1", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:swis:schema:swis.result:1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, data []byte) error {
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(instance)
}

func TestSampleResultsFollowTheSchema(t *testing.T) {
	s := schema(t)
	files, _ := filepath.Glob("testdata/results/*.json")
	if len(files) < 5 {
		t.Fatalf("%d sample results", len(files))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		var r analysis.Result
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := report.WriteJSON(&again, &r); err != nil {
			t.Fatal(err)
		}
		if err := validate(s, again.Bytes()); err != nil {
			t.Errorf("%s, written again: %v", file, err)
		}
	}
}

func TestEmptyResultFollowsTheSchema(t *testing.T) {
	var out bytes.Buffer
	if err := report.WriteJSON(&out, &analysis.Result{Fit: analysis.Fit{Status: analysis.Exact}, Estimates: []analysis.Estimate{
		{Term: "x", Estimate: analysis.Num(math.NaN()), ConfLevel: 0.95, Scale: analysis.Log}}}); err != nil {
		t.Fatal(err)
	}
	if err := validate(schema(t), out.Bytes()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), `"estimate": null`) {
		t.Error("what was not computed is not null")
	}
}

// The schema must bite: each of these breaks the contract.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	good, err := os.ReadFile("testdata/results/did-poisson.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"schema": "swis.result/1"`, `"schema": "swis.result/2"`},
		{`"std_error"`, `"stderr"`},
		{`"status": "converged"`, `"status": "fine"`},
		{`"conf_level": 0.95`, `"conf_level": 95`},
		{`"p_value": 0.024`, `"p_value": 1.5`},
		{`"n_obs"`, `"nobs"`},
		{`"scale": "log"`, `"scale": "ln"`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("the sample has no %s", change[0])
		}
		if validate(s, []byte(bad)) == nil {
			t.Errorf("the schema takes %s", change[1])
		}
	}
}
