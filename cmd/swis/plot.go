package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/report"
	"swis/report/charts"
	"swis/report/disclosure"
)

// plotKind is one figure: the analysis that it draws where no result is given,
// and how it is made.
type plotKind struct {
	name, about string
	analysis    []string // command and flags of the analysis; nil: drawn from a table
	draw        func(o *plotOptions, results []*analysis.Result) (*report.Figure, error)
	table       func(o *plotOptions, p disclosure.Profile) (*countedFigure, error)
}

// plotKinds lists the figures. A new one is one entry here and one file in
// report/charts.
var plotKinds = []plotKind{
	{name: "trends", about: "rate or mean by arm over time; --by la for small multiples", table: (*plotOptions).trends},
	{name: "event-study", about: "effect by time since the start", analysis: []string{"did", "--method=event"},
		draw: func(_ *plotOptions, r []*analysis.Result) (*report.Figure, error) { return charts.EventStudy(r[0]) }},
	{name: "forest", about: "effects with intervals; several --result, or --by la", analysis: []string{"did"}, draw: (*plotOptions).forest},
	{name: "zeros", about: "events per row, observed and expected; --rootogram", analysis: []string{"floor"},
		draw: func(o *plotOptions, r []*analysis.Result) (*report.Figure, error) {
			return charts.Zeros(r[0], o.rootogram)
		}},
	{name: "floor", about: "each school before and after the start, and the floor", table: (*plotOptions).floor},
	{name: "balance", about: "standardised differences; a second --result is after matching", analysis: []string{"describe"},
		draw: func(_ *plotOptions, r []*analysis.Result) (*report.Figure, error) {
			var after *analysis.Result
			if len(r) > 1 {
				after = r[1]
			}
			return charts.Balance(r[0], after)
		}},
	{name: "flow", about: "schools and pupils in each stage (CONSORT)", analysis: []string{"describe"},
		draw: func(_ *plotOptions, r []*analysis.Result) (*report.Figure, error) { return charts.Flow(r[0]) }},
	{name: "caterpillar", about: "departures of schools or LAs from the average", analysis: []string{"mixed", "--effects"},
		draw: func(o *plotOptions, r []*analysis.Result) (*report.Figure, error) {
			return charts.Caterpillar(r[0], o.group)
		}},
	{name: "residuals", about: "quantiles of the residuals of swis mixed against its model", analysis: []string{"mixed", "--diagnostics=199"},
		draw: func(_ *plotOptions, r []*analysis.Result) (*report.Figure, error) { return charts.Residuals(r[0]) }},
	{name: "power", about: "power curve", analysis: []string{"power"},
		draw: func(_ *plotOptions, r []*analysis.Result) (*report.Figure, error) { return charts.Power(r[0]) }},
}

// plotOptions are the flags of swis plot. Those that it does not know belong to
// the analysis that is drawn.
type plotOptions struct {
	data      dataFlags
	results   []string
	out       string
	formats   []string
	title     string
	rootogram bool
	profile   string
	group     string

	outcome, unit, time, treated, start, exposure string
}

func newPlot(s *streams) *cobra.Command {
	var kinds strings.Builder
	for _, k := range plotKinds {
		fmt.Fprintf(&kinds, "  %-12s %s\n", k.name, k.about)
	}
	cmd := &cobra.Command{
		Use:   "plot <kind> [flags]",
		Short: "Draw one figure as SVG, PNG and PDF, with its data and a description",
		Long: `Draws one figure for a report: 170 mm wide, in the accessible palette of the
Government Analysis Function, readable in grey. Beside the pictures it writes the
plotted numbers as CSV and a description for those who cannot see it (.txt).

` + kinds.String() + `
The numbers come from results (--result FILE, written with --format json) or from
the data: flags that plot does not know are those of the analysis that is drawn,
as in swis did, mixed, floor, describe or power.

Trends of more than a year of months are drawn by quarter: three months, counted from
the start. Under --disclosure numbers pass the profile before anything is drawn.

Flags:
      --result file     result in JSON (repeatable)
      --out path        folder, or a file ending in .svg, .png or .pdf (default .)
      --formats list    svg,png,pdf (default all three)
      --title text      title instead of the one that is made
      --disclosure name none, dfe or tre: small numbers are not drawn and not written
      --rootogram       zeros: hanging rootogram
      --group column    caterpillar: the group whose effects are drawn
      --data, --study, --allocation, --where, --by, --outcome, --unit, --time,
      --treated, --start, --exposure and the flags of the analysis

Exit status: 0 done; 2 wrong command line; 3 data refused; 5 writing failed;
6 there is nothing to draw.`,
		Example: `  swis plot trends --study study --outcome s47 --by la --out figures
  swis plot event-study --result did.json --out figures
  swis plot forest --result s47.json --result s17.json --out forest.svg
  swis plot floor --data panel.csv --outcome s47 --unit school --time term --treated swis --start 7 --exposure pupils`,
		DisableFlagParsing: true,
		ValidArgs:          plotNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || slices.Contains(args, "--help") || slices.Contains(args, "-h") {
				return cmd.Help()
			}
			return plot(cmd.Context(), s, args)
		},
	}
	return cmd
}

