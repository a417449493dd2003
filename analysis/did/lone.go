package did

import (
	"fmt"
	"math"
	"strings"

	"swis/analysis"
	"swis/analysis/formula"
	"swis/analysis/linear"
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

// arms counts the clusters with a treated and with a never treated unit among
// rows (all where nil), and notes where they are too few for standard errors.
// comparison is -1 where nobody is never treated.
func (p *Panel) arms(result *analysis.Result, clusters *formula.Group, rows []int32, permuted bool) (treated, comparison int) {
	seen := [2][]bool{make([]bool, len(clusters.Levels)), make([]bool, len(clusters.Levels))}
	count := [2]int{}
	if rows == nil {
		rows = linear.Consecutive(p.N())
	}
	lastUnit, lastCluster := int32(-1), int32(-1)
	for _, row := range rows {
		u, c := p.Unit.Index[row], clusters.Index[row]
		if u == lastUnit && c == lastCluster { // as most rows of a panel
			continue
		}
		lastUnit, lastCluster = u, c
		arm := 1
		if math.IsInf(p.Cohort[u], 1) {
			arm = 0
		}
		if !seen[arm][c] {
			seen[arm][c] = true
			count[arm]++
		}
	}
	treated, comparison = count[1], count[0]
	never := false
	for _, c := range p.Cohort {
		never = never || math.IsInf(c, 1)
	}
	if !never {
		comparison = -1
	}
	name := noun(clusters.Name)
	switch {
	case treated == 1 && comparison == 1 && len(p.Starts) == 1:
		result.Note("one_cluster_arm", fmt.Sprintf("each arm is one %s: standard errors by %s cannot be had and are withheld; cluster on smaller units, or compare more %s", name, name, plural(name)))
	case permuted:
	case treated > 0 && treated <= fewTreated:
		result.Note("few_treated", fmt.Sprintf("%s treated: no standard error is reliable with so few, whatever the comparison; lead with --permute",
			countOf(treated, name+" is", plural(name)+" are")))
	case comparison == 1:
		result.Note("one_cluster_arm", fmt.Sprintf("the comparison is one %s: how comparison %s differ cannot be seen, and standard errors are too small; lead with --permute", name, plural(name)))
	}
	return treated, comparison
}
