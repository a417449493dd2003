package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/dataset/atomicfile"
	"swis/report"
	"swis/report/disclosure"
	"swis/report/tables"
)

// outputFlags are the flags of every command that prints a result.
type outputFlags struct {
	format     string
	out        string
	disclosure string
}

func (f *outputFlags) bind(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.format, "format", "text", "`how` to print: text, json, csv, markdown, html, latex")
	cmd.Flags().StringVar(&f.out, "out", "", "write to this `file` instead of stdout")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json", "csv", "markdown", "html", "latex"}, cobra.ShellCompDirectiveNoFileComp))
	if cmd.Flags().Lookup("disclosure") == nil {
		cmd.Flags().StringVar(&f.disclosure, "disclosure", "none", "withhold small numbers in every format: `profile` none, dfe or tre")
	}
}

// writers lists the formats a result can be printed in.
var writers = map[string]func(io.Writer, *analysis.Result) error{
	"text":     tables.WriteText,
	"json":     report.WriteJSON,
	"csv":      tables.WriteCSV,
	"markdown": tables.WriteMarkdown,
	"html":     tables.WriteHTML,
	"latex":    tables.WriteLaTeX,
}

// emit prints a result as the flags say.
func (f *outputFlags) emit(s *streams, r *analysis.Result) error {
	write, ok := writers[f.format]
	if !ok {
		return usagef("--format %s: want one of text, json, csv, markdown, html, latex", f.format)
	}
	profile, err := disclosure.Parse(f.disclosure)
	if err != nil {
		return usagef("--%v", err)
	}
	if err := profile.Refuse(r); err != nil {
		return err
	}
	r = profile.Result(r)
	if f.out == "" {
		if style, terminal := terminalStyle(s.out); terminal && f.format == "text" {
			return style.WriteResult(s.out, r)
		}
		return write(s.out, r)
	}
	return atomicfile.Write(f.out, func(w io.Writer) error { return write(w, r) })
}

// splitList splits a comma-separated flag value and drops blanks.
func splitList(text string) []string {
	var out []string
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