func plotNames() []string {
	names := make([]string, len(plotKinds))
	for i, k := range plotKinds {
		names[i] = k.name
	}
	return names
}

// plot draws the figure of a command line and prints the files it wrote.
func plot(ctx context.Context, s *streams, args []string) error {
	f, o, err := figure(ctx, s, args)
	if err != nil {
		return err
	}
	dir, formats := o.out, o.formats
	if !charts.IsFolder(o.out) {
		ext := strings.TrimPrefix(filepath.Ext(o.out), ".")
		if !slices.Contains(charts.Formats, ext) {
			return usagef("--out %s: want a folder, or a file ending in .svg, .png or .pdf", o.out)
		}
		dir, formats = filepath.Dir(o.out), []string{ext}
		f.Name = strings.TrimSuffix(filepath.Base(o.out), filepath.Ext(o.out))
	}
	paths, err := charts.Write(dir, f, formats)
	if err != nil {
		return err
	}
	for _, p := range paths {
		fmt.Fprintln(s.out, p)
	}
	return nil
}

// figure makes the figure of a command line such as
// [trends --study study --outcome s47], as plot and the plan declare it.
func figure(ctx context.Context, s *streams, args []string) (*report.Figure, *plotOptions, error) {
	if len(args) == 0 {
		return nil, nil, usagef("name a figure: one of %s", strings.Join(plotNames(), ", "))
	}
	at := slices.IndexFunc(plotKinds, func(k plotKind) bool { return k.name == args[0] })
	if at < 0 {
		return nil, nil, usagef("no figure %q: want one of %s", args[0], strings.Join(plotNames(), ", "))
	}
	kind := plotKinds[at]
	o := &plotOptions{}
	rest, err := o.parse(args[1:], kind.table != nil)
	if err != nil {
		return nil, nil, err
	}
	profile, err := disclosure.Parse(o.profile)
	if err != nil {
		return nil, nil, usagef("--%v", err)
	}
	if err := profile.Drawn(kind.name); err != nil {
		return nil, nil, err
	}
	var f *report.Figure
	switch {
	case kind.table != nil:
		if len(rest) > 0 {
			return nil, nil, usagef("unknown flag or word %s: see swis plot --help", rest[0])
		}
		var c *countedFigure
		if c, err = kind.table(o, profile); err == nil {
			f = c.alone(profile)
		}
	case len(o.results) > 0:
		if len(rest) > 0 {
			return nil, nil, usagef("with --result the analysis is done: %s has no use", rest[0])
		}
		var results []*analysis.Result
		if results, err = readResults(o.results); err == nil {
			f, err = kind.draw(o, profile.Results(results))
		}
	case len(rest) == 0:
		return nil, nil, usagef("give --result FILE, written with --format json, or the data and flags of the analysis that is drawn, such as --study FOLDER --outcome s47: see swis plot --help")
	default:
		run := append(slices.Clone(kind.analysis), rest...)
		if kind.name == "event-study" && slices.ContainsFunc(rest, func(a string) bool { return a == "--method" || strings.HasPrefix(a, "--method=") }) {
			run = append([]string{kind.analysis[0]}, run[len(kind.analysis):]...)
		}
		var r *analysis.Result
		if r, err = runAnalysis(ctx, s, run); err == nil {
			f, err = kind.draw(o, profile.Results([]*analysis.Result{r}))
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if o.title != "" {
		f.Title = o.title
	}
	return f, o, nil
}

// alone draws a figure that is published by itself, its numbers as the profile
// lets them out.
func (c *countedFigure) alone(p disclosure.Profile) *report.Figure {
	if !p.On() {
		return c.draw(c.tables)
	}
	s := p.Release()
	for _, t := range c.tables {
		s.AddTable(t)
	}
	s.Settle()
	shown := make([]*analysis.Table, len(c.tables))
	for i, t := range c.tables {
		shown[i] = s.Table(t)
	}
	return c.draw(shown)
}

// readResults reads result files.
func readResults(files []string) ([]*analysis.Result, error) {
	var out []*analysis.Result
	for _, file := range files {
		r, err := readResult(file)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (o *plotOptions) forest(results []*analysis.Result) (*report.Figure, error) {
	title := "Effects with their intervals"
	if len(results) == 1 && results[0].Title != "" {
		title = results[0].Title
	}
	files := map[string]bool{}
	var sources []string
	for _, r := range results {
		for _, in := range r.Provenance.Inputs {
			if !files[in.File] {
				files[in.File] = true
				sources = append(sources, filepath.Base(in.File))
			}
		}
	}
	source := strings.Join(sources, ", ")
	if source != "" {
		source += "; " + program + "."
	}
	return charts.Forest(title, charts.ForestRows(results), source)
}
