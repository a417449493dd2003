package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"swis/dataset/extracts"
)

// What stands for a child in the tests of this file: a name, an authority's id,
// a UPN and a name that begins a formula. None may come out.
var canaries = []string{"Qanary Quill", "739104628517", "Q739104628517", "=QANARY()"}

var canary = regexp.MustCompile(`(?i)qanary|quill|739104628517`)

// leaks looks for canaries in what a run printed and in the files of folders.
func leaks(t *testing.T, what string, printed string, folders ...string) {
	t.Helper()
	if at := canary.FindStringIndex(printed); at != nil {
		t.Errorf("%s: printed: …%s…", what, around(printed, at))
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // not written
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if at := canary.FindIndex(data); at != nil {
				t.Errorf("%s: written to %s: …%s…", what, path, around(string(data), at))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func around(text string, at []int) string {
	return text[max(0, at[0]-60):min(len(text), at[1]+40)]
}

// runs runs one command line and returns all that it printed.
func runs(args ...string) (status int, printed string) {
	var out bytes.Buffer
	status = run(context.Background(), args, strings.NewReader(""), &out, &out)
	return status, out.String()
}

// No cell of any layout comes out of check or ingest, whatever column it is in,
// whatever is wrong with the file. Left aside are layouts that are not about
// children, and a name in the column of the authority, which is shown there.
func TestNoCellOfAnExtractComesOut(t *testing.T) {
	dir := t.TempDir()
	temp := filepath.Join(dir, "temp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	files := 0
	for _, l := range extracts.All {
		switch l.Name {
		case "gias", "gias-links", "schools", "counts", "ees":
			continue
		}
		variants := csvVariants
		name := "good.csv"
		if l.Root != "" {
			variants, name = xmlVariants, "good.xml"
		}
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "extracts", l.Name, name))
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range variants(t, l, data) {
			if files++; testing.Short() && files%10 != 0 {
				continue
			}
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			what = l.Name + ", " + what
			format := []string{"text", "json", "csv", "html"}[files%4]
			status, printed := runs("check", path, "--la", "801", "--format", format)
			if strings.Contains(what, "all") {
				for _, format := range []string{"text", "json", "csv", "html"} {
					_, more := runs("check", path, "--la", "801", "--format", format)
					printed += more
				}
			}
			if status != exitDone && status != exitInput {
				t.Errorf("%s: check ends with %d: %s", what, status, printed)
			}
			leaks(t, what+": check", printed)
			out := filepath.Join(dir, "out")
			_, printed = runs("ingest", path, "--la", "801", "--threshold", "1", "--keep-events", "--out", out)
			leaks(t, what+": ingest", printed, out, temp)
			if err := os.RemoveAll(out); err != nil {
				t.Fatal(err)
			}
		}
	}
	if files < 500 {
		t.Errorf("%d files were tried", files)
	}
}

// csvVariants puts canaries into a file: into each column, into all, into the
// header, and beside faults of the file itself.
func csvVariants(t *testing.T, l *extracts.Layout, data []byte) map[string]string {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, row := rows[0], rows[1]
	write := func(rows ...[]string) string {
		var b bytes.Buffer
		if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	with := func(j int, cell string) []string {
		out := append([]string{}, row...)
		for k := range out {
			if k == j || j < 0 && !isLA(l, header[k]) {
				out[k] = cell
			}
		}
		return out
	}
	out := map[string]string{}
	for j, name := range header {
		all := [][]string{header, row}
		for k, c := range canaries {
			if k == 0 && isLA(l, name) || k == 3 && isLA(l, name) {
				continue
			}
			all = append(all, with(j, c))
		}
		out["column "+name] = write(all...)
		named := append([]string{}, header...)
		named[j] = canaries[1]
		out["header instead of "+name] = write(named, row)
	}
	all := [][]string{header}
	for _, c := range canaries {
		all = append(all, with(-1, c))
	}
	out["all columns"] = write(all...)
	marked := write(with(-1, canaries[1]))
	head, good := write(header), write(row)
	out["all, no header"] = marked + marked
	out["all, header later"] = marked + head + good
	out["all, header twice"] = head + head + marked
	out["all, a cell more"] = head + strings.TrimSuffix(marked, "\n") + "," + canaries[0] + "\n" + good
	out["all, a cell less"] = head + canaries[0] + "\n" + good
	out["all, open quote"] = head + good + `"` + canaries[0] + "," + canaries[1] + "\n" + good
	out["all, quote inside"] = head + canaries[0] + `"x,` + good
	out["all, NUL"] = head + canaries[0] + "\x00," + good
	out["all, broken UTF-8"] = head + canaries[0] + "\xc3\x28," + marked + good
	out["all, semicolons"] = strings.ReplaceAll(head+marked+good, ",", ";")
	out["all, cut"] = head + marked[:len(marked)/2]
	return out
}

func isLA(l *extracts.Layout, header string) bool {
	for i := range l.Columns {
		if l.Columns[i].Kind == extracts.LACode && strings.EqualFold(l.Columns[i].Name, header) {
			return true
		}
	}
	return false
}

var element = regexp.MustCompile(`<(\w+)>[^<]*</`)

func xmlVariants(_ *testing.T, _ *extracts.Layout, data []byte) map[string]string {
	text := string(data)
	out := map[string]string{}
	for _, c := range []string{"Qanary Quill", "739104628517", "Q739104628517"} {
		for _, m := range element.FindAllStringSubmatch(text, -1) {
			name := m[1]
			one := regexp.MustCompile(`<`+name+`>[^<]*</`+name+`>`).ReplaceAllString(text, "<"+name+">"+c+"</"+name+">")
			out["element "+name+" "+c] = one
		}
		out["all "+c] = element.ReplaceAllString(text, "<$1>"+c+"</")
		out["all, open tag "+c] = strings.Replace(text, "</", c+"<"+strings.ReplaceAll(c, " ", "")+"></", 1)
		out["all, entity "+c] = strings.Replace(text, "</", "&"+strings.ReplaceAll(c, " ", "")+";</", 1)
		out["all, attribute "+c] = strings.Replace(text, "<Child", `<Child n="`+c+`" q`, 1)
		out["all, before "+c] = c + text
		out["all, after "+c] = text + c
		out["all, cut "+c] = element.ReplaceAllString(text, "<$1>"+c+"</")[:len(text)*2/3]
		out["all, version "+c] = `<?xml version="` + c + `"?>` + text[strings.Index(text, "?>")+2:]
		out["all, encoding "+c] = `<?xml version="1.0" encoding="` + c + `"?>` + text[strings.Index(text, "?>")+2:]
		out["all, instruction "+c] = `<?` + strings.ReplaceAll(c, " ", "") + ` x?>` + text[strings.Index(text, "?>")+2:]
		out["all, document type "+c] = `<!DOCTYPE x SYSTEM "` + c + `">` + text[strings.Index(text, "?>")+2:]
		out["all, comment "+c] = strings.Replace(text, "</", "<!-- "+c+" -- >x</", 1)
		out["all, root "+c] = "<" + strings.ReplaceAll(c, " ", "") + ">" + text
	}
	return out
}
