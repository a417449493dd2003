package extracts

import "swis/dataset"

// namings are the schools that events name. What every event touches is kept
// apart and small for the cache.
type namings struct {
	times []uint32 // events, by school code
	first []naming // by school code
}

// naming is the first row that names a school; line 0 for none.
type naming struct {
	line uint32
	la   uint16
}

// add counts an event that names a school. Rows come in order.
func (n *namings) add(e *dataset.Event) {
	if int(e.School) >= len(n.times) {
		n.grow(int(e.School) + 1024)
	}
	if n.times[e.School]++; n.times[e.School] == 1 {
		n.first[e.School] = naming{e.Line, e.LA}
	}
}

func (n *namings) grow(schools int) {
	n.times = append(n.times, make([]uint32, schools-len(n.times))...)
	n.first = append(n.first, make([]naming, schools-len(n.first))...)
}

// merge adds what another worker saw.
func (n *namings) merge(o *namings) {
	if len(n.times) < len(o.times) {
		n.grow(len(o.times))
	}
	for code, times := range o.times {
		n.times[code] += times
		if have := &n.first[code]; times > 0 && (have.line == 0 || o.first[code].line < have.line) {
			*have = o.first[code]
		}
	}
}

// list gives the schools by code.
func (n *namings) list() (out []dataset.Naming) {
	for code, times := range n.times {
		if times > 0 {
			out = append(out, dataset.Naming{School: uint32(code), LA: n.first[code].la, Events: int64(times)})
		}
	}
	return out
}
