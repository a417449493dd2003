package warehouse_test

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// postgres starts a PostgreSQL of its own that listens on a socket in a
// temporary folder alone.
func postgres(t *testing.T) *database {
	t.Helper()
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
	return &database{"postgres", func(_ *testing.T, sql string) []byte {
		return run([]byte(sql), psql, "-q", "-X", "--csv", "-v", "ON_ERROR_STOP=1")
	}, func(_ *testing.T, x rows) string {
		return "DROP TABLE IF EXISTS " + x.table + " CASCADE;\nCREATE TABLE " + x.table + " (" + x.columns + ");\nCOPY " + x.table + " FROM STDIN (FORMAT csv, HEADER, NULL '');\n" + x.text + "\\.\n"
	}}
}

func TestPostgres(t *testing.T) {
	t.Parallel() // with the other database
	givesThePanelOfTheRows(t, postgres(t))
}
