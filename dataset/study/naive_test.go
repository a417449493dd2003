package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"swis/dataset"
)

// A second version of linkage, distinct children and days in care, written
// from the definitions without any of the program's code: it looks at every
// day and every row. Random tiny deliveries must give the same panel.

type (
	tinyPerson struct {
		id, upn, former string
		birth           int // day, -1 unknown
	}
	tinyRoll struct {
		upn, former string
		school      string
		from, to    int // to -1: still there
		status      string
	}
	tinyLookup struct {
		id, school string
		from, to   int
	}
	tinyEvent struct {
		id, kind, school string
		day              int
	}
	tinyEpisode struct {
		id, reason, legal string
		from, to          int
	}
	tiny struct {
		people   []tinyPerson
		rolls    []tinyRoll
		lookups  []tinyLookup
		events   []tinyEvent
		episodes []tinyEpisode
	}
)

// Days count from 1 January 2020; the deliveries are complete to day 545, 29
// June 2021, and the window is all of it but for the first weeks.
const (
	tinyDays  = 546
	tinyFirst = 40
)

var tinySchools = []string{"901", "902", "903"}

func tinyDate(d int) string {
	if d < 0 {
		return ""
	}
	return (dataset.DayOf(2020, 1, 1) + dataset.Day(d)).String()
}

func drawTiny(t *rapid.T) tiny {
	var x tiny
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	day := func(name string) int { return rapid.IntRange(0, tinyDays-1).Draw(t, name) }
	later := func(name string, from int) int {
		if rapid.IntRange(0, 3).Draw(t, name+" open") == 0 {
			return -1
		}
		return from + rapid.IntRange(0, 240).Draw(t, name)
	}
	upns := []string{"A000000000001", "A000000000002", "A000000000003", "A000000000004"}
	ids := []string{"K1", "K2", "K3", "K4"}
	for i, id := range ids {
		p := tinyPerson{id: id, upn: upns[i], birth: -1}
		switch rapid.IntRange(0, 5).Draw(t, "identifiers") {
		case 0:
			p.upn = ""
		case 1:
			p.former = "A000000000009"
		case 2:
			p.birth = rapid.IntRange(0, 300).Draw(t, "birth")
		}
		x.people = append(x.people, p)
	}
	for range rapid.IntRange(0, 14).Draw(t, "enrolments") {
		from := rapid.IntRange(0, 300).Draw(t, "entry")
		r := tinyRoll{upn: pick("upn", append(upns, "A000000000009")...), school: pick("school", tinySchools...), from: from, to: later("leaving", from), status: pick("status", "C", "M", "S", "O")}
		if rapid.IntRange(0, 5).Draw(t, "former") == 0 {
			r.former = pick("former upn", upns...)
		}
		x.rolls = append(x.rolls, r)
	}
	for range rapid.IntRange(0, 2).Draw(t, "lookups") {
		from := rapid.IntRange(0, 400).Draw(t, "start")
		x.lookups = append(x.lookups, tinyLookup{pick("id", ids...), pick("school", tinySchools...), from, later("end", from)})
	}
	for range rapid.IntRange(1, 14).Draw(t, "events") {
		e := tinyEvent{id: pick("id", ids...), kind: pick("kind", "s47", "referral"), day: day("day")}
		if rapid.IntRange(0, 2).Draw(t, "names a school") == 0 {
			e.school = pick("school", tinySchools...)
		}
		for range 1 + max(0, rapid.IntRange(-3, 2).Draw(t, "copies")) {
			x.events = append(x.events, e)
		}
	}
	for range rapid.IntRange(0, 9).Draw(t, "episodes") {
		from := day("start")
		to := later("end", from)
		if to >= tinyDays {
			to = -1
		}
		x.episodes = append(x.episodes, tinyEpisode{pick("id", ids...), pick("reason", "S", "P", "L"), pick("legal", "C2", "C2", "V2", "V3", "V4"), from, to})
	}
	return x
}

