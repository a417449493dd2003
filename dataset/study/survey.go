package study

import (
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"

	"swis/dataset"
)

// The files of a survey.
const (
	SurveyFile        = "survey.csv"         // one row a respondent and wave
	SurveySchoolsFile = "survey_schools.csv" // one row a school, role and wave
)

// answered is one questionnaire as it is written.
type answered struct {
	school     int32
	wave, role string
	respondent int // number, 0 where respondents are not told apart
	scores     []float64
}

var ruleU03 = dataset.RuleNamed("U03")

// survey collects the questionnaires of the trial's schools, a respondent once
// a wave, with the scores of all scales in order of name.
func (s *Study) survey() {
	for _, x := range s.Extracts {
		for _, scale := range x.Scales {
			if !slices.Contains(s.scales, scale.Name) {
				s.scales = append(s.scales, scale.Name)
			}
		}
	}
	slices.Sort(s.scales)
	type key struct {
		respondent dataset.ChildKey
		wave, role uint32
	}
	seen, numbers := map[key]bool{}, map[dataset.ChildKey]int{}
	for _, x := range s.Extracts {
		for i := range x.Responses {
			r := &x.Responses[i]
			school := s.schools.Schools[r.School]
			if school < 0 {
				continue
			}
			if r.Respondent != 0 {
				if k := (key{r.Respondent, r.Wave, r.Role}); seen[k] {
					s.issues.Add(dataset.Issue{Rule: ruleU03, File: r.File, LA: r.LA, Line: r.Line})
					continue
				} else {
					seen[k] = true
				}
				if numbers[r.Respondent] == 0 {
					numbers[r.Respondent] = len(numbers) + 1
				}
			}
			a := answered{school: school, wave: s.set.Labels.Text(r.Wave), role: s.set.Labels.Text(r.Role), respondent: numbers[r.Respondent], scores: make([]float64, len(s.scales))}
			for k, name := range s.scales {
				a.scores[k] = math.NaN()
				if at := slices.IndexFunc(x.Scales, func(scale dataset.Scale) bool { return scale.Name == name }); at >= 0 {
					a.scores[k] = r.Scores[at]
				}
			}
			s.answers = append(s.answers, a)
		}
	}
}

// writeSurvey writes one row a respondent and wave.
func (s *Study) writeSurvey(out io.Writer) error {
	w := csv.NewWriter(out)
	header := []string{"school_id", "la", "wave", "role", "respondent"}
	for _, name := range s.scales {
		header = append(header, text(name))
	}
	w.Write(header)
	for _, a := range s.answers {
		school, number := &s.Register.Schools[a.school], ""
		if a.respondent > 0 {
			number = strconv.Itoa(a.respondent)
		}
		row := []string{text(school.ID), text(school.LA), text(a.wave), text(a.role), number}
		for _, x := range a.scores {
			row = append(row, string(appendNumber(nil, x, 10)))
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

// writeSurveySchools writes for each school, role and wave the number of
// questionnaires and of each scale the mean, standard deviation and number of
// scores.
func (s *Study) writeSurveySchools(out io.Writer) error {
	w := csv.NewWriter(out)
	header := []string{"school_id", "la", "wave", "role", "respondents"}
	for _, name := range s.scales {
		header = append(header, text(name), text(name)+"_sd", text(name)+"_n")
	}
	w.Write(header)
	type group struct {
		school     int32
		wave, role string
	}
	scores := map[group][]*answered{}
	var order []group
	for i := range s.answers {
		a := &s.answers[i]
		g := group{a.school, a.wave, a.role}
		if scores[g] == nil {
			order = append(order, g)
		}
		scores[g] = append(scores[g], a)
	}
	slices.SortFunc(order, func(a, b group) int {
		switch {
		case a.school != b.school:
			return int(a.school) - int(b.school)
		case a.wave != b.wave:
			if a.wave < b.wave {
				return -1
			}
			return 1
		case a.role < b.role:
			return -1
		}
		return 1
	})
	for _, g := range order {
		school := &s.Register.Schools[g.school]
		row := []string{text(school.ID), text(school.LA), text(g.wave), text(g.role), strconv.Itoa(len(scores[g]))}
		for k := range s.scales {
			mean, squares, n := 0.0, 0.0, 0
			for _, a := range scores[g] { // Welford's recurrence
				x := a.scores[k]
				if x != x {
					continue
				}
				n++
				before := mean
				mean += (x - mean) / float64(n)
				squares += (x - before) * (x - mean)
			}
			deviation := math.Sqrt(squares / float64(n-1))
			if n < 2 {
				deviation = math.NaN()
			}
			if n == 0 {
				mean = math.NaN()
			}
			row = append(row, string(appendNumber(nil, mean, 10)), string(appendNumber(nil, deviation, 10)), strconv.Itoa(n))
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}
