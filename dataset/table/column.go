package table

import (
	"math"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"swis/dataset/workers"
)

// column is one column of a table. Its cells come from a file, a list of
// texts, a list of numbers or the rows of another column; they are typed when
// a caller first asks, because a wide file is seldom used whole.
type column struct {
	name  string
	rows  int
	cells cells // nil for derived numeric columns

	once  sync.Once
	kind  Kind
	value []float64 // NaN where mark is not Present; nil for categories
	mark  []Mark    // nil where every cell is present

	codes    sync.Once
	category *Category
}

// cells are the texts of a column, without surrounding blanks.
type cells interface{ cell(row int) string }

type textCells []string

func (t textCells) cell(i int) string { return t[i] }

// pickedCells are some rows of another column.
type pickedCells struct {
	from *column
	rows []int32
}

func (p pickedCells) cell(i int) string { return p.from.cell(int(p.rows[i])) }

func (c *column) cell(i int) string {
	if c.cells != nil {
		return c.cells.cell(i)
	}
	if c.mark != nil && c.mark[i] != Present {
		return ""
	}
	return strconv.FormatFloat(c.value[i], 'g', 15, 64)
}

// load types the column.
func (c *column) load() *column {
	c.once.Do(func() {
		switch from := c.cells.(type) {
		case nil:
			c.kind = NumericKind
		case pickedCells:
			c.pick(from)
		case *numberCells:
			c.kind = CategoryKind
			if from.numbers() > 0 {
				c.kind, c.value, c.mark = NumericKind, from.value, from.mark
			}
		default:
			c.parse()
		}
	})
	return c
}

// pick takes type and values from the column that the rows come from.
func (c *column) pick(from pickedCells) {
	parent := from.from.load()
	c.kind = parent.kind
	if parent.value != nil {
		c.value = make([]float64, c.rows)
		for i, r := range from.rows {
			c.value[i] = parent.value[r]
		}
	}
	if parent.mark != nil {
		c.mark = make([]Mark, c.rows)
		for i, r := range from.rows {
			c.mark[i] = parent.mark[r]
		}
	}
}

// chunk is the number of rows that one worker types at a time.
const chunk = 1 << 15

// parse decides the type and, for numbers, reads the values. Chunks are typed
// side by side; the outcome does not depend on how.
func (c *column) parse() {
	c.kind = CategoryKind
	chunks := (c.rows + chunk - 1) / chunk
	value := make([]float64, c.rows)
	marks := make([]Mark, c.rows)
	parts := make([]parsedChunk, chunks)
	each(chunks, func(k int) bool {
		parts[k] = parseChunk(c.cells, k*chunk, value[k*chunk:min((k+1)*chunk, c.rows)], marks[k*chunk:])
		return !parts[k].word
	})
	numbers, gaps := 0, 0
	for _, p := range parts {
		if p.word {
			return
		}
		numbers += p.numbers
		gaps += p.gaps
	}
	if numbers == 0 {
		return
	}
	c.kind, c.value = NumericKind, value
	if gaps > 0 {
		c.mark = marks
	}
}

type parsedChunk struct {
	numbers, gaps int
	word          bool // a cell is neither a number nor a gap
}

func parseChunk(source cells, from int, value []float64, marks []Mark) parsedChunk {
	var p parsedChunk
	for i := range value {
		text := source.cell(from + i)
		if x, ok := parseNumber(text); ok {
			value[i] = x
			p.numbers++
			continue
		}
		x, mark := parseCell(text)
		value[i] = x
		if mark != Present {
			marks[i] = mark
			p.gaps++
			continue
		}
		if math.IsNaN(x) {
			p.word = true
			return p
		}
		p.numbers++
	}
	return p
}

// each runs f on 0..n-1 with all processors until an f returns false.
func each(n int, f func(int) bool) {
	beside := min(runtime.GOMAXPROCS(0), n)
	if beside <= 1 {
		for i := range n {
			if !f(i) {
				return
			}
		}
		return
	}
	var group workers.Group
	for w := range beside {
		group.Do(func() {
			for i := w; i < n; i += beside {
				if !f(i) {
					return
				}
			}
		})
	}
	group.Join()
}

// powersOfTen are those that a float64 holds exactly.
var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseNumber reads plain decimals exactly: where the digits make a whole
// number below 2^53 and the power of ten is at most 22, one division of two
// exact numbers rounds as the decimal does (Clinger 1990). Others are left to
// strconv.
func parseNumber(s string) (float64, bool) {
	i := 0
	negative := false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		negative = s[i] == '-'
		i++
	}
	var digits uint64
	start, point := i, -1
	for ; i < len(s); i++ {
		d := s[i] - '0'
		if d <= 9 {
			digits = digits*10 + uint64(d)
			continue
		}
		if s[i] != '.' || point >= 0 {
			return 0, false
		}
		point = i
	}
	count, places := i-start, 0
	if point >= 0 {
		count--
		places = len(s) - point - 1
	}
	if count == 0 || count > 18 || digits > 1<<53 {
		return 0, false
	}
	x := float64(digits) / powersOfTen[places]
	if negative {
		x = -x
	}
	return x, true
}

// parseCell returns the number in a cell, or NaN with Missing or Suppressed; a
// word is NaN with Present.
func parseCell(text string) (float64, Mark) {
	if isMissing(text) {
		return math.NaN(), Missing
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) && !hexadecimal(text) {
		return x, Present
	}
	if isSuppressed(text) {
		return math.NaN(), Suppressed
	}
	return math.NaN(), Present
}

func hexadecimal(text string) bool { return strings.ContainsAny(text, "xX_") }

func isNumber(text string) bool {
	x, mark := parseCell(text)
	return mark == Present && !math.IsNaN(x)
}

func isMissing(text string) bool {
	switch text {
	case "", "NA", "NaN", "NULL", ".":
		return true
	}
	return false
}

// isSuppressed recognises the marks of DfE and NHS tables: c x z u k low : ~ .. *,
// <N and N-M.
func isSuppressed(text string) bool {
	switch text {
	case "c", "x", "z", "u", "k", "low", ":", "~", "..", "*":
		return true
	}
	if n, ok := strings.CutPrefix(text, "<"); ok {
		_, err := strconv.Atoi(n)
		return err == nil
	}
	if a, b, ok := strings.Cut(text, "-"); ok {
		_, errA := strconv.Atoi(a)
		_, errB := strconv.Atoi(b)
		return errA == nil && errB == nil
	}
	return false
}
