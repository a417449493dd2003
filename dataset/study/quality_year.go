package study

import (
	"strconv"
	"strings"
)

// linkedYear is how many of an authority's events were linked in each month of
// a year, in per cent; blank where there were none or the share is withheld.
type linkedYear struct {
	LA, Year string
	Months   [12]string
}

// monthNames head the columns of a linkedYear.
var monthNames = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// linkedYears lays the rates of linkage by month out by year.
func (q *Quality) linkedYears() (years []linkedYear) {
	for _, r := range q.Rates {
		year, number, ok := strings.Cut(r.Level, "-")
		month, err := strconv.Atoi(number)
		if r.By != "month" || !ok || err != nil {
			continue
		}
		if n := len(years); n == 0 || years[n-1].LA != r.LA || years[n-1].Year != year {
			years = append(years, linkedYear{LA: r.LA, Year: year})
		}
		if r.Share != nil {
			years[len(years)-1].Months[month-1] = strconv.FormatFloat(100**r.Share, 'f', 0, 64)
		}
	}
	return years
}
