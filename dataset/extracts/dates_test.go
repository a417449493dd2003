package extracts

import (
	"math/rand/v2"
	"testing"

	"swis/dataset"
)

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"2021-09-03": "2021-09-03", "03/09/2021": "2021-09-03", "3/9/2021": "2021-09-03", "03-09-2021": "2021-09-03", "03.09.2021": "2021-09-03",
		"2012-Jan-21 00:00:00": "2012-01-21", "21-Jan-2012": "2012-01-21", "21 January 2012": "2012-01-21", "2021-09-03T11:14:05": "2021-09-03",
		"2021-09-03 00:00:00.000": "2021-09-03", "03/09/2021 00:00": "2021-09-03", "44442": "2021-09-03", "44442.0": "2021-09-03", "20210903": "2021-09-03",
		"29/02/2020": "2020-02-29", "29/02/2021": "bad", "31/04/2021": "bad", "2021-13-01": "bad", "hello": "bad", "2021": "bad", "1/2": "bad", "03/09/21": "two",
		"1900-01-01": "none", "01/01/1970": "none", "31/12/9999": "none", "13/13/2020": "bad", "0/1/2020": "bad", "12345678901234567890": "bad", "2021-09-03x": "bad",
	} {
		var s dateStats
		w := s.parse([]byte(text))
		d, ok := day(w, orderDayFirst, false)
		got := d.String()
		switch shape := w >> 18 & 7; {
		case shape == shapeTwoDigit:
			got = "two"
		case !ok:
			got = "bad"
		case shape == shapeSentinel:
			got = "none"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	var s dateStats
	if d, ok := day(s.parse([]byte("09/03/2021")), orderMonthFirst, false); !ok || d.String() != "2021-09-03" {
		t.Errorf("month first: %s", d)
	}
	if d, ok := day(s.parse([]byte("03/09/21")), orderDayFirst, true); !ok || d.String() != "2021-09-03" {
		t.Errorf("two digits, declared: %s", d)
	}
}

// Every day of 200 years comes back from each form that is written of it.
func TestDatesRoundTrip(t *testing.T) {
	var s dateStats
	for d := dataset.DayOf(1901, 1, 1); d < dataset.DayOf(2099, 12, 31); d++ {
		iso := d.String()
		if iso == "1970-01-01" {
			continue
		}
		for _, text := range []string{iso, iso[8:] + "/" + iso[5:7] + "/" + iso[:4], iso[:4] + iso[5:7] + iso[8:]} {
			if got, ok := day(s.parse([]byte(text)), orderDayFirst, false); !ok || got != d {
				t.Fatalf("%s: %s", text, got)
			}
		}
	}
}

func FuzzDates(f *testing.F) {
	for _, seed := range []string{"2021-09-03", "3/9/21", "44442.5", "2012-Jan-21 00:00:00", "////", "1-Sept-2020"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s dateStats
		w := s.parse(b)
		if w < 0 || w>>21 != 0 {
			t.Fatalf("%q: %b reaches the bits of the column", b, w)
		}
		if d, ok := day(w, orderDayFirst, true); ok && d != dataset.NoDay && (d < dataset.DayOf(1900, 1, 1) || d >= dataset.DayOf(2100, 1, 1)) {
			t.Fatalf("%q: %s", b, d)
		}
	})
}

func TestUPN(t *testing.T) {
	for text, want := range map[string][2]bool{
		"B801200005001": {true, true}, "A801200005001": {true, false}, "B80120000500": {false, false}, "B80120000500A": {true, false}, "5ff4489b-998": {false, false},
	} {
		if form, letter := checkUPN([]byte(text)); form != want[0] || letter != want[1] {
			t.Errorf("%s: %v %v", text, form, letter)
		}
	}
}

func TestReferralSources(t *testing.T) {
	for text, want := range map[string][2]bool{ // school, ambiguous
		"2A": {true, false}, "2a": {true, false}, "2B": {false, false}, "e) 2A: Schools": {true, false}, "2A Schools": {true, false}, "EDU - School - Secondary": {true, false},
		"Schools / Primary": {true, false}, "Education": {false, true}, "3C School nurse": {false, false}, "Nursing-School Nurse": {false, false}, "6": {false, false}, "Police": {false, false},
		"2B: Education services": {false, false}, "5a": {false, false},
	} {
		if school, ambiguous := sourceIsSchool([]byte(text)); school != want[0] || ambiguous != want[1] {
			t.Errorf("%q: school %v, ambiguous %v", text, school, ambiguous)
		}
	}
}

// The usual forms read eight signs at once are what the general reader makes
// of them.
func TestUsualDates(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	forms := []string{"03/09/2021", "31-12-1999", "29.02.2024", "2021-09-03", "2021/09/03", "01/01/1970", "01/01/1900", "13/13/2020", "00/01/2020", "31/12/9999", "2021-02-30"}
	for range 200_000 {
		b := []byte(forms[r.IntN(len(forms))])
		for range r.IntN(3) {
			b[r.IntN(10)] = []byte("0123456789/-. \x8a\xb9\xffa:")[r.IntN(19)]
		}
		var fast, slow dateStats
		if got, want := fast.read(b), slow.readAny(b); got != want || fast != slow {
			t.Fatalf("%q: %x %v, want %x %v", b, got, fast, want, slow)
		}
	}
}
