package extracts

import (
	"crypto/rand"
	"encoding/binary"

	"swis/dataset"
)

// Ids of up to ten letters and digits are numbers of 53 bits; ten bits
// beside them are the authority's, and the top bit is set in hashes only.
const (
	shortID10 = 10
	shortBits = 53
	exactLAs  = 1 << 10
	hashedBit = 1 << 63
)

// places are the values of letters and digits, 1 to 36, small letters as
// capitals; 0 for any other sign.
var places = func() (values [256]uint8) {
	for i := range 10 {
		values['0'+i] = uint8(1 + i)
	}
	for i := range 26 {
		values['A'+i], values['a'+i] = uint8(11+i), uint8(11+i)
	}
	return values
}()

// shortID numbers an id of up to ten letters and digits. Places run from 1, so
// that different ids are different numbers to the base of 37, zeros in front
// included; all are below 37^10, less than 2^53.
func shortID(id []byte) (number uint64, short bool) {
	if len(id) > shortID10 {
		return 0, false
	}
	rest := id
	least := uint64(1)
	if len(id) >= 8 { // eight places at once, none of which waits for another
		b := (*[8]byte)(id)
		p0, p1, p2, p3 := uint64(places[b[0]]), uint64(places[b[1]]), uint64(places[b[2]]), uint64(places[b[3]])
		p4, p5, p6, p7 := uint64(places[b[4]]), uint64(places[b[5]]), uint64(places[b[6]]), uint64(places[b[7]])
		least = min(p0, p1, p2, p3, p4, p5, p6, p7)
		const two, four = 37 * 37, 37 * 37 * 37 * 37
		number = ((p0*37+p1)*two+p2*37+p3)*four + (p4*37+p5)*two + p6*37 + p7
		rest = id[8:]
	}
	for _, c := range rest {
		place := uint64(places[c])
		least = min(least, place)
		number = number*37 + place
	}
	return number, least > 0
}

// drawMix draws the key of exact.
func (k *Keys) drawMix() error {
	var b [24]byte
	if _, err := rand.Read(b[:]); err != nil {
		return err
	}
	// No id is a number from 7/8 of 2^53 on, and no UPN either, so the one
	// number that becomes 0, which is nobody, is none of theirs.
	k.mix[0] = binary.LittleEndian.Uint64(b[:])&^hashedBit | 7<<(shortBits-3)
	k.mix[1] = binary.LittleEndian.Uint64(b[8:]) | 1
	k.mix[2] = binary.LittleEndian.Uint64(b[16:]) | 1
	return nil
}

// exact maps a number one to one to a key that spreads over all 64 bits: each
// step can be undone, so different numbers have different keys.
func (k *Keys) exact(number uint64) dataset.ChildKey {
	number = (number ^ k.mix[0]) * k.mix[1]
	number = (number ^ number>>32) * k.mix[2]
	return dataset.ChildKey(number ^ number>>32)
}
