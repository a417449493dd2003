-- swis: days in care by school and month, from one row an episode of care, all returns together. Written for PostgreSQL 12 or later.
--   psql -q -X --csv -f counts.sql > counts.csv
--   swis ingest counts.csv --period month --from 2021-09-01 --to 2023-07-31 --out STUDY
-- Give the same --schools, --s17 and --outcomes there.
-- Steps that several others read are MATERIALIZED, so that they are made once.
-- No child's identifier is in the result. Small numbers are: treat it as the extracts.
-- The query only reads: "care"."episodes", with these columns unless --sql-column named others (* is read only if named):
--   CHILD              text              the authority's id of the child
--   DECOM              date              start of the episode
--   RNE                text              reason for the new episode: S L P T B U
--   LS                 text              legal status; V3 and V4 are short breaks
--   DEC                date              end of the episode; the day is not counted
--   LA                 text              code of the authority
--   YEAR               integer           year of the return, which ends on 31 March: every row has one
-- and the lookup "links":
--   la                 text              code of the child's authority
--   child_id           text              the authority's id of the child
--   upn*               text              unique pupil number
--   school_urn         text              the school: any of its numbers
--   start              date              first day at the school
--   end                date              day of leaving, not counted; none while there
-- and the children "care"."header":
--   LA                 text              code of the authority
--   CHILD              text              the authority's id of the child
--   UPN                text              unique pupil number
--   DOB                date              birth date

