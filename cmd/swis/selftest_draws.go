package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
)

// draws holds what every draw and every pseudonym is made with to published
// test vectors; processors have instructions of their own for these.
func (t *selftest) draws() error {
	const area = "hashes and random numbers"
	// FIPS 180-4, examples of one and two blocks
	for _, v := range [][2]string{
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	} {
		sum := sha256.Sum256([]byte(v[0]))
		t.words(area, fmt.Sprintf("SHA-256 of %q", v[0]), hex.EncodeToString(sum[:]), v[1])
	}
	// RFC 4231, test cases 1 and 2
	for _, v := range [][3]string{
		{"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	} {
		mac := hmac.New(sha256.New, []byte(v[0]))
		mac.Write([]byte(v[1]))
		t.words(area, fmt.Sprintf("HMAC-SHA-256 of %q", v[1]), hex.EncodeToString(mac.Sum(nil)), v[2])
	}
	// C2SP chacha8rand, the sample output of its specification
	r := rand.NewChaCha8([32]byte([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456")))
	for i, want := range []string{"b773b6063d4616a5", "1160af22a66abc3c", "8c2599d9418d287c", "7ee07e037edc5cd6"} {
		t.words(area, fmt.Sprintf("ChaCha8, number %d", i+1), fmt.Sprintf("%016x", r.Uint64()), want)
	}
	return nil
}
