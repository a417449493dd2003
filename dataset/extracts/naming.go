package extracts

import "swis/dataset"

// namings are the schools that events name. What every event touches is kept
// apart and small for the cache.
type namings struct {
	times []uint32 // events, by school code
	first []naming // by school code
	some  int      // schools that any event names
}

// naming is the first row that names a school, where times is not 0.
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
		n.some++
	}
}

func (n *namings) grow(schools int) {
	n.times = append(n.times, make([]uint32, schools-len(n.times))...)
	n.first = append(n.first, make([]naming, schools-len(n.first))...)
}

// merge adds what another worker saw.
func (n *namings) merge(o *namings) {
	if o.some == 0 {
		return
	}
	if len(n.times) < len(o.times) {
		n.grow(len(o.times))
	}
	for code, times := range o.times {
		if times == 0 {
			continue
		}
		if n.times[code] == 0 {
			n.first[code] = o.first[code]
			n.some++
		} else if o.first[code].line < n.first[code].line {
			n.first[code] = o.first[code]
		}
		n.times[code] += times
	}
}

// clear takes all away and keeps the room.
func (n *namings) clear() {
	clear(n.times)
	n.some = 0
}

// list gives the schools by code.
func (n *namings) list() []dataset.Naming {
	if n.some == 0 {
		return nil
	}
	out := make([]dataset.Naming, 0, n.some)
	for code, times := range n.times {
		if times > 0 {
			out = append(out, dataset.Naming{School: uint32(code), LA: n.first[code].la, Events: int64(times)})
		}
	}
	return out
}
