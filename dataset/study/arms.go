package study

import (
	"crypto/sha256"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/atomicfile"
	"swis/dataset/panel"
)

// arms are the arms of the trial's schools, blinded.
type arms struct {
	of    []int8 // by school, -1 for none
	count int
}

// TakeArms takes the arms that schools were brought into after the study was
// made, from the allocation in its folder: the quality report gets the rates
// of linkage by arm and is written again, and the study is refused where an
// arm is above the threshold (P02). The study is built with ArmsLater.
func (s *Study) TakeArms(folder string) error {
	if s.Panel.Report.Places == nil {
		return errors.New("a study that was built without arms takes none later")
	}
	var err error
	if s.arms, err = s.readArms(filepath.Join(folder, AllocationFile)); err != nil {
		return err
	}
	s.Options.Allocation = AllocationFile
	if err := s.report(); err != nil {
		return err
	}
	if err := s.threshold(); err != nil {
		return err
	}
	var set atomicfile.Set
	defer set.Abort()
	if err := s.writeOthers(&set, folder, s.aboutQuality()); err != nil {
		return err
	}
	return set.Commit()
}

// readArms reads the arms of an allocation and hides which is which: they are
// put in the order of a hash over arm and schools.
func (s *Study) readArms(path string) (*arms, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	allocation, err := readTexts(path)
	if err != nil {
		return nil, err
	}
	rows, err := allocation.rowOf("school_id")
	if err != nil {
		return nil, err
	}
	column, ok := allocation.index["arm"]
	if !ok {
		return nil, dataset.Problemf(path, 1, "arm", "missing; want columns school_id, la, stratum, arm, start")
	}
	names := slices.Clone(allocation.columns[column])
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(arm string) bool { return arm == "" })
	schools := slices.Sorted(func(yield func(string) bool) {
		for id := range rows {
			if !yield(id) {
				return
			}
		}
	})
	place := func(arm string) string {
		sum := sha256.Sum256([]byte("swis-blind/1\n" + arm + "\n" + strings.Join(schools, "\n")))
		return string(sum[:])
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(place(a), place(b)) })
	if len(names) > 26 {
		return nil, dataset.Problemf(path, 0, "arm", "%d arms; want at most 26", len(names))
	}
	of := make([]int8, len(s.Register.Schools))
	for i := range of {
		of[i] = -1
		if row, ok := rows[s.Register.Schools[i].ID]; ok {
			of[i] = int8(slices.Index(names, allocation.columns[column][row]))
		}
	}
	return &arms{of, len(names)}, nil
}

// sums adds places up by arm; the last sum is of children who have no arm. What
// was linked to schools without one is in none.
func (a *arms) sums(places *panel.Places) []panel.Ends {
	if places == nil {
		return nil
	}
	out := make([]panel.Ends, a.count+1)
	for school, arm := range a.of {
		ends := places.Of(school)
		if arm >= 0 {
			out[arm].Add(ends)
		} else {
			out[a.count].Add(panel.Ends{Unlinked: ends.Unlinked, KeptOut: ends.KeptOut})
		}
	}
	out[a.count].Add(places.Nowhere)
	return out
}

// makers are the largest schools of what was linked in an arm.
func (a *arms) makers(arm int, places *panel.Places) *panel.Makers {
	m := &panel.Makers{}
	for school, of := range a.of {
		if int(of) == arm {
			m.BySchool.Add(float64(places.Of(school).Linked))
		}
	}
	return m
}

// tell says that the arms differ so much in their schools that numbers of
// events would tell which is which.
func (a *arms) tell() bool {
	schools := make([]int, a.count)
	for _, arm := range a.of {
		if arm >= 0 {
			schools[arm]++
		}
	}
	return a.count > 0 && 10*slices.Max(schools) > 11*slices.Min(schools)
}

// blind hides the numbers of events and days by arm where they tell which arm
// is which; the shares say what is to be known.
func (q *Quality) blind(s *Study) {
	if s.arms == nil || !s.arms.tell() {
		return
	}
	for i := range q.Rates {
		if r := &q.Rates[i]; r.Arm {
			r.Events, r.Linked = Number{Mark: "blind"}, Number{Mark: "blind"}
			if r.Share != nil {
				*r.Share = math.Round(*r.Share*1000) / 1000
			}
		}
	}
}

const noArm = "none known"

// level is what a report calls an arm, or having none.
func (a *arms) level(arm int) string {
	if arm == a.count {
		return noArm
	}
	return blindArm(arm)
}

// blindArm is what a report calls an arm.
func blindArm(arm int) string { return string(rune('A' + arm)) }
