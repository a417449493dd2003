package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/extracts"
	"swis/dataset/study"
)

// ingestFlags are the flags of ingest and check.
type ingestFlags struct {
	layout, la, mapping string
	schools, decisions  string
	allocation, cohort  string
	followUp            []int
	until18             bool
	rolls, links        []string
	period, from, to    string
	baseline            string
	attribution, s17    string
	outcomes            []string
	repairs             []string
	published, phases   []string
	respite             bool
	gap                 int
	keyFile             string
	keepEvents          bool
	quarantineValues    string
	strict              bool
	threshold           float64
	disclosure          string
	memory              string
}

func (f *ingestFlags) bind(cmd *cobra.Command) {
	d := study.Default()
	flags := cmd.Flags()
	flags.StringVar(&f.layout, "layout", "", "force a `layout` where several could be meant (swis formats lists them)")
	flags.StringVar(&f.la, "la", "", "authority's `code`, where the files do not hold it")
	flags.StringVar(&f.mapping, "map", "", "mapping `file` of the authority: columns, codes, date order")
	flags.StringVar(&f.schools, "schools", "", "list of the trial's schools, a `file`: GIAS-shaped, or school_id, la, pupils …")
	flags.StringArrayVar(&f.rolls, "roll", nil, "pupil roll `file` (repeatable)")
	flags.StringArrayVar(&f.links, "link", nil, "child-to-school lookup or school links, a `file` (repeatable)")
	flags.StringVar(&f.decisions, "decisions", "", "decisions on merged and split schools and children's records, a `file` (a template is written where there is none)")
	flags.StringVar(&f.allocation, "allocation", "", "arms of the schools, a `file`, for linkage by arm (blinded) in the quality report (default: that of the study folder)")
	flags.StringVar(&f.cohort, "cohort", "", "follow these children, a `file` with a day each, or roll: the pupils on roll at baseline; writes children.csv")
	flags.IntSliceVar(&f.followUp, "follow-up", nil, "`months` after the baseline to which outcomes are added up, such as 6,12,24; writes followup.csv (with --cohort: 12)")
	flags.BoolVar(&f.until18, "until-18", false, "days in care end on the 18th birthday")
	flags.StringVar(&f.period, "period", d.Period.String(), "`length` of periods: month, term or year")
	flags.StringVar(&f.from, "from", "", "first `day` of the window (default: from the files)")
	flags.StringVar(&f.to, "to", "", "last `day` of the window, included")
	flags.StringVar(&f.baseline, "baseline", "", "`day` of the baseline for --attribution at_baseline (default: --from)")
	flags.StringVar(&f.attribution, "attribution", "", "`which` school a child counts for: at_event, at_baseline, at_episode_start (default: events at_event, days in care at_episode_start)")
	flags.StringVar(&f.s17, "s17", string(d.S17), "`what` a Section 17 start is: assessments, plans or episodes")
	flags.StringSliceVar(&f.outcomes, "outcomes", nil, "further outcomes, comma-separated `names`, or all that are delivered (swis formats --outcomes lists them)")
	flags.StringArrayVar(&f.repairs, "repair", nil, "switch a repair off, or on where it is made on request: `RULE=off` (repeatable; swis formats --rules)")
	flags.StringArrayVar(&f.published, "published", nil, "DfE's open statistics by authority and year to compare totals with, a `file` (repeatable)")
	flags.StringSliceVar(&f.phases, "phase", nil, "`phases` of the protocol's schools, such as secondary; others are flagged (S07)")
	flags.BoolVar(&f.respite, "include-respite", false, "count V3 short breaks as days in care")
	flags.IntVar(&f.gap, "s47-gap", 0, "enquiries of a child within this many `days` are one")
	flags.StringVar(&f.keyFile, "key-file", "", "`file` of 32 or more random bytes, mode 0600, that keeps pseudonyms stable")
	flags.BoolVar(&f.keepEvents, "keep-events", false, "write child-level events under pseudonyms")
	flags.StringVar(&f.quarantineValues, "quarantine-values", "", "write the quarantined rows to this `file`, outside the study folder")
	flags.BoolVar(&f.strict, "strict", false, "exit 1 if any rule of severity warn or quarantine applied")
	flags.Float64Var(&f.threshold, "threshold", study.DefaultThreshold, "`share` of rows quarantined or unlinked in an authority above which the study is refused")
	flags.StringVar(&f.memory, "memory", "352MB", "`size` of the events that are held in memory; more wait in an encrypted temporary file")
	flags.StringVar(&f.disclosure, "disclosure", d.Disclosure, "disclosure `profile` of the quality report: none, dfe or tre")
}

