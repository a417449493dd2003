// Package sparse factorises symmetric positive definite matrices made of small
// dense blocks (one node a level of a grouping factor) with a dense border (the
// fixed effects and the response), as mixed models need them: an order of
// elimination that keeps schools in local authorities free of fill, block
// Cholesky, solves, and the selected inverse. Cost and memory follow the
// pattern of the factor; nothing is quadratic in the number of nodes unless
// they are truly crossed.
package sparse

import (
	"slices"
	"sort"
)

// Structure is the symbolic factorisation of a pattern. Nodes are eliminated in
// the order of their rank: first the sparse ones, each with its own list of
// later neighbours, then the dense ones and the border as one dense matrix.
type Structure struct {
	nodes  int
	sparse int     // ranks below it are sparse
	border int     // scalars of the border
	order  []int32 // node of each rank
	rank   []int32 // rank of each node
	size   []int32 // scalars of each rank
	at     []int32 // first scalar of each rank in a vector over all nodes; nodes+1

	ptr    []int32 // rows of sparse rank r are rows[ptr[r]:ptr[r+1]]
	rows   []int32 // ranks of later neighbours, ascending
	rowAt  []int32 // first scalar of each of these rows within the panel
	width  []int32 // scalars of the panel of each sparse rank, border excluded
	panel  []int   // start of the panel of each sparse rank; columns of length width+border
	diag   []int   // start of the diagonal block of each sparse rank
	splits []int32 // number of rows of each sparse rank that are sparse themselves
	tail   []int32 // first dense row of each sparse rank if its dense rows run on to the border, else -1
	filled bool    // some blocks of the factor are no blocks of the matrix

	denseAt   []int32 // first row in the dense matrix of each dense node (rank - sparse)
	denseSize int     // scalars of all dense nodes
	panelLen  int
	diagLen   int
}

// Analyse orders the nodes and finds the pattern of the factor. size holds the
// scalars of each node; edges are pairs of different nodes that share a
// non-zero block, repeats allowed; border is the number of dense border scalars.
func Analyse(size []int32, edges [][2]int32, border int) *Structure {
	n := len(size)
	neighbours := adjacency(n, edges)
	order, lists, sparse := eliminate(n, neighbours)
	s := &Structure{nodes: n, sparse: sparse, border: border, order: order, rank: make([]int32, n), size: make([]int32, n), at: make([]int32, n+1)}
	for r, node := range order {
		s.rank[node] = int32(r)
		s.size[r] = size[node]
		s.at[r+1] = s.at[r] + size[node]
	}
	s.ptr = make([]int32, sparse+1)
	s.width = make([]int32, sparse)
	s.panel = make([]int, sparse)
	s.diag = make([]int, sparse)
	s.splits = make([]int32, sparse)
	for r := range sparse {
		list := lists[r]
		for i, node := range list {
			list[i] = s.rank[node]
		}
		slices.Sort(list)
		var width int32
		for _, row := range list {
			s.rows = append(s.rows, row)
			s.rowAt = append(s.rowAt, width)
			width += s.size[row]
			if int(row) < sparse {
				s.splits[r]++
			}
		}
		s.ptr[r+1] = int32(len(s.rows))
		s.width[r] = width
		k := int(s.size[r])
		s.panel[r] = s.panelLen
		s.panelLen += k * (int(width) + border)
		s.diag[r] = s.diagLen
		s.diagLen += k * k
	}
	s.denseAt = make([]int32, n-sparse)
	for r := sparse; r < n; r++ {
		s.denseAt[r-sparse] = int32(s.denseSize)
		s.denseSize += int(s.size[r])
	}
	blocks := 0
	for _, list := range neighbours {
		blocks += len(list)
	}
	s.tail = make([]int32, sparse)
	for r := range sparse {
		blocks -= 2 * int(s.ptr[r+1]-s.ptr[r])
		s.tail[r] = int32(s.denseSize)
		if split := s.ptr[r] + s.splits[r]; split < s.ptr[r+1] {
			s.tail[r] = -1
			if first := s.rows[split]; n-int(first) == int(s.ptr[r+1]-split) {
				s.tail[r] = s.denseAt[int(first)-sparse]
			}
		}
	}
	s.filled = blocks < 0
	return s
}

