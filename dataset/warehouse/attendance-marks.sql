WITH settings AS ( -- the choices of this query; blanks are what is trimmed from text
  SELECT DATE '{{.From}}' AS window_from, DATE '{{.To}}' AS window_to, chr(9) || chr(10) || chr(13) || ' ' || chr(160) AS blanks
), codes(mark, class) AS ( -- 0 attended, 1 missed with permission, 2 without it, 3 no session that was possible
  VALUES {{range $i, $c := .Marks}}{{if $i}}, {{end}}({{quote $c.Word}}, {{$c.Class}}){{end}}
), halves(word, half) AS (
  VALUES ('AM', 1), ('A', 1), ('MORNING', 1), ('1', 1), ('PM', 2), ('P', 2), ('AFTERNOON', 2), ('2', 2)
), schools(number, school_id{{if .Dated}}, since{{end}}{{if .Changed}}, mapped{{end}}) AS ( -- every number under which a school of the list is known
  VALUES {{range $i, $s := .Schools}}{{if $i}},
         {{end}}({{quote $s.Number}}, {{quote $s.ID}}{{if $.Dated}}, CAST({{day $s.Since}} AS date){{end}}{{if $.Changed}}, {{$s.Mapped}}{{end}}){{end}}
), calendar AS ( -- the months of the window
  SELECT month, {{.Label}} AS period FROM (
    SELECT m AS month, {{div "m" "12"}} AS y, m % 12 + 1 AS mo FROM generate_series({{.FirstMonth}}, {{.LastMonth}}) AS g(m)) AS months
), written AS ( -- the school of every way in which the rows write a number
  SELECT written, number, schools.school_id{{if .Dated}}, schools.since{{end}}{{if .Changed}}, schools.mapped{{end}}
  FROM (SELECT written, {{number "cleaned"}} AS number
        FROM (SELECT written, {{clean "trimmed"}} AS cleaned
              FROM (SELECT written, {{trim "written"}} AS trimmed FROM (SELECT DISTINCT {{.Cell "school"}} AS written FROM {{.Table}}) AS distinct_numbers) AS trimmed_numbers) AS cleaned_numbers) AS numbers
    LEFT JOIN schools USING (number)
), delivered AS ( -- the warehouse's own columns stand to the left of each AS
  SELECT {{range $i, $c := .Cells}}{{if $i}},
         {{end}}{{$c}}{{end}}
  FROM {{.Table}}
), read AS ( -- what the rows say, and the rule that keeps one out
  SELECT upper(trim(BOTH blanks FROM delivered.pupil)) AS pupil, written.number, {{if .Dated}}CASE WHEN written.since IS NULL OR date_trunc('month', day) >= written.since THEN written.school_id END AS school_id{{else}}written.school_id{{end}}, day, halves.half, codes.class,
         CASE WHEN {{nothing "trim(BOTH blanks FROM coalesce(delivered.pupil, ''))"}} OR upper(trim(BOTH blanks FROM delivered.pupil)) LIKE 'UN_' THEN 'K01'
              WHEN written.number IS NULL THEN 'S01'
              WHEN halves.half IS NULL THEN 'D01'
              WHEN codes.class IS NULL THEN 'E10'
              WHEN day IS NULL OR day < DATE '1900-01-01' THEN 'D01'
              WHEN day < DATE '1991-10-14' OR day >= DATE '2100-01-01' THEN 'D07' END AS fault
  FROM delivered CROSS JOIN settings
    LEFT JOIN written ON written.written = delivered.school
    LEFT JOIN halves ON halves.word = upper(trim(BOTH blanks FROM delivered.session))
    LEFT JOIN codes ON codes.mark = upper(trim(BOTH blanks FROM delivered.mark))
), half_days AS ( -- one row a half-day of a pupil at a school; of several marks the lowest class stands
  SELECT fault, school_id, day, min(class) AS class, count(*) AS marks,
         max(CASE WHEN class = 0 THEN 1 ELSE 0 END) + max(CASE WHEN class = 1 THEN 1 ELSE 0 END)
           + max(CASE WHEN class = 2 THEN 1 ELSE 0 END) + max(CASE WHEN class = 3 THEN 1 ELSE 0 END) AS classes
  FROM read
  GROUP BY day, half, CASE WHEN fault IS NULL THEN pupil END, school_id, CASE WHEN fault IS NULL AND school_id IS NULL THEN number END, fault
), sums AS MATERIALIZED ( -- the only large steps are above; from here on one row a school, month and class
  SELECT fault, school_id, CAST(EXTRACT(YEAR FROM day) AS integer) * 12 + CAST(EXTRACT(MONTH FROM day) AS integer) - 1 AS month,
         day >= window_from AND day <= window_to AS inside, class, count(*) AS half_days, sum(marks) AS marks, sum(classes) AS classes
  FROM half_days CROSS JOIN settings GROUP BY 1, 2, 3, 4, 5
), months AS (
  SELECT school_id, month, sum(half_days) AS possible,
         sum(CASE WHEN class = 1 THEN half_days ELSE 0 END) AS authorised, sum(CASE WHEN class = 2 THEN half_days ELSE 0 END) AS unauthorised
  FROM sums WHERE fault IS NULL AND school_id IS NOT NULL AND inside AND class < 3 GROUP BY school_id, month
), needed AS ( -- a period is known where a school has sessions in every month of it inside the window, August apart
  SELECT period, sum(CASE WHEN month % 12 = 7 THEN 0 ELSE 1 END) AS months FROM calendar GROUP BY period
), cells AS (
  SELECT m.school_id, c.period, sum(m.possible) AS possible, sum(m.authorised) AS authorised, sum(m.unauthorised) AS unauthorised
  FROM months m JOIN calendar c ON c.month = m.month JOIN needed n ON n.period = c.period
  GROUP BY m.school_id, c.period, n.months HAVING sum(CASE WHEN m.month % 12 = 7 THEN 0 ELSE 1 END) = n.months
), ended AS ( -- what becomes of the rows, in the words of swis ingest
  SELECT CASE WHEN s.school_id IS NULL THEN 'other_school' WHEN NOT s.inside THEN 'out_of_window' WHEN s.class = 3 THEN 'other_kind'
              WHEN k.period IS NULL THEN 'out_of_window' ELSE 'counted' END AS reason, s.half_days, s.marks, s.classes
  FROM sums s LEFT JOIN calendar c ON c.month = s.month LEFT JOIN cells k ON k.school_id = s.school_id AND k.period = c.period
  WHERE s.fault IS NULL
), reasons AS (
  SELECT reason, sum(half_days) AS n FROM ended GROUP BY reason
  UNION ALL
  SELECT 'duplicate', sum(marks - half_days) FROM ended
  UNION ALL
  SELECT 'E01', sum(marks - classes) FROM ended
  UNION ALL
  SELECT 'E02', sum(classes - half_days) FROM ended
  UNION ALL
  SELECT fault, sum(marks) FROM sums WHERE fault IS NOT NULL GROUP BY fault
  UNION ALL
  SELECT 'other_kind', sum(marks) FROM sums WHERE fault = 'E10'
{{- if .Changed}}
  UNION ALL -- numbers that the register's links lead to a school of the trial
  SELECT 'S03', count(DISTINCT number) FROM written WHERE mapped = 1
{{- end}}
)
-- The sessions of each school and period that is known; then what became of the rows.
SELECT school_id, period, outcome, CAST(CASE outcome WHEN 'sessions_possible' THEN possible WHEN 'sessions_missed' THEN authorised + unauthorised
         WHEN 'sessions_authorised' THEN authorised ELSE unauthorised END AS bigint) AS count, '' AS la, '' AS reason
FROM cells CROSS JOIN (VALUES ('sessions_possible'), ('sessions_missed'), ('sessions_authorised'), ('sessions_unauthorised')) AS outcomes(outcome)
UNION ALL
SELECT '', '', 'session', CAST(n AS bigint), '', reason FROM reasons WHERE n > 0
ORDER BY 6, 1, 2, 3;
