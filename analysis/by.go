package analysis

import (
	"context"
	"errors"
	"fmt"

	"swis/dataset/table"
)

// EstimateBy runs an estimator on all rows and then on the rows of each level
// of a column. The pooled numbers have no By, those of a level carry it. A
// level that cannot be estimated is named in a note and leaves the others
// alone; an error of the pooled run, or one of the input, ends the whole.
// Without a column it is one plain run.
func EstimateBy(ctx context.Context, e Estimator, data *table.Table, column string) (*Result, error) {
	pooled, err := e.Estimate(ctx, data)
	if err != nil || column == "" {
		return pooled, err
	}
	groups, err := data.Category(column)
	if err != nil {
		return nil, err
	}
	for level, name := range groups.Levels {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		keep := make([]bool, data.Rows())
		for i, code := range groups.Codes {
			keep[i] = int(code) == level
		}
		one, err := e.Estimate(ctx, data.Filter(keep))
		var none *NotEstimable
		if errors.As(err, &none) {
			pooled.Notes = append(pooled.Notes, Note{Code: "not_estimable", Text: fmt.Sprintf("%s: %s", name, none.Reason), By: name})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", column, name, err)
		}
		pooled.merge(one, name)
	}
	return pooled, nil
}

// merge adds the numbers of one level to those of the pooled run.
func (r *Result) merge(one *Result, by string) {
	for _, e := range one.Estimates {
		e.By = by
		r.Estimates = append(r.Estimates, e)
	}
	for _, e := range one.RandomEffects {
		e.By = by
		r.RandomEffects = append(r.RandomEffects, e)
	}
	for _, t := range one.Tests {
		t.By = by
		r.Tests = append(r.Tests, t)
	}
	for _, c := range one.Checks {
		c.By = by
		r.Checks = append(r.Checks, c)
	}
	for _, c := range one.Curves {
		c.By = by
		r.Curves = append(r.Curves, c)
	}
	for _, t := range one.Tables {
		t.Title = joinTitle(by, t.Title)
		t.Name += ":" + by
		r.Tables = append(r.Tables, t)
	}
	for _, x := range one.Told {
		x.By = by
		r.Told = append(r.Told, x)
	}
	for _, m := range one.Margins {
		m.By = by
		r.Margins = append(r.Margins, m)
	}
	for _, n := range one.Notes {
		n.By = by
		r.Notes = append(r.Notes, n)
	}
	for _, s := range one.Summary {
		r.Summary = append(r.Summary, by+": "+s)
	}
	one.Fit.By = by
	r.Fits = append(r.Fits, one.Fit)
}

func joinTitle(by, title string) string {
	if title == "" {
		return by
	}
	return by + ": " + title
}
