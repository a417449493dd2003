package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// TestExamples runs every example of every command's help, in a folder that
// holds files of the names that the examples use. All children's identifiers
// in its extracts are canaries: none is printed or written by any of them.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("the examples need the demo trial: go test ./cmd/swis -run TestExamples")
	}
	w := newWorkshop(t)
	root := newRoot(&streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	examples := 0
	seen, asJSON := map[string]bool{}, map[*cobra.Command]bool{}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Name() == "completion" || cmd.Name() == "help" {
			return
		}
		if cmd.Runnable() && cmd.Example == "" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		if cmd.Runnable() && !strings.Contains(cmd.Long, "Exit status") {
			t.Errorf("the help of %s does not end with its exit statuses", cmd.CommandPath())
		}
		for _, line := range strings.Split(cmd.Example, "\n") {
			for _, part := range strings.Split(line, "&&") {
				part, _, _ = strings.Cut(part, "  #")
				if part = strings.TrimSpace(part); part != "" && !seen[part] {
					seen[part] = true
					examples++
					w.run(strings.TrimPrefix(part, "swis"))
					if cmd.Flags().Lookup("format") != nil && !asJSON[cmd] && !strings.Contains(part, "--format") && !strings.Contains(part, "--sql") {
						asJSON[cmd] = true // which holds all that any format can print
						w.run(strings.TrimPrefix(part, "swis") + " --format json")
					}
				}
			}
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
	if examples < 40 {
		t.Errorf("%d examples found: the walk is broken", examples)
	}
	leaks(t, "an example", "", ".")
}

// workshop is a folder with data under the names that help texts use.
type workshop struct {
	t    *testing.T
	repo string
}

func newWorkshop(t *testing.T) *workshop {
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{t: t, repo: repo}
	t.Chdir(t.TempDir())
	w.do("demo", "--data-only", "--pupils", "150", "swis-demo")
	plantCanaries(t, "swis-demo")
	w.do("init", "plan")
	w.folder("swis-demo/extracts/eastby", "extracts")
	w.folder("swis-demo/extracts/northmoor", "northmoor")
	w.write("northmoor.yaml", []byte("la: \"992\"\n"))
	w.copy("swis-demo/extracts/eastby/cin-2023/Section47.csv", "section47.csv")
	w.copy("swis-demo/roll/eastby_pupilonroll.csv", "roll.csv")
	w.copy("swis-demo/roll/eastby_pupilnolongeronroll.csv", "left.csv")
	w.schools()
	w.reference("pupils", "pupils.csv", nil)
	w.reference("dsl-contacts", "contacts.csv", nil)
	w.reference("staggered", "staggered.csv", map[string]string{"cohort": "first_term", "x1": "fsm", "x2": "roll"})
	w.reference("pilot-panel", "panel.csv", map[string]string{"wellbeing": "wellbeing"})
	w.panelColumns()
	w.write("events.csv", []byte("child_id,school_urn,la,event,date\nC1,100001,991,s47_enquiry,02/10/2023\nC2,100001,991,s17_start,20/11/2023\n"))
	w.write("la.csv", authorities())
	w.write("children.csv", children())
	w.write("targets.yaml", []byte(`- id: hayes-bennett
  source: "Hayes & Bennett 1999, by hand"
  args: [power, --design, rates, --rate0, "0.01", --rate1, "0.0075", --person-time, "1000", --k, "0.25", --power, "0.8", --alpha, "0.05"]
  expect:
    - {quantity: "checks[name=clusters_per_arm].value", value: 35.240738, tolerance: 0.000001}
`))
	w.folder(filepath.Join(repo, "testdata/published"), "testdata/published")
	w.do("run", "swis-demo/trial.yaml", "--out", "results")
	w.folder("results/study", "study")
	w.folder("results/study", "spare")
	for _, outcome := range []string{"s47", "s17_starts"} {
		name := strings.TrimSuffix(outcome, "_starts")
		w.do("did", "--study", "study", "--outcome", outcome, "--family", "poisson", "--by", "la", "--format", "json", "--out", name+".json")
	}
	w.do("did", "--study", "study", "--outcome", "s47", "--family", "poisson", "--method", "event", "--vcov", "cr1s", "--format", "json", "--out", "did.json")
	return w
}

// do runs a preparation, which must not fail.
func (w *workshop) do(args ...string) {
	w.t.Helper()
	var out, errOut bytes.Buffer
	if status := run(context.Background(), args, strings.NewReader(""), &out, &errOut); status != 0 {
		w.t.Fatalf("swis %s: exit %d: %s", strings.Join(args, " "), status, errOut.String())
	}
	leaks(w.t, "swis "+strings.Join(args, " "), out.String()+errOut.String())
}

// run runs an example. What asks for files that an earlier example wrote finds
// them, and an example that may write again starts without its own output.
func (w *workshop) run(line string) {
	args, err := splitWords(line)
	if err != nil {
		w.t.Errorf("swis%s: %v", line, err)
		return
	}
	args = less(args)
	for i, a := range args {
		if a == "3f9a…" {
			args[i] = head(w.t)
		}
		if a == "--out" && args[0] == "assign" {
			os.RemoveAll(args[i+1])
		}
		if a == "--study" {
			os.RemoveAll("study")
			w.folder("spare", "study")
			if args[0] == "assign" { // a study is assigned once
				os.Remove("study/allocation.csv")
				os.Remove("study/allocation.log.json")
			}
		}
		if a == "trial.yaml" {
			w.t.Chdir("swis-demo")
			defer w.t.Chdir("..")
		}
	}
	switch {
	case args[0] == "init":
		os.RemoveAll(args[1])
	case args[0] == "lock": // before outcomes are read
		os.RemoveAll("results")
	case args[0] == "run" && args[1] == "trial/trial.yaml":
		w.folder("swis-demo/maps", "trial/maps")
		w.folder("swis-demo/extracts", "trial/extracts")
		w.folder("swis-demo/roll", "trial/roll")
		w.folder("swis-demo/schools", "trial/schools")
	}
	var out, errOut bytes.Buffer
	began := time.Now()
	status := run(context.Background(), args, strings.NewReader(""), &out, &errOut)
	if took := time.Since(began); took > 5*time.Second {
		w.t.Logf("%.1f s: swis%s", took.Seconds(), line)
	}
	leaks(w.t, "swis"+line, out.String()+errOut.String())
	strict := strings.Contains(line, "--strict") && status == exitFailed
	if status != exitDone && !strict {
		w.t.Errorf("swis%s: exit %d: %s", line, status, errOut.String())
	}
}

// less is an example with numbers that give it less to do: TestDemo runs the
// demo as it is.
func less(args []string) []string {
	for i, a := range args {
		switch {
		case a == "--schools" && args[0] == "demo":
			args[i+1] = "200"
		case a == "--simulate":
			args[i+1] = "50"
		}
	}
	switch {
	case args[0] == "demo":
		return append(args, "--pupils=100")
	case slices.Contains(args, "constrained"):
		return append(args, "--candidates=2000")
	}
	return args
}

func head(t *testing.T) string {
	var log struct{ Head string }
	data, err := os.ReadFile("trial/allocation.log.json")
	if err == nil {
		err = json.Unmarshal(data, &log)
	}
	if err != nil || log.Head == "" {
		t.Errorf("no head hash in the allocation log: %v", err)
	}
	return log.Head
}

// schools is the trial's list of schools with the columns that examples of
// assign, describe and glm ask for.
func (w *workshop) schools() {
	rows := w.read("swis-demo/schools/trial-schools.csv")
	at := index(rows[0])
	rows[0] = append(rows[0], "fsm", "trend", "baseline", "arm", "swis", "s47", "pupil_years", "rate", "months_in_post")
	for i, row := range rows[1:] {
		swis := row[at["intervention"]]
		arm := map[string]string{"1": "SWIS", "0": "control"}[swis]
		rows[i+1] = append(row, row[at["fsm_percent"]], strconv.Itoa(i*37%11), strconv.Itoa(i*13%9), arm, swis, strconv.Itoa(i*17%7),
			row[at["pupils"]], strconv.Itoa(20+i*29%23), map[string]string{"1": strconv.Itoa(6 + i%5), "0": "0"}[swis])
	}
	w.table("schools.csv", rows)
}

// panelColumns adds the columns that only some examples of panels use.
func (w *workshop) panelColumns() {
	rows := w.read("panel.csv")
	at := index(rows[0])
	rows[0] = append(rows[0], "month", "attendance")
	for i, row := range rows[1:] {
		rows[i+1] = append(row, row[at["term"]], row[at["wellbeing"]])
	}
	w.table("panel.csv", rows)
	pupils := w.read("pupils.csv")
	at = index(pupils[0])
	pupils[0] = append(pupils[0], "arm", "school_id")
	for i, row := range pupils[1:] {
		pupils[i+1] = append(row, map[string]string{"1": "SWIS", "0": "control"}[row[at["swis"]]], row[at["school"]])
	}
	w.table("pupils.csv", pupils)
}

func (w *workshop) reference(name, file string, rename map[string]string) {
	rows := w.read(filepath.Join(w.repo, "testdata", "reference", name, "data.csv"))
	for j, h := range rows[0] {
		if to, ok := rename[h]; ok {
			rows[0][j] = to
		}
	}
	w.table(file, rows)
}

// children is a small table of children with days in care, most of them none.
func children() []byte {
	var b strings.Builder
	b.WriteString("child,school,swis,care_days,available_days\n")
	for i := range 600 {
		days := 0
		if i*7919%10 < 3 {
			days = min(300, 5+i*i*31%380)
		}
		b.WriteString(strconv.Itoa(i) + ",S" + strconv.Itoa(i%20) + "," + strconv.Itoa(i%2) + "," + strconv.Itoa(days) + ",300\n")
	}
	return []byte(b.String())
}

// authorities is a small table by local authority and year.
func authorities() []byte {
	var b strings.Builder
	b.WriteString("la,year,rate\n")
	for i, la := range []string{"Lambeth", "Stockport", "Aldford", "Birley", "Coleby", "Danby", "Elmley", "Fenby", "Garth"} {
		for year := 2013; year <= 2020; year++ {
			b.WriteString(la + "," + strconv.Itoa(year) + "," + strconv.Itoa(100+i*7+(year*31+i*17)%13) + "\n")
		}
	}
	return []byte(b.String())
}

func index(header []string) map[string]int {
	at := map[string]int{}
	for j, h := range header {
		at[h] = j
	}
	return at
}

func (w *workshop) read(file string) [][]string {
	data, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

func (w *workshop) table(file string, rows [][]string) {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		w.t.Fatal(err)
	}
	w.write(file, b.Bytes())
}

func (w *workshop) write(file string, data []byte) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workshop) copy(from, to string) {
	data, err := os.ReadFile(from)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(to, data)
}

func (w *workshop) folder(from, to string) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		w.t.Fatal(err)
	}
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		w.copy(path, filepath.Join(to, rel))
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
