package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis/design"
	"swis/dataset"
	"swis/dataset/baseline"
	"swis/dataset/extracts"
	"swis/dataset/study"
	"swis/dataset/table"
	"swis/dataset/textfile"
)

// assignOptions are the flags of assign.
type assignOptions struct {
	schools, id, method, strata, arms, ratio, comparison string
	balance, exact, seed, out, start                     string
	armColumn, treatedUnits                              string
	caliper                                              float64
	keep                                                 float64
	candidates                                           int
	study, before                                        string
	output                                               outputFlags
}

func newAssign(s *streams) *cobra.Command {
	o := &assignOptions{}
	cmd := &cobra.Command{
		Use:   "assign",
		Short: "Assign schools to arms: randomise, match, or take a given list",
		Long: `Assigns the schools of a list to arms and writes allocation.csv and a hash-chained
allocation.log.json into --out. A second assignment into the same folder is refused.

  complete      one draw over all schools
  stratified    one draw a stratum of --strata (the default where --strata is given)
  pairs         one draw in each pair of schools that are similar in --balance
  constrained   a draw among the schemes with the best balance of --balance
  minimisation  one school at a time, to the arm that balances --strata and --balance best
  match         the comparison schools nearest in --balance to given intervention schools,
                without replacement, exact within --exact, within --caliper
  given         the arms that a column of the list holds

The draw is by SHA-256 tickets and can be repeated with any SHA-256 program: a school's
ticket is the SHA-256 of the lines swis-assign/1, seed, stratum, school id (no newline at
the end). In each stratum, schools sorted by ticket take the arms of the ratio block in
turn; the odd places of the last block go by the SHA-256 of swis-assign/1/arm, seed,
stratum, arm and its copy number. The stratum is the values of --strata joined by a slash.
The order of rows does not matter. A draw has no default seed.

With --study the list is that of a study folder, and each outcome adds two columns from its
panel: OUTCOME_rate, events per 1,000 pupil-years before --before, and OUTCOME_trend, the
change from the first to the second half of that time.

The head hash of the log is printed: lodge it elsewhere before the trial starts.

Exit status: 0 done; 2 wrong command line or no seed; 3 school list refused; 4 the folder
holds an allocation already; 5 reading or writing failed; 6 no match exists.`,
		Example: `  swis assign --schools schools.csv --method stratified --strata la,phase --arms SWIS,control --seed "lottery 2026-09-05: 4 8 15 16 23 42" --out trial
  swis assign --schools schools.csv --method match --arm-column arm --balance pupils,fsm,trend --exact la,phase --ratio 1:2 --out trial
  swis assign --schools schools.csv --method constrained --strata la --balance pupils,fsm,baseline --seed 20260905 --out trial
  swis assign --study study --start 2023-09-01 --method match --arm-column intervention --balance pupils,fsm_percent,s47_rate,s47_trend --exact la --ratio 1:2
  swis assign verify trial/allocation.log.json --schools schools.csv --head 3f9a…`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, s) },
	}
	o.bind(cmd)
	cmd.AddCommand(newAssignVerify(s))
	return cmd
}

func (o *assignOptions) bind(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.schools, "schools", "", "school list, one row a school: CSV `file`")
	f.StringVar(&o.study, "study", "", "study `folder`: its schools, with baseline columns OUTCOME_rate and OUTCOME_trend")
	f.StringVar(&o.before, "before", "", "with --study: first `period` or date after the baseline (default: --start)")
	f.StringVar(&o.id, "id", "school_id", "`column` of school ids")
	f.StringVar(&o.method, "method", "", "complete, stratified, pairs, constrained, minimisation, match or given")
	f.StringVar(&o.strata, "strata", "", "`columns` to draw within, such as la,phase")
	f.StringVar(&o.arms, "arms", "SWIS,control", "`names` of the arms; the last is the comparison arm")
	f.StringVar(&o.ratio, "ratio", "", "`parts` of the arms, such as 1:2 (default: equal)")
	f.StringVar(&o.comparison, "comparison", "", "`arm` that is the comparison arm (default: the last)")
	f.StringVar(&o.balance, "balance", "", "numeric `columns` to balance, pair or match on")
	f.StringVar(&o.exact, "exact", "", "match: `columns` that matched schools must share")
	f.Float64Var(&o.caliper, "caliper", 0, "match: largest difference of a column in standard `deviations` (default: none)")
	f.StringVar(&o.armColumn, "arm-column", "arm", "match: `column` that marks the intervention schools; given: every school's arm")
	f.StringVar(&o.treatedUnits, "treated-units", "", "match: `ids` of the intervention schools, in place of --arm-column")
	f.StringVar(&o.start, "start", "", "first treated `period` or date of the intervention arms")
	f.StringVar(&o.seed, "seed", "", "any `text`; there is no default")
	f.Float64Var(&o.keep, "keep", 0.1, "constrained: `share` of the best schemes to draw among")
	f.IntVar(&o.candidates, "candidates", 50000, "constrained: `number` of schemes to score; all are listed where there are no more")
	f.StringVar(&o.out, "out", ".", "`folder` for allocation.csv and allocation.log.json")
	f.StringVar(&o.output.format, "format", "text", "`how` to print the summary: text, json, csv, markdown, html, latex")
}

