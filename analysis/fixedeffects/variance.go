package fixedeffects

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"swis/analysis/infer"
)

// Kind names a variance estimator.
type Kind = infer.Kind

// The kinds defined here. HC2 and HC3 are CR2 and CR3 with every row its own cluster.
const (
	IID  = infer.IID
	HC0  = infer.HC0
	HC1  = infer.HC1
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

// nonnestedK counts the parameters for the clustered small-sample factor: an
// effect nested in a cluster counts as one constant only.
func (f *Fit) nonnestedK(clusters []Cluster) int {
	k := f.FullK()
	for e := range f.Effects {
		for _, c := range clusters {
			if len(f.Effects[e].Slopes) == 0 && f.nested(e, c) {
				k -= f.Effects[e].Levels - 1
				break
			}
		}
	}
	if len(f.Effects) == 0 {
		return k
	}
	return max(k, len(f.Kept)+1)
}

// Variance computes the covariance of the coefficients. CR0 to CR1S go with
// t(G-1) for gaussian and z for counts, CR2 and CR3 with Satterthwaite degrees
// of freedom. Two clusterings give V1 + V2 - V12 with one factor of the
// smaller G (Cameron, Gelbach & Miller 2011).
func (f *Fit) Variance(kind Kind, clusters []Cluster) (*Variance, error) {
	n, q := float64(f.N()), len(f.Kept)
	v := &Variance{Kind: kind, Factor: 1, DF: make([]float64, q)}
	df := n - float64(f.FullK())
	switch kind {
	case IID:
		v.K = f.FullK()
		if f.Family == Gaussian {
			v.Factor = f.SSR / df
		}
		bread := f.estimating().bread[:q]
		for i := range bread {
			bread[i] = bread[i][:q]
		}
		v.V = scaled(bread, v.Factor)
	case HC0, HC1:
		v.K = f.FullK()
		if kind == HC1 {
			v.Factor = n / df
		}
		v.V = scaled(sandwich(f.estimating(), nil, q), v.Factor)
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
	if kind == IID || kind == HC0 || kind == HC1 {
		joint = df
	}
	for j := range v.DF {
		v.DF[j] = df
	}
	v.contrastDF = func([]float64) float64 { return df }
	v.Joint = func(columns []int) (Joint, error) { return f.wald(v, columns, joint) }
	return v, nil
}

// sandwich is bread meat bread of the coefficients without a factor; nil
// clusters by row.
func sandwich(e estimating, c *Cluster, coefficients int) [][]float64 {
	q := len(e.columns)
	if q == 0 {
		return nil
	}
	n := len(e.columns[0])
	groups := n
	if c != nil {
		groups = c.Groups
	}
	sums := make([]float64, groups*q)
	for j, x := range e.columns {
		for i, v := range x {
			if e.factor != nil {
				v *= e.factor[i]
			}
			if c == nil {
				sums[i*q+j] = v
			} else {
				sums[int(c.Index[i])*q+j] += v
			}
		}
	}
	meat := square(q)
	for g := range groups {
		s := sums[g*q : g*q+q]
		for a, x := range s {
			for b, y := range s[:a+1] {
				meat[a][b] += x * y
			}
		}
	}
	mirror(meat)
	v := threeWay(e.bread, meat)[:coefficients]
	for i := range v {
		v[i] = v[i][:coefficients]
	}
	return v
}

// threeWay is B M B for symmetric B and M.
func threeWay(b, m [][]float64) [][]float64 {
	q := len(b)
	left, out := square(q), square(q)
	for i := range q {
		for j := range q {
			for k := range q {
				left[i][j] += b[i][k] * m[k][j]
			}
		}
	}
	for i := range q {
		for j := range i + 1 {
			for k := range q {
				out[i][j] += left[i][k] * b[k][j]
			}
		}
	}
	mirror(out)
	return out
}

func square(q int) [][]float64 {
	out := make([][]float64, q)
	cells := make([]float64, q*q)
	for i := range out {
		out[i] = cells[i*q : i*q+q]
	}
	return out
}

// mirror copies the lower triangle to the upper.
func mirror(m [][]float64) {
	for i := range m {
		for j := range i {
			m[j][i] = m[i][j]
		}
	}
}

func scaled(m [][]float64, s float64) [][]float64 {
	out := square(len(m))
	for i := range m {
		for j := range m {
			out[i][j] = s * m[i][j]
		}
	}
	return out
}

func combine(a, b, minus [][]float64) [][]float64 {
	out := square(len(a))
	for i := range a {
		for j := range a {
			out[i][j] = a[i][j] + b[i][j] - minus[i][j]
		}
	}
	return out
}

// intersect is the clustering by both.
func intersect(a, b Cluster) Cluster {
	seen := map[int64]int32{}
	out := Cluster{Name: a.Name + ":" + b.Name, Index: make([]int32, len(a.Index))}
	for i := range a.Index {
		key := int64(a.Index[i])<<32 | int64(b.Index[i])
		g, ok := seen[key]
		if !ok {
			g = int32(len(seen))
			seen[key] = g
		}
		out.Index[i] = g
	}
	out.Groups = len(seen)
	return out
}

// repair sets negative eigenvalues of a two-way matrix to zero.
func repair(m [][]float64) ([][]float64, bool) {
	q := len(m)
	s := mat.NewSymDense(q, nil)
	for i := range q {
		for j := range i + 1 {
			s.SetSym(i, j, m[i][j])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return m, false
	}
	values := e.Values(nil)
	if values[0] >= 0 {
		return m, false
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	out := square(q)
	for i := range q {
		for j := range i + 1 {
			for k, l := range values {
				if l > 0 {
					out[i][j] += l * vectors.At(i, k) * vectors.At(j, k)
				}
			}
		}
	}
	mirror(out)
	return out, true
}
