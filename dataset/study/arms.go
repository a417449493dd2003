package study

import (
	"crypto/sha256"
	"os"
	"slices"
	"strings"

	"swis/dataset"
)

// arms reads the arms of the allocation, where there is one, and hides which
// is which: they are put in the order of a hash over arm and schools.
func (s *Study) arms() (of []int8, count int, err error) {
	path := s.Options.Allocation
	if path == "" {
		return nil, 0, nil
	}
	if _, err := os.Stat(path); err != nil {
		return nil, 0, err
	}
	allocation, err := readTexts(path)
	if err != nil {
		return nil, 0, err
	}
	rows, err := allocation.rowOf("school_id")
	if err != nil {
		return nil, 0, err
	}
	column, ok := allocation.index["arm"]
	if !ok {
		return nil, 0, dataset.Problemf(path, 1, "arm", "missing; want columns school_id, la, stratum, arm, start")
	}
	arms := slices.Clone(allocation.columns[column])
	slices.Sort(arms)
	arms = slices.DeleteFunc(slices.Compact(arms), func(arm string) bool { return arm == "" })
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
	slices.SortFunc(arms, func(a, b string) int { return strings.Compare(place(a), place(b)) })
	if len(arms) > 26 {
		return nil, 0, dataset.Problemf(path, 0, "arm", "%d arms; want at most 26", len(arms))
	}
	of = make([]int8, len(s.Register.Schools))
	for i := range of {
		of[i] = -1
		if row, ok := rows[s.Register.Schools[i].ID]; ok {
			of[i] = int8(slices.Index(arms, allocation.columns[column][row]))
		}
	}
	return of, len(arms), nil
}

// blindArm is what a report calls an arm.
func blindArm(arm int) string { return string(rune('A' + arm)) }
