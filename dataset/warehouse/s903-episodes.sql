WITH settings AS ( -- the choices of this query
  SELECT DATE '{{.From}}' AS window_from, DATE '{{.To}}' + 1 AS window_end, CAST({{day .Baseline}} AS date) AS baseline
), delivered AS ( -- the warehouse's own columns stand to the left of each AS
  SELECT {{range $i, $c := .Cells}}{{if $i}},
         {{end}}{{$c}}{{end}}
  FROM {{.Table}}
), cleaned AS (
  SELECT {{clean "child"}} AS child,
         {{clean "la"}} AS la, first_day, CASE WHEN end_day > DATE '1901-01-01' AND end_day < DATE '2100-01-01' THEN end_day END AS end_day,
         upper(coalesce(legal, '')) AS legal, CASE WHEN upper(reason) IN ('S', 'L', 'P', 'T', 'B', 'U') THEN upper(reason) ELSE '' END AS reason,
         CASE WHEN year > 1990 AND year < 2100 THEN year END AS year
  FROM delivered
), read AS MATERIALIZED ( -- what the rows say, and the rule that keeps one out; class 3 are short breaks, 4 agreements on them
  SELECT la, child, first_day, end_day, reason, year,
         CASE WHEN legal IN ('C1', 'C2', 'D1', 'E1') THEN 1 WHEN legal IN ('V2', 'L1', 'L2', 'L3', 'J1', 'J2', 'J3') THEN 0 WHEN legal = 'V3' THEN 3 WHEN legal = 'V4' THEN 4 ELSE 2 END AS legal,
         CASE WHEN la IS NULL OR length(la) > 40 OR ({{match "la" "[0-9]{5}"}} AND NOT {{match "la" "^[A-Z][0-9]{8}$"}}) THEN 'F07'
           WHEN child IS NULL THEN 'K01' WHEN {{match "child" "^[0-9.]+E[+-][0-9]+$"}} THEN 'K0E'
           WHEN first_day IS NULL OR first_day < DATE '1900-01-01' THEN 'D01' WHEN first_day < DATE '1991-10-14' OR first_day >= DATE '2100-01-01' THEN 'D07' END AS fault
  FROM cleaned
), schools(number, school_id, la, place, opened, closed{{if .Changed}}, since, mapped{{end}}) AS ( -- every number under which a school of the list is known
  VALUES {{range $i, $s := .Schools}}{{if $i}},
         {{end}}({{quote $s.Number}}, {{quote $s.ID}}, {{quote $s.LA}}, {{$s.Place}}, CAST({{day $s.Open}} AS date), CAST({{day $s.Close}} AS date){{if $.Changed}}, CAST({{day $s.Since}} AS date), {{$s.Mapped}}{{end}}){{end}}
{{- if .Children}}
), header AS (
  SELECT la, child, CASE WHEN pupil NOT LIKE 'UN_' THEN pupil END AS pupil, birth
  FROM (SELECT {{clean "la"}} AS la, {{clean "child"}} AS child, {{clean "pupil"}} AS pupil, birth
        FROM (SELECT {{range $i, $c := .ChildCells}}{{if $i}}, {{end}}{{$c}}{{end}} FROM {{.Children}}) AS header_rows) AS header_cells
{{- end}}
{{- template "lookups" .}}
), months AS ( -- of the window, each to the day before its end
  SELECT month, {{.Label}} AS period, {{firstDay "month"}} AS first_day, {{firstDay "month + 1"}} AS end_day FROM (
    SELECT m AS month, {{div "m" "12"}} AS y, m % 12 + 1 AS mo FROM generate_series({{.FirstMonth}}, {{.LastMonth}}) AS g(m)) AS c
), latest_year AS (
  SELECT max(year) AS year FROM read WHERE fault IS NULL OR fault IN ('D01', 'D07')
), returns AS ( -- the years to 31 March that the rows of an authority are of, and those in which as many children as usual left care
  SELECT DISTINCT r.la, coalesce(r.year, CASE WHEN n.none THEN y.year END) AS year
  FROM read r CROSS JOIN latest_year y JOIN (SELECT la, count(year) = 0 AS none FROM read WHERE fault IS NULL GROUP BY la) AS n ON n.la = r.la WHERE fault IS NULL
), ended AS (
  SELECT la, CAST(EXTRACT(YEAR FROM end_day) AS integer) + CASE WHEN EXTRACT(MONTH FROM end_day) >= 4 THEN 1 ELSE 0 END AS year, count(*) AS n
  FROM read WHERE fault IS NULL AND end_day IS NOT NULL GROUP BY 1, 2
), ranked AS (
  SELECT la, n, sum(n) OVER (PARTITION BY la ORDER BY n ROWS UNBOUNDED PRECEDING) AS up_to, sum(n) OVER (PARTITION BY la) AS together FROM ended
), usual AS (
  SELECT la, min(n) AS n FROM ranked WHERE 2 * up_to >= together GROUP BY la
), years AS (
  SELECT la, year FROM returns WHERE year IS NOT NULL
  UNION
  SELECT e.la, e.year FROM ended e JOIN usual u ON u.la = e.la WHERE 4 * e.n >= u.n AND EXISTS (SELECT 1 FROM read r WHERE r.la = e.la AND r.fault IS NULL AND r.year IS NOT NULL)
), covered AS ( -- a period is delivered where the returns cover every month of it inside the window
  SELECT y.la, m.period FROM years y JOIN months m ON m.month BETWEEN (y.year - 1) * 12 + 3 AND y.year * 12 + 2
    JOIN (SELECT period, count(*) AS months FROM months GROUP BY period) AS n ON n.period = m.period
  GROUP BY y.la, m.period, n.months HAVING count(DISTINCT m.month) = n.months
), latest AS ( -- the day after the last that an authority's returns cover
  SELECT la, make_date(CAST(max(year) AS integer), 4, 1) AS day FROM returns WHERE year IS NOT NULL GROUP BY la
), placed_rows AS ( -- of the copies of an episode in several returns the latest counts, and one with an end before one without
  SELECT r.*, l.day AS latest, CASE WHEN r.end_day < r.first_day THEN 'C01' WHEN r.first_day >= r.row_end THEN 'D06' END AS kept_out
  FROM (SELECT read.*, make_date(CAST(coalesce(read.year, y.year) AS integer), 4, 1) AS row_end FROM read CROSS JOIN latest_year y WHERE fault IS NULL) AS r JOIN latest l ON l.la = r.la
), copies AS MATERIALIZED (
  SELECT *, max(row_end) OVER (PARTITION BY la, child, first_day) AS last_end, max(CASE WHEN end_day IS NOT NULL THEN row_end END) OVER (PARTITION BY la, child, first_day) AS last_with_end,
         row_number() OVER (PARTITION BY la, child, first_day, row_end, end_day, CASE WHEN legal = 1 THEN 0 ELSE legal END ORDER BY legal, reason) AS copy
  FROM placed_rows WHERE kept_out IS NULL
), kept AS (
  SELECT *, row_number() OVER (PARTITION BY la, child, first_day ORDER BY end_day, legal, reason) AS place
  FROM copies WHERE row_end = last_end AND (end_day IS NOT NULL OR last_with_end IS NULL OR last_with_end < last_end) AND copy = 1
), starts AS (
  SELECT la, child, first_day, lead(first_day) OVER (PARTITION BY la, child ORDER BY first_day) AS next_day, lead(reason) OVER (PARTITION BY la, child ORDER BY first_day) AS next_reason
  FROM kept WHERE place = 1
), episodes AS MATERIALIZED ( -- an open episode ends where the next one starts, or with the last return that holds it
  SELECT k.*, CASE WHEN k.end_day IS NOT NULL THEN 'given' WHEN s.next_day <= k.row_end OR s.next_day IS NOT NULL AND s.next_reason <> 'S' THEN 'next'
                WHEN s.next_day IS NOT NULL OR k.row_end < k.latest THEN 'return' ELSE 'open' END AS ends,
         CASE WHEN k.end_day IS NOT NULL THEN k.end_day WHEN s.next_day <= k.row_end OR s.next_day IS NOT NULL AND s.next_reason <> 'S' THEN s.next_day
           WHEN s.next_day IS NOT NULL OR k.row_end < k.latest THEN k.row_end ELSE greatest(k.latest, k.first_day) END AS until,
         legal = 4{{if not .Respite}} OR legal = 3{{end}} AS short
  FROM kept k JOIN starts s ON s.la = k.la AND s.child = k.child AND s.first_day = k.first_day
), fresh AS (
  SELECT la, child, first_day, until, place, reason, CASE WHEN first_day <= max(until) OVER (PARTITION BY la, child ORDER BY first_day, place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
  FROM episodes WHERE NOT short
), joined AS (
  SELECT *, sum(begins) OVER (PARTITION BY la, child ORDER BY first_day, place ROWS UNBOUNDED PRECEDING) AS stay FROM fresh
), in_care AS ( -- stays in care: episodes that overlap or touch are one; entry: care is not said to continue
  SELECT la, child, min(first_day) AS first_day, max(until) AS until, max(CASE WHEN begins = 1 AND reason IN ('', 'S') THEN 1 ELSE 0 END) AS entry FROM joined GROUP BY la, child, stay
{{- if .Until18}}
), births AS (
  SELECT la, child, min(birth) AS birth FROM header WHERE birth IS NOT NULL GROUP BY la, child
), grown AS (
  SELECT la, child, CASE WHEN EXTRACT(MONTH FROM birth) = 2 AND EXTRACT(DAY FROM birth) = 29 THEN make_date(CAST(EXTRACT(YEAR FROM birth) + 18 AS integer), 3, 1)
                      ELSE make_date(CAST(EXTRACT(YEAR FROM birth) + 18 AS integer), CAST(EXTRACT(MONTH FROM birth) AS integer), CAST(EXTRACT(DAY FROM birth) AS integer)) END AS eighteen
  FROM births
{{- end}}
), inside AS ( -- the days of the window
  SELECT s.la, s.child, s.first_day, s.entry, greatest(s.first_day, window_from) AS from_day, least({{if .Until18}}least(s.until, coalesce(g.eighteen, s.until)){{else}}s.until{{end}}, window_end) AS end_day
  FROM in_care s CROSS JOIN settings{{if .Until18}} LEFT JOIN grown g ON g.la = s.la AND g.child = s.child{{end}}
), pieces AS MATERIALIZED ( -- days of a child in a period that its authority delivered, and the day on which its school is asked for
{{- if .EachDay}}
  SELECT i.la, i.child, m.period, i.from_day + CAST(g.d AS integer) AS asked, CASE WHEN g.d = 0 AND i.first_day = i.from_day THEN i.entry ELSE 0 END AS entries, 1 AS days
  FROM inside i JOIN generate_series(0, {{.Days}}) AS g(d) ON i.from_day + CAST(g.d AS integer) < i.end_day
    JOIN months m ON m.month = {{monthOf "(i.from_day + CAST(g.d AS integer))"}} JOIN covered c ON c.la = i.la AND c.period = m.period
{{- else}}
  SELECT i.la, i.child, m.period, {{if .AtBaseline}}baseline{{else}}i.from_day{{end}} AS asked, CASE WHEN i.first_day >= m.first_day AND i.first_day < m.end_day AND i.first_day = i.from_day THEN i.entry ELSE 0 END AS entries,
         least(i.end_day, m.end_day) - greatest(i.from_day, m.first_day) AS days
  FROM inside i CROSS JOIN settings JOIN months m ON i.from_day < m.end_day AND i.end_day > m.first_day JOIN covered c ON c.la = i.la AND c.period = m.period
  WHERE i.from_day < i.end_day
{{- end}}
), children AS ( -- the UPN of a child: of several the first in alphabetical order
  SELECT la, child, min(pupil) AS pupil FROM (
{{- if .Children}}
    SELECT la, child, pupil FROM header
{{- end}}
{{- if and .Children .Link}}
    UNION ALL
{{- end}}
{{- if .Link}}
    SELECT la, child, pupil FROM looked_up
{{- end}}) AS named
  WHERE pupil IS NOT NULL AND child IS NOT NULL GROUP BY la, child
{{- template "stays" .}}
), wanted AS MATERIALIZED ( -- the days that are asked for, under the id of the child in its authority and under its UPN
  SELECT t.la, t.child, '' AS kind, t.asked AS day, t.asked, CASE by_pupil WHEN 1 THEN '' ELSE t.la END AS person_la, CASE by_pupil WHEN 1 THEN c.pupil ELSE t.child END AS person
  FROM (SELECT DISTINCT la, child, asked FROM pieces) AS t CROSS JOIN (VALUES (0), (1)) AS keys(by_pupil) LEFT JOIN children c ON c.la = t.la AND c.child = t.child
{{- template "placed" .}}
), found AS MATERIALIZED ( -- what becomes of the days: 3 in the panel, 2 at another school, 1 at none, 0 in a period that the school's authority did not deliver
  SELECT p.la, p.child, p.period, p.days, p.entries, q.school_id,
         CASE WHEN q.method IS NULL THEN 1 WHEN q.school_id IS NULL THEN 2 WHEN c.period IS NULL THEN 0 ELSE 3 END AS becomes
  FROM pieces p LEFT JOIN placed q ON q.la = p.la AND q.child = p.child AND q.day = p.asked
    LEFT JOIN (SELECT DISTINCT school_id, la FROM schools) AS s ON s.school_id = q.school_id LEFT JOIN covered c ON c.la = s.la AND c.period = p.period
), counted AS (
  SELECT school_id, period, sum(days) AS days_in_care, count(DISTINCT la || ' ' || child) AS children_in_care, sum(entries) AS care_entries
  FROM found WHERE becomes = 3 GROUP BY school_id, period
), best AS (
  SELECT la, child, max(becomes) AS becomes FROM found GROUP BY la, child
), reasons AS ( -- what became of the rows, in the words of swis ingest
  SELECT e.la, CASE WHEN short THEN 'other_kind' WHEN b.becomes IS NULL OR b.becomes = 0 OR greatest(e.first_day, window_from) >= least(coalesce(e.end_day, window_end), window_end) THEN 'out_of_window'
                 WHEN b.becomes = 1 THEN 'unlinked' WHEN b.becomes = 2 THEN 'other_school' ELSE 'counted' END AS reason, count(*) AS n
  FROM episodes e CROSS JOIN settings LEFT JOIN best b ON b.la = e.la AND b.child = e.child GROUP BY 1, 2
  UNION ALL
  SELECT c.la, 'duplicate', count(*) FROM copies c GROUP BY c.la
  UNION ALL
  SELECT k.la, 'duplicate', -count(*) FROM kept k GROUP BY k.la
  UNION ALL
  SELECT la, 'E01', count(*) FROM copies WHERE row_end = last_end AND (end_day IS NOT NULL OR last_with_end IS NULL OR last_with_end < last_end) AND copy > 1 GROUP BY la
  UNION ALL
  SELECT la, 'C09', count(*) FROM copies WHERE row_end < last_end OR end_day IS NULL AND last_with_end = last_end GROUP BY la
  UNION ALL
  SELECT la, kept_out, count(*) FROM placed_rows WHERE kept_out IS NOT NULL GROUP BY la, kept_out
  UNION ALL
  SELECT CASE WHEN fault = 'F07' THEN NULL ELSE la END, fault, count(*) FROM read WHERE fault IS NOT NULL GROUP BY 1, 2
  UNION ALL
  SELECT la, 'C02', count(*) FROM episodes WHERE end_day = first_day GROUP BY la
  UNION ALL
  SELECT la, 'C03', count(*) FROM episodes WHERE ends = 'next' GROUP BY la
  UNION ALL
  SELECT la, 'C08', count(*) FROM episodes WHERE ends = 'return' GROUP BY la
  UNION ALL
  SELECT la, 'C07', count(*) FROM episodes WHERE short GROUP BY la
), together AS (
  SELECT la, reason, sum(n) AS n FROM reasons GROUP BY la, reason
  UNION ALL
  SELECT la, 'L01', sum(n) FROM reasons WHERE reason = 'unlinked' GROUP BY la
{{- if .Changed}}
  UNION ALL -- numbers that the register's links lead to a school of the trial
  SELECT NULL, 'S03', count(DISTINCT school) FROM (
    SELECT school FROM looked_up{{if .Roll}}
    UNION ALL
    SELECT school FROM on_roll{{end}}) AS named WHERE school IN (SELECT number FROM schools WHERE mapped = 1)
{{- end}}
)
-- Zeros where the school's authority delivered and nothing was counted; nothing
-- where it did not deliver. Then what became of the rows, without schools.
SELECT s.school_id, c.period, o.outcome, CAST(coalesce(CASE o.outcome WHEN 'days_in_care' THEN n.days_in_care WHEN 'children_in_care' THEN n.children_in_care ELSE n.care_entries END, 0) AS bigint) AS count, '' AS la, '' AS reason
FROM (SELECT DISTINCT school_id, la FROM schools) AS s JOIN covered c ON c.la = s.la LEFT JOIN counted n ON n.school_id = s.school_id AND n.period = c.period
  CROSS JOIN (VALUES ('days_in_care'), ('children_in_care'), ('care_entries')) AS o(outcome)
UNION ALL
SELECT '', '', 'episode', CAST(n AS bigint), coalesce(la, ''), reason FROM together WHERE n > 0
ORDER BY 6, 5, 1, 2, 3;
