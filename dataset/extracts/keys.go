package extracts

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"os"
	"slices"
	"sync"

	"swis/dataset"
	"swis/dataset/textfile"
)

// Keys turns identifiers into keys. In memory a child is a number of 64 bits
// under a key that is drawn at the start and never leaves the process. An
// authority's id of up to ten letters and digits, as the census has them, and
// a UPN of the right form get a number of their own: two of them are never
// taken for one child. Longer ids are hashed to 63 bits, where ten million
// children collide with a probability of 5 in a million. What may be written
// are pseudonyms, HMAC-SHA-256 under the key file; they are kept only on request.
type Keys struct {
	seed   maphash.Seed
	mix    [3]uint64
	secret []byte

	mu         sync.Mutex
	pseudonyms map[dataset.ChildKey]string // nil where none are wanted
}

// NewKeys reads a key file of 32 bytes or more that only its owner can read;
// an empty path draws a fresh key.
func NewKeys(path string, pseudonyms bool) (*Keys, error) {
	k := &Keys{seed: maphash.MakeSeed()}
	if err := k.drawMix(); err != nil {
		return nil, err
	}
	if pseudonyms {
		k.pseudonyms = map[dataset.ChildKey]string{}
	}
	if path == "" {
		k.secret = make([]byte, 32)
		_, err := rand.Read(k.secret)
		return k, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, dataset.Problemf(path, 0, "", "key file can be read by others: chmod 600 it")
	}
	if k.secret, err = textfile.ReadBytes(path, textfile.Written); err != nil {
		return nil, err
	}
	if len(k.secret) < 32 {
		return nil, dataset.Problemf(path, 0, "", "key of %d bytes: want 32 or more random bytes", len(k.secret))
	}
	return k, nil
}

// key is the key of an authority's id, which is unique inside the authority only.
func (k *Keys) key(la uint16, laHash uint64, id []byte) dataset.ChildKey {
	if number, short := shortID(id); short && la < exactLAs {
		return k.exact(uint64(la)<<shortBits | number)
	}
	return k.exact((maphash.Bytes(k.seed, id) ^ laHash) | hashedBit)
}

// child is key, and keeps the child's pseudonym where pseudonyms are wanted.
func (k *Keys) child(la string, number uint16, laHash uint64, id []byte) dataset.ChildKey {
	key := k.key(number, laHash, id)
	if k.pseudonyms != nil {
		k.mu.Lock()
		if _, have := k.pseudonyms[key]; !have {
			mac := hmac.New(sha256.New, k.secret)
			fmt.Fprintf(mac, "child\x00%s\x00%s", la, id)
			k.pseudonyms[key] = hex.EncodeToString(mac.Sum(nil)[:16])
		}
		k.mu.Unlock()
	}
	return key
}

// pupil is the key of a UPN in capitals, without the authority, so that moves
// can be followed. form says that it has the form of a UPN.
func (k *Keys) pupil(upn []byte, form bool) dataset.PupilKey {
	if !form {
		return dataset.PupilKey(k.exact(maphash.Bytes(k.seed, upn) | hashedBit))
	}
	number := uint64(upn[0])
	for _, c := range upn[1:12] {
		number = number*10 + uint64(c-'0')
	}
	return dataset.PupilKey(k.exact(number<<7 | uint64(upn[12])))
}

// Pseudonym is what a child is called in files, 32 hexadecimal digits.
func (k *Keys) Pseudonym(child dataset.ChildKey) string { return k.pseudonyms[child] }

// Codes numbers texts that are not about children, such as school numbers and
// authorities. Number 0 is the empty text.
type Codes struct {
	mu    sync.RWMutex
	index map[string]uint32
	names []string
}

// NewCodes returns codes that know the empty text only.
func NewCodes() *Codes { return &Codes{index: map[string]uint32{"": 0}, names: []string{""}} }

// Code numbers a text.
func (c *Codes) Code(text string) uint32 {
	c.mu.RLock()
	code, ok := c.index[text]
	c.mu.RUnlock()
	if ok {
		return code
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if code, ok := c.index[text]; ok {
		return code
	}
	code = uint32(len(c.names))
	c.index[text] = code
	c.names = append(c.names, text)
	return code
}

// Text of a code.
func (c *Codes) Text(code uint32) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.names[code]
}

// Texts are the texts of all codes, by code; they must not be changed.
func (c *Codes) Texts() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Clip(c.names)
}

// Len is the number of codes, the empty text included.
func (c *Codes) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.names)
}
