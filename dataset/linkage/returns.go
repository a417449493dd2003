package linkage

import "swis/dataset"

// Returns gives the suspensions and exclusions of a school census their pupil:
// their rows refer to the pupil's row of the roll in the same return. The same
// exclusion in two returns then is one.
func Returns(people *People, extracts []*dataset.Extract) {
	pupils := map[dataset.ChildKey]dataset.PupilKey{}
	for _, x := range extracts {
		for i := range x.Attendance {
			if a := &x.Attendance[i]; !a.Reasons && a.Row != 0 && a.Pupil != 0 {
				pupils[a.Row] = a.Pupil
			}
		}
	}
	for _, x := range extracts {
		if x.Layout != "roll-exclusions" {
			continue
		}
		for _, chunk := range x.Events {
			for i := range chunk {
				pupil, ok := pupils[chunk[i].Child]
				if !ok {
					continue
				}
				child := dataset.ChildKey(pupil)
				chunk[i].Child = child
				if _, known := people.Children[child]; !known {
					people.Children[child] = Child{Pupil: pupil, Birth: dataset.NoDay, Death: dataset.NoDay, LA: chunk[i].LA}
				}
			}
		}
	}
}
