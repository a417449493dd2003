WITH settings AS ( -- the choices of this query; blanks are what is trimmed from text
  SELECT chr(9) || chr(10) || chr(13) || ' ' || chr(160) AS blanks
), schools(number, school_id{{if .Dated}}, since{{end}}{{if .Changed}}, mapped{{end}}) AS ( -- every number under which a school of the list is known
  VALUES {{range $i, $s := .Schools}}{{if $i}},
         {{end}}({{quote $s.Number}}, {{quote $s.ID}}{{if $.Dated}}, CAST({{day $s.Since}} AS date){{end}}{{if $.Changed}}, {{$s.Mapped}}{{end}}){{end}}
), terms AS ( -- every term that there is, and those of the window
  SELECT label, {{if .Dated}}{{firstDay "month"}} AS begins, {{end}}{{if .Pupils}}whole, month <= {{.LastMonth}} AND month + months > {{.FirstMonth}} AS needed, {{end}}month >= {{.FirstTerm}} AND month <= {{.LastTerm}} AS inside
  FROM (SELECT m AS month, {{.Label}} AS label{{if .Pupils}}, {{.PeriodLabel}} AS whole, CASE mo WHEN 9 THEN 4 WHEN 1 THEN 3 ELSE 5 END AS months{{end}} FROM (
    SELECT m, {{div "m" "12"}} AS y, m % 12 + 1 AS mo FROM generate_series({{.FirstEver}}, {{.LastEver}}) AS g(m)) AS months WHERE mo IN (1, 4, 9)) AS begins
), delivered AS ( -- the warehouse's own columns stand to the left of each AS
  SELECT {{range $i, $c := .Cells}}{{if $i}},
         {{end}}{{$c}}{{end}}
  FROM {{.Table}}
), cleaned AS (
  SELECT {{clean (trim "school")}} AS school, trim(BOTH blanks FROM period) AS period, CASE WHEN NOT {{nothing "trim(BOTH blanks FROM coalesce(pupil, ''))"}} THEN upper(trim(BOTH blanks FROM pupil)) END AS pupil,
         {{whole "possible"}} AS possible, {{whole "missed"}} AS missed, {{whole "authorised"}} AS authorised, {{whole "unauthorised"}} AS unauthorised,
         {{notWhole "possible"}} + {{notWhole "authorised"}} + {{notWhole "unauthorised"}} AS odd, {{notWhole "missed"}} AS odd_missed
  FROM delivered CROSS JOIN settings
), read AS MATERIALIZED ( -- what the rows say, and the rule that keeps one out; missed is the sum of its parts where it is not given
  SELECT r.school, schools.school_id, r.pupil, r.period, terms.inside, r.possible, coalesce(r.missed, r.authorised + r.unauthorised) AS missed, r.authorised, r.unauthorised, r.odd, r.odd_missed,
         CASE WHEN r.school IS NULL THEN 'S01' WHEN terms.label IS NULL THEN 'D01'
              WHEN r.pupil IS NULL OR r.pupil LIKE 'UN_' THEN 'K01' END AS fault
  FROM (SELECT {{number "school"}} AS school, pupil, period, possible, missed, authorised, unauthorised, odd, odd_missed FROM cleaned) AS r
    LEFT JOIN terms ON terms.label = r.period LEFT JOIN schools ON schools.number = r.school{{if .Dated}} AND (schools.since IS NULL OR terms.begins >= schools.since){{end}}
), ranked AS MATERIALIZED ( -- a pupil counts once at a school in a term: the registration with more sessions
  SELECT *, CASE WHEN fault IS NOT NULL THEN 'fault' WHEN school_id IS NULL THEN 'other_school' WHEN NOT inside THEN 'out_of_window'
              WHEN coalesce(possible, 0) <= 0 OR missed IS NULL OR missed > possible THEN 'other_kind' ELSE 'counted' END AS reason
  FROM read
), registrations AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY school_id, period, pupil
                               ORDER BY possible DESC, coalesce(authorised, -1) DESC, coalesce(unauthorised, -1) DESC, missed DESC) AS nth
  FROM ranked WHERE reason = 'counted'
), cells AS ( -- a division of the sessions missed is known where every registration of the school gives it
  SELECT school_id, period, sum(possible) AS possible, sum(missed) AS missed,
         CASE WHEN count(authorised) = count(*) THEN sum(authorised) END AS authorised, CASE WHEN count(unauthorised) = count(*) THEN sum(unauthorised) END AS unauthorised
  FROM registrations WHERE nth = 1 GROUP BY school_id, period
{{- if .Pupils}}
), pupils AS ( -- what a pupil missed of all sessions of a period at a school
  SELECT r.school_id, t.whole, r.pupil, sum(r.possible) AS possible, sum(r.missed) AS missed
  FROM registrations r JOIN terms t ON t.label = r.period WHERE r.nth = 1 GROUP BY r.school_id, t.whole, r.pupil
), delivered_terms AS ( -- a period is known where the school has registrations in every term of it that reaches into the window
  SELECT d.school_id, d.whole FROM (SELECT DISTINCT r.school_id, t.label, t.whole FROM registrations r JOIN terms t ON t.label = r.period WHERE t.needed) AS d
    JOIN (SELECT whole, count(*) AS terms FROM terms WHERE needed GROUP BY whole) AS n ON n.whole = d.whole
  GROUP BY d.school_id, d.whole, n.terms HAVING count(*) = n.terms
), absent AS (
  SELECT p.school_id, p.whole AS period, count(*) AS pupils_with_sessions, sum(CASE WHEN 10 * missed >= possible THEN 1 ELSE 0 END) AS persistently_absent,
         sum(CASE WHEN 2 * missed >= possible THEN 1 ELSE 0 END) AS severely_absent
  FROM pupils p JOIN delivered_terms d ON d.school_id = p.school_id AND d.whole = p.whole GROUP BY p.school_id, p.whole
{{- end}}
), reasons AS (
  SELECT reason, count(*) AS n FROM ranked WHERE reason NOT IN ('fault', 'counted') GROUP BY reason
  UNION ALL
  SELECT CASE WHEN nth = 1 THEN 'counted' ELSE 'duplicate' END, count(*) FROM registrations GROUP BY 1
  UNION ALL
  SELECT 'A06', count(*) FROM registrations WHERE nth > 1
  UNION ALL
  SELECT 'A02', count(*) FROM ranked WHERE reason = 'other_kind' AND possible IS NOT NULL
  UNION ALL
  SELECT 'A05', sum(CASE WHEN fault IS NULL THEN odd + odd_missed WHEN fault = 'K01' THEN odd ELSE 0 END) FROM read
  UNION ALL
  SELECT fault, count(*) FROM read WHERE fault IS NOT NULL GROUP BY fault
{{- if .Changed}}
  UNION ALL -- numbers that the register's links lead to a school of the trial
  SELECT 'S03', count(DISTINCT school) FROM read WHERE school IN (SELECT number FROM schools WHERE mapped = 1)
{{- end}}
)
-- The sessions of each school and term{{if .Pupils}}, its pupils by what they missed{{end}}; then what became of the rows.
SELECT school_id, period, outcome, n AS count, '' AS la, '' AS reason
FROM (SELECT school_id, period, outcome, CAST(CASE outcome WHEN 'sessions_possible' THEN possible WHEN 'sessions_missed' THEN missed
               WHEN 'sessions_authorised' THEN authorised ELSE unauthorised END AS bigint) AS n
      FROM cells CROSS JOIN (VALUES ('sessions_possible'), ('sessions_missed'), ('sessions_authorised'), ('sessions_unauthorised')) AS outcomes(outcome)) AS known
WHERE n IS NOT NULL
{{- range .Pupils}}
UNION ALL
SELECT school_id, period, {{quote .}}, {{.}}, '', '' FROM absent
{{- end}}
UNION ALL
SELECT '', '', 'session', CAST(n AS bigint), '', reason FROM reasons WHERE n > 0
ORDER BY 6, 1, 2, 3;
