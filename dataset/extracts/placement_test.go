package extracts

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The number of a placement never stands for a school: not where the file has
// all columns of a lookup, not where the layout is forced, not under a mapping
// file that says so.
func TestThePlacementIsNoSchool(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mapping, err := ReadMapping(write("map.yaml", "columns: {URN: school_urn, URN of Placement: school_urn, DECOM: date, Date Started to be Looked After: date, CHILD: child_id, Child Unique ID: child_id, RNE: event, Gender: event}\n"))
	if err != nil {
		t.Fatal(err)
	}
	episodes := write("e.csv", "CHILD,DECOM,RNE,LS,DEC,REC,URN,start\nA,01/01/2020,s47,C2,,,900001,01/01/2020\n")
	list := write("list8.csv", "Child Unique ID,Gender,Date Started to be Looked After,Date Ceased to be Looked After,URN of Placement\nA,s47,01/01/2020,,900001\n")
	for _, x := range []struct {
		in   Input
		want string // layout, or part of the refusal
	}{
		{Input{Path: episodes, LA: "801"}, "s903-episodes"},
		{Input{Path: episodes, LA: "801", Layout: "child-school"}, "missing"},
		{Input{Path: episodes, LA: "801", Mapping: mapping, Layout: "events"}, "events"},
		{Input{Path: list, LA: "801", Mapping: mapping, Layout: "events"}, "events"},
		{Input{Path: list, LA: "801"}, "annexa-8"},
	} {
		keys, err := NewKeys("", false)
		if err != nil {
			t.Fatal(err)
		}
		set := NewSet(keys)
		x.in.Number = 1
		got, _, err := set.Read(context.Background(), x.in)
		if set.Schools.Len() > 1 {
			t.Errorf("%s: a school was read", x.want)
		}
		if err != nil {
			if !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v, want %q", err, x.want)
			}
		} else if got.Layout != x.want {
			t.Errorf("read as %s, want %q", got.Layout, x.want)
		}
	}
}

// A header that no layout fits is answered with the two that want the least
// more, and what they want.
func TestNearestLayouts(t *testing.T) {
	for header, want := range map[string]string{
		"CHILD,DECOM,DEC,URN,FOO":                          "s903-episodes lacks RNE, LS, REC",
		"LAchildID,CINreferralDate,ReferralNFA":            "cin-csv-details lacks ReferralSource",
		"cla_person,lega_person_id,lega_legal_status":      "ssd-legal lacks lega_legal_status_start_date",
		"upn,URN,entrydte":                                 "roll-onroll lacks entrydate",
		"Child Unique ID,Gender,Date of Contakt,Ethnicity": "annexa-1 lacks Date of Contact",
	} {
		names := strings.Split(header, ",")
		for i := range names {
			names[i] = normal(names[i])
		}
		_, err := detect(names)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), " lacks ") != 2 && !strings.Contains(header, "lega") {
			t.Errorf("%s: %v, want %s among two", header, err, want)
		}
	}
}
