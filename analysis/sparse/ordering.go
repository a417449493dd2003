package sparse

import (
	"container/heap"
	"hash/maphash"
	"slices"
)

// denseShare: once the least connected node that is left touches this share of
// the others, the rest is factorised as one dense matrix.
const denseShare = 0.4

// denseAlways: a rest of so few nodes is dense unless it has no edges.
const denseAlways = 8

// eliminate finds an order of elimination. First goes a large independent set
// of the least connected nodes (the levels of the largest factor: they never
// meet each other), then minimum degree on what their elimination leaves. It
// returns the nodes in order, the later neighbours of each sparse node, and
// how many nodes are sparse.
func eliminate(n int, neighbours [][]int32) (order []int32, lists [][]int32, sparse int) {
	order = make([]int32, 0, n)
	lists = make([][]int32, 0, n)
	nodes := make([]int32, n)
	for i := range nodes {
		nodes[i] = int32(i)
	}
	byDegree(nodes, func(i int32) int { return len(neighbours[i]) })
	const (
		open = iota
		taken
		blocked
	)
	state := make([]uint8, n)
	for _, v := range nodes {
		if state[v] != open {
			continue
		}
		state[v] = taken
		for _, w := range neighbours[v] {
			state[w] = blocked
		}
		order = append(order, v)
		lists = append(lists, slices.Clone(neighbours[v]))
	}
	rest := newElimination(n, neighbours, state, taken)
	seen := map[uint64]bool{}
	seed := maphash.MakeSeed()
	for _, list := range lists {
		// Schools that meet the same months leave the same clique: once is enough.
		if len(list) < 2 {
			continue
		}
		var h maphash.Hash
		h.SetSeed(seed)
		for _, v := range list {
			maphash.WriteComparable(&h, v)
		}
		key := h.Sum64()
		if seen[key] {
			continue
		}
		seen[key] = true
		rest.clique(list)
	}
	restOrder, restLists, restSparse := rest.run()
	sparse = len(order) + restSparse
	return append(order, restOrder...), append(lists, restLists...), sparse
}

// elimination is the graph that is left, with its edges as sets.
type elimination struct {
	edges map[int32]map[int32]struct{}
	queue degreeQueue
}

func newElimination(n int, neighbours [][]int32, state []uint8, taken uint8) *elimination {
	e := &elimination{edges: map[int32]map[int32]struct{}{}}
	for v := range int32(n) {
		if state[v] == taken {
			continue
		}
		set := map[int32]struct{}{}
		for _, w := range neighbours[v] {
			if state[w] != taken {
				set[w] = struct{}{}
			}
		}
		e.edges[v] = set
	}
	return e
}

func (e *elimination) clique(list []int32) {
	for i, v := range list {
		for _, w := range list[:i] {
			e.edges[v][w] = struct{}{}
			e.edges[w][v] = struct{}{}
		}
	}
}

// run eliminates by minimum degree until the rest is dense.
func (e *elimination) run() (order []int32, lists [][]int32, sparse int) {
	for v, set := range e.edges {
		e.queue = append(e.queue, degreeEntry{v, int32(len(set))})
	}
	heap.Init(&e.queue)
	for len(e.edges) > 0 {
		top := heap.Pop(&e.queue).(degreeEntry)
		set, left := e.edges[top.node]
		if !left || int(top.degree) != len(set) {
			continue // an older entry of this node
		}
		if len(set) > 0 && (float64(len(set)) >= denseShare*float64(len(e.edges)-1) || len(e.edges) <= denseAlways) {
			break
		}
		list := make([]int32, 0, len(set))
		for w := range set {
			list = append(list, w)
		}
		slices.Sort(list)
		delete(e.edges, top.node)
		for _, w := range list {
			delete(e.edges[w], top.node)
		}
		e.clique(list)
		for _, w := range list {
			heap.Push(&e.queue, degreeEntry{w, int32(len(e.edges[w]))})
		}
		order = append(order, top.node)
		lists = append(lists, list)
	}
	sparse = len(order)
	var dense []int32
	for v := range e.edges {
		dense = append(dense, v)
	}
	slices.Sort(dense)
	return append(order, dense...), lists, sparse
}

type degreeEntry struct{ node, degree int32 }

// degreeQueue is a heap by degree, then node.
type degreeQueue []degreeEntry

func (q degreeQueue) Len() int { return len(q) }
func (q degreeQueue) Less(i, j int) bool {
	if q[i].degree != q[j].degree {
		return q[i].degree < q[j].degree
	}
	return q[i].node < q[j].node
}
func (q degreeQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *degreeQueue) Push(x any)   { *q = append(*q, x.(degreeEntry)) }
func (q *degreeQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
