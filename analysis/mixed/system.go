package mixed

import (
	"math"

	"swis/analysis/sparse"
)

// system is the mixed model after the one pass over its rows: cross-products by
// level. Every evaluation of the criterion works on these alone.
type system struct {
	groups []*group
	params []parameter
	n, p   int

	first []int32 // first node of each group; node = first + level
	nodes int
	zz    [][]float64 // by group: levels of k*k, Z_j'WZ_j
	zx    [][]float64 // by group: levels of k*(p+1), Z_j'W[X~ y~]
	xx    []float64   // (p+1)^2 by row, full, [X~ y~]'W[X~ y~]
	edges []edge
	cross []float64 // blocks of the edges, later by earlier, by row

	basis      *fixedBasis
	yScale     float64 // y~ = (y - X~ gamma)/yScale
	logWeights float64 // sum of log weights

	translation *translation // of the columns by level, nil where plain cross-products carry enough digits

	structure *sparse.Structure
	diagonal  []sparse.Place // by node
	border    []sparse.Place // by node
	corner    sparse.Place
}

// edge is a block of Z'WZ between two nodes of different groups.
type edge struct {
	earlier, later           int32 // nodes
	groupEarlier, groupLater int32
	block                    int // start in cross
	place                    sparse.Place
}

// newSystem makes the pass over the rows. columns are the p fixed-effects
// columns of n; weights (precision weights, positive) is n or nil.
func newSystem(groups []*group, columns [][]float64, y, weights []float64) *system {
	s := &system{groups: groups, params: parameters(groups), n: len(y), basis: newFixedBasis(columns, y, weights)}
	s.p = s.basis.p
	kept := make([][]float64, s.p)
	for j, c := range s.basis.kept {
		kept[j] = columns[c]
	}
	m := s.p + 1
	for _, g := range groups {
		k := g.k()
		s.first = append(s.first, int32(s.nodes))
		s.nodes += len(g.levels)
		s.zz = append(s.zz, make([]float64, len(g.levels)*k*k))
		s.zx = append(s.zx, make([]float64, len(g.levels)*k*m))
	}
	s.xx = make([]float64, m*m)
	pairs := newPairs(groups)
	x := make([]float64, m)
	z := make([][]float64, len(groups))
	for f, g := range groups {
		z[f] = make([]float64, g.k())
	}
	for i := range y {
		root := 1.0
		if weights != nil {
			root = math.Sqrt(weights[i])
			s.logWeights += math.Log(weights[i])
		}
		s.basis.row(kept, i, x[:s.p])
		x[s.p] = y[i] - dot(s.basis.gamma, x)
		if weights != nil {
			for j := range x {
				x[j] *= root
			}
		}
		for a, v := range x {
			into := s.xx[a*m : a*m+a+1]
			for b := range into {
				into[b] += v * x[b]
			}
		}
		for f, g := range groups {
			k := g.k()
			level := int(g.index[i])
			zf := z[f]
			if k == 1 {
				v := root * g.basis[0]
				if g.z[0] != nil {
					v *= g.z[0][i]
				}
				zf[0] = v
				s.zz[f][level] += v * v
				into := s.zx[f][level*m : (level+1)*m]
				for b, u := range x {
					into[b] += v * u
				}
				continue
			}
			g.row(i, root, zf)
			zz := s.zz[f][level*k*k : (level+1)*k*k]
			zx := s.zx[f][level*k*m : (level+1)*k*m]
			for a, v := range zf {
				for b, u := range zf {
					zz[a*k+b] += v * u
				}
				into := zx[a*m : (a+1)*m]
				for b, u := range x {
					into[b] += v * u
				}
			}
		}
		pairs.add(i, z)
	}
	for a := range m {
		for b := range a {
			s.xx[b*m+a] = s.xx[a*m+b]
		}
	}
	s.scaleResponse()
	if s.yScale > 0 && s.littleWithin() {
		s.translate(s.visitor(kept, y, weights))
	}
	s.analyse(pairs)
	return s
}

