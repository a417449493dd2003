package synthetic

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
)

// A survey of pupils and one of staff, each at two waves, from an authority
// that delivers one row an event.

// questionnaire is the questions of a role and the scale they make.
type questionnaire struct {
	role, scale string
	items       []string
	least, most int
	reversed    int // place of the item that counts the other way round
	minimum     int
	sum         bool
	respondents int // a school
}

var questionnaires = []questionnaire{
	{"pupil", "wellbeing", []string{"q1", "q2", "q3", "q4"}, 1, 5, 2, 3, false, 12},
	{"staff", "confidence", []string{"s1", "s2", "s3"}, 0, 4, 0, 2, true, 5},
}

var waves = []string{"baseline", "follow-up"}

// SurveyTruthFile holds the true scores by school, role and wave.
const SurveyTruthFile = "planted-survey.csv"

// answers are one person's answers, -1 where there is none that counts.
type answers struct {
	school, wave, respondent int
	items                    []int
	odd                      map[int]string // what stands for an answer that does not count
	again                    bool           // the person's second questionnaire of the wave
}

// survey draws the answers to the questionnaires.
func (k *records) survey(seed uint64) {
	if k.authority.Delivery != EventRows {
		return
	}
	r := stream(seed, "survey/"+k.authority.Code, 0)
	for i := range questionnaires {
		k.surveyed = append(k.surveyed, k.asked(&questionnaires[i], r))
	}
}

func (k *records) asked(q *questionnaire, r *rand.Rand) (all []answers) {
	for school := range k.schools {
		for wave := range waves {
			for who := range q.respondents {
				if r.IntN(10) == 0 && wave > 0 {
					continue // lost to follow-up
				}
				a := answers{school: school, wave: wave, respondent: who, items: make([]int, len(q.items))}
				for i := range a.items {
					a.items[i] = q.least + r.IntN(q.most-q.least+1)
				}
				all = append(all, a)
			}
		}
	}
	return all
}

// score is the score of answers; not ok where too few are given.
func (q *questionnaire) score(items []int) (float64, bool) {
	sum, n := 0, 0
	for i, x := range items {
		if x < 0 {
			continue
		}
		if i == q.reversed {
			x = q.least + q.most - x
		}
		sum, n = sum+x, n+1
	}
	if n < q.minimum {
		return 0, false
	}
	score := float64(sum) / float64(n)
	if q.sum {
		score *= float64(len(items))
	}
	return score, true
}

// writeSurveys writes the answers and, for each questionnaire, the mapping file
// with its scale.
func (k *records) writeSurveys(o *output) error {
	if k.authority.Delivery != EventRows {
		return nil
	}
	for i := range questionnaires {
		q := &questionnaires[i]
		err := o.file(fmt.Sprintf("extracts/%s-surveys/%s.csv", k.authority.Folder, q.role), func(w io.Writer) error {
			s := newSheet(w, "school_id,wave,respondent,role,"+strings.Join(q.items, ","), isoDate, false)
			for _, a := range k.surveyed[i] {
				s.texts(k.schools[a.school].ID(), waves[a.wave], fmt.Sprintf("%s%d", q.role[:1], a.respondent), q.role)
				for j, x := range a.items {
					switch {
					case x < 0 && a.odd[j] != "":
						s.text(a.odd[j])
					case x < 0:
						s.text("")
					default:
						s.number(x)
					}
				}
				s.end()
			}
			return s.finish()
		})
		if err != nil {
			return err
		}
		score := "mean"
		if q.sum {
			score = "sum"
		}
		err = o.text(fmt.Sprintf("maps/%s-%s.yaml", k.authority.Folder, q.role), fmt.Sprintf("# What the %s of %s were asked.\nla: \"%s\"\nscales:\n  %s: {items: [%s], range: [%d, %d], reverse: [%s], score: %s, minimum: %d}\n",
			q.role, k.authority.Name, k.authority.Code, q.scale, strings.Join(q.items, ", "), q.least, q.most, q.items[q.reversed], score, q.minimum))
		if err != nil {
			return err
		}
	}
	return nil
}

// surveyFaults plants answers outside of their scale, questionnaires with too
// few answers, and a second questionnaire of a person in a wave. The first of
// the file counts, so the second comes last.
func (p *planter) surveyFaults() {
	for i := range questionnaires {
		q, all := &questionnaires[i], p.surveyed[i]
		n := p.times(3)
		for j := range n {
			a := &all[7*j+3]
			a.items[1], a.odd = -1, map[int]string{1: []string{"9", "often", "-1"}[j%3]}
		}
		p.note("survey of "+q.role, "U01", n, true, "answer outside of its scale")
		for j := range n {
			a := &all[7*j+5]
			for item := range len(q.items) - q.minimum + 1 {
				a.items[item] = -1
			}
		}
		p.note("survey of "+q.role, "U02", n, true, "too few items answered for a score")
		for j := range n {
			again := all[7*j+1]
			again.items, again.again = append([]int(nil), again.items...), true
			again.items[0] = q.least
			p.surveyed[i] = append(p.surveyed[i], again)
		}
		p.note("survey of "+q.role, "U03", n, false, "second questionnaire of a person in a wave")
	}
}

// writeScores adds the scores by school, wave and role.
func (k *records) writeScores(s *sheet) {
	for i := range k.surveyed {
		q := &questionnaires[i]
		type group struct{ school, wave int }
		scores, people := map[group][]float64{}, map[group]int{}
		for _, a := range k.surveyed[i] {
			if a.again {
				continue
			}
			g := group{a.school, a.wave}
			people[g]++
			if x, ok := q.score(a.items); ok {
				scores[g] = append(scores[g], x)
			}
		}
		for school := range k.schools {
			for wave := range waves {
				g := group{school, wave}
				if people[g] == 0 {
					continue
				}
				mean, deviation := moments(scores[g])
				s.texts(k.schools[school].ID(), k.authority.Code, waves[wave], q.role)
				s.number(people[g])
				s.text(q.scale)
				s.decimal(mean)
				s.decimal(deviation)
				s.number(len(scores[g]))
				s.end()
			}
		}
	}
}

// moments are the mean and the standard deviation, NaN where there is none.
func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean)
	}
	if len(x) == 0 {
		mean = math.NaN()
	}
	if len(x) < 2 {
		return mean, math.NaN()
	}
	return mean, math.Sqrt(deviation / float64(len(x)-1))
}
