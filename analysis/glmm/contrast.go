package glmm

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"swis/analysis"
	"swis/analysis/distribution"
)

// contrast is the effect of a 0/1 column on the mean outcome: the mean over the
// rows to which it applies with the column at 1 and at 0, by exposure where
// there is one.
type contrast struct {
	one, zero         float64 // mean with the column at 1 and at 0, per unit of exposure
	seDifference      float64
	logRatio, seRatio float64
	rows              string // which rows it is an average over
}

// setting is a cell with a column set to 1 and to 0 in both parts.
type setting struct {
	cell      int
	one, zero [2][]float64
}

// settings lists the cells that a 0/1 column is averaged over. An interaction
// applies to the rows where it is 1. A main effect applies to the rows where no
// interaction with it is switched on, which is what its coefficient is about.
func (m *model) settings(s *standardisation, name string) (list []setting, rows string) {
	fixed := s.names
	interaction := strings.Contains(name, ":")
	rows = "all rows"
	if interaction {
		rows = "rows with " + name + " = 1"
	}
	// The other sides of the interactions with this column.
	var others [][]int
	if !interaction {
		for _, n := range fixed[0] {
			factors := strings.Split(n, ":")
			if len(factors) < 2 || !slices.Contains(factors, name) {
				continue
			}
			var columns []int
			for _, f := range factors {
				if f == name {
					continue
				}
				at := slices.Index(fixed[0], f)
				if at < 0 {
					return nil, ""
				}
				columns = append(columns, at)
			}
			others = append(others, columns)
			rows = "rows where no interaction with it applies"
		}
	}
	for i := range s.c.n {
		var x [2][]float64
		for h := range 2 {
			if s.c.p[h] > 0 {
				x[h] = s.c.x[h][i*s.c.p[h] : (i+1)*s.c.p[h]]
			}
		}
		at := slices.Index(fixed[0], name)
		if interaction && x[0][at] != 1 {
			continue
		}
		applies := true
		for _, columns := range others {
			product := 1.0
			for _, c := range columns {
				product *= x[0][c]
			}
			applies = applies && product == 0
		}
		if !applies {
			continue
		}
		set := setting{cell: i}
		for h := range 2 {
			if x[h] == nil {
				continue
			}
			set.one[h], set.zero[h] = slices.Clone(x[h]), slices.Clone(x[h])
			if c := slices.Index(fixed[h], name); c >= 0 {
				set.one[h][c], set.zero[h][c] = 1, 0
			}
		}
		list = append(list, set)
	}
	return list, rows
}

// slope differentiates f by central differences.
func slope(f func(float64) float64, x float64) float64 {
	h := 1e-4 * (1 + math.Abs(x))
	return (f(x+h) - f(x-h)) / (2 * h)
}

