package warehouse_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/study"
	"swis/dataset/warehouse"
)

// register writes marks of pupils at schools of the trial and at others, by
// half-day, with copies alike and not; rows without a pupil, a school, a
// session or a day; unknown codes; schools whose register lacks a month; and
// half-terms at which no session was possible.
func register(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 7))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"upn", "school_urn", "date", "session", "mark"})
	codes := []string{"/", "\\", "/", "/", "L", "B", "I", "M", "C1", "O", "U", "G", "#", "Y2", "X", "D", "n", " i "}
	numbers := []string{"100001", "100002", "100011", "802/4011", "100022", "109999", "555555", "100001.0"}
	lacks := map[string]int{numbers[1]: 11, numbers[4]: 2} // a month each
	for day := dataset.DayOf(2021, 8, 25); day < dataset.DayOf(2022, 9, 6); day++ {
		_, month, _ := day.Date()
		if day%7 == 2 || day%7 == 3 || month == 8 && r.IntN(40) > 0 { // weekends, holidays
			continue
		}
		for pupil := range 14 {
			school := numbers[pupil%len(numbers)]
			if pupil > 10 && r.IntN(3) == 0 { // elsewhere on some days, and under another of its numbers
				school = numbers[r.IntN(len(numbers))]
			}
			if lacks[school] == month || r.IntN(3) == 0 {
				continue
			}
			for _, session := range []string{"AM", "PM"} {
				row := []string{fmt.Sprintf("A8010000000%02d", pupil), school, day.String(), session, codes[r.IntN(len(codes))]}
				switch r.IntN(150) {
				case 0:
					row[0] = []string{"", "NULL", "UN1", " N/A "}[r.IntN(4)]
				case 1:
					row[1] = []string{"", "-"}[r.IntN(2)]
				case 2:
					row[2] = []string{"", "1985-01-01", "1800-01-01", "2101-05-01"}[r.IntN(4)]
				case 3:
					row[3] = []string{"", "noon", "pm", "1", "Afternoon"}[r.IntN(5)]
				case 4:
					row[4] = []string{"", "?", "-", "ZZ"}[r.IntN(4)]
				case 5:
					row[0] = "\u00a0" + string(bytes.ToLower([]byte(row[0]))) + " "
				}
				w.Write(row)
				for r.IntN(20) == 0 {
					row[4] = codes[r.IntN(len(codes))]
					w.Write(row)
				}
			}
		}
	}
	w.Flush()
	return b.String()
}

func markComparisons(t *testing.T, seed uint64) map[string]comparison {
	text := register(seed)
	schools := file(t, "schools.csv", "school_id,la,urn,laestab,pupils\nA,801,100001,8014001,900\nB,801,100002,8014002,800\nC,802,100011,8024011,700\nD,803,100022,8034022,600\nE,803,109999,8034099,500\n")
	out := map[string]comparison{}
	for _, kind := range []dataset.PeriodKind{dataset.Month, dataset.Term, dataset.Year} {
		o := study.Default()
		o.Period, o.Threshold, o.Schools, o.From, o.To = kind, 1, schools, dataset.DayOf(2021, 9, 8), dataset.DayOf(2022, 8, 31)
		w := warehouse.Options{Layout: "attendance-marks", Schools: schools, Period: kind, From: o.From, To: o.To}
		if kind == dataset.Year {
			changed(t, &o, &w)
		}
		out[kind.String()] = comparison{tables: []rows{{"attendance_marks", "upn text, school_urn text, date date, session text, mark text", text}},
			options: o, query: w, text: text,
			rules: []string{"S03", "K01", "S01", "D01", "D07", "E10", "E01", "E02"}, parts: map[dataset.PeriodKind][]string{dataset.Term: {"date < DATE '2022-01-01' OR date IS NULL", "date >= DATE '2022-01-01' AND date < DATE '2022-04-01'", "date >= DATE '2022-04-01'"},
				dataset.Month: {"school_urn IN ('100001', '100001.0', '100002', '8014001')", "school_urn IS NULL OR school_urn NOT IN ('100001', '100001.0', '100002', '8014001')"}}[kind], planted: []string{"K01", "S01", "D01", "D07", "E10", "E01", "E02"}}
	}
	return out
}

