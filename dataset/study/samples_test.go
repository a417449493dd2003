package study

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"swis/dataset"
)

// samples is where the published sample files lie on the machines that have them.
func samples(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"../../../shared/samples", "../../../../shared/samples"} {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	t.Skip("published sample files are not on this machine")
	return ""
}

func checkFiles(t *testing.T, from, to string, respite bool, paths ...string) *Study {
	t.Helper()
	o := Default()
	o.Period, o.IncludeRespite, o.KeepEvents = dataset.Month, respite, true
	for _, path := range paths {
		o.Sources = append(o.Sources, Source{Path: path, LA: "801"})
	}
	o.From, _ = dataset.ParseDay(from)
	o.To, _ = dataset.ParseDay(to)
	s, err := Check(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.refused != nil {
		t.Fatal(s.refused)
	}
	return s
}

func ruleCount(s *Study, rule string) int64 {
	for _, r := range s.Quality.Rules {
		if r.Rule == rule {
			return r.Count.Value
		}
	}
	return -1
}

// Days in care and faults of the published fake returns, as counted
// independently of this program.
func TestSampleReturns(t *testing.T) {
	dir := samples(t)
	for _, c := range []struct {
		file, from, to string
		respite        bool
		children       int64
		raw, merged    int64 // of the rows that are kept
		open, overlap  int64 // rules 142 and 501
		oneBlank       int64 // rule 148
		respiteRows    int64
	}{
		{"d2i-903-validator/episodes.csv", "2017-04-01", "2018-03-31", false, 1896, 535713, 533830, 10, 62, 1413, 803},
		{"d2i-903-validator/episodes.csv", "2017-04-01", "2018-03-31", true, 2011, 585521, 583366, 10, 62, 1413, 0},
		{"cs-demand-model/2017-episodes.csv", "2017-04-01", "2018-03-31", false, 605, 146477, 145517, 6, 17, 434, 229},
		{"cs-demand-model/2017-episodes.csv", "2017-04-01", "2018-03-31", true, 642, 159444, 158407, 6, 17, 434, 0},
		{"cs-demand-model/2021-episodes.csv", "2021-04-01", "2022-03-31", false, 108, 27760, 27476, 0, 3, 62, 36},
		{"cs-demand-model/2021-episodes.csv", "2021-04-01", "2022-03-31", true, 115, 30060, 29776, 0, 3, 62, 0},
	} {
		s := checkFiles(t, c.from, c.to, c.respite, filepath.Join(dir, c.file))
		care := s.Panel.Report.Care
		if care.Merged != c.merged || care.Raw-care.Respite != c.raw || care.Children != c.children {
			t.Errorf("%s, short breaks %v: %d children, %d raw, %d merged days; want %d, %d, %d", c.file, c.respite, care.Children, care.Raw-care.Respite, care.Merged, c.children, c.raw, c.merged)
		}
		for rule, want := range map[string]int64{"C03": c.open, "C05": c.overlap, "C04": c.oneBlank, "C01": 0, "C02": 0, "E01": 0} {
			if got := ruleCount(s, rule); got != want {
				t.Errorf("%s: rule %s %d times, want %d", c.file, rule, got, want)
			}
		}
		if got := ruleCount(s, "C07"); !c.respite && got != c.respiteRows {
			t.Errorf("%s: %d short breaks, want %d", c.file, got, c.respiteRows)
		}
	}
}

// The XML and the flattened form of the same children are the same events.
func TestSampleXMLIsCSV(t *testing.T) {
	dir := samples(t)
	events := func(paths ...string) (out []dataset.Event, children int) {
		s := checkFiles(t, "2010-01-01", "2022-12-31", false, paths...)
		for _, e := range s.Panel.Events {
			out = append(out, dataset.Event{Type: e.Type, Day: e.Day, Flags: e.Flags &^ dataset.Secondary})
		}
		slices.SortFunc(out, func(a, b dataset.Event) int {
			return (int(a.Type)-int(b.Type))<<24 + (int(a.Day)-int(b.Day))<<8 + int(a.Flags) - int(b.Flags)
		})
		return out, len(s.People.Children)
	}
	flat, children := events(filepath.Join(dir, "d2i-fake-cin-csv"))
	tree, same := events(filepath.Join(dir, "d2i-cin-validator/fake_CIN_data.xml"))
	if children != 332 || same != 332 {
		t.Errorf("%d and %d children, want 332", children, same)
	}
	referrals := 0
	for _, e := range flat {
		if e.Type == dataset.Referral {
			referrals++
		}
	}
	if referrals != 402 || !slices.Equal(flat, tree) {
		t.Errorf("%d referrals, want 402; %d and %d events", referrals, len(flat), len(tree))
	}
}

// One delivery with dates in two styles.
func TestSampleMixedDates(t *testing.T) {
	dir := samples(t)
	s := checkFiles(t, "2010-01-01", "2022-12-31", false, filepath.Join(dir, "d2i-notebooks-cin-csv"))
	whole := checkFiles(t, "2010-01-01", "2022-12-31", false, filepath.Join(dir, "d2i-fake-cin-csv"))
	days := func(s *Study, n int) map[dataset.Day]int {
		out := map[dataset.Day]int{}
		for _, e := range s.Panel.Events {
			if e.Type == dataset.Referral && int(e.Line) <= n+1 {
				out[e.Day]++
			}
		}
		return out
	}
	got, want := days(s, 101), days(whole, 101)
	for d, n := range want {
		if got[d] != n {
			t.Fatalf("%s: %d referrals, want %d", d, got[d], n)
		}
	}
	if ruleCount(s, "D01")+ruleCount(s, "D09")+ruleCount(s, "D02") != 0 {
		t.Error("dates are in doubt")
	}
}

// Pooled and yearly deliveries of the same returns give the same days.
func TestSampleReturnsTogether(t *testing.T) {
	dir := samples(t)
	s := checkFiles(t, "2017-04-01", "2018-03-31", false, filepath.Join(dir, "cs-demand-model/2017-episodes.csv"), filepath.Join(dir, "cs-demand-model/2021-episodes.csv"))
	if rows := s.Panel.Report.Care.Rows; rows == 0 || s.balance() != nil {
		t.Errorf("%d rows", rows)
	}
}

// A published links file of the register in its own encoding.
func TestSampleLinks(t *testing.T) {
	s := checkFiles(t, "2020-09-01", "2021-08-31", false, filepath.Join(samples(t), "gias/links_edubasealldata20240717.csv"))
	if x := s.Extracts[0]; len(x.Links) != 32825 || x.Encoding != "Windows-1252" || x.LineEnds != "CRLF" {
		t.Fatalf("%d links, %s, %s", len(x.Links), x.Encoding, x.LineEnds)
	}
}

// sampleLayouts are the layouts of the published sample files; files that are no
// extract are refused, because no layout fits them (F05).
var sampleLayouts = map[string]string{
	"cs-demand-model/*-episodes.csv": "s903-episodes", "cs-demand-model/*-header.csv": "s903-header", "cs-demand-model/*-missing.csv": "s903-missing", "cs-demand-model/*-oc2.csv": "s903-oc2",
	"cs-demand-model/*-oc3.csv": "s903-oc3", "cs-demand-model/*-previous_permanence.csv": "s903-prev-perm", "cs-demand-model/*-reviews.csv": "s903-reviews", "cs-demand-model/*-uasc.csv": "s903-uasc",
	"d2i-903-validator/903_*_rule_info.csv": "", "d2i-903-validator/*.xlsx": "", "d2i-903-validator/DoLo.csv": "s903-dolo", "d2i-903-validator/ad1.csv": "s903-ad1",
	"d2i-903-validator/episodes.csv": "s903-episodes", "d2i-903-validator/fake_903.xml": "s903-xml", "d2i-903-validator/header.csv": "s903-header", "d2i-903-validator/missing.csv": "s903-missing",
	"d2i-903-validator/oc2.csv": "s903-oc2", "d2i-903-validator/oc3.csv": "s903-oc3", "d2i-903-validator/placed_for_adoption*.csv": "s903-placed-adoption",
	"d2i-903-validator/previous_permanence.csv": "s903-prev-perm", "d2i-903-validator/reviews.csv": "s903-reviews", "d2i-903-validator/sw_episodes.csv": "s903-sw-episodes", "d2i-903-validator/uasc.csv": "s903-uasc",
	"d2i-cin-validator/*.xml": "cin-xml", "d2i-fake-cin-csv/FakeCINdetails.csv": "cin-csv-details", "d2i-fake-cin-csv/FakeCINplanDates.csv": "cin-csv-plans",
	"d2i-fake-cin-csv/FakeChildCharacteristics.csv": "cin-csv-characteristics", "d2i-fake-cin-csv/FakeChildIdentifiers.csv": "cin-csv-identifiers", "d2i-fake-cin-csv/FakeChildProtectionPlans.csv": "cin-csv-cpp",
	"d2i-fake-cin-csv/FakeHeader.csv": "cin-csv-header", "d2i-fake-cin-csv/FakeReviews.csv": "cin-csv-reviews", "d2i-fake-cin-csv/FakeSection47.csv": "cin-csv-s47",
	"d2i-notebooks-903-multi-la/header.csv": "s903-header", "d2i-notebooks-cin-csv/CINdetails.csv": "cin-csv-details", "d2i-notebooks-cin-csv/ChildCharacteristics.csv": "cin-csv-characteristics",
	"d2i-notebooks-cin-csv/ChildIdentifiers.csv": "cin-csv-identifiers", "dfe-open-data-cin-2024/*.csv": "ees", "dfe-open-data-csc-2025/[bcdo]*.csv": "ees", "dfe-open-data-csc-2025/sn_model_2025_wide.csv": "",
	"dfe-reference/*.csv": "", "encodings/dfe_claim_example_*.csv": "gias", "encodings/dfe_claim_iso_encoded_file.csv": "", "encodings/extra-*.csv": "", "encodings/mavis_*.csv": "",
	"gias/edubasealldata20250422-establishment-types.csv": "gias-other", "gias/get_help_with_tech_school_data.csv": "gias", "gias/gias_schools_experience_sample.csv": "gias", "gias/links_*.csv": "gias-links",
	"gias/local_authority_data.csv": "gias-other", "gias/mavis_edubasealldata-test.csv": "gias", "gias/mavis_links_edubasealldata-test.csv": "gias-links", "gias/schools_experience_example_schools.csv": "gias",
	"liia-school-census/*_pupilnolongeronroll.csv": "roll-left", "liia-school-census/*_pupilonroll.csv": "roll-onroll", "liia-school-census/*exclusions*.csv": "roll-exclusions", "liia-school-census/*session*.csv": "roll-sessions",
	"liia-tools/Annex_A.xlsx": "annexa-1 annexa-3 annexa-4 annexa-5 annexa-6 annexa-7 annexa-8", "liia-tools-pipeline/Annex_A_2024_Jan.xlsx": "annexa-1 annexa-3 annexa-4 annexa-5 annexa-6 annexa-7 annexa-8",
	"liia-tools*/*.xml": "cin-xml", "liia-tools*/*episodes.csv": "s903-episodes", "liia-tools-pipeline/SSDA903_2020_header.csv": "s903-header",
}

// Every published sample file is taken for what it is, by its content alone.
func TestSampleFilesAreDetected(t *testing.T) {
	dir := samples(t)
	tried := map[string]bool{}
	for pattern, want := range sampleLayouts {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(paths) == 0 {
			t.Errorf("%s: no file (%v)", pattern, err)
		}
		for _, path := range paths {
			tried[path] = true
			o := Default()
			o.Period, o.Sources = dataset.Month, []Source{{Path: path, LA: "801"}}
			s, err := Check(context.Background(), o, nil)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			var got []string
			for _, x := range s.Extracts {
				got = append(got, x.Layout)
			}
			if strings.Join(got, " ") != want || (want == "") != (len(s.refused) > 0) {
				t.Errorf("%s: taken for %v, want %q", path, got, want)
			}
			if want == "" && s.refused != nil && s.refused[0].Rule != "F05" {
				t.Errorf("%s: %v", path, s.refused)
			}
		}
	}
	all, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if ext := filepath.Ext(path); !tried[path] && ext != ".json" && ext != ".md" {
			t.Errorf("%s was not tried", path)
		}
	}
}
