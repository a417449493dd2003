package glmm

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"swis/analysis"
)

// runaway is the limit of a zero-inflated fit whose zero part ran along any
// combination of its columns, or nil. With the rows F whose probabilities are as
// good as 0 or 1 set apart, the columns of the zero part have a combination that
// is nothing in all other rows: moving along it changes F alone, each row the
// further its own way. Columns with a share in such a combination have no finite
// estimate.
func (f *fit) runaway(nodes int) *fit {
	from := f.problem.parts[1]
	gamma, _ := f.coefficients(1)
	kept := slices.DeleteFunc(slices.Clone(f.kept[1]), func(j int) bool { return math.IsNaN(gamma[j]) })
	if len(kept) == 0 {
		return nil
	}
	n := f.problem.n()
	zeta := make([]float64, n)
	if from.offset != nil {
		copy(zeta, from.offset)
	}
	for _, j := range kept {
		for i, x := range from.x[j] {
			zeta[i] += x * gamma[j]
		}
	}
	apart := make([]float64, n) // the infinite logit of each row, or 0
	for i, z := range zeta {
		switch {
		case z < -infiniteTrial && z > certain/2:
			apart[i] = math.Inf(-1)
		case z > infiniteTrial && f.problem.y[i] == 0:
			apart[i] = math.Inf(1)
		}
	}
	infinite, rest := f.combination(kept, gamma, apart)
	if infinite == nil {
		return nil
	}
	p := *f.problem
	p.parts[1] = part{names: pickNames(from.names, rest), random: from.random, offset: make([]float64, n)}
	for _, j := range rest {
		p.parts[1].x = append(p.parts[1].x, from.x[j])
	}
	copy(p.parts[1].offset, from.offset)
	var rows []int
	for i, logit := range apart {
		if !math.IsInf(logit, 1) {
			rows = append(rows, i)
		}
		if math.IsInf(logit, -1) {
			p.parts[1].offset[i] = certain
		}
	}
	screened := screen(p.subset(rows))
	limit := fitScreened(p.subset(rows), screened, nodes)
	screened.name(limit)
	if limit.status == analysis.NotConverged || limit.o.kernel.zeros != inflated || !(limit.logLik >= f.logLik-infiniteCost) {
		return nil
	}
	// Back to the columns of the problem.
	null := make([]bool, len(from.names))
	for j := range null {
		null[j] = slices.Contains(infinite, j) || f.null[1][j]
	}
	for i, j := range rest {
		null[j] = null[j] || limit.null[1][i]
	}
	for i, j := range limit.kept[1] {
		limit.kept[1][i] = rest[j]
	}
	limit.null[1], limit.problem, limit.sure, limit.status = null, f.problem, apart, analysis.Separated
	names := pickNames(from.names, infinite)
	limit.notes = append(limit.notes, analysis.Note{Code: "separation", Term: names[len(names)-1],
		Text: fmt.Sprintf("%s (zero part): no finite estimate, because together they set apart %s; other numbers are the limit of the likelihood", strings.Join(names, ", "), sides(apart))})
	return limit
}

// combination finds the columns of the zero part with a share in a combination
// that is nothing in every row but those set apart and moves these on their way,
// and a set of columns that says the same in the rows left. Rows that are far
// but not moved are taken out of apart. nil where there is none.
func (f *fit) combination(kept []int, gamma, apart []float64) (infinite, rest []int) {
	x := f.problem.parts[1].x
	k := len(kept)
	for range 4 {
		gram := mat.NewSymDense(k, nil)
		scale := make([]float64, k)
		for a, j := range kept {
			for i := range apart {
				scale[a] += x[j][i] * x[j][i]
			}
			scale[a] = math.Sqrt(scale[a])
		}
		some := false
		for i, logit := range apart {
			if some = some || logit != 0; logit != 0 {
				continue
			}
			for a, j := range kept {
				for b := range a + 1 {
					gram.SetSym(a, b, gram.At(a, b)+x[j][i]*x[kept[b]][i]/(scale[a]*scale[b]))
				}
			}
		}
		var eigen mat.EigenSym
		if !some || !eigen.Factorize(gram, true) {
			return nil, nil
		}
		var vectors mat.Dense
		eigen.VectorsTo(&vectors)
		share := make([]float64, k) // of each column in the null space
		v := make([]float64, k)     // the way gamma went, along the null space
		for e, value := range eigen.Values(nil) {
			if value > 1e-10 {
				break
			}
			var along float64
			for a, j := range kept {
				along += vectors.At(a, e) * gamma[j] * scale[a]
			}
			for a := range kept {
				share[a] = max(share[a], math.Abs(vectors.At(a, e)))
				v[a] += along * vectors.At(a, e) / scale[a]
			}
		}
		stays := false
		for i, logit := range apart {
			if logit == 0 {
				continue
			}
			var move float64
			for a, j := range kept {
				move += x[j][i] * v[a]
			}
			if !(math.Copysign(1, logit)*move > 1) {
				apart[i], stays = 0, true
			}
		}
		if stays {
			continue
		}
		for a, j := range kept {
			if share[a] > 1e-6 {
				infinite = append(infinite, j)
			}
		}
		if infinite == nil {
			return nil, nil
		}
		return infinite, f.independent(kept, infinite, apart)
	}
	return nil, nil
}

// independent picks columns that span those of the rows left, finite ones first.
func (f *fit) independent(kept, infinite []int, apart []float64) (rest []int) {
	x := f.problem.parts[1].x
	order := slices.DeleteFunc(slices.Clone(kept), func(j int) bool { return slices.Contains(infinite, j) })
	order = append(order, infinite...)
	var basis [][]float64
	for _, j := range order {
		c := make([]float64, 0, len(apart))
		for i, logit := range apart {
			if logit == 0 {
				c = append(c, x[j][i])
			}
		}
		whole := math.Sqrt(dot(c, c))
		for range 2 {
			for _, b := range basis {
				along := dot(c, b)
				for i := range c {
					c[i] -= along * b[i]
				}
			}
		}
		if norm := math.Sqrt(dot(c, c)); norm > 1e-7*whole {
			for i := range c {
				c[i] /= norm
			}
			basis = append(basis, c)
			rest = append(rest, j)
		}
	}
	slices.Sort(rest)
	return rest
}

func pickNames(names []string, at []int) []string {
	out := make([]string, len(at))
	for i, j := range at {
		out[i] = names[j]
	}
	return out
}

// sides says which rows are at a limit of the probability of a structural zero.
func sides(apart []float64) string {
	var none, all int
	for _, logit := range apart {
		switch {
		case math.IsInf(logit, -1):
			none++
		case math.IsInf(logit, 1):
			all++
		}
	}
	var words []string
	if none > 0 {
		words = append(words, fmt.Sprintf("%d rows whose zeros the counts explain, so that the probability of a structural zero is 0 there", none))
	}
	if all > 0 {
		words = append(words, fmt.Sprintf("%d rows that are all zero, so that the probability of a structural zero is 1 there", all))
	}
	return strings.Join(words, ", and ")
}
