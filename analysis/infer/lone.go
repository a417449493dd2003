package infer

import (
	"fmt"
	"slices"

	"swis/analysis"
	"swis/analysis/formula"
)

// Withhold takes back everything but the estimate itself, where its standard
// error is no estimate of anything.
func Withhold(e *analysis.Estimate) {
	e.StdError, e.DF, e.Statistic, e.PValue = nil, nil, nil, nil
	e.ConfLow, e.ConfHigh, e.RatioLow, e.RatioHigh = nil, nil, nil, nil
	e.DifferenceLow, e.DifferenceHigh = nil, nil
}

// ReportLone notes arms (levels of a column that does not change within
// clusters) of one cluster, and withholds standard errors by cluster of terms
// of which every arm is one.
func ReportLone(r *analysis.Result, d *formula.Design, cluster *formula.Group) error {
	lone, err := d.LoneLevels(cluster)
	if err != nil {
		return err
	}
	for _, l := range lone {
		text := fmt.Sprintf("%s %s is one %s (%s): how clusters of that level differ cannot be seen, and standard errors by %s are too small; use --permute", l.Column, l.Level, cluster.Name, l.Cluster, cluster.Name)
		if l.All {
			text = fmt.Sprintf("each level of %s is one %s: standard errors by %s cannot be had and are withheld; cluster on smaller units, or use --vcov hc1", l.Column, cluster.Name, cluster.Name)
			for i := range r.Estimates {
				if e := &r.Estimates[i]; slices.Contains(d.TermColumns(e.Term), l.Column) {
					Withhold(e)
				}
			}
		}
		if !slices.ContainsFunc(r.Notes, func(n analysis.Note) bool { return n.Text == text }) {
			r.Note("one_cluster_arm", text)
		}
	}
	return nil
}
