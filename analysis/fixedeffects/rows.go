package fixedeffects

import (
	"slices"

	"swis/analysis/linear"
)

// keepRows leaves out rows without weight, levels with one row, for counts
// levels that are all zero and for binomial outcomes levels all zero or all one, again and again until none is left.
func (f *Fit) keepRows(m *Model) {
	n := len(m.Y)
	k := &keeper{fit: f, model: m, rows: make([][]int32, len(m.Effects))}
	if m.Weights != nil {
		for i, w := range m.Weights {
			if !(w > 0) {
				k.drop(i)
			}
		}
	}
	// An effect has to be looked at again once another one has lost rows.
	for e, clean := 0, 0; clean < len(m.Effects); e = (e + 1) % len(m.Effects) {
		if k.effect(e) {
			clean = 1
		} else {
			clean++
		}
	}
	switch {
	case k.gone == nil:
		f.Rows = linear.Consecutive(n)
	default:
		f.Rows = make([]int32, 0, n-k.lost)
		for i, gone := range k.gone {
			if !gone {
				f.Rows = append(f.Rows, int32(i))
			}
		}
	}
	f.take(m, k.rows)
}

// keeper is the state of keepRows.
type keeper struct {
	fit   *Fit
	model *Model
	gone  []bool // n, nil while no row is
	lost  int
	rows  [][]int32 // by effect and level: rows kept, as last counted
}

func (k *keeper) drop(i int) {
	if k.gone == nil {
		k.gone = make([]bool, len(k.model.Y))
	}
	k.gone[i] = true
	k.lost++
}

// effect leaves out the levels of an effect that carry no information, and
// says whether there were any.
func (k *keeper) effect(e int) bool {
	f, m, effect := k.fit, k.model, &k.model.Effects[e]
	rows, without := make([]int32, effect.Levels), make([]bool, effect.Levels)
	for i, l := range effect.Index {
		if k.gone == nil || !k.gone[i] {
			rows[l]++
		}
	}
	any := false
	if m.Family != Gaussian {
		const event, none = 1, 2
		seen := make([]uint8, effect.Levels)
		for i, l := range effect.Index {
			if k.gone == nil || !k.gone[i] {
				if m.Y[i] != 0 {
					seen[l] |= event
				}
				if m.Y[i] != 1 {
					seen[l] |= none
				}
			}
		}
		for l, s := range seen {
			if rows[l] > 0 && (s&event == 0 || m.Family == Binomial && s&none == 0) {
				f.ZeroLevels = append(f.ZeroLevels, ZeroLevel{e, int32(l)})
				f.ZeroGroups++
				f.ZeroRows += int(rows[l])
				rows[l], without[l], any = 0, true, true
			}
		}
	}
	for l, c := range rows {
		if c == 1 {
			f.Singletons++
			rows[l], without[l], any = 0, true, true
		}
	}
	if any {
		for i, l := range effect.Index {
			if without[l] && (k.gone == nil || !k.gone[i]) {
				k.drop(i)
			}
		}
	}
	k.rows[e] = rows
	return any
}

// take copies the kept rows; a model that loses no row shares its columns. rows
// counts them by effect and level.
func (f *Fit) take(m *Model, rows [][]int32) {
	whole := len(f.Rows) == len(m.Y)
	column := func(x []float64) []float64 {
		if x == nil || whole {
			return x
		}
		out := make([]float64, len(f.Rows))
		linear.Parts(len(out), 0, func(from, to int, _ []float64) {
			part := out[from:to]
			for i, r := range f.Rows[from:to] {
				part[i] = x[r]
			}
		})
		return out
	}
	f.Y, f.Offset, f.Prior, f.start = column(m.Y), column(m.Offset), column(m.Weights), column(m.Start)
	f.Raw = make([][]float64, len(m.X))
	f.Kept = make([]int, len(m.X))
	for j, x := range m.X {
		f.Raw[j] = column(x)
		f.Kept[j] = j
	}
	f.Effects, f.sources = make([]linear.Factor, len(m.Effects)), m.Effects
	f.Levels = make([][]int32, len(m.Effects))
	for e := range m.Effects {
		from := &m.Effects[e]
		to := linear.Factor{Name: from.Name, Only: from.Only}
		for _, z := range from.Slopes {
			to.Slopes = append(to.Slopes, column(z))
		}
		if whole && !slices.Contains(rows[e], 0) {
			to.Index, to.Levels = from.Index, from.Levels
			f.Levels[e] = linear.Consecutive(to.Levels)
			f.Effects[e] = to
			continue
		}
		place := make([]int32, from.Levels)
		for l, c := range rows[e] {
			if c > 0 {
				place[l] = int32(to.Levels)
				to.Levels++
				f.Levels[e] = append(f.Levels[e], int32(l))
			}
		}
		to.Index = make([]int32, len(f.Rows))
		linear.Parts(len(f.Rows), 0, func(first, last int, _ []float64) {
			part := to.Index[first:last]
			for i, r := range f.Rows[first:last] {
				part[i] = place[from.Index[r]]
			}
		})
		f.Effects[e] = to
	}
}
