package grouped

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"os"
	"slices"
	"sync"
	"unsafe"

	"swis/dataset"
	"swis/dataset/atomicfile"
)

const eventBytes = int64(unsafe.Sizeof(dataset.Event{}))

// spill is a temporary file of events. Its name is removed as soon as it is
// open, so nothing stays behind however the program ends; it is encrypted
// under a key that is drawn afresh and held in memory only (AES-128 in counter
// mode), so its blocks on the disk say nothing either.
type spill struct {
	file    *os.File
	named   bool // the name could not be removed while the file is open
	block   cipher.Block
	size    int64
	runs    []run
	written uint64 // runs, those that were cut included
}

// run is the events of some chunks: those of group g stand from starts[g] to
// starts[g+1] bytes.
type run struct {
	starts [Groups + 1]int64
	number uint64 // no other run has it
}

func (s *spill) open(folder string) error {
	var key [16]byte
	if _, err := rand.Read(key[:]); err != nil {
		return err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, atomicfile.Prefix("events")+"*") // mode 0600
	if err != nil {
		return err
	}
	s.named = os.Remove(file.Name()) != nil
	s.file, s.block = file, block
	return nil
}

// write writes chunks as one run.
func (s *spill) write(folder string, chunks []*chunk) error {
	if s.file == nil {
		if err := s.open(folder); err != nil {
			return err
		}
	}
	s.written++
	r := run{number: s.written}
	at := s.size
	for g := range Groups {
		r.starts[g] = at
		for _, c := range chunks {
			at += int64(c.starts[g+1]-c.starts[g]) * eventBytes
		}
	}
	r.starts[Groups] = at
	// Two writers: one encrypts while the other waits for the disk.
	var wait sync.WaitGroup
	var errs [2]error
	for w := range errs {
		wait.Add(1)
		go func() {
			defer wait.Done()
			const batch = 32 // groups that are written at once
			var events []dataset.Event
			for first := w * batch; first < Groups && errs[w] == nil; first += len(errs) * batch {
				events = events[:0]
				for g := first; g < first+batch; g++ {
					for _, c := range chunks {
						events = append(events, c.events[c.starts[g]:c.starts[g+1]]...)
					}
				}
				if len(events) == 0 {
					continue
				}
				bytes := asBytes(events)
				s.crypt(bytes, r.number, r.starts[first])
				_, errs[w] = s.file.WriteAt(bytes, r.starts[first])
			}
		}()
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	s.size = at
	s.runs = append(s.runs, r)
	return nil
}

// cut drops the runs from n on.
func (s *spill) cut(n int) {
	if n < len(s.runs) {
		s.size = s.runs[n].starts[0]
		s.runs = s.runs[:n]
	}
}

// read appends the events of a group.
func (s *spill) read(g int, events []dataset.Event) ([]dataset.Event, error) {
	for i := range s.runs {
		from, to := s.runs[i].starts[g], s.runs[i].starts[g+1]
		if from == to {
			continue
		}
		n := len(events)
		more := int((to - from) / eventBytes)
		events = slices.Grow(events, more)[:n+more]
		bytes := asBytes(events[n:])
		if _, err := s.file.ReadAt(bytes, from); err != nil {
			return nil, err
		}
		s.crypt(bytes, s.runs[i].number, from)
	}
	return events, nil
}

// crypt encrypts or decrypts bytes of a run that stand at an offset of the
// file, a multiple of 16. Each run and offset has a key stream of its own.
func (s *spill) crypt(bytes []byte, run uint64, offset int64) {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[:], run)
	binary.BigEndian.PutUint64(counter[8:], uint64(offset/aes.BlockSize))
	cipher.NewCTR(s.block, counter[:]).XORKeyStream(bytes, bytes)
}

func (s *spill) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.named {
		err = os.Remove(s.file.Name())
	}
	s.file, s.runs = nil, nil
	return err
}

// asBytes is the memory of events: this process writes and reads it, no other.
func asBytes(events []dataset.Event) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(events))), int64(len(events))*eventBytes)
}