// files writes the deliveries. Each of the lists of rows may be cut in two
// files and its rows put in another order.
func (x *tiny) files(order func(n int) []int, cut bool) map[string]string {
	files := map[string]string{}
	add := func(name, head string, rows []string) {
		at := order(len(rows))
		half := len(rows)
		if cut {
			half /= 2
		}
		parts := [2]string{}
		for i, k := range at {
			p := 0
			if i >= half {
				p = 1
			}
			parts[p] += fmt.Sprintf("%s,%d\n", rows[k], p) // two files of one content are refused
		}
		for i, text := range parts {
			if text != "" {
				files[fmt.Sprintf("%s%d.csv", name, i)] = head + ",part\n" + text
			}
		}
	}
	var rows []string
	for _, p := range x.people {
		rows = append(rows, p.id+","+p.upn+","+p.former+","+tinyDate(p.birth))
	}
	add("ids", "LAchildID,UPN,FormerUPN,PersonBirthDate", rows)
	rows = nil
	var left []string
	for _, r := range x.rolls {
		row := r.upn + "," + r.former + "," + r.school + "," + tinyDate(r.from) + "," + r.status
		if r.to >= 0 {
			left = append(left, row+","+tinyDate(r.to))
		} else {
			rows = append(rows, row)
		}
	}
	add("roll", "upn,formerupn,URN,entrydate,enrolstatus", rows)
	add("left", "upn,formerupn,URN,entrydate,enrolstatus,leavingdate", left)
	rows = nil
	for _, l := range x.lookups {
		rows = append(rows, l.id+","+l.school+","+tinyDate(l.from)+","+tinyDate(l.to))
	}
	add("lookup", "child_id,urn,start,end", rows)
	rows = nil
	for _, e := range x.events {
		rows = append(rows, e.id+","+e.school+",801,"+e.kind+","+tinyDate(e.day))
	}
	add("events", "child_id,school_urn,la,event,date", rows)
	rows = nil
	for _, e := range x.episodes {
		rows = append(rows, e.id+","+tinyDate(e.from)+","+e.reason+","+e.legal+","+tinyDate(e.to)+",")
	}
	add("episodes", "CHILD,DECOM,RNE,LS,DEC,REC", rows)
	return files
}

// school is where a child was on a day, "" where nobody knows: a search through
// all rows in the order of methods.
func (x *tiny) school(id string, day int, named string) string {
	var person tinyPerson
	for _, p := range x.people {
		if p.id == id {
			person = p
		}
	}
	on := func(from, to int) bool { return from <= day && (to < 0 || day < to) }
	onRoll := func(upn string) string {
		if upn == "" {
			return ""
		}
		best, found := tinyRoll{}, false
		for _, r := range x.rolls {
			if r.upn != upn && r.former != upn {
				continue
			}
			// of rows with one entry at one school the earliest leaving stands
			to, rank := r.to, tinyRank(r)
			for _, other := range x.rolls {
				if (other.upn == upn || other.former == upn) && other.school == r.school && other.from == r.from {
					if other.to >= 0 && (to < 0 || other.to < to) || other.to == to && tinyRank(other) < rank {
						to, rank = other.to, tinyRank(other)
					}
				}
			}
			if to != r.to || rank != tinyRank(r) || !on(r.from, to) {
				continue
			}
			if !found || rank < tinyRank(best) || rank == tinyRank(best) && (r.from > best.from || r.from == best.from && r.school > best.school) {
				best, found = r, true
			}
		}
		return best.school
	}
	if school := onRoll(person.upn); school != "" {
		return school
	}
	if school := onRoll(person.former); school != "" {
		return school
	}
	best, found := tinyLookup{}, false
	for _, l := range x.lookups {
		to := l.to
		for _, other := range x.lookups {
			if other.id == l.id && other.school == l.school && other.from == l.from && other.to >= 0 && (to < 0 || other.to < to) {
				to = other.to
			}
		}
		if l.id != id || to != l.to || !on(l.from, to) {
			continue
		}
		if !found || l.from > best.from || l.from == best.from && l.school > best.school {
			best, found = l, true
		}
	}
	if found {
		return best.school
	}
	return named
}

func tinyRank(r tinyRoll) int { return strings.Index("CMSO", r.status) }