// total adds weight times the mean outcome of a row to the gradient in the
// parameters of both fits, and returns it.
func (s *standardisation) total(cell int, x [2][]float64, weight float64, gradient [2][]float64) float64 {
	u := s.work
	var linear, variance [2]float64
	var fits [2]*fit
	var starts [2]int
	for h := range 2 {
		if x[h] == nil {
			continue
		}
		f, part := s.at(h)
		fits[h] = f
		if part == 1 {
			starts[h] = f.o.c.p[0]
		}
		linear[h] = dot(x[h], f.psi[starts[h]:starts[h]+f.o.c.p[part]])
		if offset := s.c.offset[h]; offset != nil {
			linear[h] += offset[cell]
		}
		for _, v := range u[h][:s.effects(h, x[h], f.psi, u[h])] {
			variance[h] += v * v
		}
	}
	phi := s.main.o.phi(s.main.psi)
	var ceiling float64
	if s.c.limit != nil {
		ceiling = s.c.limit[cell]
	}
	mean, pass := s.outcome(linear[0], variance[0], phi, ceiling), 1.0
	if x[1] != nil {
		pass = s.passes(linear[1], variance[1])
	}
	for h := range 2 {
		if x[h] == nil {
			continue
		}
		f, part := s.at(h)
		g := gradient[0]
		if f == s.zero {
			g = gradient[1]
		}
		var byLinear, byVariance float64
		if h == 0 {
			byLinear = weight * pass * slope(func(e float64) float64 { return s.outcome(e, variance[0], phi, ceiling) }, linear[0])
			if variance[0] > 0 {
				byVariance = weight * pass * slope(func(l float64) float64 { return s.outcome(linear[0], math.Exp(l), phi, ceiling) }, math.Log(variance[0])) / variance[0]
			}
			if k := s.main.problem.kernel; k.hasPhi() && (k.zeros == truncated || k.base == lognormal || k.ceiling) {
				g[s.main.o.n-1] += weight * pass * slope(func(p float64) float64 { return s.outcome(linear[0], variance[0], p, ceiling) }, phi)
			}
		} else {
			byLinear = weight * mean * slope(func(z float64) float64 { return s.passes(z, variance[1]) }, linear[1])
			if variance[1] > 0 {
				byVariance = weight * mean * slope(func(l float64) float64 { return s.passes(linear[1], math.Exp(l)) }, math.Log(variance[1])) / variance[1]
			}
		}
		for j := range f.o.c.p[part] {
			g[starts[h]+j] += byLinear * x[h][j]
		}
		at := 0
		for i := range f.o.c.terms {
			t := &f.o.c.terms[i]
			if t.part != part || len(s.where[h][i]) != t.k {
				continue
			}
			t.entries(func(m, a, b int) {
				g[f.o.lowerAt()+m] += byVariance * 2 * u[h][at+b] * s.z(h, i, a, x[h])
			})
			at += t.k
		}
	}
	return weight * mean * pass
}

// contrast estimates one column's effect with delta-method errors.
func (m *model) contrast(s *standardisation, name string) (contrast, bool) {
	list, rows := m.settings(s, name)
	if len(list) == 0 {
		return contrast{}, false
	}
	fits := []*fit{s.main}
	var one, zero [2][]float64
	one[0], zero[0] = make([]float64, s.main.o.n), make([]float64, s.main.o.n)
	if s.zero != nil {
		fits = append(fits, s.zero)
		one[1], zero[1] = make([]float64, s.zero.o.n), make([]float64, s.zero.o.n)
	}
	c := contrast{rows: rows}
	var exposure float64
	for _, set := range list {
		w := s.c.count[set.cell]
		c.one += s.total(set.cell, set.one, w, one)
		c.zero += s.total(set.cell, set.zero, w, zero)
		if offset := s.c.offset[0]; offset != nil && s.main.problem.kernel.base != binomial {
			w *= math.Exp(offset[set.cell])
		}
		exposure += w
	}
	c.logRatio = math.Log(c.one / c.zero)
	for which, f := range fits {
		if f.cov == nil {
			return contrast{}, false
		}
		for i, p := range f.free {
			for j, q := range f.free {
				v := f.cov.At(i, j)
				c.seDifference += v * (one[which][p] - zero[which][p]) * (one[which][q] - zero[which][q])
				c.seRatio += v * (one[which][p]/c.one - zero[which][p]/c.zero) * (one[which][q]/c.one - zero[which][q]/c.zero)
			}
		}
	}
	c.one, c.zero = c.one/exposure, c.zero/exposure
	c.seDifference, c.seRatio = math.Sqrt(c.seDifference)/exposure, math.Sqrt(c.seRatio)
	return c, true
}

var logOffset = regexp.MustCompile(`offset\(\s*log\(\s*([A-Za-z_.][A-Za-z0-9_.]*)\s*\)\s*\)`)

// exposureUnit says what a difference of rates is counted in, and the factor to it.
func (m *model) exposureUnit() (unit string, factor float64) {
	name := m.options.Exposure
	if name == "" {
		if found := logOffset.FindStringSubmatch(m.options.Formula); found != nil && strings.Count(m.options.Formula, "offset(") == 1 {
			name = found[1]
		}
	}
	switch {
	case m.main.kernel.base == binomial:
		return "percentage points", 100
	case name == "" && m.design.Offset != nil:
		return "per 1,000 units of exposure", 1000
	case name == "":
		return "in the mean", 1
	case name == "exposure" || strings.Contains(strings.ToLower(name), "year"):
		return "per 1,000 pupils a year", 1000
	}
	return "per 1,000 " + strings.ReplaceAll(name, "_", " "), 1000
}

