package warehouse_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"swis/dataset"
	"swis/dataset/study"
	"swis/dataset/warehouse"
)

// returns writes the returns on children in care of three authorities, all
// years together: episodes that follow one another, that touch, overlap or
// leave gaps; copies in later returns, with and without an end; short breaks;
// open episodes that a later one or no later return follows; a year of which
// there is no return; and rows without a child, a start or an authority, that
// end before they begin or begin after their return.
func returns(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 14))
	rows := [][]string{{"CHILD", "DECOM", "RNE", "LS", "DEC", "REC", "LA", "YEAR"}}
	yearOf := func(d dataset.Day) int {
		y, m, _ := d.Date()
		if m >= 4 {
			y++
		}
		return y
	}
	for la := 801; la <= 803; la++ {
		for n := range 220 {
			day := dataset.DayOf(2019, 6, 1) + dataset.Day(r.IntN(900))
			for day < dataset.DayOf(2023, 6, 1) && r.IntN(8) > 0 {
				end := day + dataset.Day(r.IntN(1+r.IntN(500)))
				reason := []string{"S", "L", "P", "T", "B", "U", "s", "", "X"}[r.IntN(9)]
				legal := []string{"C1", "C2", "E1", "V2", "J1", "v3", "V3", "V4", "", "ZZ"}[r.IntN(10)]
				open := r.IntN(9) == 0
				for year := yearOf(day); year <= 2023; year++ {
					if la == 802 && (year == 2022 || !open && yearOf(end) == 2022 && r.IntN(9) > 0) {
						continue // no return, and hardly a child who left care in its year
					}
					dec := ""
					if !open && yearOf(end) <= year {
						dec = end.String()
					}
					row := []string{fmt.Sprintf("C%03d", n), day.String(), reason, legal, dec, "", fmt.Sprint(la), fmt.Sprint(year)}
					switch r.IntN(90) {
					case 0:
						row[0] = []string{"", "N/A"}[r.IntN(2)]
					case 1:
						row[1] = []string{"", "1985-01-01"}[r.IntN(2)]
					case 2:
						row[4] = (day - 10).String()
					case 3:
						row[7] = fmt.Sprint(year - 1) // begins after its return
					case 4:
						row[3] = []string{"C2", "V2", "V4"}[r.IntN(3)]
					case 5:
						row[6] = ""
					}
					rows = append(rows, row)
					if r.IntN(25) == 0 { // again, alike or not
						row = append([]string{}, row...)
						if r.IntN(2) == 0 && row[4] != "" {
							row[4] = (end + dataset.Day(r.IntN(9))).String()
						}
						rows = append(rows, row)
					}
					if dec != "" || open && r.IntN(3) == 0 {
						break
					}
				}
				if day = end; r.IntN(3) == 0 {
					day += dataset.Day(r.IntN(60) - 20)
				}
			}
		}
	}
	return table(rows)
}

// heads writes the headers of the returns: UPNs and birth dates.
func heads(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 15))
	rows := [][]string{{"CHILD", "DOB", "UPN", "ETHNIC", "LA"}}
	for la := 801; la <= 803; la++ {
		for n := range 220 {
			upn := upnOf(fmt.Sprint(la), n)
			if n%11 == 0 {
				upn = "UN3"
			}
			birth := (dataset.DayOf(2002, 1, 1) + dataset.Day(r.IntN(2500))).String()
			if n%13 == 0 {
				birth = []string{"2004-02-29", ""}[r.IntN(2)]
			}
			if r.IntN(12) > 0 {
				rows = append(rows, []string{fmt.Sprintf("C%03d", n), birth, upn, "WBRI", fmt.Sprint(la)})
			}
		}
	}
	return table(rows)
}

func careComparisons(t *testing.T, seed uint64) map[string]comparison {
	text, heads, onRoll, links := returns(seed), heads(seed), roll(seed), lookup(seed)
	schools, headFile, rollFile, linkFile := file(t, "schools.csv", trialSchools), file(t, "header.csv", heads), file(t, "roll.csv", onRoll), file(t, "links.csv", links)
	from, to := dataset.DayOf(2021, 9, 9), dataset.DayOf(2023, 3, 20)
	tables := []rows{{"s903_episodes", `"CHILD" text, "DECOM" date, "RNE" text, "LS" text, "DEC" date, "REC" text, "LA" text, "YEAR" integer`, text},
		{"heads", `"CHILD" text, "DOB" date, "UPN" text, "ETHNIC" text, "LA" text`, heads},
		{"roll", "upn text, school_urn text, entrydate date, leavingdate date, enrolstatus text, formerupn text", onRoll},
		{"links", "la text, child_id text, upn text, school_urn text, start date, \"end\" date", links}}
	out := map[string]comparison{}
	for name, set := range map[string]func(*study.Options, *warehouse.Options){
		"month, lookup": func(s *study.Options, w *warehouse.Options) {
			s.Links, w.Link = []string{linkFile}, "links"
		},
		"term, roll, short breaks, until 18": func(s *study.Options, w *warehouse.Options) {
			s.Rolls, w.Roll, w.Children = []string{rollFile}, "roll", "heads"
			s.Period, w.Period = dataset.Term, dataset.Term
			s.IncludeRespite, w.Respite, s.Until18, w.Until18 = true, true, true, true
		},
		"month, both, each day": func(s *study.Options, w *warehouse.Options) {
			s.Rolls, w.Roll, s.Links, w.Link, w.Children = []string{rollFile}, "roll", []string{linkFile}, "links", "heads"
			s.Attribution, w.EachDay = study.AtEvent, true
			changed(t, s, w)
		},
		"year, both, by baseline": func(s *study.Options, w *warehouse.Options) {
			s.Rolls, w.Roll, s.Links, w.Link, w.Children = []string{rollFile}, "roll", []string{linkFile}, "links", "heads"
			s.Attribution, w.AtBaseline, s.Baseline, w.Baseline = study.AtBaseline, true, from+100, from+100
			s.Period, w.Period = dataset.Year, dataset.Year
		},
	} {
		if testing.Short() && !strings.HasPrefix(name, "term") {
			continue
		}
		o := study.Default()
		w := warehouse.Options{Layout: "s903-episodes", Schools: schools, From: from, To: to, Baseline: dataset.NoDay, Columns: map[string]string{}}
		for _, c := range []string{"CHILD", "DECOM", "RNE", "LS", "DEC", "LA", "YEAR"} {
			w.Columns[c] = `"` + c + `"`
		}
		o.Period, o.Threshold, o.Schools, o.From, o.To = dataset.Month, 1, schools, from, to
		set(&o, &w)
		if w.Roll != "" {
			w.Columns["roll.enrolstatus"], w.Columns["roll.formerupn"] = "enrolstatus", "formerupn"
		}
		if w.Link != "" {
			w.Columns["link.upn"] = "upn"
		}
		c := comparison{tables: tables, options: o, query: w, text: text, care: true, rules: []string{"F07", "D01", "D07", "D06", "C01", "C02", "C03", "C07", "C09", "E01", "L01"},
			planted: []string{"F07", "D01", "D07", "D06", "C01", "C02", "C03", "C07", "C09", "E01", "L01"}}
		if w.Children != "" {
			for _, c := range []string{"CHILD", "LA", "UPN", "DOB"} {
				w.Columns["children."+c] = `"` + c + `"`
			}
			c.beside = []string{headFile}
		}
		out[name] = c
	}
	return out
}