// panel counts cell by cell, from the definitions.
func (x *tiny) panel() map[string]map[string]string {
	type cell struct{ school, month string }
	count := map[string]map[cell]int{}
	add := func(outcome, school string, day, n int) {
		if count[outcome] == nil {
			count[outcome] = map[cell]int{}
		}
		count[outcome][cell{school, tinyDate(day)[:7]}] += n
	}
	delivered := map[string]bool{}
	known := map[string]map[string]bool{} // children counted in a cell
	first := func(outcome, school string, day int, id string) bool {
		key := outcome + school + tinyDate(day)[:7]
		if known[key] == nil {
			known[key] = map[string]bool{}
		}
		had := known[key][id]
		known[key][id] = true
		return !had
	}
	done := map[tinyEvent]bool{}
	for _, e := range x.events {
		birth := -1
		for _, p := range x.people {
			if p.id == e.id {
				birth = p.birth
			}
		}
		if birth >= 0 && (e.kind == "s47" && e.day < birth || e.kind == "referral" && e.day < birth-280) {
			delivered[e.kind] = true // the authority delivers them
			continue
		}
		delivered[e.kind] = true
		same := tinyEvent{id: e.id, kind: e.kind, day: e.day}
		if done[same] || e.day < tinyFirst {
			continue
		}
		school := x.school(e.id, e.day, e.school)
		if school == "" {
			continue // another row of the event may name the school
		}
		done[same] = true
		add(e.kind, school, e.day, 1)
		if e.kind == "s47" && first("s47_children", school, e.day, e.id) {
			add("s47_children", school, e.day, 1)
		}
	}
	for _, p := range x.people {
		in := [tinyDays + 1]bool{}
		var own []tinyEpisode
		for _, e := range x.episodes {
			if e.id == p.id {
				own = append(own, e)
			}
		}
		for _, e := range own {
			end := e.to
			if end < 0 && slices.ContainsFunc(own, func(o tinyEpisode) bool { return o.from == e.from && o.to >= 0 }) {
				continue // a copy of the row that has an end
			}
			if end < 0 {
				end = tinyDays
				for _, later := range own {
					if later.from > e.from && later.from < end {
						end = later.from
					}
				}
			}
			for d := e.from; d < end && e.legal != "V3" && e.legal != "V4"; d++ {
				in[d] = true
			}
		}
		for d := 0; d < tinyDays; d++ {
			if !in[d] || d > 0 && in[d-1] {
				continue
			}
			run := d
			for run < tinyDays && in[run] {
				run++
			}
			for k := max(d, tinyFirst); k < run; k++ {
				school := x.school(p.id, max(d, tinyFirst), "")
				if school == "" {
					continue
				}
				add("days_in_care", school, k, 1)
				if first("children_in_care", school, k, p.id) {
					add("children_in_care", school, k, 1)
				}
			}
			if d >= tinyFirst && x.began(own, d) {
				if school := x.school(p.id, d, ""); school != "" {
					add("care_entries", school, d, 1)
				}
			}
		}
	}
	if len(x.episodes) > 0 {
		delivered["days_in_care"] = true
	}
	out := map[string]map[string]string{}
	for _, school := range tinySchools {
		for d := tinyFirst; d < tinyDays; d++ {
			month := tinyDate(d)[:7]
			row := map[string]string{}
			for outcome, by := range map[string]string{"s47": "s47", "s47_children": "s47", "referral": "referral", "days_in_care": "days_in_care", "children_in_care": "days_in_care", "care_entries": "days_in_care"} {
				if delivered[by] {
					row[strings.Replace(outcome, "referral", "referrals", 1)] = strconv.Itoa(count[outcome][cell{school, month}])
				}
			}
			out[school+" "+month] = row
		}
	}
	return out
}

// began says whether the first row of a period of care, of those that count,
// starts care rather than continuing it: rows with an end come first, then as
// they were written.
func (x *tiny) began(own []tinyEpisode, day int) bool {
	for _, open := range []bool{false, true} {
		for _, e := range own {
			if e.from == day && e.legal != "V3" && e.legal != "V4" && (e.to < 0) == open {
				return e.reason == "S"
			}
		}
	}
	return false
}

// ingestTiny is the program's panel of the deliveries.
func ingestTiny(t *testing.T, files map[string]string) (map[string]map[string]string, *Study) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mapping, schools := filepath.Join(dir, "map.yaml"), filepath.Join(dir, "list", "schools.csv")
	os.Mkdir(filepath.Dir(schools), 0o700)
	if err := os.WriteFile(mapping, []byte("from: 2020-01-01\ncomplete_to: "+tinyDate(tinyDays-1)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(schools, []byte("school_id,la,pupils\n901,801,500\n902,801,500\n903,801,500\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.Period, o.Threshold, o.Schools, o.RepairOff = dataset.Month, 1, schools, []string{"X01"}
	o.From, o.To = day(tinyDate(tinyFirst)), day(tinyDate(tinyDays-1))
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range files {
			if !yield(name) {
				return
			}
		}
	}) {
		o.Sources = append(o.Sources, Source{Path: filepath.Join(dir, name), LA: "801", Map: mapping})
	}
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "study")
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	return cells(t, filepath.Join(folder, PanelFile)), s
}

