package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/design"
	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/baseline"
	"swis/dataset/study"
	"swis/dataset/table"
	"swis/dataset/textfile"
)

// baselineTable is the list of schools with their baseline rates and trends,
// in the study folder: what schools are matched and compared on.
const baselineTable = "baseline.csv"

// assign brings the schools into arms as the plan declares: a match is made
// anew, a draw is made once and then verified, a given list is taken.
func (t *trialRun) assign(context.Context) error {
	schools, err := t.baseline()
	if err != nil {
		return err
	}
	p := t.plan
	switch p.Design.Type {
	case "given":
		return t.takeGiven()
	case "randomised":
		return t.takeDraw(schools)
	}
	declaration, err := t.declare(schools, string(design.Match))
	if err != nil {
		return err
	}
	allocation, err := design.Assign(declaration)
	if err != nil {
		return err
	}
	t.design = allocation.Result()
	if err := allocation.Store(t.path("study")); err != nil {
		return err
	}
	return t.markArms()
}

// linkByArm adds the rates of linkage by arm, blinded, to the quality report,
// however the schools came into arms.
func (t *trialRun) linkByArm(context.Context) error { return t.study.TakeArms(t.path("study")) }

// declare is the assignment that design.assign of the plan declares, not yet made.
func (t *trialRun) declare(schools *table.Table, method string) (*design.Declaration, error) {
	p := t.plan
	o := &assignOptions{}
	cmd := &cobra.Command{Use: "assign"}
	o.bind(cmd)
	if problems := checkOptions(p, "design.assign", "assign", p.Design.Assign, cmd.Flags()); problems != nil {
		return nil, problems
	}
	if !p.Design.Assign.Has("method") && method != "" {
		o.method = method
	}
	if !p.Design.Assign.Has("arms") {
		o.arms = p.Design.Arms.Intervention + "," + p.Design.Arms.Comparison
	}
	if !p.Design.Assign.Has("start") {
		o.start = p.Periods.Intervention.From.String()
	}
	// checkOptions has set the flags; what it set counts as given.
	for _, x := range p.Design.Assign {
		cmd.Flags().Lookup(x.Name).Changed = true
	}
	declared, err := o.options(cmd)
	if err != nil {
		return nil, err
	}
	roster, err := design.ReadRoster(schools, o.id)
	if err != nil {
		return nil, err
	}
	return design.Declare(roster, declared)
}

