// Package design assigns schools to arms: by a draw that anyone can repeat
// with a SHA-256 program, by matching, or by a list that was given. Every
// assignment leaves a hash-chained log from which it can be derived again.
package design

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// The draw depends on the seed, the stratum and the set of school ids only,
// never on the order of rows, and on no library's random numbers.

// hash is the SHA-256 of the parts joined by newlines, in hexadecimal.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])
}

// Ticket is a school's place in the draw of its stratum: the SHA-256 of
// "swis-assign/1", seed, stratum and school id, joined by newlines.
func Ticket(seed, stratum, school string) string {
	return hash("swis-assign/1", seed, stratum, school)
}

// armTicket orders the arms of the last, unfinished block of a stratum. Copy
// counts the places of an arm in the block from 1.
func armTicket(seed, stratum, arm string, place int) string {
	return hash("swis-assign/1/arm", seed, stratum, arm, strconv.Itoa(place))
}

// Shares says how often each arm stands in a block of the draw: arms SWIS and
// control with ratio 1 and 2 make the block SWIS, control, control.
type Shares struct {
	Arms  []string
	Ratio []int // as long as Arms, each at least 1
}

// Block is the number of places in a block.
func (s Shares) Block() int {
	n := 0
	for _, r := range s.Ratio {
		n += r
	}
	return n
}

// list is the arm list of a stratum of n schools: whole blocks, then the first
// n mod block arms of one more block in the order of their arm tickets.
func (s Shares) list(seed, stratum string, n int) []string {
	type place struct{ arm, ticket string }
	var block []place
	for a, arm := range s.Arms {
		for c := range s.Ratio[a] {
			block = append(block, place{arm, armTicket(seed, stratum, arm, c+1)})
		}
	}
	out := make([]string, 0, n)
	for len(out)+len(block) <= n {
		for _, p := range block {
			out = append(out, p.arm)
		}
	}
	slices.SortFunc(block, func(a, b place) int { return strings.Compare(a.ticket, b.ticket) })
	for _, p := range block[:n-len(out)] {
		out = append(out, p.arm)
	}
	return out
}

// Place is one school's outcome of a draw.
type Place struct {
	School, Stratum, Ticket, Arm string
}

// Draw assigns the schools of one stratum: sorted by ticket, then id, they take
// the arms of the stratum's list in turn. The result is in the order of the draw.
func (s Shares) Draw(seed, stratum string, schools []string) []Place {
	places := make([]Place, len(schools))
	for i, id := range schools {
		places[i] = Place{School: id, Stratum: stratum, Ticket: Ticket(seed, stratum, id)}
	}
	slices.SortFunc(places, func(a, b Place) int {
		if c := strings.Compare(a.Ticket, b.Ticket); c != 0 {
			return c
		}
		return strings.Compare(a.School, b.School)
	})
	for i, arm := range s.list(seed, stratum, len(places)) {
		places[i].Arm = arm
	}
	return places
}
