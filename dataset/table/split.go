package table

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"runtime"
	"strings"
	"unsafe"

	"swis/dataset/workers"
)

// grid is the body of a CSV file with the place of every cell. Cell k of the
// whole (row by row) lies from starts[k] to starts[k+1]-1, its separator.
type grid struct {
	data    []byte
	starts  []uint32 // rows*columns + 1
	columns int
	quoted  bool // some cells are quoted
}

// gridCells is one column of a grid.
type gridCells struct {
	*grid
	column int
}

func (g gridCells) cell(row int) string {
	k := row*g.columns + g.column
	from, to := g.starts[k], g.starts[k+1]-1
	if from == to {
		return ""
	}
	raw := g.data[from:to]
	first, last := raw[0], raw[len(raw)-1]
	if first > ' ' && first < 0x80 && last > ' ' && last < 0x80 && !(g.quoted && first == '"') {
		return unsafe.String(&raw[0], len(raw))
	}
	return g.plain(raw)
}

// plain removes blanks and quotes.
func (g gridCells) plain(raw []byte) string {
	text := unsafe.String(&raw[0], len(raw))
	if g.quoted && raw[0] == '"' {
		text = strings.TrimSuffix(text, "\r")
		text = text[1 : len(text)-1]
		if strings.IndexByte(text, '"') >= 0 {
			text = strings.ReplaceAll(text, `""`, `"`)
		}
	}
	return strings.TrimSpace(text)
}

// split finds the cells of a body of regular rows: as many cells in every row,
// no empty lines before the end, no quote inside a bare cell, no line break
// inside a quoted one. For all else, which encoding/csv reads or refuses with
// the right words, ok is false.
func split(body []byte, columns int) (g *grid, rows int, ok bool) {
	if len(body) >= math.MaxUint32 || columns == 0 {
		return nil, 0, false
	}
	g = &grid{data: body, columns: columns, quoted: bytes.IndexByte(body, '"') >= 0}
	if g.quoted {
		g.starts, ok = splitQuoted(body, columns)
	} else {
		g.starts, ok = splitBare(body, columns)
	}
	if !ok {
		return nil, 0, false
	}
	return g, (len(g.starts) - 1) / columns, true
}

// splitBare splits blocks of whole lines side by side.
func splitBare(body []byte, columns int) ([]uint32, bool) {
	body = trimEmptyEnd(body)
	if len(body) == 0 {
		return []uint32{0}, true
	}
	blocks := 1
	if len(body) > 1<<20 {
		blocks = runtime.GOMAXPROCS(0)
	}
	edges := []int{0}
	for b := 1; b < blocks; b++ {
		at := len(body) * b / blocks
		if at < edges[len(edges)-1] {
			continue
		}
		line := bytes.IndexByte(body[at:], '\n')
		if line < 0 {
			break
		}
		edges = append(edges, at+line+1)
	}
	if edges[len(edges)-1] < len(body) {
		edges = append(edges, len(body))
	}
	parts := make([][]uint32, len(edges)-1)
	fine := make([]bool, len(parts))
	var group workers.Group
	for b := range parts {
		group.Do(func() { parts[b], fine[b] = splitBlock(body, edges[b], edges[b+1], columns) })
	}
	group.Join()
	total := 1
	for b := range parts {
		if !fine[b] {
			return nil, false
		}
		total += len(parts[b])
	}
	starts := parts[0]
	if len(parts) > 1 {
		starts = make([]uint32, total)
		offsets := make([]int, len(parts))
		for b := 1; b < len(parts); b++ {
			offsets[b] = offsets[b-1] + len(parts[b-1])
		}
		for b := range parts {
			group.Do(func() { copy(starts[offsets[b]:], parts[b]) })
		}
		group.Join()
		starts = starts[:total-1]
	}
	end := uint32(len(body))
	if body[len(body)-1] != '\n' {
		end++
	}
	return append(starts, end), true
}

