package plan

import (
	"strings"
	"testing"

	"swis/dataset"
)

const good = `name: A trial
data:
  extracts:
    - la: 009
      name: Eastby
      paths: extracts/eastby
    - {la: "992", paths: [a.xml, b.xml]}
  schools: schools.csv
  ingest:
    s47_gap: 0
    repair: [C03=off, C05=off]
periods:
  unit: month
  baseline: {from: 2021-09-01, to: 2023-08-31}
  intervention: {from: 2023-09-01, to: 2024-06-30}
design:
  type: matched
  assign:
    balance: [pupils, fsm]
    ratio: "1:2"
outcomes:
  - name: s47
    definition: An enquiry counts once a child and day.
families:
  - name: effects
analyses:
  - id: s47-by-la
    outcome: s47
    command: did
    options:
      family: poisson
      cluster: school_id
    role: primary
    family: effects
    by: la
figures:
  - kind: trends
    outcome: s47
disclosure: none
`

func TestReadKeepsWhatIsWritten(t *testing.T) {
	p, err := Read([]byte(good), "trial.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if p.Data.Extracts[0].LA != "009" || p.Data.Extracts[0].Paths[0] != "extracts/eastby" || len(p.Data.Extracts[1].Paths) != 2 {
		t.Errorf("extracts %+v", p.Data.Extracts)
	}
	if p.Periods.Intervention.To != dataset.DayOf(2024, 6, 30) || p.Periods.FollowUp.To != dataset.NoDay || p.To() != dataset.DayOf(2024, 6, 30) {
		t.Errorf("periods %+v", p.Periods)
	}
	if got := strings.Join(p.Data.Ingest.Args(), " "); got != "--s47-gap=0 --repair=C03=off,C05=off" {
		t.Errorf("options %q", got)
	}
	if p.Design.Assign.Value("ratio") != "1:2" || p.Design.Arms.Comparison != "control" || p.Outcomes[0].Label != "Section 47 enquiries" || p.Families[0].Adjust != "holm" {
		t.Errorf("defaults %+v %+v", p.Design, p.Outcomes)
	}
	if p.Line("analyses[0].options.cluster") != 32 || p.Line("analyses[0].nowhere.at.all") != 27 {
		t.Errorf("lines %d %d", p.Line("analyses[0].options.cluster"), p.Line("analyses[0].nowhere.at.all"))
	}
	if len(p.SHA256) != 64 || p.Path("x/y.csv") != "x/y.csv" {
		t.Error(p.SHA256, p.Path("x/y.csv"))
	}
}

func TestFaultsAreNamedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":        {"    outcome: s47\n    command: did", "    outcme: s47\n    command: did", `trial.yaml:28: unknown key "outcme" under analyses[0] (did you mean "outcome"?)`},
		"unknown at the top": {"disclosure: none", "disclosure: none\nzzzzzzzz: 1", `trial.yaml:40: unknown key "zzzzzzzz": want one of name`},
		"twice":              {"disclosure: none", "disclosure: none\ndisclosure: dfe", `trial.yaml:40`},
		"no disclosure":      {"disclosure: none\n", "", "disclosure is missing"},
		"bad disclosure":     {"disclosure: none", "disclosure: some", `trial.yaml:39: disclosure: "some": want none, dfe or tre`},
		"bad date":           {"from: 2021-09-01", "from: 01/09/2021", `trial.yaml:14: periods.baseline.from: "01/09/2021" is not a date`},
		"no such day":        {"to: 2024-06-30", "to: 2024-06-31", "not a date of the calendar"},
		"order":              {"from: 2023-09-01, to: 2024", "from: 2023-08-01, to: 2024", "periods.intervention begins before the baseline ends"},
		"outcome":            {"outcome: s47\n    command", "outcome: s74\n    command", `analyses[0].outcome: outcome "s74" is not declared under outcomes (did you mean "s47"?)`},
		"role":               {"role: primary", "role: main", `want primary, secondary, sensitivity or exploratory`},
		"family":             {"    family: effects", "    family: efects", `family "efects" is not declared under families (did you mean "effects"?)`},
		"figure":             {"  - kind: trends", "  - kind: trends\n    analysis: s47-by-lb", `no analysis "s47-by-lb" (did you mean "s47-by-la"?)`},
		"mapping for value":  {"name: A trial", "name: {a: b}", `trial.yaml:1: name: want one value here`},
		"value for mapping":  {"periods:\n  unit: month", "periods: 3\nx:\n  unit: month", "periods: want keys with values here"},
		"not yaml":           {"name: A trial", "name: [A trial", "not YAML"},
		"seed":               {"type: matched", "type: randomised", "a draw has no default seed"},
		"type":               {"type: matched", "type: quasi", `design.type: "quasi": want randomised, matched or given`},
		"nested options":     {"cluster: school_id", "cluster: {a: b}", "want a value or a list of values"},
		"id":                 {"id: s47-by-la", "id: ../x", "want letters, digits and hyphens"},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("%s: nothing to replace", name)
		}
		_, err := Read([]byte(strings.Replace(good, c.old, c.new, 1)), "trial.yaml")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
		for _, line := range strings.Split(err.Error(), "\n") {
			if !strings.HasPrefix(line, "trial.yaml") {
				t.Errorf("%s: a line without its file: %q", name, line)
			}
		}
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	_, err := Read([]byte("nam: x\ndata:\n  extract: y\ndisclosure: maybe\n"), "trial.yaml")
	problems, ok := err.(dataset.Problems)
	if !ok || len(problems) < 6 {
		t.Fatalf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add("a: &x [1]\nb: *x\n<<: 3\n")
	f.Add("- 1\n- {a: }\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := Read([]byte(text), "f"); (p == nil) == (err == nil) {
			t.Error("a plan or an error, one of the two")
		}
	})
}
