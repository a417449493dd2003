package panel

import (
	"regexp"
	"strconv"
	"strings"

	"swis/dataset"
)

// datePatterns are dates in names: 2022-03-31, 20220331, 31-03-2022.
var datePatterns = []struct {
	form *regexp.Regexp
	at   [3]int // year, month, day
}{
	{regexp.MustCompile(`(?:^|\D)(20\d\d)([-_. ]?)(\d\d)([-_. ]?)(\d\d)(?:\D|$)`), [3]int{1, 3, 5}},
	{regexp.MustCompile(`(?:^|\D)(\d\d)([-_. ])(\d\d)([-_. ])(20\d\d)(?:\D|$)`), [3]int{5, 3, 1}},
}

// dateIn is the latest date in the first of some names that has one, NoDay
// where none has.
func dateIn(names ...string) dataset.Day {
	for _, name := range names {
		found := dataset.NoDay
		for _, p := range datePatterns {
			for from := 0; from < len(name); {
				at := p.form.FindStringSubmatchIndex(name[from:])
				if at == nil {
					break
				}
				part := func(n int) string { return name[from+at[2*n] : from+at[2*n+1]] }
				var date [3]int
				for i, n := range p.at {
					date[i], _ = strconv.Atoi(strings.TrimLeft(part(n), "0"))
				}
				if part(2) == part(4) && dataset.ValidDate(date[0], date[1], date[2]) {
					found = max(found, dataset.DayOf(date[0], date[1], date[2]))
				}
				from += at[2*5] // the mark that ends a date may begin another
			}
		}
		if found != dataset.NoDay {
			return found
		}
	}
	return dataset.NoDay
}
