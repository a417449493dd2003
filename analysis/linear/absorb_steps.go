package linear

// The passes over a panel in order: rows and columns of a level are slices.

// mean is the weighted mean of x over the rows of level l, which are part.
func (a *Absorber) mean(l int, part []float64) float64 {
	sum := 0.0
	if a.weights == nil {
		var s0, s1, s2, s3 float64
		i := 0
		for ; i+4 <= len(part); i += 4 {
			four := part[i : i+4 : i+4]
			s0 += four[0]
			s1 += four[1]
			s2 += four[2]
			s3 += four[3]
		}
		for ; i < len(part); i++ {
			s0 += part[i]
		}
		sum = (s0 + s1) + (s2 + s3)
	} else {
		w := a.weights[a.start[l]:a.start[l+1]]
		part = part[:len(w)]
		for i, v := range w {
			sum += v * part[i]
		}
	}
	if a.total[l] > 0 {
		sum /= a.total[l]
	}
	return sum
}

// scatterSteps adds D'W(x - level means) to out.
func (a *Absorber) scatterSteps(x, out []float64) {
	for l, step := range a.steps {
		from, to := a.start[l], a.start[l+1]
		part := x[from:to]
		o := out[step:][:len(part)]
		mean := a.mean(l, part)
		if a.weights == nil {
			for i, v := range part {
				o[i] += v - mean
			}
			continue
		}
		w := a.weights[from:to][:len(part)]
		for i, v := range part {
			o[i] += w[i] * (v - mean)
		}
	}
}

// subtractSteps sets to to from less D gamma and then the level means.
func (a *Absorber) subtractSteps(to, from, gamma []float64) {
	for l, step := range a.steps {
		source := from[a.start[l]:a.start[l+1]]
		part := to[a.start[l]:a.start[l+1]][:len(source)]
		g := gamma[step:][:len(source)]
		for i, v := range source {
			part[i] = v - g[i]
		}
		mean := a.mean(l, part)
		for i := range part {
			part[i] -= mean
		}
	}
}

// levelParts is the number of parts that the levels are cut into, fixed so that
// sums do not depend on processors.
func (a *Absorber) levelParts() int {
	if a.n < 4*partRows || a.columns > 512 {
		return 1
	}
	return 8
}

// formSteps fills S and size: D'WD less ww'/total of every level.
func (a *Absorber) formSteps(s, size []float64) {
	k, parts := a.columns, a.levelParts()
	own := make([][]float64, parts) // k by k, then k
	own[0] = make([]float64, k*k+k)
	Share(parts, func(p int) {
		if p > 0 {
			own[p] = make([]float64, k*k+k)
		}
		a.formLevels(own[p][:k*k], own[p][k*k:], p*len(a.steps)/parts, (p+1)*len(a.steps)/parts)
	})
	for _, o := range own {
		for i, v := range o[:k*k] {
			s[i] -= v
		}
		for i, v := range o[k*k:] {
			size[i] += v
			s[i*k+i] += v
		}
	}
}

// formLevels adds ww'/total to the lower triangle of s and w to size, for the
// levels from..to-1. Four levels with the same columns are taken at once.
func (a *Absorber) formLevels(s, size []float64, from, to int) {
	k := a.columns
	weights := func(l int) []float64 { return a.weights[a.start[l]:a.start[l+1]] }
	for l := from; l < to; {
		w0, step := weights(l), int(a.steps[l])
		n := len(w0)
		if n == 0 || a.total[l] <= 0 {
			l++
			continue
		}
		four := l+4 <= to
		for m := l + 1; four && m < l+4; m++ {
			four = int(a.steps[m]) == step && len(weights(m)) == n && a.total[m] > 0
		}
		column := size[step:][:n]
		if !four {
			scale := 1 / a.total[l]
			for i, v := range w0 {
				column[i] += v
				row := s[(step+i)*k+step:][:i+1]
				f := v * scale
				for j := range row {
					row[j] += f * w0[j]
				}
			}
			l++
			continue
		}
		w1, w2, w3 := weights(l + 1)[:n], weights(l + 2)[:n], weights(l + 3)[:n]
		t0, t1, t2, t3 := 1/a.total[l], 1/a.total[l+1], 1/a.total[l+2], 1/a.total[l+3]
		for i := range w0 {
			column[i] += w0[i] + w1[i] + w2[i] + w3[i]
			f0, f1, f2, f3 := w0[i]*t0, w1[i]*t1, w2[i]*t2, w3[i]*t3
			row := s[(step+i)*k+step:][:i+1]
			b0, b1, b2, b3 := w0[:len(row)], w1[:len(row)], w2[:len(row)], w3[:len(row)]
			for j := range row {
				row[j] += f0*b0[j] + f1*b1[j] + f2*b2[j] + f3*b3[j]
			}
		}
		l += 4
	}
}