// treatments are the columns for which a difference is given: single 0/1
// columns, interactions included.
func (m *model) treatments() (names []string) {
	fixed := m.design.Fixed
	columns := map[int]int{}
	for _, t := range fixed.Term {
		columns[t]++
	}
	for j, name := range fixed.Names {
		if fixed.Term[j] < 0 || columns[fixed.Term[j]] > 1 {
			continue
		}
		var zeros, ones bool
		other := false
		for _, x := range fixed.X[j] {
			switch x {
			case 0:
				zeros = true
			case 1:
				ones = true
			default:
				other = true
			}
		}
		if zeros && ones && !other {
			names = append(names, name)
		}
	}
	return names
}

// differences adds the standardised differences to the estimates and, for models
// of two parts, the overall ratio of means.
func (m *model) differences(r *analysis.Result, main, zero *fit) {
	if r.Fit.Status == analysis.NotConverged || r.Fit.Status == analysis.Separated && !main.vanished {
		return
	}
	names := m.treatments()
	if len(names) == 0 {
		return
	}
	s := m.standardisation(main, zero)
	unit, factor := m.exposureUnit()
	z := distribution.NormalQuantile(1 - (1-m.level)/2)
	for _, name := range names {
		e := r.Find(name)
		if e == nil || e.Estimate == nil || e.StdError == nil {
			continue
		}
		c, ok := m.contrast(s, name)
		if !ok {
			continue
		}
		difference := c.one - c.zero
		target := e
		how := "difference by standardisation over " + c.rows + ", random effects integrated out, delta method"
		if m.overallRatio() {
			overall := analysis.Estimate{Term: "overall:" + name, Label: name + ", " + m.overallWords(), Estimand: "log ratio of overall means",
				Estimate: analysis.Num(c.logRatio), StdError: analysis.Num(c.seRatio), ConfLevel: m.level, Scale: analysis.Log,
				Ratio: analysis.Num(math.Exp(c.logRatio)), RatioLow: analysis.Num(math.Exp(c.logRatio - z*c.seRatio)), RatioHigh: analysis.Num(math.Exp(c.logRatio + z*c.seRatio)),
				ConfLow: analysis.Num(c.logRatio - z*c.seRatio), ConfHigh: analysis.Num(c.logRatio + z*c.seRatio),
				How: "standardised over " + c.rows + ", random effects integrated out, delta method"}
			if c.seRatio > 0 {
				overall.Statistic = analysis.Num(c.logRatio / c.seRatio)
				overall.PValue = analysis.Num(distribution.NormalTwoSided(c.logRatio / c.seRatio))
			}
			r.Estimates = append(r.Estimates, overall)
			target = &r.Estimates[len(r.Estimates)-1]
		} else {
			target.How += "; " + how
		}
		target.Difference = analysis.Num(factor * difference)
		target.DifferenceLow = analysis.Num(factor * (difference - z*c.seDifference))
		target.DifferenceHigh = analysis.Num(factor * (difference + z*c.seDifference))
		target.DifferenceUnit = unit
	}
}

// betweenGroups adds the between-group coefficient of variation k of counts
// and amounts, or the intra-cluster correlation of a logit on its latent scale.
func (m *model) betweenGroups(r *analysis.Result, main *fit) {
	logit := main.problem.kernel.base == binomial
	var total, intercepts float64
	for t := range main.o.c.terms {
		t := &main.o.c.terms[t]
		if t.part != 0 || t.name(0) != "(Intercept)" {
			continue
		}
		v := main.covariance(t)[0][0]
		intercepts++
		total += v
		if logit {
			continue
		}
		k := math.Sqrt(math.Expm1(v))
		r.Checks = append(r.Checks, analysis.Check{Name: "k:" + t.Group, Value: analysis.Num(k),
			Means: fmt.Sprintf("the true rates of the levels of %s vary with a coefficient of variation of %.2f", t.Group, k)})
	}
	if logit && intercepts > 0 {
		r.Fit.ICC = analysis.Num(total / (total + math.Pi*math.Pi/3))
	}
}
