package disclosure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"swis/analysis"
)

// curves leaves out those of closed subgroups and those that hold the rows one
// by one, and draws rows with many events together.
func (w *words) curves(r *analysis.Result) []analysis.Curve {
	p := w.release.profile
	var out []analysis.Curve
	last := map[string]int{}
	for _, c := range r.Curves {
		if strings.Contains(c.Name, "observed") && strings.HasPrefix(c.Name, "rootogram") {
			last[c.By] = p.lastShown(c.Y)
		}
	}
	for _, c := range r.Curves {
		switch {
		case w.closed[c.By], c.Name == "counterfactual_distribution":
			continue
		case p == TRE && strings.HasPrefix(c.Name, "residual"):
			continue
		case strings.HasPrefix(c.Name, "rootogram"):
			c = folded(c, last[c.By])
		case c.Name == "event_study":
			c = w.gaps(c, r)
		}
		out = append(out, c)
	}
	return out
}

// gaps is the curve of effects by time without the points that are withheld.
func (w *words) gaps(c analysis.Curve, r *analysis.Result) analysis.Curve {
	gone := map[string]bool{}
	for _, e := range r.Estimates {
		if e.By == c.By && slices.ContainsFunc(e.Behind, func(b analysis.Behind) bool { return w.release.gone(e.By, &b) }) {
			gone[e.Term] = true
		}
	}
	c.Y, c.Low, c.High = slices.Clone(c.Y), slices.Clone(c.Low), slices.Clone(c.High)
	for i, x := range c.X {
		if x != nil && gone["event:"+strconv.FormatFloat(*x, 'f', -1, 64)] {
			c.Y[i] = nil
			if i < len(c.Low) {
				c.Low[i], c.High[i] = nil, nil
			}
		}
	}
	return c
}

// lastShown is the number of events from which rows are counted together, so
// that no number of rows that is shown is small.
func (p Profile) lastShown(rows []analysis.Number) int {
	tail := 0.0
	last := 0
	for k, n := range rows {
		if n != nil && *n > 0 && p.Small(*n) {
			break
		}
		last = k
	}
	for k := len(rows) - 1; k >= 0; k-- {
		if rows[k] != nil {
			tail += *rows[k]
		}
		if k <= last && !p.Small(tail) {
			return k
		}
	}
	return 0
}

// folded is a curve of counts with all from last on together.
func folded(c analysis.Curve, last int) analysis.Curve {
	if last+1 >= len(c.Y) {
		return c
	}
	sum := 0.0
	for _, y := range c.Y[last:] {
		if y != nil {
			sum += *y
		}
	}
	c.X = slices.Clone(c.X[:last+1])
	c.Y = append(slices.Clone(c.Y[:last]), analysis.Num(sum))
	if len(c.Low) > last {
		c.Low, c.High = nil, nil
	}
	c.XLabel = strings.TrimSpace(c.XLabel + fmt.Sprintf(" (%d and more together)", last))
	return c
}