// trimEmptyEnd drops empty lines after the last row, which CSV readers skip.
func trimEmptyEnd(body []byte) []byte {
	for {
		n := len(body)
		switch {
		case n == 1 && body[0] == '\n', n >= 2 && body[n-1] == '\n' && body[n-2] == '\n':
			body = body[:n-1]
		case n == 2 && body[0] == '\r' && body[1] == '\n', n >= 3 && body[n-1] == '\n' && body[n-2] == '\r' && body[n-3] == '\n':
			body = body[:n-2]
		default:
			return body
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	lows  = 0x7f7f7f7f7f7f7f7f
)

// zeroBytes has the high bit set in exactly the bytes of x that are zero.
func zeroBytes(x uint64) uint64 { return ^((x&lows + lows) | x | lows) }

// splitBlock gives the starts of the cells between two line starts.
func splitBlock(body []byte, from, to, columns int) ([]uint32, bool) {
	// Rows are much alike: the first tells how many to expect.
	line := bytes.IndexByte(body[from:to], '\n') + 1
	if line == 0 {
		line = to - from
	}
	starts := make([]uint32, 1, ((to-from)/line+16)*columns*5/4+1)
	starts[0] = uint32(from)
	inRow := 1 // cells of the row begun
	i := from
	for ; i+8 <= to; i += 8 {
		x := binary.LittleEndian.Uint64(body[i:])
		hits := zeroBytes(x^(ones*',')) | zeroBytes(x^(ones*'\n'))
		for ; hits != 0; hits &= hits - 1 {
			at := i + bits.TrailingZeros64(hits)/8
			if body[at] == ',' {
				inRow++
			} else {
				if inRow != columns || columns == 1 && blank(body, int(starts[len(starts)-1]), at) {
					return nil, false
				}
				inRow = 1
			}
			starts = append(starts, uint32(at+1))
		}
	}
	for ; i < to; i++ {
		switch body[i] {
		case ',':
			inRow++
		case '\n':
			if inRow != columns || columns == 1 && blank(body, int(starts[len(starts)-1]), i) {
				return nil, false
			}
			inRow = 1
		default:
			continue
		}
		starts = append(starts, uint32(i+1))
	}
	if body[to-1] == '\n' {
		return starts[:len(starts)-1], true // the next block, or the end, begins there
	}
	return starts, inRow == columns && !(columns == 1 && blank(body, int(starts[len(starts)-1]), to))
}

// blank says whether a line of one cell is empty, which CSV readers skip.
func blank(body []byte, from, to int) bool {
	return from == to || to == from+1 && body[from] == '\r'
}

// splitQuoted splits a body in which some cells are quoted.
func splitQuoted(body []byte, columns int) ([]uint32, bool) {
	body = trimEmptyEnd(body)
	var starts []uint32
	inRow := 0
	i := 0
	for i < len(body) {
		starts = append(starts, uint32(i))
		inRow++
		if body[i] == '"' {
			i++
			for {
				end := bytes.IndexByte(body[i:], '"')
				if end < 0 || bytes.IndexByte(body[i:i+end], '\n') >= 0 {
					return nil, false
				}
				i += end + 1
				if i == len(body) || body[i] != '"' {
					break
				}
				i++
			}
			if i < len(body) && body[i] == '\r' {
				i++
				if i < len(body) && body[i] != '\n' {
					return nil, false
				}
			}
		} else {
			from := i
			for i < len(body) && body[i] != ',' && body[i] != '\n' {
				if body[i] == '"' {
					return nil, false
				}
				i++
			}
			if columns == 1 && blank(body, from, i) {
				return nil, false
			}
		}
		if i == len(body) {
			break
		}
		switch body[i] {
		case ',':
			i++
			if i == len(body) { // a last empty cell without a line end
				starts = append(starts, uint32(i))
				inRow++
			}
		case '\n':
			if inRow != columns {
				return nil, false
			}
			inRow = 0
			i++
		default:
			return nil, false
		}
	}
	if inRow != 0 && inRow != columns {
		return nil, false
	}
	end := uint32(len(body))
	if inRow != 0 {
		end++
	}
	return append(starts, end), true
}