// registrations writes sessions of pupils by term with the same kinds of faults.
func registrations(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 8))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"upn", "school_urn", "period", "sess_possible", "sess_overall", "sess_authorised", "sess_unauthorised"})
	numbers := []string{"100001", "100002", "100011", "802 4011", "100022", "109999", "555555", "100001.0"}
	for _, term := range []string{"2020-21 3 summer", "2021-22 1 autumn", "2021-22 2 spring", "2021-22 3 summer", "2022-23 1 autumn"} {
		for pupil := range 400 {
			n := func(k int) string { return fmt.Sprint(r.IntN(k)) }
			authorised, unauthorised := r.IntN(30), r.IntN(20)
			row := []string{fmt.Sprintf("A80100000%04d", pupil), numbers[r.IntN(len(numbers))], term, fmt.Sprint(100 + r.IntN(40)), fmt.Sprint(authorised + unauthorised), fmt.Sprint(authorised), fmt.Sprint(unauthorised)}
			if row[1] == "100022" && term == "2021-22 2 spring" {
				continue // not delivered
			}
			if pupil%9 == 0 { // often away
				row[4], row[5], row[6] = fmt.Sprint(20+pupil%80), fmt.Sprint(20+pupil%80), "0"
				if seed%2 == 0 { // divided at no school
					row[5], row[6] = "", ""
				}
			}
			if seed%2 == 1 && row[1] == "100002" {
				row[5], row[6] = "", "" // not divided there
			}
			switch r.IntN(60) {
			case 0:
				row[0] = []string{"", "UN2", "N/A"}[r.IntN(3)]
			case 1:
				row[1] = ""
			case 2:
				row[2] = []string{"2021-22", "2021-09", "", "2021-22 2 summer"}[r.IntN(4)]
			case 3:
				row[3] = []string{"", "0", "-4", "2000", "10.5"}[r.IntN(5)]
			case 4:
				row[4+r.IntN(3)] = []string{"", "-1", "1.5"}[r.IntN(3)]
			case 5:
				row[4], row[5], row[6] = "", n(30), n(20)
			case 6:
				row[4] = "500"
			}
			w.Write(row)
			for r.IntN(12) == 0 {
				row[3] = fmt.Sprint(90 + r.IntN(60))
				w.Write(row)
			}
		}
	}
	w.Flush()
	return b.String()
}

func registrationComparisons(t *testing.T, seed uint64) map[string]comparison {
	text := registrations(seed)
	schools := file(t, "schools.csv", "school_id,la,urn,laestab,pupils\nA,801,100001,8014001,900\nB,801,100002,8014002,800\nC,802,100011,8024011,700\nD,803,100022,8034022,600\nE,803,109999,8034099,500\n")
	out := map[string]comparison{}
	for name, kind := range map[string]dataset.PeriodKind{"term": dataset.Term, "year": dataset.Year, "term, absent": dataset.Term, "year, absent": dataset.Year, "parts of years, absent": dataset.Year} {
		if testing.Short() && !strings.HasSuffix(name, "absent") {
			continue
		}
		o := study.Default()
		o.Period, o.Threshold, o.Schools, o.From, o.To = kind, 1, schools, dataset.DayOf(2021, 9, 1), dataset.DayOf(2022, 8, 31)
		w := warehouse.Options{Layout: "attendance", Schools: schools, Period: kind, From: o.From, To: o.To, Columns: map[string]string{"sess_overall": "sess_overall"}}
		if name == "parts of years, absent" { // the window cuts terms, and one school lacks a term
			o.From, w.From = dataset.DayOf(2021, 12, 10), dataset.DayOf(2021, 12, 10)
			o.To, w.To = dataset.DayOf(2022, 10, 3), dataset.DayOf(2022, 10, 3)
		}
		switch name {
		case "term, absent":
			o.Outcomes, w.Outcomes = []string{"persistent_absence"}, []string{"persistent_absence"}
		case "year, absent", "parts of years, absent":
			o.Outcomes, w.Outcomes = []string{"all"}, []string{"all"}
		}
		if seed%2 == 0 {
			changed(t, &o, &w)
		}
		out[name] = comparison{tables: []rows{{"attendance", "upn text, school_urn text, period text, sess_possible double precision, sess_overall double precision, sess_authorised double precision, sess_unauthorised double precision", text}},
			options: o, query: w, text: text,
			rules: []string{"S03", "K01", "S01", "D01", "A02", "A05", "A06"}, planted: []string{"K01", "S01", "D01", "A02", "A05", "A06"}}
	}
	return out
}
