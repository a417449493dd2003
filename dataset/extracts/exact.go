package extracts

import (
	"crypto/rand"
	"encoding/binary"

	"swis/dataset"
)

// Ids of up to ten letters and digits are numbers of 52 bits; eleven bits
// beside them are the authority's, and the top bit is set in hashes only.
const (
	shortID10 = 10
	shortBits = 52
	exactLAs  = 1 << 11
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
// that different ids are different numbers, zeros in front included; the
// largest is 36 + 36^2 + ... + 36^10, below 2^52.
func shortID(id []byte) (number uint64, short bool) {
	if len(id) > shortID10 {
		return 0, false
	}
	short = true
	for _, c := range id {
		place := places[c]
		short = short && place != 0
		number = number*36 + uint64(place)
	}
	return number, short
}

// drawMix draws the key of exact.
func (k *Keys) drawMix() error {
	var b [24]byte
	if _, err := rand.Read(b[:]); err != nil {
		return err
	}
	// No id is a number from 7/8 of 2^52 on, and no UPN either, so the one
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
