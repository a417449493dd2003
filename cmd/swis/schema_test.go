package main

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"swis/report"
	"swis/report/document"
)

// sampleCommands are command lines whose results are held against the schema,
// and whose pages are written in every format: one a command and kind of model.
var sampleCommands = [][]string{
	{"describe", "--data", "trial-school/data.csv", "--treated", "swis", "--covariates", "fsm,pupils,phase"},
	{"describe", "--data", "trial-school/data.csv"},
	{"did", "--data", "pilot-panel/data.csv", "--outcome", "s47", "--unit", "school", "--time", "term", "--treated", "swis", "--start", "7", "--family", "poisson", "--exposure", "pupils", "--by", "la"},
	{"did", "--data", "pilot-panel/data.csv", "--outcome", "wellbeing", "--unit", "school", "--time", "term", "--treated", "swis", "--start", "7", "--method", "event"},
	{"did", "--data", "staggered/data.csv", "--outcome", "y", "--unit", "school", "--time", "term", "--cohort", "cohort", "--method", "bacon"},
	{"did", "--data", "staggered/data.csv", "--outcome", "y", "--unit", "school", "--time", "term", "--cohort", "cohort", "--method", "cs"},
	{"did", "--data", "staggered/data.csv", "--outcome", "y", "--unit", "school", "--time", "term", "--cohort", "cohort", "--method", "imputation"},
	{"glm", "--data", "pilot-small/data.csv", "--formula", "s47 ~ swis", "--family", "poisson", "--exposure", "pupils", "--cluster", "school", "--inference", "all", "--term", "swis", "--reps", "199"},
	{"mixed", "--data", "pupils-small/data.csv", "--formula", "attainment ~ swis + (1 | school)", "--diagnostics", "49"},
	{"glm", "--data", "trial-school/data.csv", "--formula", "s47 ~ swis + fsm", "--family", "negbin", "--exposure", "person_months", "--cluster", "la"},
	{"glm", "--data", "trial-school/data.csv", "--formula", "days_in_care ~ swis", "--family", "poisson", "--zero-inflation", "~ 1"},
	{"mixed", "--data", "pupils-small/data.csv", "--formula", "attainment ~ swis + baseline + (1 + baseline | school)", "--effects"},
	{"mixed", "--data", "pilot-panel/data.csv", "--formula", "s47 ~ swis * post + offset(log(pupils)) + (1 | school)", "--family", "poisson"},
	{"floor", "--data", "pilot-panel/data.csv", "--outcome", "s47", "--treated", "swis", "--exposure", "pupils", "--unit", "school", "--time", "term", "--start", "7", "--reps", "199"},
	{"power", "--design", "rates", "--rate0", "0.014", "--rate1", "0.0105", "--person-time", "780", "--k", "0.42"},
	{"cace", "--data", "pupils/data.csv", "--outcome", "attainment", "--assigned", "swis", "--received", "worker", "--cluster", "school"},
}

func TestResultsFollowTheSchema(t *testing.T) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("urn:swis:schema:swis.result:1", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("urn:swis:schema:swis.result:1")
	if err != nil {
		t.Fatal(err)
	}
	unseen := map[string]bool{}
	for _, a := range analyses {
		unseen[a.use] = true
	}
	t.Chdir("../../testdata/reference")
	s := &streams{in: bytes.NewReader(nil), out: io.Discard, err: io.Discard}
	for _, args := range sampleCommands {
		delete(unseen, args[0])
		r, err := runAnalysis(context.Background(), s, args)
		if err != nil {
			t.Errorf("%v: %v", args, err)
			continue
		}
		for format, write := range writers {
			var page bytes.Buffer
			if err := write(&page, r); err != nil {
				t.Errorf("%v as %s: %v", args, format, err)
			}
			if !document.Guarded(page.String()) {
				t.Errorf("%v as %s holds words that a p-value does not justify", args, format)
			}
			if bytes.Contains(page.Bytes(), []byte("NaN")) || bytes.Contains(page.Bytes(), []byte("+Inf")) {
				t.Errorf("%v as %s holds a NaN or infinity", args, format)
			}
			if format != "json" {
				continue
			}
			instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(page.Bytes()))
			if err != nil {
				t.Errorf("%v: %v", args, err)
				continue
			}
			if err := schema.Validate(instance); err != nil {
				t.Errorf("%v: %v", args, err)
			}
		}
	}
	for command := range unseen {
		t.Errorf("no sample of %s is held against the schema", command)
	}
}

func TestMethodsDescribeThemselves(t *testing.T) {
	for _, m := range methods {
		method := m.of.Method()
		if method.Name == "" || (len(method.Conventions) == 0 && method.Formula == "") {
			t.Errorf("%s says nothing of itself: %+v", m.name, method)
		}
		for _, format := range []string{"text", "markdown", "latex", "html", "json"} {
			var page bytes.Buffer
			if err := writeMethods(&page, m.name, format); err != nil || page.Len() < 40 {
				t.Errorf("%s as %s: %v", m.name, format, err)
			}
		}
	}
}
