package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"swis/dataset"
	"swis/dataset/extracts"
)

func newFormats(s *streams) *cobra.Command {
	var rules, outcomes, example, mapping bool
	cmd := &cobra.Command{
		Use:   "formats [NAME]",
		Short: "List the extract layouts that are recognised, with their columns",
		Long: `Lists the layouts that swis ingest and swis check recognise. With a NAME it prints
the columns of that layout: which are required, what else they may be called, and what
they mean, and an example; --example prints the example alone, --mapping a mapping file
that reads the same in an authority's own headers and codes, to be edited and given with
--map. Headers are compared by their letters and digits alone, so case, spaces and
underscores do not matter. --rules lists the rules that rows are held against,
--outcomes the outcomes that a panel can have.

Exit status: 0; 2 no such layout.`,
		Example: "  swis formats\n  swis formats cin-csv-s47\n  swis formats cin-csv-s47 --mapping\n  swis formats --rules\n  swis formats --outcomes",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
			switch {
			case rules:
				fmt.Fprintln(w, "rule\tdoes\twhat\tDfE rules\trepair\tswitch")
				for _, r := range dataset.Rules {
					leave := ""
					switch {
					case r.CanBeLeft():
						leave = "--repair " + r.ID + "=off"
					case r.OnRequest():
						leave = "--repair " + r.ID + "=on"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Severity, r.Text, r.DfE, r.Repair, leave)
				}
			case outcomes:
				printOutcomes(w)
			case len(args) == 1:
				l, err := extracts.Named(args[0])
				if err != nil {
					return usagef("%v", err)
				}
				switch {
				case mapping:
					fmt.Fprint(w, l.Mapping())
				case example:
					fmt.Fprint(w, l.Example())
				default:
					printLayout(w, l)
				}
			case example || mapping:
				return usagef("--example, --mapping: name a layout, such as swis formats cin-csv-s47 --mapping")
			default:
				fmt.Fprintln(w, "layout\twhat\tused")
				for _, l := range extracts.All {
					used := "yes"
					if l.Ignored != "" {
						used = "no: " + l.Ignored
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", l.Name, l.Title, used)
				}
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&rules, "rules", false, "list the rules instead")
	cmd.Flags().BoolVar(&example, "example", false, "print the example of the layout alone")
	cmd.Flags().BoolVar(&mapping, "mapping", false, "print a mapping file for the layout, with a file that it reads")
	cmd.Flags().BoolVar(&outcomes, "outcomes", false, "list the outcomes instead")
	return cmd
}

func printOutcomes(w *tabwriter.Writer) {
	fmt.Fprintln(w, "outcome\twhat\tkind\tin the panel")
	for _, o := range dataset.Outcomes {
		in := [...]string{"always", "where delivered", "where asked for: --outcomes " + o.Name}[o.In]
		what := o.Label
		for i, d := range o.Under {
			if i == 0 {
				what += ": "
			} else {
				what += ", "
			}
			what += d.Name
		}
		if o.Kind == dataset.ShareOutcome {
			what += ": " + o.Part + " / " + o.Whole
			if o.Rest {
				what = strings.Replace(what, o.Part, "1 - "+o.Part, 1)
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", o.Name, what, o.Kind, in)
	}
}

func printLayout(w *tabwriter.Writer, l *extracts.Layout) {
	fmt.Fprintf(w, "%s: %s\n", l.Name, l.Title)
	if l.Root != "" {
		fmt.Fprintf(w, "XML with the root element %s; the fields that are read:\n", l.Root)
	}
	if l.Ignored != "" {
		fmt.Fprintf(w, "recognised, not used: %s\n", l.Ignored)
	}
	fmt.Fprintln(w, "\ncolumn\tneeded\tholds\tmeans\talso called")
	for _, c := range l.Columns {
		need := ""
		if c.Required {
			need = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Name, need, c.Kind, c.Means, strings.Join(c.Also, ", "))
	}
	if len(l.AnyOf) > 0 {
		fmt.Fprintf(w, "\nneeded: one of %s\n", strings.Join(l.AnyOf, ", "))
	}
	w.Flush()
	fmt.Fprintln(w, "\nexample:")
	for line := range strings.Lines(l.Example()) {
		fmt.Fprint(w, "  "+line)
	}
}
