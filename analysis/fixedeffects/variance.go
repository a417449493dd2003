package fixedeffects

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"swis/analysis/infer"
	"swis/analysis/linear"
)

// Kind names a variance estimator.
type Kind = infer.Kind

// The kinds defined here.
const (
	IID  = infer.IID
	HC0  = infer.HC0
	HC1  = infer.HC1
	HC2  = infer.HC2
	HC3  = infer.HC3
	CR0  = infer.CR0
	CR1  = infer.CR1
	CR1S = infer.CR1S
	CR2  = infer.CR2
	CR3  = infer.CR3
)

// Cluster is a grouping of the rows of the fit.
type Cluster struct {
	Name   string
	Index  []int32 // N, in [0, Groups)
	Groups int
}

// Variance is a covariance matrix of the kept coefficients with its degrees of
// freedom.
type Variance struct {
	Kind     Kind
	V        [][]float64 // q by q
	DF       []float64   // q, +Inf for z
	Clusters []int       // groups of each clustering
	K        int         // parameters counted in the small-sample factor
	Factor   float64     // that factor, 1 where there is none
	Repaired bool        // a two-way matrix was not positive semidefinite
	Joint    func(columns []int) (Joint, error)

	contrastDF func(c []float64) float64
}

// Contrast gives the standard error and the degrees of freedom of the sum of
// c_j times kept coefficient j.
func (v *Variance) Contrast(c []float64) (stdError, df float64) {
	s := 0.0
	for i, x := range c {
		if x == 0 {
			continue
		}
		for j, y := range c {
			s += x * y * v.V[i][j]
		}
	}
	return math.Sqrt(s), v.contrastDF(c)
}

// Joint is a test that several coefficients are zero.
type Joint struct {
	Statistic, DF1, DF2, P float64
	HTZ                    bool
}

// DropUnused renumbers the groups of a clustering over the rows of the model so
// that it fits the rows of the fit. Where nothing changes the index is shared.
func (f *Fit) DropUnused(name string, index []int32, levels int) Cluster {
	for e, source := range f.sources {
		if same(source.Index, index) && source.Levels == levels {
			return Cluster{Name: name, Index: f.Effects[e].Index, Groups: f.Effects[e].Levels}
		}
	}
	place := make([]int32, levels)
	for i := range place {
		place[i] = -1
	}
	for _, r := range f.Rows {
		place[index[r]] = 0
	}
	groups := int32(0)
	for i := range place {
		if place[i] == 0 {
			place[i] = groups
			groups++
		}
	}
	c := Cluster{Name: name, Groups: int(groups)}
	if len(f.Rows) == len(index) && int(groups) == levels {
		c.Index = index
		return c
	}
	c.Index = make([]int32, f.N())
	for i, r := range f.Rows {
		c.Index[i] = place[index[r]]
	}
	return c
}

// same says whether two columns are one in memory.
func same(a, b []int32) bool { return len(a) > 0 && len(a) == len(b) && &a[0] == &b[0] }

// nested says whether every level of effect e lies in one cluster.
func (f *Fit) nested(e int, c Cluster) bool {
	if same(f.Effects[e].Index, c.Index) {
		return true
	}
	home := make([]int32, f.Effects[e].Levels)
	for i := range home {
		home[i] = -1
	}
	for i, l := range f.Effects[e].Index {
		switch home[l] {
		case -1:
			home[l] = c.Index[i]
		case c.Index[i]:
		default:
			return false
		}
	}
	return true
}

// nonnestedK counts the parameters for the clustered small-sample factor: the
// effects nested in a cluster count as one constant only.
func (f *Fit) nonnestedK(clusters []Cluster) int {
	k := f.fullK()
	if f.Counted != "" {
		return k
	}
	var nested []linear.Factor
	for e := range f.Effects {
		effect := f.Effects[e]
		in := func(c Cluster) bool { return f.nested(e, c) }
		if !effect.Only && slices.ContainsFunc(clusters, in) { // slopes are counted
			effect.Slopes = nil
			nested = append(nested, effect)
		}
	}
	switch len(nested) {
	case 0:
	case 1:
		k -= nested[0].Levels - 1
	default:
		k -= linear.NewAbsorber(f.N(), nested, nil).Rank() - 1
	}
	if len(f.Effects) == 0 {
		return k
	}
	return max(k, len(f.Kept)+1)
}

