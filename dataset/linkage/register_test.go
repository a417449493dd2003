package linkage

import (
	"math"
	"testing"

	"swis/dataset"
)

func school(id, laestab string) dataset.School {
	return dataset.School{ID: id, URN: id, LAESTAB: laestab, LA: "801", Pupils: math.NaN()}
}

func successor(from, to string, plain bool) []dataset.SchoolLink {
	return []dataset.SchoolLink{{From: from, To: to, Successor: true, Plain: plain}, {From: to, To: from, Predecessor: true, Plain: plain}}
}

func TestRegister(t *testing.T) {
	var links []dataset.SchoolLink
	links = append(links, successor("100", "200", true)...)  // 100 became an academy
	links = append(links, successor("200", "300", true)...)  // and joined a trust under a third number
	links = append(links, successor("101", "201", false)...) // merged
	links = append(links, successor("102", "202", true)...)  // split in two
	links = append(links, successor("102", "203", true)...)
	links = append(links, successor("090", "103", true)...) // the trial knows the later number
	links = append(links, successor("104", "204", true)...) // two schools became one
	links = append(links, successor("999", "204", true)...)
	register := []dataset.School{}
	for _, n := range []string{"100", "101", "102", "103", "104", "200", "201", "202", "203", "204", "300", "090", "999", "500"} {
		register = append(register, school(n, ""))
	}
	r, err := NewRegister([]dataset.School{school("104", ""), school("100", "8012001"), school("101", ""), school("102", ""), school("103", "")}, register, links)
	if err != nil {
		t.Fatal(err)
	}
	name := func(i int32) string {
		switch i {
		case Other:
			return "other"
		case Unknown:
			return "unknown"
		case Undecided:
			return "undecided"
		}
		return r.Schools[i].ID
	}
	for number, want := range map[string]string{
		"100": "100", "8012001": "100", "200": "100", "300": "100", "201": "undecided", "202": "undecided", "203": "undecided", "090": "103",
		"204": "undecided", "500": "other", "77777": "unknown", "": "unknown",
	} {
		if got := name(r.Resolve(number)); got != want {
			t.Errorf("%q: %s, want %s", number, got, want)
		}
	}
	if _, err := NewRegister([]dataset.School{school("1", ""), school("1", "")}, nil, nil); err == nil {
		t.Error("a school twice in the list was accepted")
	}
}

func TestLinkerOrder(t *testing.T) {
	day := func(text string) dataset.Day {
		d, err := dataset.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const pupil, former, lone, lookedUp = 1<<63 | 1, 1<<63 | 2, 1<<63 | 3, 1<<63 | 4
	none := dataset.NoDay
	x := &dataset.Extract{
		Persons: []dataset.Person{
			{Child: 1, Pupil: pupil, Birth: none, Death: none, LA: 1}, {Child: 2, Pupil: lone, Former: former, Birth: none, Death: none, LA: 1},
			{Child: 3, Pupil: lookedUp, Birth: none, Death: none, LA: 1}, {Child: 4, Birth: none, Death: none, LA: 1},
		},
		Enrolments: []dataset.Enrolment{
			{Pupil: pupil, School: 1, Start: day("2020-09-01"), End: none},              // on roll in one census
			{Pupil: pupil, School: 1, Start: day("2020-09-01"), End: day("2021-02-10")}, // left by the next
			{Pupil: pupil, School: 2, Start: day("2021-02-10"), End: none, Rank: 1},     // main
			{Pupil: pupil, School: 3, Start: day("2021-03-01"), End: none, Rank: 2},     // subsidiary
			{Pupil: former, School: 2, Start: day("2019-09-01"), End: none},
			{Child: 3, School: 3, Start: day("2020-09-01"), End: day("2021-09-01"), Lookup: true},
		},
	}
	l := NewLinker(NewPeople([]*dataset.Extract{x}, nil), &Choices{Schools: []int32{Unknown, 0, 1, 2}}, []*dataset.Extract{x})
	for _, c := range []struct {
		child  dataset.ChildKey
		date   string
		code   uint32
		school int32
		method Method
		dual   bool
	}{
		{1, "2020-08-31", 0, 0, NotLinked, false}, {1, "2020-09-01", 0, 0, ByRoll, false}, {1, "2021-02-09", 0, 0, ByRoll, false}, {1, "2021-02-10", 0, 1, ByRoll, false},
		{1, "2021-03-01", 0, 1, ByRoll, true}, {2, "2020-01-01", 0, 1, ByFormer, false}, {3, "2021-08-31", 0, 2, ByLookup, false}, {3, "2021-09-01", 0, 0, NotLinked, false},
		{4, "2021-01-01", 3, 2, ByRow, false}, {4, "2021-01-01", 0, 0, NotLinked, false}, {1, "2020-01-01", 2, 1, ByRow, false},
	} {
		got := l.Find(c.child, day(c.date), c.code)
		if got.Method != c.method || got.Method != NotLinked && got.School != c.school || got.Several != c.dual {
			t.Errorf("child %d on %s: %+v, want school %d by %v, dual %v", c.child, c.date, got, c.school, c.method, c.dual)
		}
	}
	days := make([]int64, 3)
	l.PupilDays([]dataset.Day{day("2021-02-01"), day("2021-03-01")}, days)
	if days[0] != 9 || days[1] != 19+28 || days[2] != 0 {
		t.Errorf("days on roll %v", days)
	}
}

func TestPeople(t *testing.T) {
	const a, b = dataset.PupilKey(1 << 63), dataset.PupilKey(1<<63 | 1)
	d := dataset.DayOf(2010, 5, 1)
	p := NewPeople([]*dataset.Extract{{Persons: []dataset.Person{
		{Child: 1, Pupil: a, Birth: d, Death: dataset.NoDay, LA: 1, Line: 2}, {Child: 1, Pupil: a, Birth: d + 3, Death: dataset.NoDay, LA: 1, Line: 3}, // same month
		{Child: 2, Pupil: a, Birth: d, Death: dataset.NoDay, LA: 1, Line: 4}, // K07
		{Child: 3, Pupil: a, Birth: d, Death: dataset.NoDay, LA: 2, Line: 5}, // K10
		{Child: 1, Pupil: b, Birth: d, Death: dataset.NoDay, LA: 1, Line: 6}, // K08
		{Child: 2, Birth: d + 40, Death: dataset.NoDay, LA: 1, Line: 7},      // K08
	}}}, nil)
	counts := map[string]int{}
	for _, i := range p.Issues {
		counts[i.Rule.String()]++
	}
	if counts["K07"] != 1 || counts["K08"] != 2 || p.Moves != 1 || len(p.Children) != 3 {
		t.Errorf("%v, %d moves, %d children", counts, p.Moves, len(p.Children))
	}
}
