package warehouse

import (
	"context"
	"slices"
	"strings"

	"swis/dataset"
	"swis/dataset/extracts"
)

// school is a number under which a school of the list is known. Place is that
// of the school among all, by id.
type school struct {
	Number, ID, LA string
	Place          int
	Open, Close    dataset.Day
	// Since is the day from which rows of the number count for the school, where
	// that is decided: NoDay for all.
	Since  dataset.Day
	Mapped int // 1 where the links of the register lead from the number to the school
	pupils float64
}

// read reads a file.
func read(ctx context.Context, path string) (*dataset.Extract, error) {
	keys, err := extracts.NewKeys("", false)
	if err != nil {
		return nil, err
	}
	x, _, err := extracts.NewSet(keys).Read(ctx, extracts.Input{Path: path, Number: 1})
	return x, err
}

// listed are the numbers of the schools of a list, with those that links and
// decisions lead to them.
func (o *Options) listed(ctx context.Context) ([]school, error) {
	if o.Schools == "" {
		if len(o.Links) > 0 || o.Decisions != "" {
			return nil, refuse("--link and --decisions lead to the trial's schools: name these with --schools")
		}
		return nil, nil
	}
	x, err := read(ctx, o.Schools)
	if err != nil {
		return nil, err
	}
	if len(x.Schools) == 0 {
		return nil, dataset.Problems{{File: o.Schools, Text: "holds no school; want a GIAS-shaped list, or columns school_id, la, pupils"}}
	}
	out := numbersOf(x)
	if out, err = o.changed(ctx, x.Schools, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b school) int { return strings.Compare(a.ID+"\x00"+a.Number, b.ID+"\x00"+b.Number) })
	place := -1
	for i := range out {
		if i == 0 || out[i].ID != out[i-1].ID {
			place++
		}
		out[i].Place = place
	}
	return out, nil
}

// numbersOf are the numbers that a list of schools gives them.
func numbersOf(x *dataset.Extract) (out []school) {
	taken := map[string]bool{}
	for _, own := range []bool{true, false} { // the schools' ids first
		for i := range x.Schools {
			s := &x.Schools[i]
			numbers := []string{s.URN, s.LAESTAB}
			if own {
				numbers = []string{strings.ToUpper(s.ID)}
			}
			for _, n := range numbers {
				if n != "" && !taken[n] {
					taken[n] = true
					out = append(out, school{Number: n, ID: s.ID, LA: s.LA, Open: s.Open, Close: s.Close, Since: dataset.NoDay, pupils: s.Pupils})
				}
			}
		}
	}
	return out
}
