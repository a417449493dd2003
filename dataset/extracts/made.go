package extracts

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"swis/dataset"
)

// readMade reads the days on which deliveries were made: one for all files, or
// one by pattern of the names of files and folders.
func (m *Mapping) readMade() error {
	m.made = map[string]dataset.Day{}
	days := map[string]any{}
	switch made := m.Made.(type) {
	case nil:
	case map[string]any:
		days = made
	default:
		days["*"] = made
	}
	for pattern, value := range days {
		if _, err := filepath.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q is not a pattern of names of files or folders", pattern)
		}
		text := fmt.Sprint(value)
		if at, ok := value.(time.Time); ok {
			text = at.Format(time.DateOnly)
		}
		day, err := dataset.ParseDay(text)
		if err != nil {
			return err
		}
		m.made[pattern] = day
	}
	return nil
}

// madeOn is the day on which a file was made by the name of the file, or of the
// folder that it lies in; NoDay where no pattern fits either.
func (m *Mapping) madeOn(path string) dataset.Day {
	for _, name := range []string{filepath.Base(path), filepath.Base(filepath.Dir(path))} {
		for _, pattern := range slices.Sorted(maps.Keys(m.made)) {
			if fits, _ := filepath.Match(pattern, name); fits {
				return m.made[pattern]
			}
		}
	}
	return dataset.NoDay
}
