package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/cace"
	"swis/analysis/describe"
	"swis/analysis/design"
	"swis/analysis/did"
	"swis/analysis/floor"
	"swis/analysis/gee"
	"swis/analysis/glm"
	"swis/analysis/glmm"
	"swis/analysis/infer"
	"swis/analysis/mixed"
	"swis/analysis/power"
	"swis/dataset/atomicfile"
	"swis/dataset/table"
	"swis/report"
	"swis/report/tables"
)

// described is anything that can say how it works.
type described interface{ Method() analysis.Method }

// methods lists what swis methods describes, by the name of the command and
// what is chosen in it. A new estimator is one line here.
var methods = []struct {
	name string
	of   described
}{
	{"did twfe", did.TwoWay{}},
	{"did twfe poisson", did.TwoWay{Family: "poisson"}},
	{"did 2x2", did.TwoByTwo{}},
	{"did event", did.Event{}},
	{"did cs", did.CallawaySantAnna{}},
	{"did sunab", did.SunAbraham{}},
	{"did imputation", did.Imputation{}},
	{"did etwfe", did.Extended{}},
	{"did etwfe poisson", did.Extended{Family: "poisson"}},
	{"did aggregate", did.Collapsed{}},
	{"did ancova", did.Collapsed{Ancova: true}},
	{"did bacon", did.Bacon{}},
	{"mixed gaussian", mixed.Linear{}},
	{"mixed gaussian kenward-roger", mixed.Linear{DF: mixed.KenwardRoger}},
	{"mixed poisson", glmm.Generalised{Formula: "events ~ arm * post + offset(log(exposure)) + (1 | la/school)", Family: "poisson"}},
	{"mixed negbin", glmm.Generalised{Formula: "events ~ arm * post + offset(log(exposure)) + (1 | la/school)", Family: "negbin"}},
	{"mixed binomial", glmm.Generalised{Formula: "outcome ~ arm + (1 | school)", Family: "binomial"}},
	{"mixed poisson quadrature", glmm.Generalised{Formula: "events ~ arm + offset(log(exposure)) + (1 | school)", Family: "poisson", Quadrature: 9}},
	{"glm gaussian", glmOf("gaussian", "E[y] = X beta")},
	{"glm poisson", glmOf("poisson", "log E[y] = X beta + log exposure")},
	{"glm quasipoisson", glmOf("quasipoisson", "log E[y] = X beta + log exposure")},
	{"glm negbin", glmOf("negbin", "log E[y] = X beta + log exposure")},
	{"glm binomial", glmOf("binomial", "logit P(y = 1) = X beta")},
	{"glm quasibinomial", glmOf("quasibinomial", "logit E[y] = X beta")},
	{"glm gamma", glmOf("gamma", "log E[y] = X beta")},
	{"glm tobit", glmOf("tobit", "y = max(0, X beta + e), e ~ N(0, sigma^2)")},
	{"glm zero-inflated", glmm.Generalised{Formula: "days ~ arm * post + offset(log(exposure))", Family: "negbin", ZeroInflation: "~ arm"}},
	{"glm hurdle", glmm.Generalised{Formula: "days ~ arm * post + offset(log(exposure))", Family: "negbin", Hurdle: "~ arm"}},
	{"glm gee", gee.Marginal{Formula: "log E[y] = X beta + log exposure", Family: "poisson", Correlation: "exchangeable", Cluster: "school"}},
	{"cace", cace.Effect{}},
	{"floor", floor.Diagnose{}},
	{"floor zeros", floor.Zeros{}},
	{"power rates", power.Rates{}},
	{"power proportions", power.Proportions{}},
	{"power means", power.Means{}},
	{"power mdes", power.MDES{}},
	{"describe", describe.Columns{}},
	{"describe balance", describe.Balance{}},
	{"assign complete", design.Complete},
	{"assign stratified", design.Stratified},
	{"assign pairs", design.Pairs},
	{"assign constrained", design.Constrained},
	{"assign minimisation", design.Minimisation},
	{"assign match", design.Match},
}

// glmOf is a family with standard errors clustered by school, as a reader
// meets it most.
func glmOf(family, formula string) glm.Model {
	return glm.Model{Formula: formula, Family: family, Inference: infer.Options{Clusters: []string{"school"}}}
}

func newMethods(s *streams) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "methods [name]",
		Short: "The formula, conventions and references of an estimator",
		Long: `Prints how an estimator works, in words that a protocol can quote: its formula, its
variance, the conventions where programs differ, and the papers they come from.
Without a name it lists the names; a command such as did gives all of its methods.

Exit status: 0 done; 2 no such method.`,
		Example: "  swis methods\n  swis methods did event\n  swis methods mixed --format markdown",
		RunE: func(_ *cobra.Command, args []string) error {
			write := func(w io.Writer) error { return writeMethods(w, strings.Join(args, " "), format) }
			if out == "" {
				return write(s.out)
			}
			return atomicfile.Write(out, write)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "`how` to print: text, json, markdown, html, latex")
	cmd.Flags().StringVar(&out, "out", "", "write to this `file` instead of stdout")
	return cmd
}

// writeMethods writes the methods whose name is, or starts with, the name asked for.
func writeMethods(w io.Writer, name, format string) error {
	var page []report.Block
	var chosen []analysis.Method
	var names []string
	for _, m := range methods {
		names = append(names, m.name)
		if name == "" || m.name == name || strings.HasPrefix(m.name, name+" ") {
			chosen = append(chosen, m.of.Method())
		}
	}
	if len(chosen) == 0 {
		hint := ""
		if near := table.Nearest(name, names); near != "" {
			hint = " (did you mean " + near + "?)"
		}
		return usagef("no method %q%s: swis methods lists them", name, hint)
	}
	if name == "" && format == "text" {
		items := report.Items{Code: true}
		for i, m := range methods {
			items.List = append(items.List, report.Item{Name: m.name, Text: chosen[i].Name})
		}
		return tables.Style{}.Write(w, []report.Block{report.Heading{Level: 1, Text: "Methods (swis methods NAME for one)"}, items})
	}
	for _, m := range chosen {
		page = append(page, tables.Method(m, 2)...)
	}
	switch format {
	case "text":
		return tables.Style{}.Write(w, page)
	case "markdown":
		return tables.Markdown(w, page)
	case "latex":
		return tables.LaTeX(w, page)
	case "html":
		return tables.HTMLPage(w, "Methods", page)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(chosen)
	}
	return usagef("--format %s: want one of text, json, markdown, html, latex", format)
}
