package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"swis/dataset/extracts"
)

// What stands for a child in the tests of this file: a name, an authority's id,
// a UPN and a name that begins a formula. None may come out.
var canaries = []string{"Qanary Quill", "739104628517", "Q739104628517", "=QANARY()"}

var canary = regexp.MustCompile(`(?i)qanary|quill|739104628517|` + upn.String())

// findCanary is canary.FindIndex for texts of which hardly any holds one: the
// expression is tried only where a part of a canary stands.
func findCanary(text []byte) []int {
	small := bytes.ToLower(text)
	for _, part := range [][]byte{[]byte("qanary"), []byte("quill"), []byte("739104628517")} {
		if bytes.Contains(small, part) {
			return canary.FindIndex(text)
		}
	}
	for rest := small; ; {
		at := bytes.Index(rest, []byte("99"))
		if at < 0 {
			return nil
		}
		if rest = rest[at+1:]; len(rest) > 5 && string(rest[2:5]) == "200" {
			return canary.FindIndex(text)
		}
	}
}

// upn is how the UPNs of the demo's children look, which nothing else does.
var upn = regexp.MustCompile(`\b[A-Z]99[0-9]200[0-9]{5}[0-9A-Z]\b`)

// isInput says whether a file of a test's folder is an authority's extract.
func isInput(path string) bool {
	for _, part := range strings.Split(filepath.ToSlash(path), "/") {
		switch part {
		case "extracts", "roll", "northmoor", "roll.csv", "left.csv", "section47.csv", "planted.json":
			return true
		}
	}
	return false
}

