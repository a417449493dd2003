package sparse

// Forward replaces x by L^-1 x over the nodes, the border left out. x is in the
// order that Structure.Start gives.
func (f *Factor) Forward(x []float64) {
	ld := f.denseSize + f.border
	base := int(f.at[f.sparse])
	for r := range f.sparse {
		k := int(f.size[r])
		at := int(f.at[r])
		l := f.Diag[f.diag[r] : f.diag[r]+k*k]
		stride := int(f.width[r]) + f.border
		for c := range k {
			v := x[at+c]
			for b := range c {
				v -= l[c*k+b] * x[at+b]
			}
			v /= l[c*k+c]
			x[at+c] = v
			if v == 0 {
				continue
			}
			panel := f.Panel[f.panel[r]+c*stride:]
			for e := f.ptr[r]; e < f.ptr[r+1]; e++ {
				row := f.rows[e]
				to, from := int(f.at[row]), int(f.rowAt[e])
				for u := range int(f.size[row]) {
					x[to+u] -= panel[from+u] * v
				}
			}
		}
	}
	for i := range f.denseSize {
		v := x[base+i]
		row := f.Dense[i*ld : i*ld+i+1]
		for j, l := range row[:i] {
			v -= l * x[base+j]
		}
		x[base+i] = v / row[i]
	}
}

// Backward replaces x by L^-T x over the nodes and the first border scalars,
// which stand at the end of x.
func (f *Factor) Backward(x []float64, border int) {
	ld := f.denseSize + f.border
	base := int(f.at[f.sparse])
	m := f.denseSize + border
	for i := m - 1; i >= 0; i-- {
		v := x[base+i] / f.Dense[i*ld+i]
		x[base+i] = v
		for j, l := range f.Dense[i*ld : i*ld+i] {
			x[base+j] -= l * v
		}
	}
	tail := x[f.at[f.nodes] : int(f.at[f.nodes])+border]
	for r := f.sparse - 1; r >= 0; r-- {
		k := int(f.size[r])
		at := int(f.at[r])
		l := f.Diag[f.diag[r] : f.diag[r]+k*k]
		width := int(f.width[r])
		stride := width + f.border
		for c := k - 1; c >= 0; c-- {
			v := x[at+c]
			panel := f.Panel[f.panel[r]+c*stride : f.panel[r]+(c+1)*stride]
			for e := f.ptr[r]; e < f.ptr[r+1]; e++ {
				row := f.rows[e]
				from, to := int(f.at[row]), int(f.rowAt[e])
				for u := range int(f.size[row]) {
					v -= panel[to+u] * x[from+u]
				}
			}
			for u, b := range tail {
				v -= panel[width+u] * b
			}
			for b := c + 1; b < k; b++ {
				v -= l[b*k+c] * x[at+b]
			}
			x[at+c] = v / l[c*k+c]
		}
	}
}

// BorderRow copies row i of the border of the factor, over all nodes, into x.
func (f *Factor) BorderRow(i int, x []float64) {
	ld := f.denseSize + f.border
	for r := range f.sparse {
		k := int(f.size[r])
		width := int(f.width[r])
		stride := width + f.border
		for c := range k {
			x[int(f.at[r])+c] = f.Panel[f.panel[r]+c*stride+width+i]
		}
	}
	copy(x[f.at[f.sparse]:f.at[f.nodes]], f.Dense[(f.denseSize+i)*ld:(f.denseSize+i)*ld+f.denseSize])
}