// visitor passes over the rows again: x is [X~ y~] and z the columns of each
// group, times the root of the weight.
func (s *system) visitor(kept [][]float64, y, weights []float64) visitor {
	return func(take func(i int, x []float64, z [][]float64)) {
		x := make([]float64, s.p+1)
		z := make([][]float64, len(s.groups))
		for f, g := range s.groups {
			z[f] = make([]float64, g.k())
		}
		for i := range y {
			root := 1.0
			if weights != nil {
				root = math.Sqrt(weights[i])
			}
			s.basis.row(kept, i, x[:s.p])
			x[s.p] = (y[i] - dot(s.basis.gamma, x)) / s.yScale
			for j := range x {
				x[j] *= root
			}
			for f, g := range s.groups {
				g.row(i, root, z[f])
			}
			take(i, x, z)
		}
	}
}

// row writes the engine's columns of row i, times the root of its weight.
func (g *group) row(i int, root float64, z []float64) {
	k := g.k()
	clear(z)
	for c, column := range g.z {
		v := root
		if column != nil {
			v *= column[i]
		}
		for b := c; b < k; b++ {
			z[b] += v * g.basis[c*k+b]
		}
	}
}

// scaleResponse divides the residual response by its root mean square.
func (s *system) scaleResponse() {
	m := s.p + 1
	s.yScale = math.Sqrt(s.xx[m*m-1] / float64(s.n))
	if s.yScale == 0 {
		return
	}
	for f, g := range s.groups {
		for j := s.p; j < len(g.levels)*g.k()*m; j += m {
			s.zx[f][j] /= s.yScale
		}
	}
	for j := range m {
		s.xx[j*m+s.p] /= s.yScale
		s.xx[s.p*m+j] /= s.yScale
	}
}

// analyse finds the structure and the places of all blocks.
func (s *system) analyse(pairs *pairs) {
	size := make([]int32, 0, s.nodes)
	for _, g := range s.groups {
		for range g.levels {
			size = append(size, int32(g.k()))
		}
	}
	ends := make([][2]int32, 0, pairs.count())
	for _, t := range pairs.tables {
		for _, key := range t.keys {
			ends = append(ends, [2]int32{s.first[t.f] + key[0], s.first[t.g] + key[1]})
		}
	}
	s.structure = sparse.Analyse(size, ends, s.p+1)
	s.corner = s.structure.Corner()
	s.diagonal = make([]sparse.Place, s.nodes)
	s.border = make([]sparse.Place, s.nodes)
	for node := range s.nodes {
		s.diagonal[node] = s.structure.Diagonal(node)
		s.border[node] = s.structure.Border(node)
	}
	s.edges = make([]edge, 0, len(ends))
	for _, t := range pairs.tables {
		kf, kg := s.groups[t.f].k(), s.groups[t.g].k()
		for b, key := range t.keys {
			block := t.blocks[b*kf*kg : (b+1)*kf*kg] // rows of f, columns of g
			u, v := s.first[t.f]+key[0], s.first[t.g]+key[1]
			e := edge{earlier: u, later: v, groupEarlier: int32(t.f), groupLater: int32(t.g), block: len(s.cross)}
			if s.structure.Earlier(int(u), int(v)) {
				for c := range kg {
					for r := range kf {
						s.cross = append(s.cross, block[r*kg+c])
					}
				}
			} else {
				e.earlier, e.later, e.groupEarlier, e.groupLater = v, u, e.groupLater, e.groupEarlier
				s.cross = append(s.cross, block...)
			}
			e.place = s.structure.Block(int(e.earlier), int(e.later))
			s.edges = append(s.edges, e)
		}
	}
}

// level is the level of a node within its group.
func (s *system) level(node, group int32) int { return int(node - s.first[group]) }
