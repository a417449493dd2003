package textfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"swis/dataset"
)

const canary = "QANARY"

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// refused fails unless err names the file and a line and holds no cell.
func refused(t *testing.T, err error, line int, word string) {
	t.Helper()
	var problems dataset.Problems
	switch {
	case !errors.As(err, &problems):
		t.Errorf("not refused: %v", err)
	case problems[0].Line != line || problems[0].File == "" || !strings.Contains(err.Error(), word):
		t.Errorf("%v, want line %d and %q", err, line, word)
	case strings.Contains(err.Error(), canary):
		t.Errorf("a cell is in %v", err)
	}
}

func TestTablesThatAreRefused(t *testing.T) {
	head := "school,y\nA,1\n"
	for name, c := range map[string]struct {
		text string
		line int
		word string
	}{
		"NUL":                 {head + canary + "\x00,2\n", 3, "NUL"},
		"NUL far off":         {strings.Repeat("A,1\n", 1<<20) + canary + "\x00\n", 1<<20 + 1, "NUL"},
		"UTF-16":              {"\xff\xfes\x00c\x00", 1, "UTF-16"},
		"UTF-16 without mark": {"s\x00c\x00h\x00", 1, "UTF-16"},
		"workbook":            {"PK\x03\x04" + canary, 1, "not text"},
		"Parquet":             {"PAR1" + canary, 1, "not text"},
		"two encodings":       {head + "\xe9,2\n\u00e9" + canary + ",3\n", 4, "another encoding"},
		"no encoding":         {head + canary + "\x81,2\n", 3, "neither"},
		"long row":            {head + strings.Repeat(canary, record/len(canary)+1), 3, "a row of more"},
		"open quote":          {head + `"` + strings.Repeat(canary+"\n", record/len(canary)+1), 3, "a quote opens"},
		"quote opened later":  {strings.Repeat("\"a\",1\n", 400_000) + `"` + strings.Repeat(canary+"\n", record/len(canary)+1), 400_001, "a quote opens"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ReadTable(written(t, c.text))
			refused(t, err, c.line, c.word)
		})
	}
}

func TestTablesThatAreRead(t *testing.T) {
	long := "a,b\n" + strings.Repeat("\"x\ny\",é\n", 1<<19)
	for text, want := range map[string]string{
		"":                                     "",
		"a":                                    "a",
		"\xef\xbb\xbfa,b\n1,2\n":               "\xef\xbb\xbfa,b\n1,2\n",
		"name\ncaf\xe9\n":                      "name\ncafé\n",
		"name\ncafé\n":                         "name\ncafé\n",
		long:                                   long,
		"a,b\n" + strings.Repeat("1,2\n", 1e6): "a,b\n" + strings.Repeat("1,2\n", 1e6),
	} {
		got, original, err := ReadTable(written(t, text))
		if err != nil || string(got) != want || string(original) != text {
			t.Errorf("%.20q: %.20q, %.20q, %v", text, got, original, err)
		}
	}
}

func TestWhatIsNoFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for path, word := range map[string]string{pipe: "not a regular file", "/dev/zero": "not a regular file", t.TempDir(): "a folder"} {
		_, _, err := ReadTable(path)
		refused(t, err, 0, word)
		_, err = Read(path, Written)
		refused(t, err, 0, word)
		_, err = ReadRecord(path)
		refused(t, err, 0, word)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := Read("/nowhere", Written); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	_, err := Read(written(t, strings.Repeat("x", Written+1)), Written)
	refused(t, err, 0, "larger than")
	_, err = ReadRecord(written(t, "["+strings.Repeat("{},", objects+1)))
	refused(t, err, 0, "more than")
	_, err = Read(written(t, "a\n"+canary+"\xff"), Written)
	refused(t, err, 2, "not UTF-8")
}

// A pipe that the shell makes for the command is read.
func TestShellsPipe(t *testing.T) {
	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip("no /dev/fd here")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text := strings.Repeat("a,b\n", 1000)
	go func() {
		w.WriteString(text)
		w.Close()
	}()
	got, _, err := ReadTable(fmt.Sprintf("/dev/fd/%d", r.Fd()))
	if err != nil || string(got) != text {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestYAMLThatIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		word string
	}{
		"aliases":  {"a: &a [x, x]\nb: &b [*a, *a]\n", "aliases"},
		"brackets": {"\nb: " + strings.Repeat("[", 100_000), "nested"},
		"braces":   {"\nb: " + strings.Repeat("{a: ", 50_000), "nested"},
		"dashes":   {"\n" + strings.Repeat("- ", 100_000), "nested"},
		"question": {"\n" + strings.Repeat("? ", 100_000), "nested"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := ReadYAML(written(t, c.text))
			refused(t, err, 2, c.word)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	if _, err := ReadYAML(written(t, "a: [1, {b: 2}]\nc:\n  - d: \"*e\"\n")); err != nil {
		t.Error(err)
	}
}

// FuzzReadTable holds what is read against the bytes of the file: the checks
// neither change nor lose any, wherever the blocks are cut.
func FuzzReadTable(f *testing.F) {
	for _, text := range []string{"", "a,b\n1,2\n", "\"a\nb\",c\n", "caf\xe9", "caf\xc3\xa9", "\xff\xfea\x00", "\x00", "\xef\xbb\xbfa"} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "table.csv")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		text, original, err := ReadTable(path)
		if err != nil {
			if !strings.Contains(err.Error(), "table.csv:") {
				t.Fatalf("no name in %v", err)
			}
			return
		}
		if !bytes.Equal(original, data) || bytes.IndexByte(text, 0) >= 0 {
			t.Fatalf("%q is read as %q", data, text)
		}
	})
}
