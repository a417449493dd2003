-- swis: sessions by school and term, from one row a pupil and half-day, as a register has them. Written for PostgreSQL 12 or later.
--   psql -q -X --csv -f counts.sql > counts.csv
--   swis ingest counts.csv --period term --from 2021-09-01 --to 2023-07-31 --out STUDY
-- Give the same --schools, --s17 and --outcomes there.
-- Steps that several others read are MATERIALIZED, so that they are made once.
-- No child's identifier is in the result. Small numbers are: treat it as the extracts.
-- The query only reads: "census"."marks", with these columns unless --sql-column named others (* is read only if named):
--   upn                text              the pupil
--   school_urn         text              the school: any of its numbers
--   date               date              day
--   session            text              AM or PM
--   mark               text              code of the register

-- The planner cannot know how many rows the steps have: joins by hash are right for few and for many.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SET jit = off;
WITH settings AS ( -- the choices of this query; blanks are what is trimmed from text
  SELECT DATE '2021-09-01' AS window_from, DATE '2023-07-31' AS window_to, chr(9) || chr(10) || chr(13) || ' ' || chr(160) AS blanks
), codes(mark, class) AS ( -- 0 attended, 1 missed with permission, 2 without it, 3 no session that was possible
  VALUES ('/', 0), ('\', 0), ('B', 0), ('J', 0), ('K', 0), ('L', 0), ('P', 0), ('V', 0), ('W', 0), ('C', 1), ('C1', 1), ('C2', 1), ('E', 1), ('F', 1), ('H', 1), ('I', 1), ('J1', 1), ('M', 1), ('R', 1), ('S', 1), ('T', 1), ('G', 2), ('N', 2), ('O', 2), ('U', 2), ('#', 3), ('D', 3), ('Q', 3), ('X', 3), ('Y', 3), ('Y1', 3), ('Y2', 3), ('Y3', 3), ('Y4', 3), ('Y5', 3), ('Y6', 3), ('Y7', 3), ('Z', 3)
), halves(word, half) AS (
  VALUES ('AM', 1), ('A', 1), ('MORNING', 1), ('1', 1), ('PM', 2), ('P', 2), ('AFTERNOON', 2), ('2', 2)
), schools(number, school_id) AS ( -- every number under which a school of the list is known
  VALUES ('100001', 'S''1'),
         ('S''1', 'S''1'),
         ('100002', 'S2'),
         ('S2', 'S2')
), calendar AS ( -- the months of the window
  SELECT month, CASE WHEN mo >= 9 THEN lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST((y + 1) % 100 AS text), 2, '0') ELSE lpad(CAST(y - 1 AS text), 4, '0') || '-' || lpad(CAST(y % 100 AS text), 2, '0') END || CASE WHEN mo >= 9 THEN ' 1 autumn' WHEN mo <= 3 THEN ' 2 spring' ELSE ' 3 summer' END AS period FROM (
    SELECT m AS month, m / 12 AS y, m % 12 + 1 AS mo FROM generate_series(24260, 24282) AS g(m)) AS months
), written AS ( -- the school of every way in which the rows write a number
  SELECT written, number, schools.school_id
  FROM (SELECT written, CASE WHEN length(cleaned) = 8 AND cleaned ~ '^[0-9]{3}[/ -][0-9]{4}$' THEN substr(cleaned, 1, 3) || substr(cleaned, 5) ELSE cleaned END AS number
        FROM (SELECT written, CASE WHEN (trimmed IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(trimmed) = 'NULL') THEN NULL WHEN trimmed LIKE '%.0' THEN regexp_replace(upper(trimmed), '^([0-9]+)[.]0$', '\1') ELSE upper(trimmed) END AS cleaned
              FROM (SELECT written, trim(written, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS trimmed FROM (SELECT DISTINCT CAST("school_urn" AS text) AS written FROM "census"."marks") AS distinct_numbers) AS trimmed_numbers) AS cleaned_numbers) AS numbers
    LEFT JOIN schools USING (number)
), delivered AS ( -- the warehouse's own columns stand to the left of each AS
  SELECT CAST("upn" AS text) AS pupil,
         CAST("school_urn" AS text) AS school,
         CAST("date" AS date) AS day,
         CAST("session" AS text) AS session,
         CAST("attendance_code" AS text) AS mark
  FROM "census"."marks"
), read AS ( -- what the rows say, and the rule that keeps one out
  SELECT upper(trim(BOTH blanks FROM delivered.pupil)) AS pupil, written.number, written.school_id, day, halves.half, codes.class,
         CASE WHEN (trim(BOTH blanks FROM coalesce(delivered.pupil, '')) IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(trim(BOTH blanks FROM coalesce(delivered.pupil, ''))) = 'NULL') OR upper(trim(BOTH blanks FROM delivered.pupil)) LIKE 'UN_' THEN 'K01'
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
)
-- The sessions of each school and period that is known; then what became of the rows.
SELECT school_id, period, outcome, CAST(CASE outcome WHEN 'sessions_possible' THEN possible WHEN 'sessions_missed' THEN authorised + unauthorised
         WHEN 'sessions_authorised' THEN authorised ELSE unauthorised END AS bigint) AS count, '' AS la, '' AS reason
FROM cells CROSS JOIN (VALUES ('sessions_possible'), ('sessions_missed'), ('sessions_authorised'), ('sessions_unauthorised')) AS outcomes(outcome)
UNION ALL
SELECT '', '', 'session', CAST(n AS bigint), '', reason FROM reasons WHERE n > 0
ORDER BY 6, 1, 2, 3;