// takeDraw makes the plan's draw, once: where its log is there already it is
// verified and its list taken.
func (t *trialRun) takeDraw(schools *table.Table) error {
	folder := filepath.Dir(t.plan.Path(orDefault(t.plan.Design.Allocation, "allocation/allocation.csv")))
	declaration, err := t.declare(schools, "")
	if err != nil {
		return err
	}
	log, err := textfile.ReadRecord(filepath.Join(folder, design.LogFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		allocation, err := design.Assign(declaration)
		if err != nil {
			return err
		}
		if err := allocation.Store(folder); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if err := sameDraw(log, declaration, filepath.Join(folder, design.LogFile)); err != nil {
			return err
		}
	}
	return t.takeLog(filepath.Join(folder, design.LogFile), filepath.Join(folder, study.AllocationFile))
}

// sameDraw refuses a plan whose draw is not the one that was made: schools are
// drawn once, and an edited seed is a second roll.
func sameDraw(log []byte, now *design.Declaration, path string) error {
	var made struct {
		Records []struct {
			Body json.RawMessage `json:"body"`
		} `json:"records"`
	}
	var was design.Declaration
	if err := json.Unmarshal(log, &made); err != nil || len(made.Records) == 0 || json.Unmarshal(made.Records[0].Body, &was) != nil {
		return analysis.Refusalf("%s is not an allocation log: schools are drawn once, and nothing is drawn beside it", path)
	}
	schools := func(d *design.Declaration) []string {
		ids := make([]string, len(d.Schools))
		for i, s := range d.Schools {
			ids[i] = s.School + " " + s.Stratum
		}
		return ids
	}
	for _, part := range []struct {
		name      string
		then, now any
	}{{"seed", was.Seed, now.Seed}, {"method", was.Method, now.Method}, {"arms", was.Arms, now.Arms}, {"ratio", was.Ratio, now.Ratio},
		{"strata", was.Strata, now.Strata}, {"balance", was.Balance, now.Balance}, {"schools and their strata", schools(&was), schools(now)}} {
		a, _ := json.Marshal(part.then)
		b, _ := json.Marshal(part.now)
		if !bytes.Equal(a, b) {
			return analysis.Refusalf("the schools were drawn before with another %s (%s): a trial is drawn once; put the plan back as it was, or take the list with type: given", part.name, path)
		}
	}
	return nil
}

// takeGiven copies a list that was made before, verified where its log is given.
func (t *trialRun) takeGiven() error {
	d := t.plan.Design
	if d.Log != "" {
		return t.takeLog(t.plan.Path(d.Log), t.plan.Path(d.Allocation))
	}
	data, err := textfile.ReadBytes(t.plan.Path(d.Allocation), textfile.Recorded)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(t.path("study", study.AllocationFile), data); err != nil {
		return err
	}
	return t.markArms()
}

// takeLog verifies a log and copies it with its list.
func (t *trialRun) takeLog(log, list string) error {
	data, err := textfile.ReadRecord(log)
	if err != nil {
		return err
	}
	v := design.Verify(data, nil, t.plan.Design.Head)
	if !v.OK() {
		return &checkFailed{fmt.Sprintf("%s does not verify: see swis assign verify %s", log, log)}
	}
	csv, err := textfile.ReadBytes(list, textfile.Recorded)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(t.path("study", design.LogFile), data); err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(t.path("study", study.AllocationFile), csv); err != nil {
		return err
	}
	return t.markArms()
}

// baseline writes the list of schools with the rates and trends of the plan's
// outcomes before the intervention, and returns it.
func (t *trialRun) baseline() (*table.Table, error) {
	panel, roles, err := study.Open(t.path("study"), "")
	if err != nil {
		return nil, err
	}
	schools, err := table.ReadFile(t.path("study", study.SchoolsFile))
	if err != nil {
		return nil, err
	}
	c := baseline.Columns{Unit: roles.Unit, Time: roles.Time, Exposure: roles.Exposure, Before: roles.Period.Label(roles.Period.Of(t.plan.Periods.Intervention.From))}
	for _, o := range t.plan.Outcomes {
		if !panel.Has(o.Name) {
			return nil, dataset.Problemf(t.plan.File, t.plan.Line("outcomes"), "", "outcome %q is not in the panel; it has %v", o.Name, roles.Outcomes)
		}
		c.Outcomes = append(c.Outcomes, o.Name)
	}
	summaries, err := baseline.Summarise(panel, c)
	if err != nil {
		return nil, err
	}
	joined, err := baseline.Join(schools, roles.Unit, c, summaries)
	if err != nil {
		return nil, err
	}
	return joined, writeTable(t.path("study", baselineTable), joined)
}

// markArms adds the arm of each school to the baseline table.
func (t *trialRun) markArms() error {
	schools, err := table.ReadFile(t.path("study", baselineTable))
	if err != nil {
		return err
	}
	allocation, err := table.ReadFile(t.path("study", study.AllocationFile))
	if err != nil {
		return err
	}
	ids, err := textsOf(allocation, "school_id")
	if err != nil {
		return err
	}
	arms, err := textsOf(allocation, "arm")
	if err != nil {
		return err
	}
	arm := map[string]string{}
	for i, id := range ids {
		arm[id] = arms[i]
	}
	units, err := textsOf(schools, "school_id")
	if err != nil {
		return err
	}
	column := make([]string, len(units))
	for i, id := range units {
		column[i] = arm[id]
	}
	return writeTable(t.path("study", baselineTable), schools, "arm", column)
}

// textsOf is a column as it is written, empty where missing.
func textsOf(t *table.Table, name string) ([]string, error) {
	c, err := t.Category(name)
	if err != nil {
		return nil, err
	}
	out := make([]string, t.Rows())
	for i, code := range c.Codes {
		if code >= 0 {
			out[i] = c.Levels[code]
		}
	}
	return out, nil
}

// writeTable writes a table as CSV, with one more column or that column
// replaced where a name and its texts are given.
func writeTable(path string, t *table.Table, extra ...any) error {
	names := t.Names()
	columns := make([][]string, len(names))
	for j, name := range names {
		var err error
		if columns[j], err = textsOf(t, name); err != nil {
			return err
		}
		if kind, _ := t.Kind(name); kind == table.NumericKind {
			// Derived numbers have no text of their own: write all their digits.
			x, _ := t.Numeric(name)
			for i, v := range x.Values {
				if have, err := strconv.ParseFloat(columns[j][i], 64); err == nil && have != v && !math.IsNaN(v) {
					columns[j][i] = strconv.FormatFloat(v, 'g', 17, 64)
				}
			}
		}
	}
	if len(extra) == 2 {
		name, texts := extra[0].(string), extra[1].([]string)
		at := len(names)
		for j := range names {
			if names[j] == name {
				at = j
			}
		}
		if at == len(names) {
			names, columns = append(names, name), append(columns, nil)
		}
		columns[at] = texts
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		if err := c.Write(names); err != nil {
			return err
		}
		row := make([]string, len(names))
		for i := range t.Rows() {
			for j := range row {
				row[j] = columns[j][i]
			}
			if err := c.Write(row); err != nil {
				return err
			}
		}
		c.Flush()
		return c.Error()
	})
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
