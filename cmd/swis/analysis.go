package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"swis/analysis"
)

// analysisOptions are the options of a command whose outcome is one result.
// The command line, the plan and verify all go this way, so that an analysis
// gives the same numbers wherever it is declared.
type analysisOptions interface {
	bind(cmd *cobra.Command)
	result(ctx context.Context, s *streams) (*analysis.Result, error)
}

// analysisCommand is one entry of the visible list below.
type analysisCommand struct {
	use, short, long, example string
	options                   func() analysisOptions
}

// analyses lists the commands that give one result. A new one is one file and
// one line here.
var analyses = []analysisCommand{
	caceCommand,
	describeCommand,
	didCommand,
	glmCommand,
	floorCommand,
	powerCommand,
	mixedCommand,
}

// newAnalysis makes the cobra command of an entry.
func newAnalysis(s *streams, a analysisCommand) *cobra.Command {
	return a.command(s, func(output *outputFlags, r *analysis.Result) error { return output.emit(s, r) })
}

// command binds the flags of an entry and hands its result to use.
func (a analysisCommand) command(s *streams, use func(*outputFlags, *analysis.Result) error) *cobra.Command {
	cmd := &cobra.Command{Use: a.use, Short: a.short, Long: a.long, Example: a.example, Args: cobra.NoArgs}
	options := a.options()
	options.bind(cmd)
	var output outputFlags
	output.bind(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		r, err := options.result(cmd.Context(), s)
		if err != nil {
			return err
		}
		r.Provenance.Command = commandLine(cmd)
		return use(&output, r)
	}
	return cmd
}

// commandLine is the command with the flags that were set, in the order of
// their names.
func commandLine(cmd *cobra.Command) []string {
	line := []string{cmd.Name()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "format", "out", "quiet", "no-color":
		default:
			line = append(line, "--"+f.Name+"="+f.Value.String())
		}
	})
	return line
}

// runAnalysis runs one analysis from an argument list such as
// [did --data panel.csv --outcome s47], as the plan and verify declare them.
func runAnalysis(ctx context.Context, s *streams, args []string) (*analysis.Result, error) {
	if len(args) == 0 {
		return nil, usagef("empty argument list: want a command such as did and its flags")
	}
	for _, a := range analyses {
		if a.use != args[0] {
			continue
		}
		var result *analysis.Result
		cmd := a.command(s, func(_ *outputFlags, r *analysis.Result) error {
			result = r
			return nil
		})
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		cmd.SetArgs(args[1:])
		cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%s: %v", a.use, err) })
		if err := cmd.ExecuteContext(ctx); err != nil {
			return nil, err
		}
		return result, nil
	}
	names := make([]string, len(analyses))
	for i, a := range analyses {
		names[i] = a.use
	}
	return nil, usagef("no analysis %q: want one of %v", args[0], names)
}