// Scalars is the number of scalars over all nodes, the border excluded.
func (s *Structure) Scalars() int { return int(s.at[s.nodes]) }

// Start is the first scalar of a node in a vector over all nodes.
func (s *Structure) Start(node int) int { return int(s.at[s.rank[node]]) }

// Earlier says whether node a is eliminated before node b.
func (s *Structure) Earlier(a, b int) bool { return s.rank[a] < s.rank[b] }

// NonZeros is the number of stored scalars of the factor.
func (s *Structure) NonZeros() int {
	d := s.denseSize + s.border
	return s.panelLen + s.diagLen + d*(d+1)/2
}

// Place is where a block lies: element (row, column) of the block is
// values[Base + row*RowStride + column*ColumnStride], in Factor.Panel or, where
// Dense, in Factor.Dense.
type Place struct {
	Dense                         bool
	Base, RowStride, ColumnStride int
}

// Diagonal is the place of the diagonal block of a node; of sparse nodes it is
// in Factor.Diag.
func (s *Structure) Diagonal(node int) Place {
	r := int(s.rank[node])
	if r < s.sparse {
		return Place{Base: s.diag[r], RowStride: int(s.size[r]), ColumnStride: 1}
	}
	ld := s.denseSize + s.border
	at := int(s.denseAt[r-s.sparse])
	return Place{Dense: true, Base: at*ld + at, RowStride: ld, ColumnStride: 1}
}

// Block is the place of the block whose columns belong to the earlier node and
// whose rows belong to the later one.
func (s *Structure) Block(earlier, later int) Place {
	a, b := int(s.rank[earlier]), int(s.rank[later])
	if a < s.sparse {
		rows := s.rows[s.ptr[a]:s.ptr[a+1]]
		i, found := slices.BinarySearch(rows, int32(b))
		if !found {
			panic("sparse: block outside the pattern")
		}
		return Place{Base: s.panel[a] + int(s.rowAt[int(s.ptr[a])+i]), RowStride: 1, ColumnStride: int(s.width[a]) + s.border}
	}
	ld := s.denseSize + s.border
	return Place{Dense: true, Base: int(s.denseAt[b-s.sparse])*ld + int(s.denseAt[a-s.sparse]), RowStride: ld, ColumnStride: 1}
}

// Border is the place of the block whose columns belong to the node and whose
// rows are the border.
func (s *Structure) Border(node int) Place {
	r := int(s.rank[node])
	if r < s.sparse {
		return Place{Base: s.panel[r] + int(s.width[r]), RowStride: 1, ColumnStride: int(s.width[r]) + s.border}
	}
	ld := s.denseSize + s.border
	return Place{Dense: true, Base: s.denseSize*ld + int(s.denseAt[r-s.sparse]), RowStride: ld, ColumnStride: 1}
}

// Corner is the place of the border's own block, in Factor.Dense.
func (s *Structure) Corner() Place {
	ld := s.denseSize + s.border
	return Place{Dense: true, Base: s.denseSize*ld + s.denseSize, RowStride: ld, ColumnStride: 1}
}

func adjacency(n int, edges [][2]int32) [][]int32 {
	count := make([]int32, n)
	for _, e := range edges {
		count[e[0]]++
		count[e[1]]++
	}
	total := 0
	for _, c := range count {
		total += int(c)
	}
	flat := make([]int32, total)
	lists := make([][]int32, n)
	start := 0
	for i := range lists {
		lists[i] = flat[start : start : start+int(count[i])]
		start += int(count[i])
	}
	for _, e := range edges {
		lists[e[0]] = append(lists[e[0]], e[1])
		lists[e[1]] = append(lists[e[1]], e[0])
	}
	for i := range lists {
		slices.Sort(lists[i])
		lists[i] = slices.Compact(lists[i])
	}
	return lists
}

// byDegree sorts nodes by degree, ties by number, so that the order does not
// depend on anything but the pattern.
func byDegree(nodes []int32, degree func(int32) int) {
	sort.Slice(nodes, func(i, j int) bool {
		a, b := degree(nodes[i]), degree(nodes[j])
		if a != b {
			return a < b
		}
		return nodes[i] < nodes[j]
	})
}
