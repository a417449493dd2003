package disclosure

import (
	"strings"

	"swis/analysis"
)

// total says whether a row holds the totals of the others.
func total(row []analysis.Cell) bool {
	for _, c := range row {
		switch strings.ToLower(c.Text) {
		case "total", "all", "both", "overall", "england", "schools on the list", "assessed":
			return true
		}
	}
	return false
}

// additive says whether the numbers of a column of counts add up over rows:
// extremes and averages do not.
func additive(name string) bool {
	switch strings.ToLower(name) {
	case "median", "mean":
		return false
	}
	return !extreme(name)
}

// extreme says whether a column holds smallest or largest values, each of which
// is about one row.
func extreme(name string) bool {
	switch strings.ToLower(name) {
	case "min", "max", "minimum", "maximum":
		return true
	}
	return false
}

// public says whether a column is about no person: words, numbers of schools,
// rows, periods and authorities, and exposure.
func public(c analysis.Column) bool {
	switch name := strings.ToLower(c.Name); name {
	case "schools", "units", "rows", "clusters", "periods", "terms", "exposure":
		return true
	}
	return c.Format == analysis.Text
}

// personal says whether a column counts children or events. Numbers of
// schools, rows, periods and authorities are not about persons.
func personal(c analysis.Column) bool {
	if c.Format != analysis.Count {
		return false
	}
	name := strings.ToLower(c.Name)
	for _, word := range []string{"school", "unit", "row", "cluster", "period", "term", "file", "la", "las", "df", "draws"} {
		if name == word || name == word+"s" || strings.HasPrefix(name, word+"_") || strings.HasPrefix(name, word+"s_") || strings.HasSuffix(name, "_"+word+"s") || strings.HasPrefix(name, "n_"+word) {
			return false
		}
	}
	return true
}
