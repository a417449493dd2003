package infer

import (
	"fmt"
	"slices"
	"strings"

	"swis/analysis"
)

// Kind is a variance estimator.
type Kind string

// The variance estimators of the contract.
const (
	IID  Kind = "iid"
	HC0  Kind = "hc0"
	HC1  Kind = "hc1"
	HC2  Kind = "hc2"
	HC3  Kind = "hc3"
	CR0  Kind = "cr0"
	CR1  Kind = "cr1"
	CR1S Kind = "cr1s"
	CR2  Kind = "cr2"
	CR3  Kind = "cr3"
)

// Kinds lists the variance estimators.
var Kinds = []Kind{IID, HC0, HC1, HC2, HC3, CR0, CR1, CR1S, CR2, CR3}

// ParseKind reads a variance estimator's name.
func ParseKind(name string) (Kind, error) {
	k := Kind(strings.ToLower(name))
	if slices.Contains(Kinds, k) {
		return k, nil
	}
	names := make([]string, len(Kinds))
	for i, k := range Kinds {
		names[i] = string(k)
	}
	return "", analysis.Unsupportedf("no variance %q; there are %s", name, strings.Join(names, ", "))
}

// Clustered says whether the estimator sums over clusters.
func (k Kind) Clustered() bool { return strings.HasPrefix(string(k), "cr") }

// Adjusted says whether the estimator adjusts residuals cluster by cluster and
// so has Satterthwaite degrees of freedom.
func (k Kind) Adjusted() bool { return k == CR2 || k == CR3 }

// Clusters is a grouping of n rows.
type Clusters struct {
	Name   string
	Levels []string
	Index  []int32 // n, in [0, len(Levels))
}

// Working is a fitted model as a sandwich variance sees it: the slopes U of
// the mean in p coefficients (X for least squares, dmu/deta X for a GLM, the
// projected regressors for two-stage least squares), a diagonal working
// variance Phi of the response (nil for the identity), and the residuals
// y - mu. W = Phi^-1 and the bread is (U'WU)^-1. Columns of U are not
// collinear.
type Working struct {
	U          [][]float64 // p columns of n
	Phi        []float64   // n, or nil
	Residual   []float64   // n
	Parameters int         // K of small-sample factors; 0 means p
	Scale      float64     // dispersion, for iid only; 0 means 1
	Normal     bool        // z rather than t wherever degrees of freedom are not estimated
}

func (w *Working) parameters() int {
	if w.Parameters > 0 {
		return w.Parameters
	}
	return len(w.U)
}

// members orders the rows by cluster: rows[start[g]:start[g+1]] is cluster g.
func (c *Clusters) members() (start []int32, rows []int32) {
	g := len(c.Levels)
	start = make([]int32, g+1)
	for _, i := range c.Index {
		start[i+1]++
	}
	for i := range g {
		start[i+1] += start[i]
	}
	next := slices.Clone(start[:g])
	rows = make([]int32, len(c.Index))
	for r, i := range c.Index {
		rows[next[i]] = int32(r)
		next[i]++
	}
	return start, rows
}

// cross gives the combinations of two groupings that occur.
func cross(a, b Clusters) Clusters {
	seen := map[[2]int32]int32{}
	out := Clusters{Name: a.Name + " and " + b.Name, Index: make([]int32, len(a.Index))}
	for i := range a.Index {
		key := [2]int32{a.Index[i], b.Index[i]}
		code, ok := seen[key]
		if !ok {
			code = int32(len(seen))
			seen[key] = code
			out.Levels = append(out.Levels, fmt.Sprint(code))
		}
		out.Index[i] = code
	}
	return out
}