-- The planner cannot know how many rows the steps have: joins by hash are right for few and for many.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SET jit = off;
WITH settings AS ( -- the choices of this query
  SELECT DATE '2021-09-01' AS window_from, DATE '2023-07-31' + 1 AS window_end, CAST('2021-09-01' AS date) AS baseline
), delivered AS ( -- the warehouse's own columns stand to the left of each AS
  SELECT trim(CAST("child" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS child,
         CAST("decom" AS date) AS first_day,
         trim(CAST("rne" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS reason,
         trim(CAST("ls" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS legal,
         CAST("dec" AS date) AS end_day,
         trim(CAST("la" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS la,
         CAST("year" AS integer) AS year
  FROM "care"."episodes"
), cleaned AS (
  SELECT CASE WHEN (child IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(child) = 'NULL') THEN NULL WHEN child LIKE '%.0' THEN regexp_replace(upper(child), '^([0-9]+)[.]0$', '\1') ELSE upper(child) END AS child,
         CASE WHEN (la IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(la) = 'NULL') THEN NULL WHEN la LIKE '%.0' THEN regexp_replace(upper(la), '^([0-9]+)[.]0$', '\1') ELSE upper(la) END AS la, first_day, CASE WHEN end_day > DATE '1901-01-01' AND end_day < DATE '2100-01-01' THEN end_day END AS end_day,
         upper(coalesce(legal, '')) AS legal, CASE WHEN upper(reason) IN ('S', 'L', 'P', 'T', 'B', 'U') THEN upper(reason) ELSE '' END AS reason,
         CASE WHEN year > 1990 AND year < 2100 THEN year END AS year
  FROM delivered
), read AS MATERIALIZED ( -- what the rows say, and the rule that keeps one out; class 3 are short breaks, 4 agreements on them
  SELECT la, child, first_day, end_day, reason, year,
         CASE WHEN legal IN ('C1', 'C2', 'D1', 'E1') THEN 1 WHEN legal IN ('V2', 'L1', 'L2', 'L3', 'J1', 'J2', 'J3') THEN 0 WHEN legal = 'V3' THEN 3 WHEN legal = 'V4' THEN 4 ELSE 2 END AS legal,
         CASE WHEN la IS NULL OR length(la) > 40 OR (la ~ '[0-9]{5}' AND NOT la ~ '^[A-Z][0-9]{8}$') THEN 'F07'
           WHEN child IS NULL THEN 'K01' WHEN child ~ '^[0-9.]+E[+-][0-9]+$' THEN 'K0E'
           WHEN first_day IS NULL OR first_day < DATE '1900-01-01' THEN 'D01' WHEN first_day < DATE '1991-10-14' OR first_day >= DATE '2100-01-01' THEN 'D07' END AS fault
  FROM cleaned
), schools(number, school_id, la, place, opened, closed) AS ( -- every number under which a school of the list is known
  VALUES ('100001', 'S''1', '801', 0, CAST(NULL AS date), CAST(NULL AS date)),
         ('S''1', 'S''1', '801', 0, CAST(NULL AS date), CAST(NULL AS date)),
         ('100002', 'S2', '801', 1, CAST(NULL AS date), CAST(NULL AS date)),
         ('S2', 'S2', '801', 1, CAST(NULL AS date), CAST(NULL AS date))
), header AS (
  SELECT la, child, CASE WHEN pupil NOT LIKE 'UN_' THEN pupil END AS pupil, birth
  FROM (SELECT CASE WHEN (la IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(la) = 'NULL') THEN NULL WHEN la LIKE '%.0' THEN regexp_replace(upper(la), '^([0-9]+)[.]0$', '\1') ELSE upper(la) END AS la, CASE WHEN (child IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(child) = 'NULL') THEN NULL WHEN child LIKE '%.0' THEN regexp_replace(upper(child), '^([0-9]+)[.]0$', '\1') ELSE upper(child) END AS child, CASE WHEN (pupil IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(pupil) = 'NULL') THEN NULL WHEN pupil LIKE '%.0' THEN regexp_replace(upper(pupil), '^([0-9]+)[.]0$', '\1') ELSE upper(pupil) END AS pupil, birth
        FROM (SELECT trim(CAST("la" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS la, trim(CAST("child" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS child, trim(CAST("upn" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS pupil, CAST("dob" AS date) AS birth FROM "care"."header") AS header_rows) AS header_cells
), looked_up AS (
  SELECT la, CASE WHEN NOT child ~ '^[0-9.]+E[+-][0-9]+$' THEN child END AS child, CASE WHEN pupil NOT LIKE 'UN_' THEN pupil END AS pupil, CASE WHEN length(school) = 8 AND school ~ '^[0-9]{3}[/ -][0-9]{4}$' THEN substr(school, 1, 3) || substr(school, 5) ELSE school END AS school, first_day, left_day
  FROM (SELECT CASE WHEN (la IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(la) = 'NULL') THEN NULL WHEN la LIKE '%.0' THEN regexp_replace(upper(la), '^([0-9]+)[.]0$', '\1') ELSE upper(la) END AS la, CASE WHEN (child IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(child) = 'NULL') THEN NULL WHEN child LIKE '%.0' THEN regexp_replace(upper(child), '^([0-9]+)[.]0$', '\1') ELSE upper(child) END AS child, CASE WHEN (pupil IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(pupil) = 'NULL') THEN NULL WHEN pupil LIKE '%.0' THEN regexp_replace(upper(pupil), '^([0-9]+)[.]0$', '\1') ELSE upper(pupil) END AS pupil, CASE WHEN (school IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(school) = 'NULL') THEN NULL WHEN school LIKE '%.0' THEN regexp_replace(upper(school), '^([0-9]+)[.]0$', '\1') ELSE upper(school) END AS school, first_day, left_day
        FROM (SELECT trim(CAST("la" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS la, trim(CAST("child_id" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS child, CAST(NULL AS text) AS pupil, trim(CAST("school_urn" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS school, CAST("start" AS date) AS first_day, CAST("end" AS date) AS left_day FROM "links") AS link_rows) AS link_cells
), months AS ( -- of the window, each to the day before its end
  SELECT month, lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST(mo AS text), 2, '0') AS period, make_date(CAST((month) / 12 AS integer), CAST((month) % 12 + 1 AS integer), 1) AS first_day, make_date(CAST((month + 1) / 12 AS integer), CAST((month + 1) % 12 + 1 AS integer), 1) AS end_day FROM (
    SELECT m AS month, m / 12 AS y, m % 12 + 1 AS mo FROM generate_series(24260, 24282) AS g(m)) AS c
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
         legal = 4 OR legal = 3 AS short
  FROM kept k JOIN starts s ON s.la = k.la AND s.child = k.child AND s.first_day = k.first_day
), fresh AS (
  SELECT la, child, first_day, until, place, reason, CASE WHEN first_day <= max(until) OVER (PARTITION BY la, child ORDER BY first_day, place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
  FROM episodes WHERE NOT short
), joined AS (
  SELECT *, sum(begins) OVER (PARTITION BY la, child ORDER BY first_day, place ROWS UNBOUNDED PRECEDING) AS stay FROM fresh
), in_care AS ( -- stays in care: episodes that overlap or touch are one; entry: care is not said to continue
  SELECT la, child, min(first_day) AS first_day, max(until) AS until, max(CASE WHEN begins = 1 AND reason IN ('', 'S') THEN 1 ELSE 0 END) AS entry FROM joined GROUP BY la, child, stay
), births AS (
  SELECT la, child, min(birth) AS birth FROM header WHERE birth IS NOT NULL GROUP BY la, child
), grown AS (
  SELECT la, child, CASE WHEN EXTRACT(MONTH FROM birth) = 2 AND EXTRACT(DAY FROM birth) = 29 THEN make_date(CAST(EXTRACT(YEAR FROM birth) + 18 AS integer), 3, 1)
                      ELSE make_date(CAST(EXTRACT(YEAR FROM birth) + 18 AS integer), CAST(EXTRACT(MONTH FROM birth) AS integer), CAST(EXTRACT(DAY FROM birth) AS integer)) END AS eighteen
  FROM births
), inside AS ( -- the days of the window
  SELECT s.la, s.child, s.first_day, s.entry, greatest(s.first_day, window_from) AS from_day, least(least(s.until, coalesce(g.eighteen, s.until)), window_end) AS end_day
  FROM in_care s CROSS JOIN settings LEFT JOIN grown g ON g.la = s.la AND g.child = s.child
), pieces AS MATERIALIZED ( -- days of a child in a period that its authority delivered, and the day on which its school is asked for
  SELECT i.la, i.child, m.period, i.from_day AS asked, CASE WHEN i.first_day >= m.first_day AND i.first_day < m.end_day AND i.first_day = i.from_day THEN i.entry ELSE 0 END AS entries,
         least(i.end_day, m.end_day) - greatest(i.from_day, m.first_day) AS days
  FROM inside i CROSS JOIN settings JOIN months m ON i.from_day < m.end_day AND i.end_day > m.first_day JOIN covered c ON c.la = i.la AND c.period = m.period
  WHERE i.from_day < i.end_day
), children AS ( -- the UPN of a child: of several the first in alphabetical order
  SELECT la, child, min(pupil) AS pupil FROM (
    SELECT la, child, pupil FROM header
    UNION ALL
    SELECT la, child, pupil FROM looked_up) AS named
  WHERE pupil IS NOT NULL AND child IS NOT NULL GROUP BY la, child
), enrolled(method, la, person, school, first_day, left_day, rank) AS ( -- method 1 is the UPN on the roll, 2 a former UPN there, 3 the lookup by child id, 4 by UPN
  SELECT 3, la, child, school, first_day, left_day, 0 FROM looked_up WHERE child IS NOT NULL
  UNION ALL
  SELECT 4, '', pupil, school, first_day, left_day, 0 FROM looked_up WHERE pupil IS NOT NULL
), stays AS MATERIALIZED ( -- where a file without ends of stays repeats an entry, the one with its end is it
  SELECT * FROM (
    SELECT CASE WHEN method = 2 THEN 1 ELSE method END AS source, method, e.la, person, s.school_id, coalesce(s.place, -1) AS place, coalesce(first_day, DATE '1900-01-01') AS first_day, coalesce(left_day, DATE '9999-12-31') AS left_day, rank,
           row_number() OVER (PARTITION BY CASE WHEN method = 2 THEN 1 ELSE method END, e.la, person, first_day, s.school_id ORDER BY coalesce(left_day, DATE '9999-12-31'), rank, method) AS copy
    FROM enrolled e LEFT JOIN schools s ON s.number = e.school
    WHERE e.school IS NOT NULL AND (first_day IS NULL OR left_day IS NULL OR left_day >= first_day)) AS copies
  WHERE copy = 1
), wanted AS MATERIALIZED ( -- the days that are asked for, under the id of the child in its authority and under its UPN
  SELECT t.la, t.child, '' AS kind, t.asked AS day, t.asked, CASE by_pupil WHEN 1 THEN '' ELSE t.la END AS person_la, CASE by_pupil WHEN 1 THEN c.pupil ELSE t.child END AS person
  FROM (SELECT DISTINCT la, child, asked FROM pieces) AS t CROSS JOIN (VALUES (0), (1)) AS keys(by_pupil) LEFT JOIN children c ON c.la = t.la AND c.child = t.child
), placed AS MATERIALIZED ( -- one school an event: by the first source that has one; of several registrations the single one, then the main one, a school of the list, the later entry
  SELECT * FROM (
    SELECT f.la, f.child, f.kind, f.day, e.method, e.school_id, min(e.place) OVER one_source <> max(e.place) OVER one_source AS several,
           row_number() OVER (PARTITION BY f.la, f.child, f.kind, f.day ORDER BY e.source, e.rank, e.first_day DESC, e.place DESC) AS choice
    FROM wanted f JOIN stays e ON e.la = f.person_la AND e.person = f.person AND e.first_day <= f.asked AND f.asked < e.left_day
    WINDOW one_source AS (PARTITION BY f.la, f.child, f.kind, f.day, e.source)) AS found
  WHERE choice = 1
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
)
-- Zeros where the school's authority delivered and nothing was counted; nothing
-- where it did not deliver. Then what became of the rows, without schools.
SELECT s.school_id, c.period, o.outcome, CAST(coalesce(CASE o.outcome WHEN 'days_in_care' THEN n.days_in_care WHEN 'children_in_care' THEN n.children_in_care ELSE n.care_entries END, 0) AS bigint) AS count, '' AS la, '' AS reason
FROM (SELECT DISTINCT school_id, la FROM schools) AS s JOIN covered c ON c.la = s.la LEFT JOIN counted n ON n.school_id = s.school_id AND n.period = c.period
  CROSS JOIN (VALUES ('days_in_care'), ('children_in_care'), ('care_entries')) AS o(outcome)
UNION ALL
SELECT '', '', 'episode', CAST(n AS bigint), coalesce(la, ''), reason FROM together WHERE n > 0
ORDER BY 6, 5, 1, 2, 3;
