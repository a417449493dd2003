package synthetic

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"swis/dataset"
)

// sheetFile is a file of which the rows come one authority after the other; one
// without a name is not written.
type sheetFile struct{ name, header string }

// sheets opens files together for fill, in whose slice files without a name
// are nil.
func (o *output) sheets(files []sheetFile, fill func([]*sheet) error) error {
	if len(files) == 0 {
		return fill(nil)
	}
	rest := func(first *sheet) error {
		return o.sheets(files[1:], func(more []*sheet) error { return fill(append([]*sheet{first}, more...)) })
	}
	if files[0].name == "" {
		return rest(nil)
	}
	return o.file(files[0].name, func(w io.Writer) error {
		s := newSheet(w, files[0].header, isoDate, false)
		if err := rest(s); err != nil {
			return err
		}
		return s.finish()
	})
}

// truthFiles are the files of the truth that a story's deliveries call for:
// the panel, that of further outcomes, that by term, and the survey.
func (s *Story) truthFiles() []sheetFile {
	const key = "school_id,la,period,"
	further := strings.Join(Asked, ",")
	files := []sheetFile{{PlantedPanelFile, key + strings.Join(truthNames[:truthAlways], ",")}, {AskedPanelFile, key + further}, {}, {}}
	if slices.ContainsFunc(s.Authorities, func(a Authority) bool { return a.Attendance || a.census() }) {
		files[2] = sheetFile{TermPanelFile, key + "sessions_possible,sessions_missed,sessions_authorised,sessions_unauthorised,attendance,unauthorised_absence,authorised_absence,pupils_with_sessions,persistently_absent,severely_absent,persistent_absence,severe_absence"}
	}
	if slices.ContainsFunc(s.Authorities, func(a Authority) bool { return a.census() }) {
		files[3] = sheetFile{SurveyTruthFile, "school_id,la,wave,role,respondents,scale,mean,sd,n"}
	}
	return files
}

// writeTruth adds what the records of an authority come to.
func (k *records) writeTruth(sheets []*sheet, rows []PanelRow) {
	for i := range rows {
		r := &rows[i]
		r.write(sheets[0], 0, truthAlways)
		r.write(sheets[1], truthAlways, truths)
		for _, share := range truthShares {
			if part, whole := share.part, share.whole; r.Blank[part] || r.Blank[whole] || r.Value[whole] == 0 {
				sheets[1].text("")
			} else {
				sheets[1].decimal(float64(r.Value[part]) / float64(r.Value[whole]))
			}
		}
		sheets[0].end()
		sheets[1].end()
	}
	if sheets[2] != nil {
		k.writeTerms(sheets[2])
	}
	if sheets[3] != nil {
		k.writeScores(sheets[3])
	}
}

// write begins a line with the outcomes from one to the one before another.
func (r *PanelRow) write(s *sheet, from, to int) {
	s.texts(r.School, r.LA, dataset.Month.Label(dataset.Month.Of(r.Month)))
	for o := from; o < to; o++ {
		if r.Blank[o] {
			s.text("")
		} else {
			s.number(r.Value[o])
		}
	}
}

// decimal adds a number that is not whole, as panels write it; nothing for NaN.
func (s *sheet) decimal(x float64) {
	if x != x {
		s.text("")
		return
	}
	s.text(strconv.FormatFloat(x, 'g', 10, 64))
}
