package extracts

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A key is read from a file of 32 bytes or more that only its owner can read;
// what is wrong with it is said without a byte of it.
func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, key []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, key, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret := bytes.Repeat([]byte("SECRET-k"), 4)
	if _, err := NewKeys(file("good", secret, 0o600), true); err != nil {
		t.Error(err)
	}
	if _, err := NewKeys(file("read only", secret, 0o400), true); err != nil {
		t.Error(err)
	}
	for name, path := range map[string]string{
		"short": file("short", secret[:31], 0o600), "group": file("group", secret, 0o640), "others": file("others", secret, 0o604), "folder": dir, "none": filepath.Join(dir, "none"), "empty": file("empty", nil, 0o600),
	} {
		_, err := NewKeys(path, true)
		if err == nil {
			t.Errorf("%s: a key", name)
		} else if strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Pseudonyms are the same under one key and differ between keys, authorities
// and children; UPNs are followed across authorities.
func TestPseudonyms(t *testing.T) {
	dir := t.TempDir()
	keys := func(key string) *Keys {
		path := filepath.Join(dir, "key")
		if err := os.WriteFile(path, []byte(strings.Repeat(key, 32)), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := NewKeys(path, true)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	name := func(k *Keys, la, id string) string {
		set := NewSet(k)
		code := uint16(set.LAs.Code(la))
		_, hash := set.laName(code)
		return k.Pseudonym(k.child(la, code, hash, []byte(id)))
	}
	a := name(keys("a"), "801", "17")
	if len(a) != 32 || a != name(keys("a"), "801", "17") {
		t.Errorf("%q is not kept", a)
	}
	seen := map[string]bool{a: true}
	for _, other := range []string{name(keys("b"), "801", "17"), name(keys("a"), "802", "17"), name(keys("a"), "801", "18"), name(keys("a"), "80", "117")} {
		if seen[other] {
			t.Errorf("%s stands for two children", other)
		}
		seen[other] = true
	}
	k := keys("a")
	if k.pupil([]byte("B801200005001"), true) == k.pupil([]byte("A801200005001"), true) {
		t.Error("pupils are not told apart")
	}
}
