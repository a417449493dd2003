package floor

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"swis/analysis"
	"swis/dataset/table"
)

// Sensitivity holds models that treat the floor differently. They see a table
// of the rows with the columns school, swis (0/1), post (0/1), exposure,
// events, and rate per 1,000. Either may be nil. Rows of a school are alike: the
// Tobit model should cluster by school.
type Sensitivity struct {
	Tobit  analysis.Estimator // of the rate, left-censored at 0
	Hurdle analysis.Estimator // whether there is any event, and how many where there are
}

// sensitivity adds the effect as a Tobit model sees it, and split into the two
// margins: any event at all (extensive) and the number where there is any
// (intensive).
func (s *diagnosis) sensitivity(ctx context.Context) error {
	if s.d.Sensitivity.Tobit == nil && s.d.Sensitivity.Hurdle == nil {
		return nil
	}
	term := "swis"
	if s.rows.panel {
		term = "swis:post"
	}
	data := s.table()
	for _, fit := range []struct {
		model analysis.Estimator
		parts []part
	}{
		{s.d.Sensitivity.Tobit, []part{{term: "tobit", label: "latent rate " + s.perWords()}}},
		{s.d.Sensitivity.Hurdle, []part{{"hurdle_any", "odds of any event", analysis.ZeroPart, true, true}, {"hurdle_count", "events where there are any", analysis.MainPart, false, true}}},
	} {
		if fit.model == nil {
			continue
		}
		r, err := fit.model.Estimate(ctx, data)
		var none *analysis.NotEstimable
		if errors.As(err, &none) {
			s.result.Note("sensitivity_not_estimable", fmt.Sprintf("%s: %s", fit.parts[0].term, none.Reason))
			continue
		}
		if err != nil {
			return fmt.Errorf("sensitivity: %w", err)
		}
		for _, p := range fit.parts {
			s.take(r, term, p)
		}
	}
	s.result.Note("sensitivity", "read the size and sign of these models beside the planned model; the hurdle model takes rows as independent, so that its p-values say less than they seem to, the Tobit model allows for rows of one school to be alike")
	return nil
}

// part is one number taken from a model.
type part struct {
	term, label string
	of          analysis.Part
	opposite    bool // the model is of no event; the sign is turned
	independent bool // the model takes rows as independent
}

func (s *diagnosis) take(r *analysis.Result, term string, p part) {
	for _, e := range r.Estimates {
		if e.Term != term || p.of == analysis.ZeroPart && e.Part != analysis.ZeroPart || p.of != analysis.ZeroPart && e.Part == analysis.ZeroPart {
			continue
		}
		e.Term, e.Label, e.Part = p.term, p.label, ""
		e.Estimand = "sensitivity: " + p.label
		if p.opposite {
			e.Estimate, e.Statistic = negative(e.Estimate), negative(e.Statistic)
			e.ConfLow, e.ConfHigh = negative(e.ConfHigh), negative(e.ConfLow)
			e.Ratio, e.RatioLow, e.RatioHigh = inverse(e.Ratio), inverse(e.RatioHigh), inverse(e.RatioLow)
		}
		if p.independent {
			e.How += ", rows as independent"
		}
		s.result.Estimates = append(s.result.Estimates, e)
		if r.Fit.Status == analysis.NotConverged {
			s.result.Note("not_converged", p.term+": the fit did not converge; not to be quoted")
		}
	}
}

func negative(x analysis.Number) analysis.Number {
	if x == nil {
		return nil
	}
	return analysis.Num(-*x)
}

func inverse(x analysis.Number) analysis.Number {
	if x == nil || *x == 0 {
		return nil
	}
	return analysis.Num(1 / *x)
}

// table is the rows as the models see them.
func (s *diagnosis) table() *table.Table {
	n := len(s.rows.y)
	school := make([]string, n)
	rate := make([]float64, n)
	for i, u := range s.rows.unit {
		school[i] = "S" + strconv.Itoa(int(u)+1)
		rate[i] = per * s.rows.y[i] / s.rows.exposure[i]
	}
	return table.Build("rows", n).Texts("school", school).Numbers("swis", floats(s.rows.treated)).Numbers("post", floats(s.rows.post)).
		Numbers("exposure", s.rows.exposure).Numbers("events", s.rows.y).Numbers("rate", rate).Table()
}
