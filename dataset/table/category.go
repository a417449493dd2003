package table

import (
	"sort"
	"strconv"
	"strings"
)

// categories codes the column's texts. Levels are in byte order, or in
// numeric order where all are numbers.
func (c *column) categories() *Category {
	c.codes.Do(func() { c.category = c.code() })
	return c.category
}

func (c *column) code() *Category {
	codes := make([]int32, c.rows)
	seen := map[string]int32{}
	var levels []string
	last, lastCode := "", int32(-1)
	for i := range codes {
		text := c.cell(i)
		if i > 0 && text == last { // panels repeat a unit row after row
			codes[i] = lastCode
			continue
		}
		last = text
		if isMissing(text) {
			lastCode = -1
		} else if code, ok := seen[text]; ok {
			lastCode = code
		} else {
			lastCode = int32(len(levels))
			text = strings.Clone(text)
			seen[text] = lastCode
			levels = append(levels, text)
		}
		codes[i] = lastCode
	}
	rank, sorted := order(levels)
	for i, code := range codes {
		if code >= 0 {
			codes[i] = rank[code]
		}
	}
	return &Category{Name: c.name, Levels: sorted, Codes: codes}
}

// order sorts levels and gives the rank of each.
func order(levels []string) (rank []int32, sorted []string) {
	at := make([]int, len(levels))
	numbers := make([]float64, len(levels))
	numeric := true
	for i, l := range levels {
		at[i] = i
		if numeric {
			x, err := strconv.ParseFloat(l, 64)
			numeric = err == nil
			numbers[i] = x
		}
	}
	sort.Slice(at, func(a, b int) bool {
		i, j := at[a], at[b]
		if numeric && numbers[i] != numbers[j] {
			return numbers[i] < numbers[j]
		}
		return levels[i] < levels[j]
	})
	rank, sorted = make([]int32, len(levels)), make([]string, len(levels))
	for r, i := range at {
		rank[i] = int32(r)
		sorted[r] = levels[i]
	}
	return rank, sorted
}
