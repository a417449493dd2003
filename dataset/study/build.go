package study

import (
	"context"

	"swis/dataset"
)

// Progress is told how far reading has come; it may be nil.
type Progress func(file string, done, total int64)

// Study is what ingest makes of the deliveries.
type Study struct {
	Options Options
}

// Build reads the sources, links children to schools and builds the panel.
// Faults that refuse a file come back all together as dataset.Problems.
// Nothing is written.
func Build(ctx context.Context, o Options, progress Progress) (*Study, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	return nil, dataset.Problems{{Text: "reading extracts is not there yet"}}
}

// Write writes the study folder: panel.csv, schools.csv, quality.json,
// quality.html, issues.csv, quarantine.csv and manifest.json.
func (s *Study) Write(folder string) error { return nil }
