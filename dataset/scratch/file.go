// Package scratch is a temporary file for records that are too many for memory.
package scratch

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"os"
	"unsafe"

	"swis/dataset/atomicfile"
)

// File is a temporary file. Its name is removed as soon as it is open, so
// nothing stays behind however the program ends; it is encrypted under a key
// that is drawn afresh and held in memory only (AES-128 in counter mode), so
// its blocks on the disk say nothing either.
type File struct {
	file  *os.File
	named bool // the name could not be removed while the file is open
	block cipher.Block
}

// Create opens a file in a folder, with mode 0600.
func Create(folder, name string) (*File, error) {
	var key [16]byte
	if _, err := rand.Read(key[:]); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(folder, atomicfile.Prefix(name)+"*")
	if err != nil {
		return nil, err
	}
	return &File{file: file, named: os.Remove(file.Name()) != nil, block: block}, nil
}

// WriteAt encrypts b in place and writes it. The offset is a multiple of 16. No
// two writes to one offset may be of the same run: each run and offset has a
// key stream of its own. It may be called from many goroutines.
func (f *File) WriteAt(b []byte, run uint64, offset int64) error {
	f.crypt(b, run, offset)
	_, err := f.file.WriteAt(b, offset)
	return err
}

// ReadAt fills b with what WriteAt wrote there in the same run.
func (f *File) ReadAt(b []byte, run uint64, offset int64) error {
	if _, err := f.file.ReadAt(b, offset); err != nil {
		return err
	}
	f.crypt(b, run, offset)
	return nil
}

func (f *File) crypt(b []byte, run uint64, offset int64) {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[:], run)
	binary.BigEndian.PutUint64(counter[8:], uint64(offset/aes.BlockSize))
	cipher.NewCTR(f.block, counter[:]).XORKeyStream(b, b)
}

// Close removes the file.
func (f *File) Close() error {
	err := f.file.Close()
	if f.named {
		err = os.Remove(f.file.Name())
	}
	return err
}

// Bytes is the memory of records without pointers, for a process that writes
// and reads them itself.
func Bytes[T any](records []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(records))), len(records)*int(unsafe.Sizeof(*new(T))))
}
