package linear

// formSystem builds and factors S = D'W(I - P)D, level by level of the
// eliminated factor: each level touches only the columns its rows lie in.
func (a *Absorber) formSystem() {
	k := a.columns
	var s []float64
	if a.system != nil {
		s = a.system.lower
		clear(s)
	} else {
		s = make([]float64, k*k)
	}
	slot := make([]int32, k)
	for i := range slot {
		slot[i] = -1
	}
	var touched []int32
	var values []float64
	size := a.work
	clear(size)
	if len(a.groups) == 1 && a.groups[0].z == nil && a.basis == nil {
		if a.steps != nil && a.weights != nil {
			a.formSteps(s, size)
		} else {
			a.formSimple(s, size)
		}
		a.system = newSystem(k, s, size, 1e-11)
		return
	}
	bases := max(1, len(a.basis))
	for l := range a.first.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		if len(rows) == 0 || a.total[l] <= 0 {
			continue
		}
		touched = touched[:0]
		ordered := true
		for _, r := range rows {
			w := a.weight(r)
			for gi := range a.groups {
				g := &a.groups[gi]
				c := int32(g.offset) + g.index[r]
				zc := g.value(r)
				s[int(c)*k+int(c)] += w * zc * zc
				size[c] += w * zc * zc
				for hi := range gi {
					h := &a.groups[hi]
					d := int32(h.offset) + h.index[r]
					s[int(c)*k+int(d)] += w * zc * h.value(r)
				}
				if slot[c] < 0 {
					slot[c] = int32(len(touched))
					if len(touched) > 0 && c < touched[len(touched)-1] {
						ordered = false
					}
					touched = append(touched, c)
				}
			}
		}
		t := len(touched)
		if cap(values) < t {
			values = make([]float64, t)
		}
		for b := range bases {
			v := values[:t]
			clear(v)
			for _, r := range rows {
				w := a.weight(r)
				if a.basis != nil {
					w *= a.basis[b][r]
				}
				for gi := range a.groups {
					g := &a.groups[gi]
					v[slot[int32(g.offset)+g.index[r]]] += w * g.value(r)
				}
			}
			inverse := 1.0
			if a.basis == nil {
				inverse = 1 / a.total[l]
			}
			rankOne(s, k, touched, v, inverse, ordered)
		}
		for _, c := range touched {
			slot[c] = -1
		}
	}
	a.system = newSystem(k, s, size, 1e-11)
}

// run is a stretch of columns that levels of the eliminated factor touch.
type run struct{ first, length int32 }

// formSimple fills S of two plain factors. A level whose rows lie in
// consecutive columns adds one block; without weights equal blocks are counted
// and added once.
func (a *Absorber) formSimple(s, size []float64) {
	k := a.columns
	index := a.groups[0].index
	if a.weights == nil {
		for _, c := range index {
			size[c]++
		}
	} else {
		for r, c := range index {
			size[c] += a.weights[r]
		}
	}
	for c, v := range size {
		s[c*k+c] = v
	}
	counts := map[run]float64{}
	var order []run
	last, lastCount := run{}, 0.0
	flush := func() {
		if lastCount > 0 {
			if _, seen := counts[last]; !seen {
				order = append(order, last)
			}
			counts[last] += lastCount
		}
	}
	v := make([]float64, k)
	var touched []int32
	var values []float64
	for l := range a.first.Levels {
		rows := a.rows[a.start[l]:a.start[l+1]]
		if len(rows) == 0 || a.total[l] <= 0 {
			continue
		}
		first := index[rows[0]]
		consecutive := true
		for i, r := range rows {
			if index[r] != first+int32(i) {
				consecutive = false
				break
			}
		}
		switch {
		case consecutive && a.weights == nil && !a.none:
			if now := (run{first, int32(len(rows))}); now == last {
				lastCount++
			} else {
				flush()
				last, lastCount = now, 1
			}
		case consecutive:
			values = values[:0]
			for _, r := range rows {
				values = append(values, a.weight(r))
			}
			subtractBlock(s, k, int(first), values, 1/a.total[l])
		default:
			touched = touched[:0]
			for _, r := range rows {
				if v[index[r]] == 0 {
					touched = append(touched, index[r])
				}
				v[index[r]] += a.weight(r)
			}
			values = values[:0]
			for _, c := range touched {
				values = append(values, v[c])
				v[c] = 0
			}
			rankOne(s, k, touched, values, 1/a.total[l], false)
		}
	}
	flush()
	for _, b := range order {
		values = values[:0]
		for range b.length {
			values = append(values, 1)
		}
		subtractBlock(s, k, int(b.first), values, counts[b]/float64(b.length))
	}
}

// subtractBlock subtracts scale v v' from the lower triangle of s at first.
func subtractBlock(s []float64, k, first int, v []float64, scale float64) {
	for i, x := range v {
		f := x * scale
		row := s[(first+i)*k+first : (first+i)*k+first+i+1]
		w := v[:len(row)]
		for j := range row {
			row[j] -= f * w[j]
		}
	}
}

// rankOne subtracts scale v v' from the rows and columns touched of s.
func rankOne(s []float64, k int, touched []int32, v []float64, scale float64, ordered bool) {
	if ordered && len(touched) > 0 && int(touched[len(touched)-1]-touched[0])+1 == len(touched) {
		first := int(touched[0])
		for i, vi := range v {
			f := vi * scale
			row := s[(first+i)*k+first : (first+i)*k+first+i+1]
			for j := range row {
				row[j] -= f * v[j]
			}
		}
		return
	}
	for i, c := range touched {
		f := v[i] * scale
		for j, d := range touched {
			if d <= c {
				s[int(c)*k+int(d)] -= f * v[j]
			}
		}
	}
}

func (g *group) value(r int32) float64 {
	if g.z == nil {
		return 1
	}
	return g.z[r]
}

// solve sets gamma to a solution of S gamma = b; b is overwritten.
func (a *Absorber) solve(b, gamma []float64) {
	if !a.exact {
		a.conjugateGradients(b, gamma)
		return
	}
	copy(gamma, b)
	a.system.forward(gamma)
	a.system.backward(gamma)
}