func inOrder(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

func TestPanelAgreesWithCountingByHand(t *testing.T) {
	tests, compared, days := 0, 0, 0
	rapid.Check(t, func(r *rapid.T) {
		x := drawTiny(r)
		got, _ := ingestTiny(t, x.files(inOrder, false))
		tests++
		for key, row := range x.panel() {
			for outcome, want := range row {
				if got[key][outcome] != want {
					r.Fatalf("%s %s: %q, by hand %q\n%v", key, outcome, got[key][outcome], want, x.files(inOrder, false))
				}
				if want != "0" {
					compared++
				}
				if n, _ := strconv.Atoi(want); outcome == "days_in_care" {
					days += n
				}
			}
		}
	})
	if compared < 4*tests || days < 20*tests {
		t.Errorf("%d cells that are not 0 and %d days compared in %d deliveries: too few to tell", compared, days, tests)
	}
}

// The rows in another order, or in twice as many files, give the same panel.
func TestOrderAndFilesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := drawTiny(r)
		for i := range x.events { // copies that name different schools are told apart by their order alone
			x.events[i].school = ""
		}
		want, _ := ingestTiny(t, x.files(inOrder, false))
		shuffled := func(n int) []int { return rapid.Permutation(inOrder(n)).Draw(r, "order") }
		for name, files := range map[string]map[string]string{"another order": x.files(shuffled, false), "two files": x.files(inOrder, true), "both": x.files(shuffled, true)} {
			got, _ := ingestTiny(t, files)
			for key, row := range want {
				for column, cell := range row {
					if column != "care_entries" && got[key][column] != cell { // of rows with one start the first in the file says whether care began
						r.Fatalf("%s: %s %s: %q, want %q\n%v", name, key, column, got[key][column], cell, files)
					}
				}
			}
		}
	})
}

// Returns pooled in one file, or one file a year, give the same panel.
func TestPooledAndYearlyReturns(t *testing.T) {
	const head = "CHILD,DECOM,RNE,LS,DEC,REC,YEAR\n"
	rapid.Check(t, func(r *rapid.T) {
		x := drawTiny(r)
		var yearly [2]string
		for _, e := range x.episodes {
			row := func(to int, year string) string {
				return e.id + "," + tinyDate(e.from) + "," + e.reason + "," + e.legal + "," + tinyDate(to) + ",," + year + "\n"
			}
			const april = 456 // 1 April 2021
			switch {
			case e.from >= april:
			case e.to >= 0 && e.to < april && e.to < 91: // ended before the second year
				yearly[0] += row(e.to, "2020")
			case e.from < 91: // open at the end of the first year, and in most second returns
				yearly[0] += row(-1, "2020")
				if rapid.IntRange(0, 4).Draw(r, "in the next return") > 0 {
					yearly[1] += row(min(e.to, april-1), "2021")
				}
			default:
				yearly[1] += row(min(e.to, april-1), "2021")
			}
		}
		base := x.files(inOrder, false)
		delete(base, "episodes0.csv")
		ingest := func(more map[string]string) map[string]map[string]string {
			files := map[string]string{}
			for name, text := range base {
				files[name] = text
			}
			for name, text := range more {
				files[name] = text
			}
			cells, _ := ingestTiny(t, files)
			return cells
		}
		if yearly[0] == "" || yearly[1] == "" {
			r.Skip("one return only")
		}
		apart := ingest(map[string]string{"e2020.csv": head + yearly[0], "e2021.csv": head + yearly[1]})
		pooled := ingest(map[string]string{"e.csv": head + yearly[0] + yearly[1]})
		for key, row := range apart {
			for _, outcome := range []string{"days_in_care", "children_in_care", "s47"} {
				if pooled[key][outcome] != row[outcome] {
					r.Fatalf("%s %s: pooled %q, yearly %q\n%s%s", key, outcome, pooled[key][outcome], row[outcome], yearly[0], yearly[1])
				}
			}
		}
	})
}
