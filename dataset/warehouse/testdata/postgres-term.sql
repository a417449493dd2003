-- swis: counts by school and term, from one row an event. Written for PostgreSQL 12 or later.
--   psql -q -X --csv -f counts.sql > counts.csv
--   swis ingest counts.csv --period term --from 2021-09-01 --to 2023-07-31 --out STUDY
-- Give the same --schools, --s17 and --outcomes there.
-- Steps that several others read are MATERIALIZED, so that they are made once.
-- No child's identifier is in the result. Small numbers are: treat it as the extracts.
-- The query only reads: "care"."events", with these columns unless --sql-column named others (* is read only if named):
--   child_id           text              the authority's id of the child
--   school_urn         text              the child's school on the day: any of its numbers
--   la                 text              code of the child's authority
--   event              text              contact, referral, s47_enquiry … as in swis formats events
--   date               date              day of the event
--   source*            text              referral source
--   nfa*               text              no further action: yes or no, 1 or 0
--   upn*               text              unique pupil number, for the roll

-- The planner cannot know how many rows the steps have: joins by hash are right for few and for many.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SET jit = off;
WITH settings AS ( -- the choices of this query; an open end of the window is taken from the events
  SELECT CAST('2021-09-01' AS date) AS window_from, CAST('2023-07-31' AS date) AS window_to
), delivered AS NOT MATERIALIZED ( -- the warehouse's own columns stand to the left of each AS
  SELECT trim(CAST("child_id" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS child,
         trim(CAST("school_urn" AS text), ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS school,
         CAST('801' AS text) AS la,
         CAST("event" AS text) AS event,
         CAST("date" AS date) AS day,
         CAST(NULL AS text) AS source,
         CAST(NULL AS text) AS nfa,
         CAST(NULL AS text) AS pupil
  FROM "care"."events" OFFSET 0
), words(word, kind, by_school) AS (
  VALUES ('assessment', 'assessment_start', 0),
         ('assessmentactualstartdate', 'assessment_start', 0),
         ('assessmentstart', 'assessment_start', 0),
         ('caseclosed', 'case_closed', 0),
         ('cinclosuredate', 'case_closed', 0),
         ('cinplan', 'cin_plan_start', 0),
         ('cinplanstart', 'cin_plan_start', 0),
         ('cinplanstartdate', 'cin_plan_start', 0),
         ('cinreferraldate', 'referral', 0),
         ('closure', 'case_closed', 0),
         ('contact', 'contact', 0),
         ('contacts', 'contact', 0),
         ('cpp', 'cpp_start', 0),
         ('cppstart', 'cpp_start', 0),
         ('cppstartdate', 'cpp_start', 0),
         ('enquiry', 's47_start', 0),
         ('fixedexclusion', 'suspension', 0),
         ('icpc', 'icpc', 0),
         ('permanentexclusion', 'permanent_exclusion', 0),
         ('plan', 'cin_plan_start', 0),
         ('referral', 'referral', 0),
         ('referralfromschool', 'referral', 1),
         ('referrals', 'referral', 0),
         ('s17', 's17_start', 0),
         ('s17assessment', 'assessment_start', 0),
         ('s17start', 's17_start', 0),
         ('s47', 's47_start', 0),
         ('s47actualstartdate', 's47_start', 0),
         ('s47enquiry', 's47_start', 0),
         ('s47start', 's47_start', 0),
         ('schoolreferral', 'referral', 1),
         ('section17', 's17_start', 0),
         ('section17start', 's17_start', 0),
         ('section47', 's47_start', 0),
         ('section47enquiry', 's47_start', 0),
         ('suspension', 'suspension', 0)
), written AS ( -- what rows say beside child, school and day: few texts, so each is read once
  SELECT DISTINCT coalesce(la, '') AS la, coalesce(event, '') AS event, coalesce(source, '') AS source, coalesce(nfa, '') AS nfa FROM delivered
), trimmed AS (
  SELECT la AS la_written, event AS event_written, source AS source_written, nfa AS nfa_written, trim(la, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)) AS la, lower(event) AS event, lower(trim(source, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))) AS source, lower(trim(nfa, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160))) AS nfa FROM written
), spelt AS ( -- sources like "e) 2A: Schools" from their code on; of further action the first word that says yes or no
  SELECT w.la_written, w.event_written, w.source_written, w.nfa_written, CASE WHEN (w.la IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(w.la) = 'NULL') THEN NULL WHEN w.la LIKE '%.0' THEN regexp_replace(upper(w.la), '^([0-9]+)[.]0$', '\1') ELSE upper(w.la) END AS la, k.kind, k.by_school = 1 AS in_a_word,
         CASE WHEN (w.source IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(w.source) = 'NULL') THEN '' WHEN substr(w.source, 2, 1) = ')' THEN ltrim(substr(w.source, 3)) ELSE w.source END AS code,
         CASE WHEN (w.source IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(w.source) = 'NULL') THEN '' ELSE w.source END AS source,
         CASE WHEN (w.nfa IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(w.nfa) = 'NULL') THEN '' ELSE regexp_replace(w.nfa, '^.*?(^|[^a-z])(yes|true|no|false)([^a-z].*)?$', '\2') END AS nfa
  FROM trimmed w LEFT JOIN words k ON k.word = regexp_replace(w.event, '[^a-z0-9]', '', 'g')
), judged AS (
  SELECT *, la IS NULL OR length(la) > 40 OR (la ~ '[0-9]{5}' AND NOT la ~ '^[A-Z][0-9]{8}$') AS no_la,
         kind = 'referral' AND (in_a_word OR code ~ '^2a($|[: -])' OR (NOT code ~ '^([0-9].?|[0-9][a-f][: -].*)$' AND NOT source ~ 'nurs(e|ing)' AND source LIKE '%school%')) AS by_school,
         CASE WHEN kind NOT IN ('referral', 'contact') OR in_a_word THEN '' WHEN nfa IN ('1', 'true', 'y', 'yes', 't', '1.0', 'nfa') THEN 'none' WHEN nfa IN ('0', 'false', 'n', 'no', 'f', '0.0', 'fa') THEN 'some' ELSE '' END AS action
  FROM spelt
), said AS MATERIALIZED ( -- numbers in the place of texts: type is the authority and kind, manner what else is counted by
  SELECT *, row_number() OVER () AS said, dense_rank() OVER (ORDER BY la, kind) AS type,
         CASE WHEN by_school THEN 3 ELSE 0 END + CASE action WHEN 'none' THEN 1 WHEN 'some' THEN 2 ELSE 0 END AS manner
  FROM judged
), cleaned AS (
  SELECT CASE WHEN (child IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(child) = 'NULL') THEN NULL WHEN child LIKE '%.0' THEN regexp_replace(upper(child), '^([0-9]+)[.]0$', '\1') ELSE upper(child) END AS child, upper(child) AS id, CASE WHEN (school IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(school) = 'NULL') THEN NULL WHEN school LIKE '%.0' THEN regexp_replace(upper(school), '^([0-9]+)[.]0$', '\1') ELSE upper(school) END AS school, day,
         coalesce(la, '') AS la_written, coalesce(event, '') AS event_written, coalesce(source, '') AS source_written, coalesce(nfa, '') AS nfa_written
  FROM delivered OFFSET 0
), read AS MATERIALIZED ( -- spelling is of the id: K02 a spreadsheet's .0, K03 more than 20 signs; signs that it has others than letters, digits, - and _
  SELECT child, CASE WHEN length(school) = 8 AND school ~ '^[0-9]{3}[/ -][0-9]{4}$' THEN substr(school, 1, 3) || substr(school, 5) ELSE school END AS school, la, kind, day, said, type, manner,
         CASE WHEN id <> child THEN 'K02' WHEN length(id) > 20 THEN 'K03' END AS spelling, id = child AND id ~ '[^A-Z0-9_-]' AS signs,
         CASE WHEN no_la THEN 'F07' WHEN child IS NULL THEN 'K01' WHEN child LIKE '%E%' AND child ~ '^[0-9.]+E[+-][0-9]+$' THEN 'K0E' WHEN kind IS NULL THEN 'E1T'
           WHEN day IS NULL OR day < DATE '1900-01-01' THEN 'D01' WHEN day < DATE '1991-10-14' OR day >= DATE '2100-01-01' THEN 'D07' END AS fault
  FROM cleaned JOIN said USING (la_written, event_written, source_written, nfa_written)
), heard AS MATERIALIZED ( -- rows by what they say and what is wrong with them
  SELECT s.la, s.kind, s.in_a_word, s.code, s.source, s.nfa, r.fault, r.spelling, r.signs, r.n
  FROM (SELECT said, fault, spelling, signs, count(*) AS n FROM read GROUP BY said, fault, spelling, signs) AS r JOIN said s ON s.said = r.said
), dated AS NOT MATERIALIZED ( -- rows that no rule keeps out
  SELECT child, school, la, kind, day, type, manner, CAST(EXTRACT(YEAR FROM day) AS integer) * 12 + CAST(EXTRACT(MONTH FROM day) AS integer) - 1 AS month FROM read WHERE fault IS NULL
), daily AS MATERIALIZED (
  SELECT type, la, kind, day, manner >= 3 AS by_school, manner % 3 AS action, month, count(*) AS n FROM dated GROUP BY type, la, kind, day, manner, month
), sorted AS MATERIALIZED ( -- one row an event; a row that names the school stands before one that does not
  SELECT *, row_number() OVER event AS nth, coalesce(first_value(school) OVER event, '') <> coalesce(school, '') OR first_value(manner) OVER event <> manner AS differs
  FROM dated
  WINDOW event AS (PARTITION BY type, child, day ORDER BY CASE WHEN school IS NULL THEN 1 ELSE 0 END, school, manner)
), schools(number, school_id, la, place, opened, closed) AS ( -- every number under which a school of the list is known
  VALUES ('100001', 'S''1', '801', 0, CAST(NULL AS date), CAST(NULL AS date)),
         ('S''1', 'S''1', '801', 0, CAST(NULL AS date), CAST(NULL AS date)),
         ('100002', 'S2', '801', 1, CAST(NULL AS date), CAST(NULL AS date)),
         ('S2', 'S2', '801', 1, CAST(NULL AS date), CAST(NULL AS date))
), months AS ( -- exclusions are another delivery, by schools
  SELECT la, kind, kind IN ('suspension', 'permanent_exclusion') AS by_schools, month, sum(n) AS n FROM daily GROUP BY la, kind, month
), totals AS (
  SELECT la, by_schools, month, sum(n) AS n FROM months GROUP BY la, by_schools, month
), ranked AS (
  SELECT la, by_schools, n, sum(n) OVER (PARTITION BY la, by_schools ORDER BY n ROWS UNBOUNDED PRECEDING) AS up_to, sum(n) OVER (PARTITION BY la, by_schools) AS together FROM totals
), medians AS (
  SELECT la, by_schools, min(n) AS n FROM ranked WHERE 2 * up_to >= together GROUP BY la, by_schools
), ends AS (
  SELECT t.la, t.by_schools, min(t.month) AS first, max(t.month) AS last FROM totals t JOIN medians m ON m.la = t.la AND m.by_schools = t.by_schools WHERE 4 * t.n >= m.n GROUP BY t.la, t.by_schools
), spans AS ( -- what an authority delivered: from the first to the last month with a quarter of the median month; of exclusions whole terms
  SELECT la, by_schools, CASE WHEN by_schools THEN first - first % 12 + CASE WHEN first % 12 < 3 THEN 0 WHEN first % 12 < 8 THEN 3 ELSE 8 END ELSE first END AS first,
         CASE WHEN by_schools THEN last - last % 12 + CASE WHEN last % 12 < 3 THEN 2 WHEN last % 12 < 8 THEN 7 ELSE 11 END ELSE last END AS last
  FROM ends
), bounds AS (
  SELECT coalesce(max(CAST(EXTRACT(YEAR FROM window_from) AS integer) * 12 + CAST(EXTRACT(MONTH FROM window_from) AS integer) - 1), min(CASE WHEN NOT by_schools THEN first END), min(first)) AS first,
         coalesce(max(CAST(EXTRACT(YEAR FROM window_to) AS integer) * 12 + CAST(EXTRACT(MONTH FROM window_to) AS integer) - 1), max(CASE WHEN NOT by_schools THEN last END), max(last)) AS last FROM settings CROSS JOIN spans
), calendar AS ( -- the periods under their first month
  SELECT month, label, min(month) OVER (PARTITION BY label) AS period FROM (
    SELECT month, CASE WHEN mo >= 9 THEN lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST((y + 1) % 100 AS text), 2, '0') ELSE lpad(CAST(y - 1 AS text), 4, '0') || '-' || lpad(CAST(y % 100 AS text), 2, '0') END || CASE WHEN mo >= 9 THEN ' 1 autumn' WHEN mo <= 3 THEN ' 2 spring' ELSE ' 3 summer' END AS label FROM (
      SELECT m AS month, m / 12 AS y, m % 12 + 1 AS mo FROM generate_series(23880, 25200) AS g(m)) AS y) AS c, bounds
  WHERE month BETWEEN bounds.first AND bounds.last
), labels AS (
  SELECT DISTINCT period, label FROM calendar
), occurred AS ( -- events, however many rows repeat each
  SELECT la, kind, month, count(*) AS n FROM sorted WHERE nth = 1 GROUP BY la, kind, month
), sums AS (
  SELECT m.la, m.kind, s.by_schools, s.first, s.last, sum(m.n) AS n
  FROM occurred m JOIN spans s ON s.la = m.la AND s.by_schools = (m.kind IN ('suspension', 'permanent_exclusion')) WHERE m.month BETWEEN s.first AND s.last
  GROUP BY m.la, m.kind, s.by_schools, s.first, s.last
), each_month AS ( -- of a span; up_to is the rows until then, which stays as it is through months without any
  SELECT s.la, s.kind, s.by_schools, s.n AS events, s.last - s.first + 1 AS months, g.m AS month, coalesce(m.n, 0) AS n,
         sum(coalesce(m.n, 0)) OVER (PARTITION BY s.la, s.kind ORDER BY g.m) AS up_to, sum(coalesce(m.n, 0)) OVER (PARTITION BY s.la, s.kind) AS together
  FROM sums s JOIN generate_series(23880, 25200) AS g(m) ON g.m BETWEEN s.first AND s.last LEFT JOIN months m ON m.la = s.la AND m.kind = s.kind AND m.month = g.m
), runs AS ( -- the months in a row without any that a month stands in; exclusions come by term, and not in August
  SELECT *, sum(CASE WHEN n = 0 THEN 1 ELSE 0 END) OVER (PARTITION BY la, kind, up_to) AS run, CASE WHEN NOT by_schools THEN 12 * months WHEN month % 12 = 7 THEN 0 ELSE 1 END AS most FROM each_month
), empty AS ( -- rule X01: months in which ten or more were to be expected
  SELECT la, kind, by_schools, month FROM runs WHERE n = 0 AND events * least(run, most) >= 10 * months AND least(run, most) > 0
), begun AS ( -- months in which something began
  SELECT DISTINCT la, by_schools, month FROM months WHERE kind NOT IN ('case_closed', 'icpc')
), silent AS ( -- these; all that is rare where nothing else began; and of referrals a quarter or more in which no case closed
  SELECT la, kind, month FROM empty
  UNION
  SELECT k.la, k.kind, e.month FROM (SELECT DISTINCT la, kind, by_schools FROM each_month) AS k JOIN empty e ON e.la = k.la AND e.by_schools = k.by_schools
    LEFT JOIN begun b ON b.la = e.la AND b.by_schools = e.by_schools AND b.month = e.month WHERE e.kind NOT IN ('case_closed', 'icpc') AND b.month IS NULL
  UNION
  SELECT la, 'referral', month FROM runs WHERE kind = 'case_closed' AND n = 0 AND run >= 3 AND up_to > 0 AND up_to < together AND events * run >= 10 * months
), span_days AS (
  SELECT la, make_date(CAST((first) / 12 AS integer), CAST((first) % 12 + 1 AS integer), 1) AS from_day, make_date(CAST((last + 1) / 12 AS integer), CAST((last + 1) % 12 + 1 AS integer), 1) - 1 AS to_day FROM spans WHERE NOT by_schools
), begins AS (
  SELECT s.la, s.from_day, s.to_day, min(d.day) AS first_day, max(d.day) AS last_day, count(DISTINCT d.day) AS n
  FROM span_days s JOIN daily d ON d.la = s.la AND d.day BETWEEN s.from_day AND s.to_day AND d.kind NOT IN ('case_closed', 'icpc', 'suspension', 'permanent_exclusion') GROUP BY s.la, s.from_day, s.to_day
), partial AS ( -- deliveries that begin or end within a month: ten days or more with something beginning were to be expected in the rest of it
  SELECT la, CASE WHEN n * (first_day - from_day) >= 10 * (to_day - from_day + 1) THEN first_day END AS first_day, CASE WHEN n * (to_day - last_day) >= 10 * (to_day - from_day + 1) THEN last_day END AS last_day FROM begins
), period_days AS (
  SELECT c.period, greatest(min(make_date(CAST((c.month) / 12 AS integer), CAST((c.month) % 12 + 1 AS integer), 1)), min(window_from)) AS from_day, least(max(make_date(CAST((c.month + 1) / 12 AS integer), CAST((c.month + 1) % 12 + 1 AS integer), 1)) - 1, min(window_to)) AS to_day FROM calendar c CROSS JOIN settings GROUP BY c.period
), covered AS ( -- a period is delivered where every month of it inside the window is
  SELECT s.la, s.kind, c.period FROM (SELECT DISTINCT la, kind FROM each_month) AS s CROSS JOIN calendar c LEFT JOIN each_month m ON m.la = s.la AND m.kind = s.kind AND m.month = c.month
    LEFT JOIN silent q ON q.la = s.la AND q.kind = s.kind AND q.month = c.month JOIN period_days d ON d.period = c.period
    LEFT JOIN partial p ON p.la = s.la AND s.kind NOT IN ('suspension', 'permanent_exclusion') AND (d.from_day < p.first_day AND p.first_day <= d.to_day OR d.from_day <= p.last_day AND p.last_day < d.to_day)
  GROUP BY s.la, s.kind, c.period
  HAVING min(CASE WHEN m.month IS NOT NULL AND q.month IS NULL AND p.la IS NULL THEN 1 ELSE 0 END) = 1
), targets(outcome, kind, rank, by_school, action, needs_school, needs_known, each) AS (
  VALUES ('s47', 's47_start', 0, 'any', 'any', 0, 0, 1),
         ('s47_children', 's47_start', 0, 'any', 'any', 0, 0, 0),
         ('s17_starts', 's17_start', 0, 'any', 'any', 0, 0, 1),
         ('s17_starts', 'referral', 1, 'any', 'some', 0, 1, 1),
         ('referrals', 'referral', 0, 'any', 'any', 0, 0, 1),
         ('referrals_from_schools', 'referral', 0, 'yes', 'any', 1, 0, 1),
         ('contacts', 'contact', 0, 'any', 'any', 0, 0, 1),
         ('suspensions', 'suspension', 0, 'any', 'any', 0, 0, 1),
         ('suspended_pupils', 'suspension', 0, 'any', 'any', 0, 0, 0),
         ('permanent_exclusions', 'permanent_exclusion', 0, 'any', 'any', 0, 0, 1)
), held AS ( -- what an authority's rows of a type record
  SELECT type, la, kind, max(CASE WHEN by_school THEN 1 ELSE 0 END) AS school, max(CASE WHEN action > 0 THEN 1 ELSE 0 END) AS known FROM daily GROUP BY type, la, kind
), outcomes AS (
  SELECT type, la, outcome, kind, by_school, action, each FROM (
    SELECT h.type, h.la, h.school, h.known, t.*, row_number() OVER (PARTITION BY h.la, t.outcome ORDER BY t.rank) AS choice FROM held h JOIN targets t ON t.kind = h.kind) AS c
  WHERE choice = 1 AND school >= needs_school AND known >= needs_known
), delivered_cells AS (
  SELECT o.la, o.outcome, v.period FROM outcomes o JOIN covered v ON v.la = o.la AND v.kind = o.kind
), timed AS ( -- the period of each row; none outside the window, or where no outcome is made of the type
  SELECT r.*, o.kind IS NOT NULL AS wanted, CASE WHEN r.day >= coalesce(window_from, r.day) AND r.day <= coalesce(window_to, r.day) THEN c.period END AS period
  FROM sorted r CROSS JOIN settings LEFT JOIN (SELECT DISTINCT type, kind FROM outcomes) AS o ON o.type = r.type LEFT JOIN calendar c ON c.month = r.month
), linked AS ( -- where the child was
  SELECT t.*, CASE WHEN t.school IS NOT NULL THEN 5 END AS method, s.school_id FROM timed t LEFT JOIN schools s ON s.number = t.school
), manners(manner, by_school, action) AS (
  VALUES (0, false, ''), (1, false, 'none'), (2, false, 'some'), (3, true, ''), (4, true, 'none'), (5, true, 'some')
), countable AS ( -- the cells that a row of an authority counts in, at a school of an authority
  SELECT o.type, d.la AS school_la, d.period, o.outcome, o.each, f.manner
  FROM outcomes o JOIN delivered_cells d ON d.outcome = o.outcome
    JOIN manners f ON (o.by_school = 'any' OR f.by_school) AND (o.action IN ('any', f.action) OR o.action = 'known' AND f.action <> '')
), ended AS MATERIALIZED ( -- what becomes of each row, in the words of swis ingest
  SELECT r.type, r.la, r.child, r.kind, r.day, r.month, r.manner, r.differs, r.school_id, r.method, s.la AS school_la, r.period,
         CASE WHEN r.nth > 1 THEN 'duplicate' WHEN NOT r.wanted THEN 'other_kind' WHEN r.period IS NULL THEN 'out_of_window'
           WHEN r.method IS NULL THEN 'unlinked' WHEN r.school_id IS NULL THEN 'other_school' WHEN k.period IS NULL THEN 'not_delivered' ELSE 'counted' END AS reason
  FROM linked r LEFT JOIN (SELECT DISTINCT school_id, la FROM schools) AS s ON s.school_id = r.school_id
    LEFT JOIN (SELECT DISTINCT type, school_la, period, manner FROM countable) AS k
      ON k.type = r.type AND k.school_la = s.la AND k.period = r.period AND k.manner = r.manner
), summed AS ( -- rows that are alike in all that cells are made of
  SELECT type, manner, school_id, school_la, period, count(*) AS n FROM ended WHERE reason = 'counted' GROUP BY type, manner, school_id, school_la, period
), persons AS ( -- children of a cell, each once however many rows it has there
  SELECT DISTINCT e.school_id, e.school_la, e.period, k.outcome, e.la, e.child
  FROM ended e JOIN countable k ON k.type = e.type AND k.school_la = e.school_la AND k.period = e.period AND k.manner = e.manner
  WHERE e.reason = 'counted' AND k.each = 0
), counted AS MATERIALIZED (
  SELECT e.school_id, e.school_la, e.period, k.outcome, sum(e.n) AS n
  FROM summed e JOIN countable k ON k.type = e.type AND k.school_la = e.school_la AND k.period = e.period AND k.manner = e.manner
  WHERE k.each = 1 GROUP BY e.school_id, e.school_la, e.period, k.outcome
  UNION ALL
  SELECT school_id, school_la, period, outcome, count(*) FROM persons GROUP BY school_id, school_la, period, outcome
), days AS (
  SELECT d.la, d.day, sum(d.n) AS n FROM daily d JOIN spans s ON s.la = d.la AND NOT s.by_schools AND d.month BETWEEN s.first AND s.last GROUP BY d.la, d.day
), lengths AS ( -- of what was delivered, in days
  SELECT la, make_date(CAST((last + 1) / 12 AS integer), CAST((last + 1) % 12 + 1 AS integer), 1) - make_date(CAST((first) / 12 AS integer), CAST((first) % 12 + 1 AS integer), 1) AS days FROM spans WHERE NOT by_schools
), reasons AS ( -- rows of the warehouse by authority, type and month, and why they are counted or not
  SELECT la, kind, month, reason, count(*) AS n FROM ended GROUP BY la, kind, month, reason
  UNION ALL
  SELECT la, kind, NULL, CASE WHEN differs THEN 'E02' ELSE 'E01' END, count(*) FROM ended WHERE reason = 'duplicate' GROUP BY la, kind, differs
  UNION ALL
  SELECT la, kind, NULL, 'from_school', sum(n) FROM daily WHERE by_school GROUP BY la, kind
  UNION ALL -- the day of the month where a delivery begins or ends within one
  SELECT la, NULL, CAST(EXTRACT(YEAR FROM first_day) AS integer) * 12 + CAST(EXTRACT(MONTH FROM first_day) AS integer) - 1, 'first_day', CAST(EXTRACT(DAY FROM first_day) AS integer) FROM partial WHERE first_day IS NOT NULL
  UNION ALL
  SELECT la, NULL, CAST(EXTRACT(YEAR FROM last_day) AS integer) * 12 + CAST(EXTRACT(MONTH FROM last_day) AS integer) - 1, 'last_day', CAST(EXTRACT(DAY FROM last_day) AS integer) FROM partial WHERE last_day IS NOT NULL
  UNION ALL
  SELECT la, kind, NULL, 'action_known', sum(n) FROM daily WHERE action > 0 GROUP BY la, kind
  UNION ALL
  SELECT la, kind, NULL, 'no_action', sum(n) FROM daily WHERE action = 1 GROUP BY la, kind
  UNION ALL
  SELECT CASE WHEN fault = 'F07' THEN NULL ELSE la END, CASE WHEN fault IN ('D01', 'D07') THEN kind END, NULL, fault, sum(n) FROM heard WHERE fault IS NOT NULL GROUP BY 1, 2, 4
  UNION ALL
  SELECT la, NULL, NULL, spelling, sum(n) FROM heard WHERE (fault IS NULL OR fault IN ('E1T', 'D01', 'D07')) AND spelling IS NOT NULL GROUP BY la, spelling
  UNION ALL
  SELECT la, NULL, NULL, 'K0A', sum(n) FROM heard WHERE (fault IS NULL OR fault IN ('E1T', 'D01', 'D07')) AND signs GROUP BY la
  UNION ALL -- sources that are no code, and those that may mean a school or another service
  SELECT la, NULL, NULL, 'E10', sum(n) FROM heard
  WHERE (fault IS NULL OR fault IN ('D01', 'D07')) AND kind = 'referral' AND NOT in_a_word AND length(source) <= 2 AND NOT source ~ '^(1[a-d]|2[ab]|3[a-f]|4|5[a-d]|6|7|8|9|10|)$' GROUP BY la
  UNION ALL -- and further action that is neither yes nor no
  SELECT la, NULL, NULL, 'E10', sum(n) FROM heard
  WHERE (fault IS NULL OR fault IN ('D01', 'D07')) AND kind IN ('referral', 'contact') AND NOT in_a_word
    AND nfa NOT IN ('', '1', 'true', 'y', 'yes', 't', '1.0', 'nfa', '0', 'false', 'n', 'no', 'f', '0.0', 'fa') GROUP BY la
  UNION ALL
  SELECT la, NULL, NULL, 'E11', sum(n) FROM heard
  WHERE (fault IS NULL OR fault IN ('D01', 'D07')) AND kind = 'referral' AND NOT in_a_word AND source LIKE '%education%' AND source NOT LIKE '%school%'
    AND NOT source ~ 'nurs(e|ing)' AND NOT code ~ '^(2a($|[: -].*)|[0-9].?|[0-9][a-f][: -].*)$' GROUP BY la
  UNION ALL -- days with more than 20 events and more than 8 times the daily mean
  SELECT d.la, NULL, NULL, 'E12', count(*) FROM days d JOIN lengths l ON l.la = d.la JOIN (SELECT la, sum(n) AS n FROM days GROUP BY la) AS a ON a.la = d.la
  WHERE d.n > 20 AND d.n * l.days > 8 * a.n GROUP BY d.la
  UNION ALL -- events at a school that was not open on the day
  SELECT e.la, NULL, NULL, 'S02', count(*) FROM ended e JOIN (SELECT DISTINCT school_id, opened, closed FROM schools) AS s ON s.school_id = e.school_id
  WHERE e.reason IN ('counted', 'not_delivered') AND (e.day < s.opened OR e.day > s.closed) GROUP BY e.la
)
-- The cells that are not zero, and one that is of each school without any. Then
-- the cells that its authority covers, which are zero where none is named, and
-- what became of the rows, without schools.
SELECT c.school_id, l.label AS period, c.outcome, c.n AS count, c.school_la AS la, '' AS reason FROM counted c JOIN labels l ON l.period = c.period
UNION ALL
SELECT s.school_id, l.label, d.outcome, 0, s.la, ''
FROM (SELECT DISTINCT school_id, la FROM schools) AS s JOIN (SELECT *, row_number() OVER (PARTITION BY la ORDER BY period, outcome) AS nth FROM delivered_cells) AS d ON d.la = s.la AND d.nth = 1
  JOIN labels l ON l.period = d.period LEFT JOIN (SELECT DISTINCT school_id FROM counted) AS c ON c.school_id = s.school_id
WHERE c.school_id IS NULL
UNION ALL
SELECT '', l.label, d.outcome, 0, d.la, 'covered' FROM delivered_cells d JOIN labels l ON l.period = d.period
UNION ALL
SELECT '', CASE WHEN month IS NULL THEN '' ELSE lpad(CAST((month / 12) AS text), 4, '0') || '-' || lpad(CAST((month % 12 + 1) AS text), 2, '0') END, coalesce(kind, ''), n, coalesce(la, ''), reason FROM reasons
ORDER BY 6, 5, 1, 2, 3;
