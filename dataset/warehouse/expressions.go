package warehouse

import (
	"fmt"
	"strings"
	"text/template"

	"swis/dataset"
)

// quote is a text as SQL writes it.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// around is white space at the ends of a cell, the non-breaking space included.
const around = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)"

// clean is an expression for a cell in capitals without what stands for no
// value and without the .0 that spreadsheets leave.
func clean(column string) string {
	return fmt.Sprintf("CASE WHEN "+nothing("%[1]s")+" THEN NULL WHEN %[1]s LIKE '%%.0' THEN regexp_replace(upper(%[1]s), '^([0-9]+)[.]0$', '\\1') ELSE upper(%[1]s) END", column)
}

// label is an expression for the label of the period of a month: year y, month mo.
func label(kind dataset.PeriodKind) string {
	if kind == dataset.Month {
		return "lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST(mo AS text), 2, '0')"
	}
	const academic = "CASE WHEN mo >= 9 THEN lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST((y + 1) % 100 AS text), 2, '0') ELSE lpad(CAST(y - 1 AS text), 4, '0') || '-' || lpad(CAST(y % 100 AS text), 2, '0') END"
	if kind == dataset.Year {
		return academic
	}
	return academic + " || CASE WHEN mo >= 9 THEN ' 1 autumn' WHEN mo <= 3 THEN ' 2 spring' ELSE ' 3 summer' END"
}

// blank are the words that stand for no value.
const blank = "('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>')"

// nothing is a condition for a cell that stands for no value.
func nothing(column string) string {
	return fmt.Sprintf("(%[1]s IN %[2]s OR upper(%[1]s) = 'NULL')", column, blank)
}

// trim is an expression for a text without white space around it.
func trim(column string) string {
	return fmt.Sprintf("trim(%s, %s)", column, around)
}

// monthOf is an expression for the number of a day's month.
func monthOf(day string) string {
	return fmt.Sprintf("CAST(EXTRACT(YEAR FROM %[1]s) AS integer) * 12 + CAST(EXTRACT(MONTH FROM %[1]s) AS integer) - 1", day)
}

// day writes a day as SQL, NULL for none.
func day(d any) string {
	text, ok := d.(string)
	if at, is := d.(dataset.Day); is {
		text, ok = at.String(), true
	}
	if !ok || text == "" {
		return "NULL"
	}
	return quote(text)
}

// sessions bounds what one pupil can have in a term, as the reader does.
const sessions = "%[1]s >= 0 AND %[1]s <= 1000 AND %[1]s = floor(%[1]s)"

// functions are what the queries are written with.
func functions(dialect string) template.FuncMap {
	duckdb := dialect == "duckdb"
	div := func(a, b string) string {
		if duckdb {
			return a + " // " + b
		}
		return a + " / " + b
	}
	match := func(column, pattern string) string {
		if duckdb {
			return fmt.Sprintf("regexp_matches(%s, %s)", column, quote(pattern))
		}
		return column + " ~ " + quote(pattern)
	}
	return template.FuncMap{
		// keeps PostgreSQL from writing each expression of a step out wherever a later one names it
		"once": func() string {
			if duckdb {
				return ""
			}
			return " OFFSET 0"
		},
		"quote": quote, "clean": clean, "div": div, "match": match, "nothing": nothing, "trim": trim, "monthOf": monthOf, "day": day,
		// 801/4321 and 801 4321 as 8014321
		"number": func(column string) string {
			return fmt.Sprintf("CASE WHEN length(%[1]s) = 8 AND %[2]s THEN substr(%[1]s, 1, 3) || substr(%[1]s, 5) ELSE %[1]s END", column, match(column, "^[0-9]{3}[/ -][0-9]{4}$"))
		},
		"firstDay": func(month string) string {
			return fmt.Sprintf("make_date(CAST(%s AS integer), CAST((%s) %% 12 + 1 AS integer), 1)", div("("+month+")", "12"), month)
		},
		"whole": func(column string) string {
			return fmt.Sprintf("CASE WHEN "+sessions+" THEN CAST(%[1]s AS integer) END", column)
		},
		"notWhole": func(column string) string {
			return fmt.Sprintf("CASE WHEN %[1]s IS NULL OR ("+sessions+") THEN 0 ELSE 1 END", column)
		},
	}
}