func (o *assignOptions) run(cmd *cobra.Command, s *streams) error {
	if o.study != "" {
		o.schools = cmp.Or(o.schools, filepath.Join(o.study, study.SchoolsFile))
		if !cmd.Flags().Changed("out") {
			o.out = o.study
		}
	}
	if o.schools == "" {
		return usagef("give the school list with --schools FILE, or a study folder with --study")
	}
	// An assignment is made once: what could still go wrong is checked first.
	if _, ok := writers[o.output.format]; !ok {
		return usagef("--format %s: want one of text, json, csv, markdown, html, latex", o.output.format)
	}
	declared, err := o.options(cmd)
	if err != nil {
		return err
	}
	if err := design.Refused(o.out); err != nil {
		return err
	}
	roster, err := o.roster()
	if err != nil {
		return err
	}
	declaration, err := design.Declare(roster, declared)
	if err != nil {
		return err
	}
	allocation, err := design.Assign(declaration)
	if err != nil {
		return err
	}
	if err := allocation.Store(o.out); err != nil {
		return err
	}
	r := allocation.Result()
	r.Provenance.Command = commandLine(cmd)
	return o.output.emit(s, r)
}

// options reads the flags as the options of the design.
func (o *assignOptions) options(cmd *cobra.Command) (design.Options, error) {
	d := design.Options{
		Method: design.Method(o.method), Seed: o.seed, Comparison: o.comparison,
		Strata: splitList(o.strata), Balance: splitList(o.balance), Exact: splitList(o.exact), Start: o.start,
		ArmColumn: o.armColumn, Treated: splitList(o.treatedUnits), Keep: o.keep, Candidates: o.candidates, Program: program,
	}
	if d.Method == "" {
		d.Method = design.Complete
		if len(d.Strata) > 0 {
			d.Method = design.Stratified
		}
	}
	if cmd.Flags().Changed("caliper") {
		d.Caliper = &o.caliper
	}
	d.Shares.Arms = splitList(o.arms)
	for range d.Shares.Arms {
		d.Shares.Ratio = append(d.Shares.Ratio, 1)
	}
	if o.ratio != "" {
		parts := strings.Split(o.ratio, ":")
		if len(parts) != len(d.Shares.Arms) {
			return d, usagef("--ratio %s: want %d parts, one for each of the arms %s", o.ratio, len(d.Shares.Arms), o.arms)
		}
		for i, p := range parts {
			n, err := strconv.Atoi(strings.TrimSpace(p))
			if err != nil || n < 1 {
				return d, usagef("--ratio %s: want whole numbers of 1 or more, such as 1:2", o.ratio)
			}
			d.Shares.Ratio[i] = n
		}
	}
	return d, nil
}

