package glmm

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"swis/analysis"
)

// certain is the offset of a row whose structural zero is impossible: beyond any
// -log f(0) that it is compared with.
const certain = -1e6

// Limits from which an infinite coefficient of the zero part is tried, and what
// taking it may cost in log-likelihood.
const (
	infiniteTrial = 6
	infiniteCost  = 1e-5
)

// direction is a way in which coefficients of a zero part may run to infinity:
// sign times the columns given, which moves the logit of some rows and of no
// others.
type direction struct {
	pivot, other int     // column, and the one around it that runs against it or -1
	sign         float64 // of the logit of the rows that move
	rows         []bool
}

// directions lists the columns of the zero part along which, at the end of a
// search, a probability is as good as 0 or 1.
func (f *fit) directions() (all []direction) {
	from := f.problem.parts[1]
	gamma, _ := f.coefficients(1)
	zeta := make([]float64, f.problem.n())
	if from.offset != nil {
		copy(zeta, from.offset)
	}
	for _, j := range f.kept[1] {
		for i, x := range from.x[j] {
			zeta[i] += x * gamma[j]
		}
	}
	intercept := slices.Index(from.names, "(Intercept)")
	for _, j := range f.kept[1] {
		if j == intercept || slices.ContainsFunc(from.x[j], func(x float64) bool { return x < 0 }) {
			continue
		}
		for _, other := range append([]int{-1}, f.around(j)...) { // the rows with the column, and those of another without it
			for _, sign := range []float64{-1, 1} {
				d := direction{pivot: j, other: other, sign: sign, rows: make([]bool, len(zeta))}
				some, others, far := false, false, true
				for i, x := range from.x[j] {
					d.rows[i] = x != 0
					if other >= 0 {
						d.rows[i] = x == 0 && from.x[other][i] != 0
					}
					if d.rows[i] {
						some = true
						far = far && sign*zeta[i] > infiniteTrial && (sign < 0 || f.problem.y[i] == 0)
					} else {
						others = true
					}
				}
				if some && others && far {
					all = append(all, d)
				}
			}
		}
	}
	return all
}

// around lists the columns of ones and zeros that are one wherever column j, of
// ones and zeros too, is: the intercept, and the arm of an interaction.
func (f *fit) around(j int) (list []int) {
	x := f.problem.parts[1].x
	binary := func(c []float64) bool {
		return !slices.ContainsFunc(c, func(v float64) bool { return v != 0 && v != 1 })
	}
	if !binary(x[j]) {
		return nil
	}
	for _, o := range f.kept[1] {
		inside := o != j && binary(x[o])
		for i := 0; inside && i < len(x[o]); i++ {
			inside = x[o][i] >= x[j][i]
		}
		if inside {
			list = append(list, o)
		}
	}
	return list
}

// infiniteZero is the limit of a zero-inflated fit whose search ran along
// directions of its zero part, one after the other, or nil: rows that can have no structural zero keep
// their counts alone, rows that are structural zeros for sure add nothing.
func (f *fit) infiniteZero(nodes int) *fit {
	for _, d := range f.directions() {
		p := *f.problem
		p.parts[1] = f.problem.parts[1].without(d.pivot)
		var rows []int
		sure := make([]float64, p.n())
		offset := make([]float64, p.n())
		if o := p.parts[1].offset; o != nil {
			copy(offset, o)
		}
		for i, moves := range d.rows {
			if moves {
				offset[i] = certain
				sure[i] = math.Inf(int(d.sign))
			} else {
				rows = append(rows, i)
			}
		}
		limited := &p
		if d.sign > 0 {
			limited = p.subset(rows)
		} else {
			p.parts[1].offset = offset
		}
		screened := screen(limited)
		limit := fitScreened(limited, screened, nodes)
		screened.name(limit)
		if limit.o.kernel.zeros == inflated { // another column may run off once this one has
			if further := limit.infiniteZero(nodes); further != nil {
				limit = further
			}
		}
		if limit.status == analysis.NotConverged || len(limit.null[1]) != len(p.parts[1].names) || !(limit.logLik >= f.logLik-infiniteCost) {
			continue
		}
		limit.restore(f.problem, d, sure, rows)
		return limit
	}
	return f.runaway(nodes)
}

// without is the part without column j.
func (p part) without(j int) part {
	p.names = slices.Delete(slices.Clone(p.names), j, j+1)
	p.x = slices.Delete(slices.Clone(p.x), j, j+1)
	return p
}

// restore gives the limit the columns and rows of the problem that it is the
// limit of, and says which columns are infinite. rows are those that a sure
// structural zero left in.
func (f *fit) restore(p *problem, d direction, sure []float64, rows []int) {
	for i, logit := range f.sure {
		switch {
		case logit == 0:
		case d.sign > 0:
			sure[rows[i]] = logit
		case sure[i] == 0:
			sure[i] = logit
		}
	}
	for i, j := range f.kept[1] {
		if j >= d.pivot {
			f.kept[1][i] = j + 1
		}
	}
	f.null[1] = slices.Insert(f.null[1], d.pivot, true)
	infinite := []string{p.parts[1].names[d.pivot]}
	where := "where it applies"
	if d.other >= 0 {
		f.null[1][d.other] = true
		infinite = []string{p.parts[1].names[d.other], infinite[0]}
		where = "where " + infinite[1] + " is 0"
		if infinite[0] != "(Intercept)" {
			where = "where " + infinite[0] + " is 1 and " + infinite[1] + " is 0"
		}
	}
	why := "the counts explain all zeros " + where + ", so that the probability of a structural zero is 0 there"
	if d.sign > 0 {
		why = "every row " + where + " is zero, so that the probability of a structural zero is 1 there"
	}
	f.problem, f.sure = p, sure
	f.status, f.vanished = analysis.Separated, false
	f.notes = append(f.notes, analysis.Note{Code: "separation", Term: infinite[len(infinite)-1],
		Text: fmt.Sprintf("%s (zero part): no finite estimate, because %s; other numbers are the limit of the likelihood", strings.Join(infinite, ", "), why)})
}
