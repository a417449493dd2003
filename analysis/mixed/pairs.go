package mixed

// pairs gathers the cross-product blocks between the levels of different
// groups, one table a pair of groups.
type pairs struct{ tables []*pairTable }

type pairTable struct {
	f, g   int // groups
	kf, kg int
	indexF []int32
	indexG []int32
	wide   int     // levels of g
	dense  []int32 // block of each pair of levels plus one, where there are not too many
	sparse map[int64]int32
	keys   [][2]int32 // levels of f and g of each block
	blocks []float64  // kf by kg each, by row
	last   [2]int32
	at     int
}

// densePairs is the largest number of pairs of levels kept in a plain table.
const densePairs = 1 << 24

func newPairs(groups []*group) *pairs {
	p := &pairs{}
	for f := range groups {
		for g := f + 1; g < len(groups); g++ {
			t := &pairTable{f: f, g: g, kf: groups[f].k(), kg: groups[g].k(), indexF: groups[f].index, indexG: groups[g].index, wide: len(groups[g].levels), last: [2]int32{-1, -1}}
			if all := len(groups[f].levels) * t.wide; all <= densePairs {
				t.dense = make([]int32, all)
			} else {
				t.sparse = map[int64]int32{}
			}
			p.tables = append(p.tables, t)
		}
	}
	return p
}

// add adds row i with the engine's columns of each group.
func (p *pairs) add(i int, z [][]float64) {
	for _, t := range p.tables {
		key := [2]int32{t.indexF[i], t.indexG[i]}
		if key != t.last {
			t.at = t.find(key)
			t.last = key
		}
		zf, zg := z[t.f], z[t.g]
		if t.kf == 1 && t.kg == 1 {
			t.blocks[t.at] += zf[0] * zg[0]
			continue
		}
		block := t.blocks[t.at : t.at+t.kf*t.kg]
		for a, v := range zf {
			for b, u := range zg {
				block[a*t.kg+b] += v * u
			}
		}
	}
}

// find returns the start of the block of a pair of levels, new where unseen.
func (t *pairTable) find(key [2]int32) int {
	size := t.kf * t.kg
	code := int64(key[0])*int64(t.wide) + int64(key[1])
	var block int32
	if t.dense != nil {
		if t.dense[code] == 0 {
			t.keys = append(t.keys, key)
			t.dense[code] = int32(len(t.keys))
		}
		block = t.dense[code] - 1
	} else {
		known, ok := t.sparse[code]
		if !ok {
			known = int32(len(t.keys))
			t.sparse[code] = known
			t.keys = append(t.keys, key)
		}
		block = known
	}
	for len(t.blocks) < (int(block)+1)*size {
		t.blocks = append(t.blocks, 0)
	}
	return int(block) * size
}

func (p *pairs) count() int {
	var n int
	for _, t := range p.tables {
		n += len(t.keys)
	}
	return n
}
