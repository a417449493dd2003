package warehouse_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/study"
	"swis/dataset/warehouse"
)

// unplaced takes most schools from the rows of a delivery and gives most
// children a UPN.
func unplaced(t *testing.T, seed uint64) string {
	rows, err := csv.NewReader(strings.NewReader(delivery(seed))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 11))
	for i, row := range rows[1:] {
		if r.IntN(6) > 0 {
			row[1] = ""
		}
		upn := ""
		if n, err := strconv.Atoi(strings.Trim(row[0], "cC ")); err == nil && n%7 > 0 && r.IntN(5) > 0 {
			upn = upnOf(row[2], n)
		}
		if r.IntN(200) == 0 {
			upn = "UN3"
		}
		rows[i+1] = append(row, upn)
	}
	rows[0] = append(rows[0], "upn")
	standing(rows[1:])
	return table(rows)
}

func upnOf(la string, n int) string { return fmt.Sprintf("A%s00000%04d", la, n) }

func table(rows [][]string) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.WriteAll(rows)
	return b.String()
}

// roll writes stays of pupils at schools: one after the other, two at once as
// main and subsidiary registration or as neither, without an end and again with
// one, under a former UPN; and rows without a pupil or a school, or that end
// before they begin.
func roll(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 12))
	rows := [][]string{{"upn", "school_urn", "entrydate", "leavingdate", "enrolstatus", "formerupn"}}
	for _, la := range []string{"801", "802", "803"} {
		for n := range 300 {
			upn, former := upnOf(la, n), ""
			switch r.IntN(10) {
			case 0:
				continue // on no roll
			case 1:
				upn, former = fmt.Sprintf("B%s00000%04d", la, n), upn
			}
			day := dataset.DayOf(2021, 7, 1) + dataset.Day(r.IntN(200))
			for day < dataset.DayOf(2023, 6, 1) {
				end := day + dataset.Day(60+r.IntN(400))
				row := []string{upn, []string{"100001", "100002", "100011", "100022", "109999", "555555", "666666", "801/4321"}[r.IntN(8)], day.String(), end.String(), []string{"", "C", "M", "S", "F", "m"}[r.IntN(6)], former}
				switch r.IntN(40) {
				case 0:
					row[0] = []string{"", "UN1"}[r.IntN(2)]
				case 1:
					row[1] = ""
				case 2:
					row[3] = (day - 3).String()
				case 3, 4:
					row[3] = ""
				case 5:
					row[2] = ""
				}
				rows = append(rows, row)
				if r.IntN(10) == 0 { // the same entry, without its end
					again := append([]string{}, row...)
					again[3] = ""
					rows = append(rows, again)
				}
				if day = end; r.IntN(5) == 0 {
					day -= 40 // two registrations at once
				}
			}
		}
	}
	return table(rows)
}

// lookup writes stays of children whom the roll may lack, by id, UPN or both.
func lookup(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 13))
	rows := [][]string{{"la", "child_id", "upn", "school_urn", "start", "end"}}
	for _, la := range []string{"801", "802", "803"} {
		for range 250 {
			n := r.IntN(300)
			start := dataset.DayOf(2021, 6, 1) + dataset.Day(r.IntN(400))
			row := []string{la, fmt.Sprintf("C%03d", n), "", []string{"100001", "100011", "109999", "777777", ""}[r.IntN(5)], start.String(), (start + dataset.Day(30+r.IntN(600))).String()}
			switch r.IntN(5) {
			case 0:
				row[1], row[2] = "", upnOf(la, n)
			case 1:
				if n%7 > 0 {
					row[2] = upnOf(la, n)
				}
			case 2:
				row[5] = ""
			}
			rows = append(rows, row)
		}
	}
	return table(rows)
}

func linkedComparisons(t *testing.T, seed uint64) map[string]comparison {
	text, onRoll, links := unplaced(t, seed+3), roll(seed), lookup(seed)
	schools, rollFile, linkFile := file(t, "schools.csv", trialSchools), file(t, "roll.csv", onRoll), file(t, "links.csv", links)
	from, to := dataset.DayOf(2021, 9, 1), dataset.DayOf(2023, 3, 20)
	tables := []rows{{"events", "child_id text, school_urn text, la text, event text, date date, referral_source text, nfa text, upn text", text},
		{"roll", "upn text, school_urn text, entrydate date, leavingdate date, enrolstatus text, formerupn text", onRoll},
		{"links", "la text, child_id text, upn text, school_urn text, start date, \"end\" date", links}}
	out := map[string]comparison{}
	for name, set := range map[string]func(*study.Options, *warehouse.Options){
		"roll": func(s *study.Options, w *warehouse.Options) {
			s.Rolls, w.Roll = []string{rollFile}, "roll"
		},
		"lookup by baseline": func(s *study.Options, w *warehouse.Options) {
			s.Links, w.Link = []string{linkFile}, "links"
			s.Attribution, w.AtBaseline, s.Baseline, w.Baseline = study.AtBaseline, true, from+100, from+100
		},
		"both, enquiries within 30 days": func(s *study.Options, w *warehouse.Options) {
			s.Rolls, w.Roll, s.Links, w.Link = []string{rollFile}, "roll", []string{linkFile}, "links"
			s.S47Gap, w.S47Gap = 30, 30
			s.From, w.From = from+100, from+100
		},
		"both, changed schools": func(s *study.Options, w *warehouse.Options) {
			s.Rolls, w.Roll, s.Links, w.Link = []string{rollFile}, "roll", []string{linkFile}, "links"
			changed(t, s, w)
		},
		"both by baseline": func(s *study.Options, w *warehouse.Options) {
			s.Rolls, w.Roll, s.Links, w.Link = []string{rollFile}, "roll", []string{linkFile}, "links"
			s.Attribution, w.AtBaseline = study.AtBaseline, true
			s.Period, w.Period = dataset.Term, dataset.Term
		},
	} {
		if testing.Short() && !strings.HasPrefix(name, "both") {
			continue
		}
		o := study.Default()
		w := warehouse.Options{Schools: schools, From: from, To: to, Baseline: dataset.NoDay, Columns: map[string]string{"source": "referral_source", "nfa": "nfa", "upn": "upn"}}
		o.Period, o.Threshold, o.Schools, o.From, o.To = dataset.Month, 1, schools, from, to
		set(&o, &w)
		if w.Roll != "" {
			w.Columns["roll.enrolstatus"], w.Columns["roll.formerupn"] = "enrolstatus", "formerupn"
		}
		if w.Link != "" {
			w.Columns["link.upn"] = "upn"
		}
		var planted []string
		if w.Decisions != "" {
			planted = []string{"S03"}
		}
		out[name] = comparison{planted: planted, tables: tables, options: o, query: w, text: text, mapping: "columns:\n  referral_source: source\n",
			rules: []string{"F07", "K02", "K0E", "E1T", "D01", "D07", "E01", "E02", "E10", "E11", "E12", "L01", "L02", "L03", "L04", "S02", "S03", "S05", "X01", "X02"}}
	}
	return out
}
