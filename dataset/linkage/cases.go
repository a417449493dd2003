package linkage

import (
	"path/filepath"
	"strings"

	"swis/dataset"
)

// Cases resolves the counters by which the tables of a flattened census refer
// to their case: the activities of a child get the date of the case's referral
// and whether it ended in no further action. Counters are those of one
// extract, so tables of one folder belong together; where a folder holds two
// tables of cases, nothing is resolved.
func Cases(extracts []*dataset.Extract) {
	type key struct {
		child dataset.ChildKey
		n     dataset.Day
	}
	type referral struct {
		day   dataset.Day
		flags dataset.Flag
	}
	folders := map[string]map[key]referral{}
	tables := map[string]int{}
	each := func(work func(cases map[key]referral, e *dataset.Event)) {
		for _, x := range extracts {
			if !strings.HasPrefix(x.Layout, "cin-csv") {
				continue
			}
			for _, chunk := range x.Events {
				for i := range chunk {
					if e := &chunk[i]; e.Parent.IsCase() {
						work(folders[filepath.Dir(x.File)], e)
					}
				}
			}
		}
	}
	for _, x := range extracts {
		if x.Layout == "cin-csv-details" && x.Rows > 0 {
			folder := filepath.Dir(x.File)
			tables[folder]++
			folders[folder] = map[key]referral{}
		}
	}
	for folder, n := range tables {
		if n > 1 {
			delete(folders, folder)
		}
	}
	each(func(cases map[key]referral, e *dataset.Event) {
		if e.Type == dataset.Referral && cases != nil && e.Status == dataset.Pending {
			cases[key{e.Child, e.Parent}] = referral{e.Day, e.Flags & (dataset.NoAction | dataset.NFAKnown)}
		}
	})
	each(func(cases map[key]referral, e *dataset.Event) {
		if e.Type == dataset.Referral {
			e.Parent = dataset.NoDay
			return
		}
		r, ok := cases[key{e.Child, e.Parent}]
		e.Parent = dataset.NoDay
		if ok {
			e.Parent = r.day
			e.Flags |= r.flags
		}
	})
}
