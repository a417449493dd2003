package scratch

import (
	"bytes"
	"os"
	"testing"
)

type record struct{ a, b uint64 }

// What is written comes back; the file has no name, and holds nothing of the
// records that could be read: records that are alike are not in it.
func TestFile(t *testing.T) {
	folder := t.TempDir()
	f, err := Create(folder, "test")
	if err != nil {
		t.Fatal(err)
	}
	const canary = 0x4847464544434241 // ABCDEFGH in memory
	want := make([]record, 4096)
	for i := range want {
		want[i] = record{canary, canary}
	}
	size := int64(len(Bytes(want)))
	for run := range uint64(3) {
		if err := f.WriteAt(Bytes(append([]record(nil), want...)), run, int64(run)*size); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(folder); len(left) > 0 || err != nil {
		t.Errorf("%v in the folder, %v", left, err)
	}
	text := make([]byte, 3*size)
	if _, err := f.file.ReadAt(text, 0); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("ABCDEFGH")) || bytes.Count(text, text[:16]) > 1 {
		t.Error("the file can be read")
	}
	if err := f.WriteAt(Bytes(append([]record(nil), want...)), 3, 0); err != nil { // in the place of one that was dropped
		t.Fatal(err)
	}
	again := make([]byte, size)
	if _, err := f.file.ReadAt(again, 0); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(again, text[:size]) {
		t.Error("two runs have one key stream")
	}
	got := make([]record, 100)
	if err := f.ReadAt(Bytes(got), 2, 2*size+16*1000); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("record %d is %x", i, got[i])
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// A folder that cannot be written to is an error.
func TestNoFolder(t *testing.T) {
	if _, err := Create(t.TempDir()+"/missing", "test"); err == nil {
		t.Fatal("no error")
	}
}
