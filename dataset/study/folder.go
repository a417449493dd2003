package study

import (
	"path/filepath"
	"slices"

	"swis/dataset"
)

// folderReferences gives the tables of a flattened census the reference date
// of the header that lies in their folder: a table alone does not say to which
// day it is complete.
func (s *Study) folderReferences() {
	reference := map[string]dataset.Day{}
	for _, x := range s.Extracts {
		for _, h := range x.Headers {
			if h.Reference != dataset.NoDay {
				reference[filepath.Dir(x.File)] = h.Reference
			}
		}
	}
	for _, x := range s.Extracts {
		if day, ok := reference[filepath.Dir(x.File)]; ok && x.Reference == dataset.NoDay {
			x.Reference = day
		}
	}
}

// showFrom writes the names of files as seen from Options.Root, so that a
// study does not depend on where it was made.
func (s *Study) showFrom() {
	if s.Options.Root == "" {
		return
	}
	show := func(path string) string {
		if name, err := filepath.Rel(s.Options.Root, path); err == nil && path != "" {
			return filepath.ToSlash(name)
		}
		return path
	}
	for _, x := range s.Extracts {
		x.File = show(x.File)
	}
	for i := range s.skipped {
		s.skipped[i].path = show(s.skipped[i].path)
	}
	// the caller keeps the lists as they were
	s.Options.Sources, s.Options.Rolls, s.Options.Links = slices.Clone(s.Options.Sources), slices.Clone(s.Options.Rolls), slices.Clone(s.Options.Links)
	for i := range s.Options.Sources {
		s.Options.Sources[i].Path, s.Options.Sources[i].Map = show(s.Options.Sources[i].Path), show(s.Options.Sources[i].Map)
	}
	for _, list := range [][]string{s.Options.Rolls, s.Options.Links} {
		for i := range list {
			list[i] = show(list[i])
		}
	}
	if s.Options.Cohort != CohortOnRoll {
		s.Options.Cohort = show(s.Options.Cohort)
	}
	s.Options.Schools, s.Options.Allocation = show(s.Options.Schools), show(s.Options.Allocation)
}
