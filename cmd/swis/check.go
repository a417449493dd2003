package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"swis/dataset/study"
)

func newCheck(s *streams) *cobra.Command {
	var f ingestFlags
	var format string
	cmd := &cobra.Command{
		Use:   "check PATH…",
		Short: "Validate extracts and print the data-quality report",
		Long: `Reads extracts as swis ingest does, applies every rule and prints the data-quality
report: files and why they were recognised; rules with their counts, shares and what was
done, those that never applied included; identifiers; linkage; coverage by month, spikes
and late recording; copies; days in care from the rows to the panel; the reconciliation
of rows; changes of schools; DfE's published totals (--published). Writes nothing.

The report can be sent as it stands: it holds no identifier, no value of an extract and
no name of a file (file 1, file 2, … with their hashes), and counts of 1 to 5, with
those from which they follow, are withheld (--disclosure dfe, the default; tre below
10). Whoever mends the rows sees exact counts and names with --disclosure none; that
report says that it is not to be sent on. On a terminal the names follow on stderr, which
is no part of the report, as do messages about refused files.

Exit status: 0 read (also with warnings); 1 warnings under --strict; 2 wrong command
line; 3 a file refused; 5 reading failed; 130 interrupted.`,
		Example: `  swis check extracts/ --la 991
  swis check section47.csv --la 991 --strict
  swis check extracts/ --la 991 --roll roll.csv --schools schools.csv --disclosure none`,
		Args: needPaths,
		RunE: func(cmd *cobra.Command, paths []string) error {
			o, err := f.options(paths)
			if err != nil {
				return err
			}
			progress, end := progressOn(s.err, isQuiet(cmd))
			made, err := study.Check(cmd.Context(), o, progress)
			end()
			if err != nil {
				return err
			}
			defer made.Close()
			switch format {
			case "text":
				err = made.Quality.WriteText(s.out)
			case "json":
				e := json.NewEncoder(s.out)
				e.SetIndent("", " ")
				err = e.Encode(made.Quality)
			case "html":
				err = made.Quality.WriteHTML(s.out)
			case "csv":
				err = made.Quality.WriteCSV(s.out)
			default:
				err = usagef("--format %s: want text, json, csv or html", format)
			}
			if err != nil {
				return err
			}
			if progress != nil { // somebody sits there
				for _, named := range made.Quality.Named() {
					fmt.Fprintln(s.err, named)
				}
			}
			if refused := made.Refused(); refused != nil {
				return refused
			}
			return strictly(o, made.Quality)
		},
	}
	f.bind(cmd)
	profile := cmd.Flags().Lookup("disclosure")
	profile.DefValue, f.disclosure = "dfe", "dfe"
	cmd.Flags().StringVar(&format, "format", "text", "`how` to print: text, json, csv, html")
	return cmd
}