// options turns the flags into the options of package study.
func (f *ingestFlags) options(paths []string) (study.Options, error) {
	o := study.Default()
	for _, path := range paths {
		o.Sources = append(o.Sources, study.Source{Path: path, LA: f.la, Layout: f.layout, Map: f.mapping})
	}
	o.Schools, o.Rolls, o.Links = f.schools, f.rolls, f.links
	var err error
	if o.Period, err = dataset.ParsePeriodKind(f.period); err != nil {
		return o, usagef("--%v", err)
	}
	for _, d := range []struct {
		name, text string
		to         *dataset.Day
	}{{"from", f.from, &o.From}, {"to", f.to, &o.To}, {"baseline", f.baseline, &o.Baseline}} {
		if d.text == "" {
			continue
		}
		if *d.to, err = dataset.ParseDay(d.text); err != nil {
			return o, usagef("--%s: %v", d.name, err)
		}
	}
	if f.layout != "" {
		if _, err := extracts.Named(f.layout); err != nil {
			return o, usagef("--layout: %v", err)
		}
	}
	for _, r := range f.repairs {
		id, choice, _ := strings.Cut(r, "=")
		switch known := dataset.KnownRule(id); {
		case known && choice == "off" && dataset.Rules[dataset.RuleNamed(id)].CanBeLeft():
			o.RepairOff = append(o.RepairOff, id)
		case known && choice == "on" && dataset.Rules[dataset.RuleNamed(id)].OnRequest():
			o.RepairOn = append(o.RepairOn, id)
		default:
			return o, usagef("--repair %s: want RULE=off or RULE=on as swis formats --rules has them, such as C03=off", r)
		}
	}
	o.Allocation, o.Cohort, o.FollowUp, o.Until18 = f.allocation, f.cohort, f.followUp, f.until18
	o.Outcomes, o.Decisions = f.outcomes, f.decisions
	o.Published, o.Phases = f.published, f.phases
	if o.Memory, err = parseSize(f.memory); err != nil {
		return o, usagef("--memory: %v", err)
	}
	o.Attribution, o.S17 = study.Attribution(f.attribution), study.S17Definition(f.s17)
	o.IncludeRespite, o.S47Gap, o.KeyFile, o.KeepEvents = f.respite, f.gap, f.keyFile, f.keepEvents
	o.QuarantineValues, o.Strict, o.Threshold, o.Disclosure = f.quarantineValues, f.strict, f.threshold, f.disclosure
	o.Program = program
	if err := o.Validate(); err != nil {
		return o, usagef("%v", err)
	}
	return o, nil
}