// plantCanaries makes every identifier of a child in a folder of extracts one
// that is known by its looks.
func plantCanaries(t *testing.T, folder string) {
	t.Helper()
	planted := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isInput(path) {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(data)
		planted += strings.Count(text, "<LAchildID>") + len(upn.FindAllString(text, -1))
		text = strings.ReplaceAll(text, "<LAchildID>", "<LAchildID>QANARY")
		if strings.HasSuffix(path, ".csv") {
			lines := strings.SplitAfter(text, "\n")
			at := 0
			for i, name := range strings.Split(strings.TrimSpace(lines[0]), ",") {
				if strings.EqualFold(name, "LAchildID") || strings.EqualFold(name, "CHILD") || strings.EqualFold(name, "child_id") {
					at = i + 1
				}
			}
			for i := 1; i < len(lines) && at > 0; i++ {
				cells := strings.SplitN(lines[i], ",", at+1)
				if len(cells) > at {
					cells[at-1] = "QANARY" + cells[at-1]
					planted++
				}
				lines[i] = strings.Join(cells, ",")
			}
			text = strings.Join(lines, "")
		}
		return os.WriteFile(path, []byte(text), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if planted < 10000 {
		t.Fatalf("%d identifiers in %s: canaries are not planted", planted, folder)
	}
}

// leaks looks for canaries in what a run printed and in the files of folders.
func leaks(t *testing.T, what string, printed string, folders ...string) {
	t.Helper()
	if at := findCanary([]byte(printed)); at != nil {
		t.Errorf("%s: printed: …%s…", what, around(printed, at))
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || folder == "." && isInput(path) {
				return nil // not written
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if at := findCanary(data); at != nil {
				t.Errorf("%s: written to %s: …%s…", what, path, around(string(data), at))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestCanariesAreFound(t *testing.T) {
	for text, there := range map[string]bool{"": false, "a QaNARY b": true, "x,quILL": true, "7391046285": false, "1739104628517": true, "A992200123450": true, "y\nA992200123450,": true, "Z99120098765C": true,
		"99 992 A99A200123450": false, "A992200": false, "A99920012345": false, "999920012345B B992200123450": true, "\xff\xffÜ quill": true} {
		if found := findCanary([]byte(text)) != nil; found != there || found != canary.MatchString(text) {
			t.Errorf("%q: found %v", text, found)
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
		for what, text := range variants(t, l, []byte(l.Example())) {
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

// wrongTurns are command lines that end in an error, by command: extracts where
// something else is wanted, files that are broken, not there or not to be
// written. Every command has some.
var wrongTurns = map[string][]string{
	"demo":    {"demo --seed x", "demo --schools 3", "demo section47.csv", "demo --data-only section47.csv/x"},
	"init":    {"init plan", "init section47.csv", "init section47.csv/x"},
	"lock":    {"lock section47.csv", "lock nowhere", "lock .", "lock leak.yaml", "lock census.xml"},
	"run":     {"run section47.csv", "run census.xml", "run leak.yaml", "run broken-trial.yaml", "run trial-map.yaml", "run trial.yaml --out extracts", "run plan/trial.yaml"},
	"formats": {"formats nope", "formats section47.csv"},
	"check": {"check broken.csv", "check shifted.csv", "check section47.csv --layout cin-events --la 991", "check section47.csv --map section47.csv", "check section47.csv --map leak.yaml",
		"check section47.csv --la 991 --strict", "check section47.csv --la 991 --format nope", "check section47.csv extracts/Section47.csv", "check broken.xlsx", "check broken.parquet", "check cut.xml",
		"check broken.csv --format json", "check broken.csv --format html", "check broken.csv --format csv", "check extracts --la 991 --schools section47.csv --strict", "check section47.csv --la 991 --roll section47.csv --link section47.csv --strict"},
	"ingest": {"ingest broken.csv --la 991 --out out", "ingest shifted.csv --la 991 --out out", "ingest section47.csv --out out", "ingest section47.csv --la 991 --out section47.csv", "ingest section47.csv --la 991 --out out --schools section47.csv",
		"ingest section47.csv --la 991 --out out --roll broken.csv", "ingest section47.csv --la 991 --out out --link shifted.csv", "ingest section47.csv --la 991 --out out --map section47.csv", "ingest section47.csv --la 991 --out out --key-file short.key", "ingest section47.csv --la 991 --out out --key-file open.key",
		"ingest section47.csv --la 991 --out out --threshold 0.0001", "ingest --sql postgres --schools section47.csv", "ingest cut.xml --out out", "ingest broken.xlsx --out out", "ingest broken.parquet --out out",
		"ingest section47.csv --la 991 --threshold 1 --out out --quarantine-values out/rows.csv", "ingest extracts --la 991 --out out --decisions section47.csv"},
	"assign":   {"assign --schools section47.csv --id LAchildID --method complete --arms A,B --seed x --out out", "assign --schools broken.csv --method complete --arms A,B --seed x --out out", "assign verify section47.csv", "assign verify leak.yaml"},
	"compare":  {"compare section47.csv broken.csv", "compare leak.json leak.json"},
	"methods":  {"methods nope"},
	"plot":     {"plot forest --result section47.csv", "plot forest --result leak.json", "plot trends --data section47.csv --outcome x", "plot nope", "plot trends --study extracts --outcome s47", "plot flow --result broken.csv"},
	"verify":   {"verify section47.csv", "verify leak.yaml", "verify census.xml"},
	"selftest": {"selftest section47.csv", "selftest --format leak.yaml"},
	"version":  {"version x"},
	"cace":     {"cace --data broken.csv --outcome a --assigned b --received c", "cace --study extracts --outcome s47"},
	"describe": {"describe --data broken.csv --arm x", "describe --data section47.csv --arm x", "describe --study extracts", "describe --data shifted.csv --arm x"},
	"did":      {"did --data broken.csv --outcome a --unit b --time c --cohort d", "did --study extracts --outcome s47", "did --study study --allocation section47.csv --outcome s47", "did --data section47.csv --outcome x --unit y --time z --cohort w"},
	"glm":      {"glm --data broken.csv --formula 'a ~ b'", "glm --data section47.csv --formula 'a ~ b'", "glm --data section47.csv --formula 'ICPCnotRequired ~ ('"},
	"floor":    {"floor --data broken.csv --outcome a --unit b", "floor --study extracts --outcome s47", "floor --data section47.csv --outcome x"},
	"power":    {"power --design nope", "power --design rates"},
	"mixed":    {"mixed --data broken.csv --formula 'a ~ (1 | b)'", "mixed --data section47.csv --formula 'x ~ (1 | y)'"},
}

// No message shows a child, whatever goes wrong, and to whatever command an
// extract is given by mistake.
func TestNoErrorShowsAChild(t *testing.T) {
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	temp, err := filepath.Abs("temp")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	w := &workshop{t: t, repo: repo}
	w.write("temp/.keep", nil)
	w.do("demo", "--data-only", "--pupils", "100", "demo")
	plantCanaries(t, "demo")
	w.folder("demo/extracts/eastby/cin-2023", "extracts")
	w.copy("demo/extracts/eastby/cin-2023/Section47.csv", "section47.csv")
	w.copy("demo/extracts/northmoor/CIN_Census_2023.xml", "census.xml")
	w.do("init", "plan")
	for _, path := range []string{"schools", "roll", "extracts", "maps"} {
		if _, err := os.Stat("demo/" + path); err == nil {
			w.folder("demo/"+path, "trial/"+path)
		}
	}
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	plan := read("demo/trial.yaml")
	enquiries, census := read("section47.csv"), read("census.xml")
	lines := strings.SplitAfter(enquiries, "\n")
	for name, text := range map[string]string{
		"broken.csv":        lines[0] + lines[1] + `0,"QANARY` + "739104628517,1\n" + strings.Join(lines[2:9], ""),
		"shifted.csv":       strings.Join(lines[1:], ""),
		"cut.xml":           census[:strings.LastIndex(census, "QANARY")+8],
		"broken.xlsx":       "PK\x03\x04QANARY" + enquiries,
		"broken.parquet":    "PAR1QANARY" + enquiries + "PAR1",
		"leak.yaml":         "name: QANARY\nla: [QANARY, 739104628517\n\tchild: QANARY: QANARY\n",
		"leak.json":         `{"schema": "swis.result/1", "estimates": "QANARY"`,
		"short.key":         "QANARY",
		"open.key":          strings.Repeat("QANARY", 9),
		"broken-trial.yaml": plan + "\nmore: 739104628517\n",
		"trial.yaml":        plan,
		"trial/trial.yaml":  plan,
		"trial-map.yaml":    strings.ReplaceAll(plan, "paths: [", "paths: [section47.csv, broken.csv, "),
		"extracts/x.csv":    strings.Join(lines[1:], ""),
	} {
		w.write(name, []byte(text))
	}
	if err := os.Chmod("open.key", 0o644); err != nil {
		t.Fatal(err)
	}
	status, printed := runs("ingest", "section47.csv", "--la", "991", "--threshold", "1", "--out", "study", "--repair", "K02=off", "--quarantine-values", "rows.csv", "--keep-events")
	if status != exitDone {
		t.Fatal(printed)
	}
	leaks(t, "ingest", printed, "study")
	status, printed = runs("ingest", "section47.csv", "shifted.csv", "--la", "991", "--threshold", "1", "--out", "not")
	if status != exitInput {
		t.Errorf("exit %d: %s", status, printed)
	}
	leaks(t, "ingest", printed)
	for _, cmd := range newRoot(&streams{}).Commands() {
		name := cmd.Name()
		turns := wrongTurns[name]
		if len(turns) == 0 && cmd.Runnable() {
			t.Errorf("no wrong turn of swis %s in this test", name)
		}
		if cmd.Runnable() {
			turns = append(slices.Clone(turns), name+" section47.csv --nope", name+" --nope=1", name+" a b c d e")
		}
		for _, line := range turns {
			args, err := splitWords(line)
			if err != nil {
				t.Fatal(err)
			}
			status, printed := runs(args...)
			if status == exitDone && !strings.Contains(line, "--strict") && name != "completion" && name != "help" {
				t.Errorf("swis %s: exit 0: %s", line, printed)
			}
			leaks(t, "swis "+line, printed, "temp")
			if _, err := os.Stat("out"); err == nil {
				t.Errorf("swis %s: something is written to out", line)
				leaks(t, "swis "+line, "", "out")
				os.RemoveAll("out")
			}
		}
	}
	everyFileFlag(t)
}