func newAssignVerify(s *streams) *cobra.Command {
	var schools, id, head string
	var restore bool
	cmd := &cobra.Command{
		Use:   "verify <allocation.log.json>",
		Short: "Derive an assignment again from its log",
		Long: `Derives the assignment again from its log and checks the log's hash chain, its bytes,
the allocation.csv beside it where there is one, the school list where it is given, and
the head hash that was lodged. Without the lodged head, a log that was rewritten from end
to end would pass: keep the head elsewhere.

Exit status: 0 all holds; 1 something does not; 2 wrong command line; 5 reading failed.`,
		Example: `  swis assign verify trial/allocation.log.json
  swis assign verify trial/allocation.log.json --schools schools.csv --head 3f9a…
  swis assign verify trial/allocation.log.json --restore   # writes allocation.csv again`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := textfile.ReadRecord(args[0])
			if err != nil {
				return err
			}
			var roster *design.Roster
			if schools != "" {
				if roster, err = readRoster(schools, cmp.Or(id, design.DeclaredID(data), "school_id")); err != nil {
					return err
				}
			}
			v := design.Verify(data, roster, strings.ToLower(strings.TrimSpace(head)))
			beside := filepath.Join(filepath.Dir(args[0]), design.AllocationFile)
			if listed, err := textfile.ReadBytes(beside, textfile.Recorded); err == nil && v.Schools != nil {
				finding := design.Finding{What: "allocation.csv beside the log lists this allocation", OK: design.SameCSV(listed, v.Schools), Why: "it differs from what the log gives; --restore writes it again"}
				if restore {
					finding.OK = true
				}
				v.Findings = append(v.Findings, finding)
			}
			for _, f := range v.Findings {
				mark := "holds"
				if !f.OK {
					mark = "FAILS"
				}
				fmt.Fprintf(s.out, "%s  %s", mark, f.What)
				if !f.OK {
					fmt.Fprintf(s.out, ": %s", f.Why)
				}
				fmt.Fprintln(s.out)
			}
			if v.Head != "" {
				fmt.Fprintf(s.out, "head   %s\n", v.Head)
			}
			if !v.OK() {
				return &checkFailed{text: args[0] + ": the allocation does not verify"}
			}
			if head == "" {
				fmt.Fprintln(s.out, "note   give the lodged head with --head: without it a log rewritten from end to end passes")
			}
			if restore {
				return design.WriteCSV(beside, v.Schools)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&schools, "schools", "", "school list to compare: CSV `file`")
	cmd.Flags().StringVar(&id, "id", "", "`column` of school ids (default: the declared one)")
	cmd.Flags().StringVar(&head, "head", "", "the head `hash` that was lodged")
	cmd.Flags().BoolVar(&restore, "restore", false, "write allocation.csv beside the log again")
	return cmd
}

// roster reads the school list; with a study each school's baseline rates and
// trends stand beside its columns.
func (o *assignOptions) roster() (*design.Roster, error) {
	if o.study == "" {
		return readRoster(o.schools, o.id)
	}
	schools, err := readSchools(o.schools)
	if err != nil {
		return nil, err
	}
	panel, roles, err := study.Open(o.study, "")
	if err != nil {
		return nil, err
	}
	before := cmp.Or(o.before, o.start)
	if before == "" {
		return nil, usagef("--study wants --start, or --before PERIOD, so that the baseline rates end before the intervention")
	}
	if day, err := dataset.ParseDay(before); err == nil {
		before = roles.Period.Label(roles.Period.Of(day))
	} else if _, err := dataset.ParsePeriod(roles.Period, before); err != nil {
		flag := "before"
		if o.before == "" {
			flag = "start"
		}
		return nil, usagef("--%s %v, or a date such as 2023-09-01", flag, err)
	}
	c := baseline.Columns{Unit: roles.Unit, Time: roles.Time, Exposure: roles.Exposure, Outcomes: roles.Outcomes, Before: before}
	summaries, err := baseline.Summarise(panel, c)
	if err != nil {
		return nil, err
	}
	joined, err := baseline.Join(schools, o.id, c, summaries)
	if err != nil {
		return nil, err
	}
	return design.ReadRoster(joined, o.id)
}

func readRoster(path, id string) (*design.Roster, error) {
	t, err := readSchools(path)
	if err != nil {
		return nil, err
	}
	return design.ReadRoster(t, id)
}

// readSchools reads a list of schools, whose cells messages may show: an
// extract given by mistake is refused before that.
func readSchools(path string) (*table.Table, error) {
	t, err := table.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if layout, ok := extracts.OfChildren(t.Names()); ok {
		return nil, dataset.Problemf(path, 1, "", "an extract with rows about children (layout %s); want a list with one row a school", layout)
	}
	return t, nil
}
