package study

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const smallPanel = `school_id,la,period,pupils,exposure,s47
100001,801,2019-20 1 autumn,200,66.8,1
100001,801,2019-20 2 spring,200,49.8,0
100002,801,2019-20 1 autumn,300,100.2,
100002,801,2019-20 2 spring,300,74.7,2
`

func TestOpenJoinsSchoolsAndAllocation(t *testing.T) {
	dir := folder(t, map[string]string{
		PanelFile:      smallPanel,
		SchoolsFile:    "school_id,la,name,phase,pupils\n100001,801,Oak,Primary,200\n100002,801,Elm,Secondary,300\n",
		AllocationFile: "school_id,la,stratum,arm,start\n100001,801,1,SWIS,2020-01-06\n100002,801,1,control,\n",
	})
	table, roles, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if roles.Cohort != "start" || roles.Arm != "arm" || roles.Period.String() != "term" {
		t.Fatalf("roles %+v", roles)
	}
	for name, want := range map[string]string{
		"arm": "SWIS SWIS control control", "start": "2019-20 2 spring 2019-20 2 spring never never", "phase": "Primary Primary Secondary Secondary",
		"treated": "1 1 0 0", "post": "0 1 0 1",
	} {
		c, err := table.Category(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, code := range c.Codes {
			got = append(got, c.Levels[code])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", name, strings.Join(got, " "), want)
		}
	}
	if n, err := table.Numeric("s47"); err != nil || n.Values[2] == n.Values[2] {
		t.Errorf("an empty outcome is not missing: %v %v", n, err)
	}
	if table.SHA256 == "" {
		t.Error("no hash of the panel")
	}
}

func TestOpenWithoutAllocation(t *testing.T) {
	_, roles, err := Open(folder(t, map[string]string{PanelFile: smallPanel}), "")
	if err != nil || roles.Arm != "" || roles.Cohort != "" {
		t.Fatalf("%+v %v", roles, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		alloc string
		want  string
	}{
		"no panel":       {map[string]string{}, "", "no such file"},
		"no key":         {map[string]string{PanelFile: "a,b\n1,2\n"}, "", `column "school_id"`},
		"missing alloc":  {map[string]string{PanelFile: smallPanel}, "nowhere.csv", "no such file"},
		"twice":          {map[string]string{PanelFile: smallPanel, AllocationFile: "school_id,arm\n100001,a\n100001,b\n"}, "", "appears twice"},
		"start no term":  {map[string]string{PanelFile: smallPanel, AllocationFile: "school_id,arm,start\n100001,a,May\n"}, "", `column "start"`},
		"school unknown": {map[string]string{PanelFile: smallPanel, SchoolsFile: "school_id,name\n100001,Oak\n"}, "", "100002"},
	} {
		_, _, err := Open(folder(t, c.files), c.alloc)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}
