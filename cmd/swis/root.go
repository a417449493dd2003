package main

import (
	"errors"
	"io"
	"regexp"

	"github.com/spf13/cobra"
)

// streams are where a command reads and prints: data to out, talk to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// commands lists every command that is more than one analysis, in the order of
// the main job; those that give one result stand in analyses. A new command is
// one file and one line in its list.
var commands = []func(*streams) *cobra.Command{
	newDemo,
	newInit,
	newLock,
	newRun,
	newFormats,
	newCheck,
	newIngest,
	newAssign,
	newCompare,
	newMethods,
	newPlot,
	newVerify,
	newSelftest,
	newVersion,
}

func newRoot(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "swis",
		Short: "Evaluate trials in children's social care, from local-authority extracts to a report",
		Long: `swis reads the child-level extracts that local authorities hold, links children to
schools, assigns or matches schools, estimates effects on Section 47 enquiries,
Section 17 starts and days in care, says where a floor effect leaves no room to
improve or to detect, and writes charts and a report.

Exit status: 0 done; 1 a check or verification failed; 2 wrong command line;
3 input refused; 4 refused by an integrity or disclosure rule; 5 reading or
writing failed; 6 not estimable from these data; 130 interrupted.`,
		Example:       "  swis demo\n  swis run trial.yaml",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%s: see %s --help", parsing.ReplaceAllString(err.Error(), ""), cmd.CommandPath())
	})
	root.PersistentFlags().Bool("quiet", false, "no progress and no notes on stderr")
	root.PersistentFlags().Bool("no-color", false, "no colour (also: NO_COLOR)")
	for _, command := range commands {
		root.AddCommand(command(s))
	}
	for _, a := range analyses {
		root.AddCommand(newAnalysis(s, a))
	}
	addTopics(root)
	sayUsage(root)
	narrowHelp(root)
	return root
}

// parsing is what Go's parsers put before what is wrong with a number.
var parsing = regexp.MustCompile(`strconv\.Parse\w+: parsing ".*": `)

// sayUsage answers a wrong number of words with the line that is wanted.
func sayUsage(cmd *cobra.Command) {
	if args := cmd.Args; args != nil && cmd.HasParent() {
		cmd.Args = func(cmd *cobra.Command, words []string) error {
			err := args(cmd, words)
			if err == nil {
				return nil
			}
			var usage *usageError
			if errors.As(err, &usage) {
				return err
			}
			return usagef("want %s; see %s --help", cmd.UseLine(), cmd.CommandPath())
		}
	}
	for _, sub := range cmd.Commands() {
		sayUsage(sub)
	}
}
