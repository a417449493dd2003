package describe

import (
	"context"
	"fmt"

	"swis/analysis"
	"swis/dataset/table"
)

// Columns summarises every numeric column, or those named, without arms.
type Columns struct {
	Covariates []string // empty: all numeric columns
}

// Method describes the summary.
func (Columns) Method() analysis.Method {
	return analysis.Method{Name: "Description of columns", Conventions: []string{"n, mean and standard deviation (divisor n - 1) of the cells that are not missing or suppressed"}}
}

// Estimate fills checks n:*, mean:*, sd:* and the table "columns".
func (d Columns) Estimate(_ context.Context, t *table.Table) (*analysis.Result, error) {
	r := &analysis.Result{Title: "Description of columns", Method: d.Method(), Fit: analysis.Fit{NObs: t.Rows(), Status: analysis.Exact}}
	r.Subtitle = fmt.Sprintf("%d rows", t.Rows())
	names, err := numericColumns(t, d.Covariates, "")
	if err != nil {
		return nil, err
	}
	out := analysis.Table{Name: "columns", Columns: []analysis.Column{
		{Name: "column", Format: analysis.Text}, {Name: "n", Format: analysis.Count}, {Name: "missing", Format: analysis.Count},
		{Name: "suppressed", Format: analysis.Count}, {Name: "mean", Format: analysis.Ratio}, {Name: "sd", Label: "sd", Format: analysis.Ratio},
		{Name: "min", Label: "smallest", Format: analysis.Ratio}, {Name: "max", Label: "largest", Format: analysis.Ratio}, {Name: "zeros", Label: "zero", Format: analysis.Percent},
	}}
	for _, name := range names {
		c, err := t.Numeric(name)
		if err != nil {
			return nil, err
		}
		m := summarise(c.Values)
		all := side{rows: everyRow(len(c.Values))}
		l := level{name: name, column: name, values: c.Values}
		mean, n, _ := all.of(&l, &m)
		out.Sums = append(out.Sums, rest(&l, &all, n, &m))
		missing, suppressed := marks(c)
		add(r, "n:"+name, float64(m.n))
		made(r, "mean:"+name, m.mean, mean)
		add(r, "sd:"+name, m.sd)
		out.Rows = append(out.Rows, []analysis.Cell{
			{Text: name}, numberOf(float64(m.n), n), number(float64(missing)), number(float64(suppressed)),
			numberOf(m.mean, mean), number(m.sd), number(m.min), number(m.max), numberOf(float64(m.zeros)/float64(m.n), zerosOf(&l, &all, &m)),
		})
		if suppressed > 0 {
			r.Note("suppressed", fmt.Sprintf("%d suppressed cells of %s are left out, not counted as zero", suppressed, name))
		}
	}
	r.Tables = append(r.Tables, out)
	return r, nil
}

// numericColumns are the columns to describe: those named, which must be
// numeric, or all numeric ones but the one left out.
func numericColumns(t *table.Table, named []string, except string) ([]string, error) {
	if named != nil {
		return named, nil
	}
	var names []string
	for _, name := range t.Names() {
		if kind, err := t.Kind(name); err != nil {
			return nil, err
		} else if kind == table.NumericKind && name != except {
			names = append(names, name)
		}
	}
	return names, nil
}

func marks(c *table.Numeric) (missing, suppressed int) {
	for _, m := range c.Marks {
		switch m {
		case table.Missing:
			missing++
		case table.Suppressed:
			suppressed++
		}
	}
	return missing, suppressed
}

func add(r *analysis.Result, name string, value float64) {
	r.Checks = append(r.Checks, analysis.Check{Name: name, Value: analysis.Num(value)})
}

func number(x float64) analysis.Cell { return analysis.Cell{Value: analysis.Num(x)} }

// made adds a check with the count that is behind it.
func made(r *analysis.Result, name string, value float64, of *analysis.Behind) {
	r.Checks = append(r.Checks, analysis.Check{Name: name, Value: analysis.Num(value), Behind: of})
}

func numberOf(x float64, of *analysis.Behind) analysis.Cell {
	return analysis.Cell{Value: analysis.Num(x), Behind: of}
}

func everyRow(n int) []bool {
	rows := make([]bool, n)
	for i := range rows {
		rows[i] = true
	}
	return rows
}
