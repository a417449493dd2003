package mixed

import (
	"fmt"
	"strings"

	"swis/analysis"
)

// sentences fills what each coefficient is an estimate of and the findings in
// plain words.
func (m *model) sentences(r *analysis.Result, l Linear) {
	outcome := m.design.Response.Name
	var effect *analysis.Estimate // the only one, or the only interaction
	several := false
	interactions := 0
	for i := range r.Estimates {
		e := &r.Estimates[i]
		if e.Term == "(Intercept)" || e.Estimate == nil {
			continue
		}
		e.Estimand = fmt.Sprintf("difference in %s for a unit of %s at the same random effects and other terms", outcome, e.Term)
		if strings.Contains(e.Term, ":") {
			e.Estimand = fmt.Sprintf("change in %s by which the parts of %s go beyond the sum of their own", outcome, e.Term)
		}
		interaction := strings.Contains(e.Term, ":")
		switch {
		case interaction && interactions == 0:
			effect, several = e, false
		case interaction || interactions == 0:
			several = several || effect != nil
			if effect == nil {
				effect = e
			}
		}
		if interaction {
			interactions++
		}
	}
	if l.EffectSize != "" {
		effect, several = r.Find(l.EffectSize), false
	}
	if effect != nil && !several && effect.ConfLow != nil && effect.PValue != nil {
		r.Summary = append(r.Summary, fmt.Sprintf("%s: difference in %s %.3g (%g%% interval %.3g to %.3g; p = %.2g).",
			effect.Term, outcome, *effect.Estimate, 100*effect.ConfLevel, *effect.ConfLow, *effect.ConfHigh, *effect.PValue))
	}
	if s := stateSentence(r.Fit.Status); s != "" {
		r.Summary = append(r.Summary, s)
	}
	if r.Fit.Status == analysis.NotConverged || r.Fit.ICC == nil {
		return
	}
	value := func(name string) *float64 {
		for _, c := range r.Checks {
			if c.Name == name {
				return c.Value
			}
		}
		return nil
	}
	if len(m.groups) == 1 && m.groups[0].z[0] == nil {
		text := fmt.Sprintf("%.0f%% of the variance that the fixed effects leave lies between levels of %s", 100**r.Fit.ICC, m.groups[0].name)
		if low, high := value("icc_low"), value("icc_high"); low != nil && high != nil {
			text += fmt.Sprintf(" (%g%% likelihood interval %.0f%% to %.0f%%)", 100*l.Level, 100**low, 100**high)
		}
		r.Summary = append(r.Summary, text+".")
		return
	}
	var parts []string
	for _, g := range m.groups {
		if share := value("icc:" + g.name); share != nil && g.z[0] == nil {
			parts = append(parts, fmt.Sprintf("%.0f%% between levels of %s", 100**share, g.name))
		}
	}
	if len(parts) > 0 {
		r.Summary = append(r.Summary, "Of the variance that the fixed effects leave, "+strings.Join(parts, " and ")+".")
	}
}

// stateSentence says how a fit ended and what to do about it; nothing where it
// converged.
func stateSentence(s analysis.Status) string {
	switch s {
	case analysis.Boundary:
		return "A variance is zero or a correlation is one: an answer, not an error; tests are those of the simpler model, which may be written down instead."
	case analysis.NotConverged:
		return "The fit did not converge: do not quote its numbers; leave a random term out or rescale its columns (see the notes)."
	}
	return ""
}