func newIngest(s *streams) *cobra.Command {
	var f ingestFlags
	var q sqlFlags
	var out string
	cmd := &cobra.Command{
		Use:   "ingest PATH…",
		Short: "Read authorities' extracts, link children to schools, build the panel",
		Long: `Reads files and folders of extracts (swis formats lists the layouts; each file is
recognised by its columns), links children to schools by dated rolls and lookups,
and writes a study folder: panel.csv with one row a school and period, schools.csv,
the quality report, the list of issues and quarantined rows, and a manifest.

Every row that is read is accounted for: counted, duplicate, quarantined, out of the
window, not linked, at another school, or of a kind that makes no outcome. A cell of
the panel is 0 only where the school's authority delivered that outcome in that
period; else it is empty. Children's identifiers do not leave the program.

Where the rows stay in a warehouse, --sql postgres or --sql duckdb prints a query that
counts them there by school and period, by the same rules. Its result, saved as CSV, is
read back like any other file and gives the same panel and the same account of what became
of the rows. The program itself connects to nothing. The query reads one table
(--sql-table), with these columns unless --sql-column names others (one with a * is read
only where it is named):

` + warehouseTables() + `
Flags that a query cannot honour are refused, never ignored.

Exit status: 0 written (also with warnings); 1 warnings under --strict; 2 wrong command
line; 3 a file refused, or too much quarantined or unlinked; 5 reading or writing
failed; 130 interrupted.`,
		Example: `  swis ingest extracts/ --la 991 --schools schools.csv --roll roll.csv --roll left.csv --period term --out study
  swis ingest events.csv --period month --out study
  swis ingest --sql postgres --sql-table care.events --schools schools.csv --period term
  swis ingest --sql duckdb --sql-column source=referral_source --sql-column nfa=no_further_action
  swis ingest --sql postgres --layout attendance-marks --sql-table census.marks --schools schools.csv --from 2023-09-01 --to 2024-08-31
  swis ingest northmoor/ --la 992 --map northmoor.yaml --from 2018-09-01 --to 2020-07-31 --out study`,
		Args: func(cmd *cobra.Command, paths []string) error {
			if q.dialect != "" {
				return q.refuse(cmd, paths)
			}
			if err := q.without(cmd); err != nil {
				return err
			}
			return needPaths(cmd, paths)
		},
		RunE: func(cmd *cobra.Command, paths []string) error {
			if q.dialect != "" {
				return q.print(cmd.Context(), s.out, &f)
			}
			if out == "" {
				return usagef("--out: name the study folder to write, such as --out study")
			}
			o, err := f.options(paths)
			if err != nil {
				return err
			}
			if beside := filepath.Join(out, study.AllocationFile); o.Allocation == "" {
				if _, err := os.Stat(beside); err == nil {
					o.Allocation = beside
				}
			}
			o.Temp = filepath.Dir(filepath.Clean(out))
			if err := atomicfile.MakeFolder(o.Temp); err != nil {
				return err
			}
			progress, end := progressOn(s.err, isQuiet(cmd))
			made, err := study.Build(cmd.Context(), o, progress)
			end()
			if err != nil {
				return err
			}
			defer made.Close()
			if err := made.Write(out); err != nil {
				return err
			}
			if !isQuiet(cmd) {
				lines, err := made.Warnings(filepath.Join(out, study.IssuesFile))
				if err != nil {
					return err
				}
				for _, line := range lines {
					fmt.Fprintf(s.err, "swis: %s\n", line)
				}
				if err := made.Quality.WriteText(s.out); err != nil {
					return err
				}
			}
			if !isQuiet(cmd) {
				fmt.Fprintf(s.err, "%d schools by %d periods written to %s\n", len(made.Panel.Schools), made.Panel.Periods, filepath.Join(out, study.PanelFile))
			}
			return strictly(o, made.Quality)
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&out, "out", "", "study `folder` to write")
	q.bind(cmd)
	return cmd
}

func needPaths(cmd *cobra.Command, paths []string) error {
	if len(paths) == 0 {
		return usagef("%s: name the files or folders of extracts", cmd.Name())
	}
	return nil
}

// strictly fails where --strict is on and a rule of severity warn or
// quarantine applied, the late recording before the end of a delivery apart.
func strictly(o study.Options, q *study.Quality) error {
	if !o.Strict {
		return nil
	}
	kinds := 0
	for _, r := range q.Rules {
		if (r.Severity == "warn" || r.Severity == "quarantine") && r.Count != (study.Number{}) && r.Rule != "X02" { // every delivery has an end
			kinds++
		}
	}
	if kinds > 0 {
		return &checkFailed{fmt.Sprintf("%d rules applied and --strict is on; the report lists them", kinds)}
	}
	return nil
}
