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
	pupils         float64
}

// listed are the numbers of the schools of a list.
func listed(ctx context.Context, path string) ([]school, error) {
	if path == "" {
		return nil, nil
	}
	keys, err := extracts.NewKeys("", false)
	if err != nil {
		return nil, err
	}
	x, _, err := extracts.NewSet(keys).Read(ctx, extracts.Input{Path: path, Number: 1})
	if err != nil {
		return nil, err
	}
	if len(x.Schools) == 0 {
		return nil, dataset.Problems{{File: path, Text: "holds no school; want a GIAS-shaped list, or columns school_id, la, pupils"}}
	}
	var out []school
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
					out = append(out, school{Number: n, ID: s.ID, LA: s.LA, Open: s.Open, Close: s.Close, pupils: s.Pupils})
				}
			}
		}
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
