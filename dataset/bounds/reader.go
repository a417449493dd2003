// Package bounds solves for what numbers can be, given sums of them: the linear
// programme of a reader who has everything that was published and wants to know
// what was withheld.
package bounds

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// Reader collects what is known of numbers, by their names. Numbers are not
// negative.
type Reader struct {
	low, high map[string]float64
	sums      []sum
	of        map[string][]int // sums of each number
}

// sum says that a linear combination lies between two numbers.
type sum struct {
	terms     map[string]float64
	low, high float64
}

// NewReader returns a reader who knows nothing.
func NewReader() *Reader {
	return &Reader{low: map[string]float64{}, high: map[string]float64{}, of: map[string][]int{}}
}

// Between says that a number lies between two others. What is said of one number
// several times holds together.
func (r *Reader) Between(name string, low, high float64) {
	if x, ok := r.low[name]; !ok || low > x {
		r.low[name] = low
	}
	if x, ok := r.high[name]; !ok || high < x {
		r.high[name] = high
	}
}

// Is says that a number is known exactly.
func (r *Reader) Is(name string, x float64) { r.Between(name, x, x) }

// AtLeast says that a number is no less than another.
func (r *Reader) AtLeast(name string, x float64) { r.Between(name, x, math.Inf(1)) }

// Adds says that a number is the sum of others plus a constant.
func (r *Reader) Adds(total string, plus float64, parts ...string) {
	terms := map[string]float64{total: 1}
	for _, p := range parts {
		terms[p]--
	}
	r.Combination(terms, plus, plus)
}

// Combination says that a linear combination lies between two numbers.
func (r *Reader) Combination(terms map[string]float64, low, high float64) {
	for name := range terms {
		r.of[name] = append(r.of[name], len(r.sums))
	}
	r.sums = append(r.sums, sum{terms, low, high})
}

func (r *Reader) bounds(name string) (low, high float64) {
	high = math.Inf(1)
	if x, ok := r.low[name]; ok {
		low = max(x, 0)
	}
	if x, ok := r.high[name]; ok {
		high = x
	}
	return low, high
}

// exact says whether a number is known.
func (r *Reader) exact(name string) bool {
	low, high := r.bounds(name)
	return high-low < 1e-9
}

// most bounds every number, so that the linear programme is never unbounded.
const most = 1e6

// Range solves for the least and the largest value that a number can have.
func (r *Reader) Range(name string) (low, high float64, err error) {
	if r.exact(name) {
		low, high = r.bounds(name)
		return low, high, nil
	}
	// what the number hangs together with through others that are not known
	place := map[string]int{name: 0}
	names := []string{name}
	var sums []int
	used := map[int]bool{}
	for at := 0; at < len(names); at++ {
		for _, s := range r.of[names[at]] {
			if used[s] {
				continue
			}
			used[s] = true
			sums = append(sums, s)
			for other := range r.sums[s].terms {
				if _, seen := place[other]; !seen && !r.exact(other) {
					place[other] = len(names)
					names = append(names, other)
				}
			}
		}
	}
	p := &programme{n: len(names)}
	floor := make([]float64, len(names))
	for k, x := range names {
		low, high := r.bounds(x)
		floor[k] = low
		if !math.IsInf(high, 1) {
			p.add(map[int]float64{k: 1}, 0, high-low)
		}
	}
	for _, at := range sums {
		s := r.sums[at]
		row, known := map[int]float64{}, 0.0
		for x, a := range s.terms {
			if k, ok := place[x]; ok {
				row[k] += a
				known += a * floor[k]
			} else {
				low, _ := r.bounds(x)
				known += a * low
			}
		}
		p.add(row, s.low-known, s.high-known)
	}
	least, err := p.solve(1)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", name, err)
	}
	largest, err := p.solve(-1)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", name, err)
	}
	return least + floor[0], largest + floor[0], nil
}

// Recovered says whether a whole number is known to the reader: counts are at
// least one apart.
func (r *Reader) Recovered(name string) (bool, error) {
	low, high, err := r.Range(name)
	return high-low < 0.999, err
}

// programme is a linear programme over n numbers that are not negative, and the
// slack of its inequalities.
type programme struct {
	n, slacks int
	rows      []map[int]float64 // slacks are n, n+1, …
	b         []float64
}

func (p *programme) add(row map[int]float64, low, high float64) {
	switch {
	case high-low < 1e-9:
		p.rows, p.b = append(p.rows, row), append(p.b, (low+high)/2)
	case !math.IsInf(high, 1) && !math.IsInf(low, -1): // sum + slack = high, slack at most high - low
		slack := p.slack()
		wide := map[int]float64{slack: 1}
		for k, a := range row {
			wide[k] = a
		}
		p.rows, p.b = append(p.rows, wide), append(p.b, high)
		p.rows, p.b = append(p.rows, map[int]float64{slack: 1, p.slack(): 1}), append(p.b, high-low)
	}
}

func (p *programme) slack() int {
	p.slacks++
	return p.n + p.slacks - 1
}

// solve finds the least of the first number, or of its negative.
func (p *programme) solve(sign float64) (float64, error) {
	n := p.n + p.slacks
	dense := make([][]float64, len(p.rows))
	for i, row := range p.rows {
		dense[i] = make([]float64, n+1)
		for k, a := range row {
			dense[i][k] = a
		}
		dense[i][n] = p.b[i]
	}
	dense = independent(dense, n)
	a, b := mat.NewDense(len(dense)+1, n+1, nil), make([]float64, len(dense)+1)
	for i, line := range dense {
		a.SetRow(i, append(append([]float64{}, line[:n]...), 0))
		b[i] = line[n]
	}
	for k := range n + 1 {
		a.Set(len(dense), k, 1)
	}
	b[len(dense)] = most
	c := make([]float64, n+1)
	c[0] = sign
	x, _, err := lp.Simplex(c, a, b, 1e-9, nil)
	return sign * x, err
}

// independent reduces equations to those that the programme wants: full rank.
func independent(rows [][]float64, n int) [][]float64 {
	at := 0
	for col := 0; col < n && at < len(rows); col++ {
		pivot := at
		for i := at; i < len(rows); i++ {
			if math.Abs(rows[i][col]) > math.Abs(rows[pivot][col]) {
				pivot = i
			}
		}
		if math.Abs(rows[pivot][col]) < 1e-9 {
			continue
		}
		rows[at], rows[pivot] = rows[pivot], rows[at]
		for i := range rows {
			if f := rows[i][col] / rows[at][col]; i != at && f != 0 {
				for k := range rows[i] {
					rows[i][k] -= f * rows[at][k]
				}
			}
		}
		at++
	}
	return rows[:at]
}
