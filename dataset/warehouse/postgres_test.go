package warehouse_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"swis/dataset"
	"swis/dataset/study"
	"swis/dataset/warehouse"
)

// postgres starts a PostgreSQL of its own that listens on a socket in a
// temporary folder alone, and returns how to run SQL on it.
func postgres(t *testing.T) func(sql string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: a database server takes seconds to start")
	}
	bin := func(name string) string {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
		if len(found) == 0 {
			t.Skipf("%s is not installed: apt install postgresql", name)
		}
		return found[0]
	}
	initdb, ctl, psql := bin("initdb"), bin("pg_ctl"), bin("psql")
	dir, err := os.MkdirTemp("", "swis-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attributes := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 { // the server refuses to run as root
		owner, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("run as root, and there is no user postgres to start the server as")
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Skip("run as root that cannot hand a folder to the user postgres")
		}
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	run := func(input []byte, name string, args ...string) []byte {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.SysProcAttr, cmd.Stdin = dir, attributes, bytes.NewReader(input)
		cmd.Env = append(os.Environ(), "LC_ALL=C", "PGHOST="+dir, "PGUSER=swis", "PGDATABASE=postgres")
		var out, talk bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &talk
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", filepath.Base(name), err, talk.String())
		}
		return out.Bytes()
	}
	data := filepath.Join(dir, "data")
	run(nil, initdb, "-D", data, "-U", "swis", "-A", "trust", "-E", "UTF8", "--no-sync")
	run(nil, ctl, "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o", "-c listen_addresses='' -c fsync=off -k "+dir, "start")
	t.Cleanup(func() { run(nil, ctl, "-D", data, "-m", "immediate", "stop") })
	return func(sql string) []byte { return run([]byte(sql), psql, "-q", "-X", "--csv", "-v", "ON_ERROR_STOP=1") }
}

// delivery writes events of three authorities with duplicates, rows without a
// child, a school or a known word, rows before the law, a month that was not
// delivered, and a type that hardly occurs.
func delivery() string {
	r := rand.New(rand.NewPCG(3, 4))
	kinds := []string{"contact", "Referral", "school_referral", "assessment", "s47 enquiry", "S47", "s17_start", "closure"}
	first := dataset.DayOf(2021, 9, 1)
	var rows []string
	for range 6000 {
		la := r.IntN(3)
		school := fmt.Sprint(100001 + 10*la + r.IntN(8))
		day := first + dataset.Day(r.IntN(660))
		kind := kinds[r.IntN(len(kinds)-2*la)]
		if y, m, _ := day.Date(); y == 2022 && m == 4 && la == 1 && kind == "Referral" {
			continue
		}
		child := fmt.Sprintf("c%03d", r.IntN(300))
		switch r.IntN(60) {
		case 0:
			child = ""
		case 1:
			school = ""
		case 2:
			day = dataset.DayOf(1985, 1, 1)
		case 3:
			kind = "visit"
		}
		row := fmt.Sprintf("%s,%s,%d,%s,%s", child, school, 801+la, kind, day)
		rows = append(rows, row)
		for r.IntN(12) == 0 { // again, alike or at another school
			rows = append(rows, strings.Replace(row, school, fmt.Sprint(100001+10*la+r.IntN(8)), 1))
		}
	}
	for d := range 3 {
		rows = append(rows, fmt.Sprintf("c%03d,100003,801,plan,2022-0%d-10", d, 2+d))
	}
	// of two rows of one event the query takes the lower school number, ingest the first row
	slices.SortFunc(rows, func(a, b string) int {
		return strings.Compare(strings.Split(a, ",")[1], strings.Split(b, ",")[1])
	})
	return "child_id,school_urn,la,event,date\n" + strings.Join(rows, "\n") + "\n"
}

// The panel made of the counts of the warehouse is the panel made of the rows.
func TestPostgresGivesThePanelOfTheRows(t *testing.T) {
	run := postgres(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := delivery()
	events := file("events.csv", text)
	run("CREATE TABLE events (child_id text, school_urn text, la text, event text, date date);\nCOPY events FROM STDIN (FORMAT csv, HEADER, NULL '');\n" + text + "\\.\n")
	schools := file("schools.csv", "school_id,la,urn,pupils\nA,801,100001,900\nB,801,100002,800\nC,802,100011,700\nD,803,100022,600\nE,803,109999,500\n")
	from, to := dataset.DayOf(2021, 9, 1), dataset.DayOf(2023, 3, 20)
	for name, set := range map[string]func(*study.Options, *warehouse.Options){
		"month": func(*study.Options, *warehouse.Options) {},
		"term of listed schools": func(s *study.Options, w *warehouse.Options) {
			s.Period, w.Period, s.Schools, w.Schools = dataset.Term, dataset.Term, schools, schools
			s.From, w.From, s.To, w.To = from, from, to, to
		},
		"year by plans": func(s *study.Options, w *warehouse.Options) {
			s.Period, w.Period, s.S17, w.S17 = dataset.Year, dataset.Year, study.S17Plans, dataset.PlanStart
			s.From, w.From, s.To, w.To = from, from, to, to
		},
		"month by episodes": func(s *study.Options, w *warehouse.Options) {
			s.S17, w.S17 = study.S17Episodes, dataset.Referral
		},
	} {
		o, w := study.Default(), warehouse.Options{Dialect: "postgres", From: dataset.NoDay, To: dataset.NoDay, S17: dataset.AssessmentStart}
		o.Period, o.Threshold = dataset.Month, 1
		set(&o, &w)
		sql, err := warehouse.SQL(context.Background(), w)
		if err != nil {
			t.Fatal(err)
		}
		counts := file("counts.csv", string(run(sql)))
		panel := func(source string) string {
			o.Sources = []study.Source{{Path: source}}
			s, err := study.Build(context.Background(), o, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			folder := filepath.Join(t.TempDir(), "study")
			if err := s.Write(folder); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(folder, study.PanelFile))
			if err != nil {
				t.Fatal(err)
			}
			if o.To == dataset.NoDay {
				return string(text)
			}
			// counts up to a day do not say how far the delivery went on: not the last column, edge
			rows := strings.Split(string(text), "\n")
			for i := range rows {
				rows[i] = rows[i][:strings.LastIndexByte(rows[i], ',')+1]
			}
			return strings.Join(rows, "\n")
		}
		want, got := panel(events), panel(counts)
		if got == want {
			if !strings.Contains(got, ",0,") || strings.Count(got, "\n") < 10 {
				t.Errorf("%s: hardly a panel", name)
			}
			continue
		}
		a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
		t.Errorf("%s: %d rows of the panel from the events, %d from the warehouse's counts", name, len(a), len(b))
		shown := 0
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] && shown < 5 {
				t.Errorf("events %s\ncounts %s", a[i], b[i])
				shown++
			}
		}
	}
}
