package linkage

import (
	"maps"

	"swis/dataset"
	"swis/dataset/grouped"
)

// Returns gives the suspensions and exclusions of a school census their pupil:
// their rows refer to the pupil's row of the roll in the same return. The same
// exclusion in two returns then is one.
func Returns(people *People, extracts []*dataset.Extract, events *grouped.Events) error {
	pupils := map[dataset.ChildKey]dataset.PupilKey{}
	exclusions, any := make([]bool, len(extracts)+1), false
	for n, x := range extracts {
		if x.Layout == "roll-exclusions" {
			exclusions[n+1], any = true, true
		}
	}
	if !any {
		return nil
	}
	for _, x := range extracts {
		for i := range x.Attendance {
			if a := &x.Attendance[i]; !a.Reasons && a.Row != 0 && a.Pupil != 0 {
				pupils[a.Row] = a.Pupil
			}
		}
	}
	return events.Move(maps.Keys(pupils), func(e *dataset.Event) (dataset.ChildKey, bool) {
		if !exclusions[e.File] {
			return 0, false
		}
		pupil, ok := pupils[e.Child]
		return dataset.ChildKey(pupil), ok
	}, func(e *dataset.Event) {
		if _, known := people.Children[e.Child]; !known {
			people.Children[e.Child] = Child{Pupil: dataset.PupilKey(e.Child), Birth: dataset.NoDay, Death: dataset.NoDay, LA: e.LA}
		}
	})
}