// fullK counts the parameters where no effect is nested in a cluster.
func (f *Fit) fullK() int {
	if f.Counted == CountNone {
		return len(f.Kept)
	}
	return f.FullK()
}

// leverageFactor is the factor of the rows' estimating functions divided by the
// root of 1 - h for HC2, by 1 - h for HC3, h the leverage in the full model with
// dummies. A row that is fitted perfectly has residual zero and stays as it is.
func (f *Fit) leverageFactor(kind Kind, factor []float64) ([]float64, error) {
	h := f.Absorb.Leverages()
	if h == nil {
		return nil, errors.New("the absorbed effects have too many levels for leverages: use hc1")
	}
	out := make([]float64, f.N())
	for i := range out {
		omega := 1.0
		if f.Omega != nil {
			omega = f.Omega[i]
		}
		for j, x := range f.X {
			for l, z := range f.X {
				h[i] += omega * x[i] * f.Bread[j][l] * z[i]
			}
		}
		left := 1 - h[i]
		switch {
		case left < 1e-12:
			left = 1
		case kind == HC2:
			left = math.Sqrt(left)
		}
		out[i] = 1 / left
		if factor != nil {
			out[i] *= factor[i]
		}
	}
	return out, nil
}

// Variance computes the covariance of the coefficients. CR0 to CR1S go with
// t(G-1) for gaussian and z for counts, CR2 and CR3 with Satterthwaite degrees
// of freedom. Two clusterings give V1 + V2 - V12 with one factor of the
// smaller G (Cameron, Gelbach & Miller 2011).
func (f *Fit) Variance(kind Kind, clusters []Cluster) (*Variance, error) {
	n, q := float64(f.N()), len(f.Kept)
	v := &Variance{Kind: kind, Factor: 1, DF: make([]float64, q)}
	df := n - float64(f.fullK())
	var err error
	switch kind {
	case IID:
		v.K = f.fullK()
		if f.Family == Gaussian {
			v.Factor = f.SSR / df
		}
		bread := f.estimating().bread[:q]
		for i := range bread {
			bread[i] = bread[i][:q]
		}
		v.V = scaled(bread, v.Factor)
	case HC0, HC1:
		v.K = f.fullK()
		if kind == HC1 {
			v.Factor = n / df
		}
		v.V = scaled(sandwich(f.estimating(), nil, q), v.Factor)
	case HC2, HC3:
		v.K = f.fullK()
		e := f.estimating()
		if e.factor, err = f.leverageFactor(kind, e.factor); err != nil {
			return nil, err
		}
		v.V = sandwich(e, nil, q)
	case CR0, CR1, CR1S:
		smallest := math.Inf(1)
		for _, c := range clusters {
			smallest = min(smallest, float64(c.Groups))
			v.Clusters = append(v.Clusters, c.Groups)
		}
		v.K = f.nonnestedK(clusters)
		if kind != CR0 {
			v.Factor = smallest / (smallest - 1)
		}
		if kind == CR1S {
			v.Factor *= (n - 1) / (n - float64(v.K))
		}
		e := f.estimating()
		switch len(clusters) {
		case 1:
			v.V = sandwich(e, &clusters[0], q)
		case 2:
			both := intersect(clusters[0], clusters[1])
			v.V = combine(sandwich(e, &clusters[0], q), sandwich(e, &clusters[1], q), sandwich(e, &both, q))
			v.V, v.Repaired = repair(v.V)
		default:
			return nil, fmt.Errorf("%d clusterings: one or two are supported", len(clusters))
		}
		v.V = scaled(v.V, v.Factor)
		df = smallest - 1
	case CR2, CR3:
		if len(clusters) != 1 {
			return nil, fmt.Errorf("%s is defined for one clustering: use cr1s for two", kind)
		}
		return f.biasReduced(kind, clusters[0])
	default:
		return nil, fmt.Errorf("unknown variance %q", kind)
	}
	joint := df
	if f.Family != Gaussian {
		df = math.Inf(1)
	}
	if !kind.Clustered() {
		joint = df
	}
	for j := range v.DF {
		v.DF[j] = df
	}
	v.contrastDF = func([]float64) float64 { return df }
	v.Joint = func(columns []int) (Joint, error) { return f.wald(v, columns, joint) }
	return v, nil
}
