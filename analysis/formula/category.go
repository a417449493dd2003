package formula

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/table"
)

// category keeps the rows and the levels that occur in them, reference level first.
func (f *frame) category(label, column string, levels []string, codes []int32) (*variable, error) {
	v := &variable{label: label, codes: make([]int32, len(f.rows))}
	for i, r := range f.rows {
		v.codes[i] = codes[r]
	}
	used := compact(v.codes, len(levels))
	for _, u := range used {
		v.levels = append(v.levels, levels[u])
	}
	if f.set != nil && f.set.column == column {
		at := slices.Index(v.levels, f.set.level)
		for i := range v.codes {
			v.codes[i] = int32(at)
		}
	}
	reference, ok := f.options.Reference[column]
	if !ok {
		return v, nil
	}
	at := slices.Index(v.levels, reference)
	if at < 0 {
		return nil, dataset.Problemf(f.table.Name, 0, column, "has no level %q among the rows used, want one of %s", reference, list(v.levels))
	}
	for i, c := range v.codes {
		switch {
		case int(c) == at:
			v.codes[i] = 0
		case int(c) < at:
			v.codes[i]++
		}
	}
	v.levels = slices.Insert(slices.Delete(v.levels, at, at+1), 0, reference)
	return v, nil
}

func list(levels []string) string {
	if len(levels) > 8 {
		return strings.Join(levels[:8], ", ") + ", …"
	}
	return strings.Join(levels, ", ")
}

// compact renumbers codes so that only those that occur remain, in order, and
// returns the old codes.
func compact(codes []int32, levels int) []int32 {
	rank := make([]int32, levels)
	for _, c := range codes {
		rank[c] = 1
	}
	var used []int32
	for l := range rank {
		if rank[l] == 1 {
			rank[l] = int32(len(used))
			used = append(used, int32(l))
		}
	}
	for i, c := range codes {
		codes[i] = rank[c]
	}
	return used
}

// compactRows is compact of the codes of some rows, which it leaves as they are
// and shares where nothing changes.
func compactRows(codes []int32, rows []int, levels int) (out, used []int32) {
	if isWhole(rows, len(codes)) && !slices.Contains(codes, -1) { // every level occurs
		used = make([]int32, levels)
		for l := range used {
			used[l] = int32(l)
		}
		return codes, used
	}
	rank := make([]int32, levels)
	for _, r := range rows {
		rank[codes[r]] = 1
	}
	for l := range rank {
		if rank[l] == 1 {
			rank[l] = int32(len(used))
			used = append(used, int32(l))
		}
	}
	out = make([]int32, len(rows))
	for i, r := range rows {
		out[i] = rank[codes[r]]
	}
	return out, used
}

// whole is the longest list of all rows made so far.
var whole atomic.Pointer[[]int]

// wholeRows is the list 0, 1, ... n-1, shared and not to be changed.
func wholeRows(n int) []int {
	if known := whole.Load(); known != nil && len(*known) >= n {
		return (*known)[:n:n]
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	whole.Store(&rows)
	return rows[:n:n]
}

// isWhole says whether rows are all n of a table, in order, as complete gives them.
func isWhole(rows []int, n int) bool {
	known := whole.Load()
	return n > 0 && len(rows) == n && known != nil && &rows[0] == &(*known)[0]
}

// factor evaluates factor(x): categories of words, or numbers in their order.
func (f *frame) factor(label string, n *node) (*variable, error) {
	if n.op == nameNode {
		if kind, err := f.table.Kind(n.text); err != nil || kind == table.CategoryKind {
			if err != nil {
				return nil, err
			}
			c, err := f.table.Category(n.text)
			if err != nil {
				return nil, err
			}
			return f.category(label, n.text, c.Levels, c.Codes)
		}
	}
	plain := *f
	plain.set = nil
	values, err := plain.finite(n)
	if err != nil {
		return nil, err
	}
	distinct := slices.Clone(values)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	codes := make([]int32, f.table.Rows())
	for i, r := range f.rows {
		at, _ := slices.BinarySearch(distinct, values[i])
		codes[r] = int32(at)
	}
	levels := make([]string, len(distinct))
	for i, x := range distinct {
		levels[i] = strconv.FormatFloat(x, 'g', 15, 64)
	}
	if f.set != nil && slices.Contains(n.columns(nil), f.set.column) {
		if _, ok := f.options.Reference[n.String()]; ok {
			return nil, analysis.Unsupportedf("arms in %s with a reference level of their own cannot be exchanged; use a column of words and --ref", label)
		}
		return f.factorSet(label, n, distinct, levels)
	}
	return f.category(label, n.String(), levels, codes)
}

// factorSet is factor(x) with a column of x set to one level: the levels stay
// those of the data.
func (f *frame) factorSet(label string, n *node, distinct []float64, levels []string) (*variable, error) {
	values, err := f.numbers(n, f.rows)
	if err != nil {
		return nil, err
	}
	v := &variable{label: label, codes: make([]int32, len(values)), levels: levels}
	for i, x := range values {
		at, ok := slices.BinarySearch(distinct, x)
		if !ok {
			return nil, f.fail(n, "%s has a level that the data lack when %s is %s", n, f.set.column, f.set.level)
		}
		v.codes[i] = int32(at)
	}
	return v, nil
}
