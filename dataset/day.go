package dataset

import "fmt"

// Day is a date as days since 1 January 1970.
type Day int32

// NoDay is the day of a blank or unreadable date.
const NoDay Day = -1 << 31

// DayOf returns the day of a date of the Gregorian calendar; month 1 to 12.
// The algorithm counts in eras of 400 years (146,097 days) that begin in March.
func DayOf(year, month, day int) Day {
	if month <= 2 {
		year--
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	yearOfEra := year - era*400
	dayOfYear := (153*((month+9)%12)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return Day(era*146097 + dayOfEra - 719468)
}

// Date returns year, month and day of the month.
func (d Day) Date() (year, month, day int) {
	z := int(d) + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// String is the ISO form, empty for NoDay.
func (d Day) String() string {
	if d == NoDay {
		return ""
	}
	y, m, day := d.Date()
	return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
}

// ParseDay reads an ISO date, as flags and plans write them.
func ParseDay(text string) (Day, error) {
	var y, m, d int
	if n, err := fmt.Sscanf(text, "%4d-%2d-%2d", &y, &m, &d); err != nil || n != 3 || len(text) != 10 {
		return NoDay, fmt.Errorf("%q is not a date: want yyyy-mm-dd, such as 2023-09-01", text)
	}
	if !ValidDate(y, m, d) {
		return NoDay, fmt.Errorf("%q is not a date of the calendar", text)
	}
	return DayOf(y, m, d), nil
}

// ValidDate says whether there is such a day.
func ValidDate(year, month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && day <= MonthDays(year, month)
}

// MonthDays is the number of days of a month.
func MonthDays(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// AddMonths is the same day of the month n months later, or the last day of a
// shorter month.
func (d Day) AddMonths(n int) Day {
	_, _, day := d.Date()
	y, m, _ := Month.Start(Month.Of(d) + Period(n)).Date()
	return DayOf(y, m, min(day, MonthDays(y, m)))
}

// Birthday is the day on which a child born on d becomes so many years old; 1
// March where it was born on 29 February and the year has none.
func (d Day) Birthday(years int) Day {
	y, m, day := d.Date()
	if m == 2 && day == 29 && MonthDays(y+years, 2) == 28 {
		m, day = 3, 1
	}
	return DayOf(y+years, m, day)
}
