package did

import (
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
)

// lone notes cohorts of one cluster where starts are staggered: how clusters
// differ cannot be seen within such a cohort, so the standard errors of its own
// effects are too small, whatever the method.
func (p *Panel) lone(result *analysis.Result, clusters *formula.Group) {
	if len(p.Starts) < 2 {
		return
	}
	var names []string
	for _, start := range p.Starts {
		first, several := int32(-1), false
		for i := range p.Y {
			if p.Start(i) != start {
				continue
			}
			if first < 0 {
				first = clusters.Index[i]
			}
			several = several || clusters.Index[i] != first
		}
		if first >= 0 && !several && !math.IsInf(start, 1) {
			names = append(names, p.periodLabel(start))
		}
	}
	if len(names) == 0 {
		return
	}
	verb := "is"
	if len(names) > 1 {
		verb = "are each"
	}
	name := noun(clusters.Name)
	result.Note("one_cluster_cohort", fmt.Sprintf("the cohort that starts in %s %s one %s: the standard errors of these effects lack how %s differ and are too small; use --permute, or join cohorts", strings.Join(names, ", "), verb, name, plural(name)))
}
