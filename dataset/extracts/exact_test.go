package extracts

import (
	"fmt"
	"testing"

	"swis/dataset"
)

// Different ids have different keys, in one authority and in two, and the same
// id has the same key however it is written.
func TestKeysAreExact(t *testing.T) {
	k, err := NewKeys("", false)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[dataset.ChildKey]string{}
	for _, la := range []uint16{1, 2, 1023, 1024, 65535} {
		for _, id := range []string{"0", "00", "000", "A", "a1", "1A", "A1B2", "Z", "ZZZZZZZZZZ", "ZZZZZZZZZZZ", "9999999999", "0000000000", "00000000000", "C_1", "C-1",
			"123456789012345678901234567890"} {
			key := k.key(la, uint64(la)*0x9e3779b97f4a7c15, []byte(id))
			name := fmt.Sprint(la, " ", id)
			if other, taken := seen[key]; taken || key == 0 {
				t.Errorf("%s and %s have the key %x", name, other, key)
			}
			seen[key] = name
		}
	}
	for number := range uint64(1 << 16) {
		for _, id := range []uint64{number, number << 40, number << 47} {
			if k.exact(id) == 0 {
				t.Errorf("%x is nobody", id)
			}
		}
	}
	upns := map[dataset.PupilKey]string{}
	for _, upn := range []string{"A801200012345", "B801200012345", "A80120001234A", "A80120001234B", "Z999999999999", "A000000000000", "A801200012346"} {
		key := k.pupil([]byte(upn), true)
		if other, taken := upns[key]; taken || key == 0 {
			t.Errorf("%s and %s have the key %x", upn, other, key)
		}
		upns[key] = upn
	}
}

// shortID numbers every id of three letters and digits or fewer differently.
func TestShortID(t *testing.T) {
	const signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	seen := map[uint64]bool{}
	var each func(id []byte)
	each = func(id []byte) {
		if len(id) > 0 {
			n, short := shortID(id)
			if !short || seen[n] || n >= 7<<(shortBits-3) {
				t.Fatalf("%s: %d", id, n)
			}
			seen[n] = true
		}
		if len(id) < 3 {
			for i := range len(signs) {
				each(append(id[:len(id):len(id)], signs[i]))
			}
		}
	}
	each(nil)
	if n, short := shortID([]byte("zzzzzzzzzz")); !short || n >= 7<<(shortBits-3) {
		t.Errorf("largest id is %d", n)
	}
	for _, id := range []string{"a b", "A.1", "É", "12345678901"} {
		if _, short := shortID([]byte(id)); short {
			t.Errorf("%q is short", id)
		}
	}
}
