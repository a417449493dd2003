package fixedeffects

import "math"

// proportional is how far, relatively, expected counts may be from proportional
// to be added up.
const proportional = 1e-12

// collapse adds up the periods that no arm tells apart, such as all those before
// the start, where that loses nothing. With expected counts a_u b_t in them, as
// under an exposure that stands still or changes alike everywhere, the shares of
// a block's periods are the same in every unit under every allocation, so that
// counts by unit and block are sufficient for the effect. Rows and period effects
// become as few as units times blocks. Nothing is done where there are
// covariates, or where some exposure changes on its own.
func (e *PoissonExchange) collapse() {
	if len(e.x) > 0 {
		return
	}
	blocks, of := e.blocks()
	if blocks == e.periods {
		return
	}
	expected, y, base := make([]float64, e.periods), make([]float64, e.units*blocks), make([]float64, e.units*blocks)
	pattern := make([]float64, e.periods) // shares of a block's periods in the first unit that has it
	known := make([]bool, blocks)
	for u := range e.units {
		clear(expected)
		own := base[u*blocks : (u+1)*blocks]
		for r := e.start[u]; r < e.start[u+1]; r++ {
			t := e.time[r]
			expected[t] += e.base[r]
			own[of[t]] += e.base[r]
			y[u*blocks+int(of[t])] += e.y[r]
		}
		for t, v := range expected {
			b := of[t]
			switch {
			case own[b] == 0:
			case !known[b]:
				pattern[t] = v / own[b]
			case math.Abs(v/own[b]-pattern[t]) > proportional:
				return
			}
		}
		for b, sum := range own {
			known[b] = known[b] || sum > 0
		}
	}
	var time []int32
	var rowY, rowBase []float64
	start := make([]int32, e.units+1)
	for u := range e.units {
		for b := range blocks {
			if v := base[u*blocks+b]; v > 0 {
				time, rowY, rowBase = append(time, int32(b)), append(rowY, y[u*blocks+b]), append(rowBase, v)
			}
		}
		start[u+1] = int32(len(time))
	}
	moving := make([][]bool, len(e.moving))
	for a := range moving {
		moving[a] = make([]bool, blocks)
		for t, on := range e.moving[a] {
			moving[a][of[t]] = on
		}
	}
	e.start, e.time, e.y, e.base, e.moving, e.periods = start, time, rowY, rowBase, moving, blocks
}

// blocks numbers the periods by the arms that have the effect in them.
func (e *PoissonExchange) blocks() (count int, of []int32) {
	of = make([]int32, e.periods)
	seen := map[string]int32{}
	for t := range of {
		arms := make([]byte, len(e.moving))
		for a, on := range e.moving {
			if on[t] {
				arms[a] = 1
			}
		}
		block, ok := seen[string(arms)]
		if !ok {
			block = int32(len(seen))
			seen[string(arms)] = block
		}
		of[t] = block
	}
	return len(seen), of
}
