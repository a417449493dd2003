{{define "lookups"}}{{- if .Roll}}
), on_roll AS ( -- rank is the registration: single, main, subsidiary, other
  SELECT CASE WHEN pupil NOT LIKE 'UN_' THEN pupil END AS pupil, CASE WHEN former NOT LIKE 'UN_' THEN former END AS former, {{number "school"}} AS school, first_day, left_day,
         CASE WHEN status IS NULL OR status = 'C' THEN 0 WHEN status = 'M' THEN 1 WHEN status = 'S' THEN 2 ELSE 3 END AS rank
  FROM (SELECT {{clean "pupil"}} AS pupil, {{clean "former"}} AS former, {{clean "school"}} AS school, first_day, left_day, {{clean "status"}} AS status
        FROM (SELECT {{range $i, $c := .RollCells}}{{if $i}}, {{end}}{{$c}}{{end}} FROM {{.Roll}}) AS roll_rows) AS roll_cells
{{- end}}
{{- if .Link}}
), looked_up AS (
  SELECT la, CASE WHEN NOT {{match "child" "^[0-9.]+E[+-][0-9]+$"}} THEN child END AS child, CASE WHEN pupil NOT LIKE 'UN_' THEN pupil END AS pupil, {{number "school"}} AS school, first_day, left_day
  FROM (SELECT {{clean "la"}} AS la, {{clean "child"}} AS child, {{clean "pupil"}} AS pupil, {{clean "school"}} AS school, first_day, left_day
        FROM (SELECT {{range $i, $c := .LinkCells}}{{if $i}}, {{end}}{{$c}}{{end}} FROM {{.Link}}) AS link_rows) AS link_cells
{{- end}}{{end}}
{{define "stays"}}{{$s := "s"}}{{if .Dated}}{{$s = "e"}}{{end}}
), enrolled(method, la, person, school, first_day, left_day, rank) AS ( -- method 1 is the UPN on the roll, 2 a former UPN there, 3 the lookup by child id, 4 by UPN
{{- if .Roll}}
  SELECT 1, '', pupil, school, first_day, left_day, rank FROM on_roll WHERE pupil IS NOT NULL
  UNION ALL
  SELECT 2, '', former, school, first_day, left_day, rank FROM on_roll WHERE pupil IS NOT NULL AND former <> pupil
{{- end}}
{{- if and .Roll .Link}}
  UNION ALL
{{- end}}
{{- if .Link}}
  SELECT 3, la, child, school, first_day, left_day, 0 FROM looked_up WHERE child IS NOT NULL
  UNION ALL
  SELECT 4, '', pupil, school, first_day, left_day, 0 FROM looked_up WHERE pupil IS NOT NULL
{{- end}}
{{- if .Dated}}
), enrolled_since(method, la, person, school_id, place, first_day, left_day, rank) AS ( -- a stay at a school that merged on a day is elsewhere before it
  SELECT method, e.la, person, CASE WHEN late THEN school_id END, CASE WHEN late THEN place END, CASE WHEN late AND since > coalesce(first_day, DATE '1900-01-01') THEN since ELSE first_day END,
         CASE WHEN NOT late AND since < coalesce(left_day, DATE '9999-12-31') THEN since ELSE left_day END, rank
  FROM enrolled e LEFT JOIN schools s ON s.number = e.school JOIN (VALUES (true), (false)) AS halves(late)
    ON late AND (since IS NULL OR greatest(since, coalesce(first_day, DATE '1900-01-01')) < coalesce(left_day, DATE '9999-12-31'))
      OR NOT late AND since IS NOT NULL AND coalesce(first_day, DATE '1900-01-01') < least(since, coalesce(left_day, DATE '9999-12-31'))
  WHERE e.school IS NOT NULL AND (first_day IS NULL OR left_day IS NULL OR left_day >= first_day)
{{- end}}
), stays AS MATERIALIZED ( -- where a file without ends of stays repeats an entry, the one with its end is it
  SELECT * FROM (
    SELECT CASE WHEN method = 2 THEN 1 ELSE method END AS source, method, e.la, person, {{$s}}.school_id, coalesce({{$s}}.place, -1) AS place, coalesce(first_day, DATE '1900-01-01') AS first_day, coalesce(left_day, DATE '9999-12-31') AS left_day, rank,
           row_number() OVER (PARTITION BY CASE WHEN method = 2 THEN 1 ELSE method END, e.la, person, first_day, {{$s}}.school_id ORDER BY coalesce(left_day, DATE '9999-12-31'), rank, method) AS copy
    FROM {{if .Dated}}enrolled_since e{{else}}enrolled e LEFT JOIN schools s ON s.number = e.school
    WHERE e.school IS NOT NULL AND (first_day IS NULL OR left_day IS NULL OR left_day >= first_day){{end}}) AS copies
  WHERE copy = 1{{end}}
{{define "placed"}}
), placed AS MATERIALIZED ( -- one school an event: by the first source that has one; of several registrations the single one, then the main one, a school of the list, the later entry
  SELECT * FROM (
    SELECT f.la, f.child, f.kind, f.day, e.method, e.school_id, min(e.place) OVER one_source <> max(e.place) OVER one_source AS several,
           row_number() OVER (PARTITION BY f.la, f.child, f.kind, f.day ORDER BY e.source, e.rank, e.first_day DESC, e.place DESC) AS choice
    FROM wanted f JOIN stays e ON e.la = f.person_la AND e.person = f.person AND e.first_day <= f.asked AND f.asked < e.left_day
    WINDOW one_source AS (PARTITION BY f.la, f.child, f.kind, f.day, e.source)) AS found
  WHERE choice = 1{{end}}
