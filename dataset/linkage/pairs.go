package linkage

import (
	"slices"

	"swis/dataset"
)

// Disagree says whether a URN and a LAESTAB that a row gives for one school mean
// two: both are known and lead to different schools. a and b are what Resolve
// made of them.
func (r *Register) Disagree(urn, laestab string, a, b int32) bool {
	if a >= 0 && b >= 0 {
		return a != b
	}
	known := func(number string, at int32) bool { return at >= 0 || r.known[number] }
	return known(urn, a) && known(laestab, b) && (a >= 0) != (b >= 0)
}

var ruleL06 = dataset.RuleNamed("L06")

// subsidiary is the rank of a registration beside a main one.
const subsidiary = 2

// Overlaps finds enrolments that begin while the pupil is still enrolled at
// another school, where neither is a subsidiary registration (L06). Only spans
// with a leaving date count: a census of pupils on roll gives none.
func Overlaps(schools []int32, extracts []*dataset.Extract) []dataset.Issue {
	type stay struct {
		pupil      dataset.PupilKey
		start, end dataset.Day
		school     uint32
		at         *dataset.Enrolment
	}
	var stays []stay
	for _, x := range extracts {
		for i := range x.Enrolments {
			e := &x.Enrolments[i]
			if e.Lookup || e.End == dataset.NoDay || e.Start == dataset.NoDay || e.Rank >= subsidiary || schools[e.School] == Unknown {
				continue
			}
			stays = append(stays, stay{e.Pupil, e.Start, e.End, e.School, e})
		}
	}
	slices.SortFunc(stays, func(a, b stay) int {
		switch {
		case a.pupil != b.pupil:
			if a.pupil < b.pupil {
				return -1
			}
			return 1
		case a.start != b.start:
			return int(a.start) - int(b.start)
		case a.at.File != b.at.File:
			return int(a.at.File) - int(b.at.File)
		}
		return int(a.at.Line) - int(b.at.Line)
	})
	var issues []dataset.Issue
	for i := 0; i < len(stays); {
		longest := stays[i]
		j := i + 1
		for ; j < len(stays) && stays[j].pupil == stays[i].pupil; j++ {
			s := stays[j]
			if s.start < longest.end && s.school != longest.school {
				issues = append(issues, dataset.Issue{Rule: ruleL06, File: s.at.File, LA: s.at.LA, Line: s.at.Line})
			}
			if s.end > longest.end {
				longest = s
			}
		}
		i = j
	}
	return issues
}
