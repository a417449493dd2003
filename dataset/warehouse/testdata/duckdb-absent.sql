-- swis: sessions by school and year, from one row a pupil, school and term. Written for DuckDB 1.0 or later.
--   duckdb -csv FILE.duckdb < counts.sql > counts.csv
--   swis ingest counts.csv --period year --outcomes persistent_absence --from 2021-09-01 --to 2023-07-31 --out STUDY
-- Give the same --schools, --s17 and --outcomes there.
-- Steps that several others read are MATERIALIZED, so that they are made once.
-- No child's identifier is in the result. Small numbers are: treat it as the extracts.
-- The query only reads: "attendance", with these columns unless --sql-column named others (* is read only if named):
--   upn                text              the pupil
--   school_urn         text              the school: any of its numbers
--   period             text              term, as 2023-24 1 autumn
--   sess_possible      double precision  sessions possible
--   sess_overall*      double precision  sessions missed
--   sess_authorised    double precision  of these with permission
--   sess_unauthorised  double precision  and without

WITH settings AS ( -- the choices of this query; blanks are what is trimmed from text
  SELECT chr(9) || chr(10) || chr(13) || ' ' || chr(160) AS blanks
), schools(number, school_id) AS ( -- every number under which a school of the list is known
  VALUES ('100001', 'S''1'),
         ('S''1', 'S''1'),
         ('100002', 'S2'),
         ('S2', 'S2')
), terms AS ( -- every term that there is, and those of the window
  SELECT label, whole, month <= 24282 AND month + months > 24260 AS needed, month >= 24260 AND month <= 24283 AS inside
  FROM (SELECT m AS month, CASE WHEN mo >= 9 THEN lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST((y + 1) % 100 AS text), 2, '0') ELSE lpad(CAST(y - 1 AS text), 4, '0') || '-' || lpad(CAST(y % 100 AS text), 2, '0') END || CASE WHEN mo >= 9 THEN ' 1 autumn' WHEN mo <= 3 THEN ' 2 spring' ELSE ' 3 summer' END AS label, CASE WHEN mo >= 9 THEN lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST((y + 1) % 100 AS text), 2, '0') ELSE lpad(CAST(y - 1 AS text), 4, '0') || '-' || lpad(CAST(y % 100 AS text), 2, '0') END AS whole, CASE mo WHEN 9 THEN 4 WHEN 1 THEN 3 ELSE 5 END AS months FROM (
    SELECT m, m // 12 AS y, m % 12 + 1 AS mo FROM generate_series(23400, 25200) AS g(m)) AS months WHERE mo IN (1, 4, 9)) AS begins
), delivered AS ( -- the warehouse's own columns stand to the left of each AS
  SELECT CAST("upn" AS text) AS pupil,
         CAST("school_urn" AS text) AS school,
         CAST("period" AS text) AS period,
         CAST("sess_possible" AS double precision) AS possible,
         CAST(NULL AS double precision) AS missed,
         CAST("sess_authorised" AS double precision) AS authorised,
         CAST("sess_unauthorised" AS double precision) AS unauthorised
  FROM "attendance"
), cleaned AS (
  SELECT CASE WHEN (trim(school, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(trim(school, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))) = 'NULL') THEN NULL WHEN trim(school, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) LIKE '%.0' THEN regexp_replace(upper(trim(school, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))), '^([0-9]+)[.]0$', '\1') ELSE upper(trim(school, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))) END AS school, trim(BOTH blanks FROM period) AS period, CASE WHEN NOT (trim(BOTH blanks FROM coalesce(pupil, '')) IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(trim(BOTH blanks FROM coalesce(pupil, ''))) = 'NULL') THEN upper(trim(BOTH blanks FROM pupil)) END AS pupil,
         CASE WHEN possible >= 0 AND possible <= 1000 AND possible = floor(possible) THEN CAST(possible AS integer) END AS possible, CASE WHEN missed >= 0 AND missed <= 1000 AND missed = floor(missed) THEN CAST(missed AS integer) END AS missed, CASE WHEN authorised >= 0 AND authorised <= 1000 AND authorised = floor(authorised) THEN CAST(authorised AS integer) END AS authorised, CASE WHEN unauthorised >= 0 AND unauthorised <= 1000 AND unauthorised = floor(unauthorised) THEN CAST(unauthorised AS integer) END AS unauthorised,
         CASE WHEN possible IS NULL OR (possible >= 0 AND possible <= 1000 AND possible = floor(possible)) THEN 0 ELSE 1 END + CASE WHEN authorised IS NULL OR (authorised >= 0 AND authorised <= 1000 AND authorised = floor(authorised)) THEN 0 ELSE 1 END + CASE WHEN unauthorised IS NULL OR (unauthorised >= 0 AND unauthorised <= 1000 AND unauthorised = floor(unauthorised)) THEN 0 ELSE 1 END AS odd, CASE WHEN missed IS NULL OR (missed >= 0 AND missed <= 1000 AND missed = floor(missed)) THEN 0 ELSE 1 END AS odd_missed
  FROM delivered CROSS JOIN settings
), read AS MATERIALIZED ( -- what the rows say, and the rule that keeps one out; missed is the sum of its parts where it is not given
  SELECT r.school, schools.school_id, r.pupil, r.period, terms.inside, r.possible, coalesce(r.missed, r.authorised + r.unauthorised) AS missed, r.authorised, r.unauthorised, r.odd, r.odd_missed,
         CASE WHEN r.school IS NULL THEN 'S01' WHEN terms.label IS NULL THEN 'D01'
              WHEN r.pupil IS NULL OR r.pupil LIKE 'UN_' THEN 'K01' END AS fault
  FROM (SELECT CASE WHEN length(school) = 8 AND regexp_matches(school, '^[0-9]{3}[/ -][0-9]{4}$') THEN substr(school, 1, 3) || substr(school, 5) ELSE school END AS school, pupil, period, possible, missed, authorised, unauthorised, odd, odd_missed FROM cleaned) AS r
    LEFT JOIN terms ON terms.label = r.period LEFT JOIN schools ON schools.number = r.school
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
)
-- The sessions of each school and term, its pupils by what they missed; then what became of the rows.
SELECT school_id, period, outcome, n AS count, '' AS la, '' AS reason
FROM (SELECT school_id, period, outcome, CAST(CASE outcome WHEN 'sessions_possible' THEN possible WHEN 'sessions_missed' THEN missed
               WHEN 'sessions_authorised' THEN authorised ELSE unauthorised END AS bigint) AS n
      FROM cells CROSS JOIN (VALUES ('sessions_possible'), ('sessions_missed'), ('sessions_authorised'), ('sessions_unauthorised')) AS outcomes(outcome)) AS known
WHERE n IS NOT NULL
UNION ALL
SELECT school_id, period, 'pupils_with_sessions', pupils_with_sessions, '', '' FROM absent
UNION ALL
SELECT school_id, period, 'persistently_absent', persistently_absent, '', '' FROM absent
UNION ALL
SELECT '', '', 'session', CAST(n AS bigint), '', reason FROM reasons WHERE n > 0
ORDER BY 6, 1, 2, 3;
