package analysis

import (
	"strconv"

	"swis/dataset/table"
)

// FollowUp says which rows of a table are from the start on (1), before it (0)
// or have no period (-1). Periods are compared as numbers where the start and
// the label are numbers, else as text. There must be rows on both sides.
func FollowUp(t *table.Table, time, start string) ([]int8, error) {
	times, err := t.Category(time)
	if err != nil {
		return nil, err
	}
	from, notNumber := strconv.ParseFloat(start, 64)
	post := make([]int8, t.Rows())
	var sides [2]bool
	for i, code := range times.Codes {
		if code < 0 {
			post[i] = -1
			continue
		}
		label := times.Levels[code]
		later := label >= start
		if x, err := strconv.ParseFloat(label, 64); notNumber == nil && err == nil {
			later = x >= from
		}
		if later {
			post[i] = 1
		}
		sides[post[i]] = true
	}
	if !sides[0] || !sides[1] {
		return nil, Unsupportedf("start %s: want a period of column %s with rows before it and from it on", start, time)
	}
	return post, nil
}
