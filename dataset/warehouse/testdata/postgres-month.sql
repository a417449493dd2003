-- swis: counts by school and month, from one row an event. Written for postgres.
--   psql --csv -f counts.sql > counts.csv
--   swis ingest counts.csv --period month --out STUDY
-- No child's identifier is in the result. Small numbers are: treat it as the extracts.
WITH delivered AS (
  -- The warehouse's own columns stand to the left of each AS.
  SELECT CAST(child_id AS text) AS child,
         CAST(school_urn AS text) AS school,
         CAST(la AS text) AS la,
         CAST(event AS text) AS event,
         CAST(date AS date) AS day,
         CAST(NULL AS text) AS source,
         CAST(NULL AS text) AS nfa
  FROM events
), cleaned AS (
  SELECT CASE WHEN regexp_replace(child, '^[[:space:] ]+|[[:space:] ]+$', '', 'g') IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(regexp_replace(child, '^[[:space:] ]+|[[:space:] ]+$', '', 'g')) = 'NULL' THEN NULL ELSE regexp_replace(upper(regexp_replace(child, '^[[:space:] ]+|[[:space:] ]+$', '', 'g')), '^([0-9]+)[.]0$', '\1') END AS child,
         CASE WHEN regexp_replace(school, '^[[:space:] ]+|[[:space:] ]+$', '', 'g') IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(regexp_replace(school, '^[[:space:] ]+|[[:space:] ]+$', '', 'g')) = 'NULL' THEN NULL ELSE regexp_replace(upper(regexp_replace(school, '^[[:space:] ]+|[[:space:] ]+$', '', 'g')), '^([0-9]+)[.]0$', '\1') END AS school,
         CASE WHEN regexp_replace(la, '^[[:space:] ]+|[[:space:] ]+$', '', 'g') IN ('', '-', '.', 'NA', 'N/A', 'NaN', 'NaT', '#N/A', 'None', '<NA>') OR upper(regexp_replace(la, '^[[:space:] ]+|[[:space:] ]+$', '', 'g')) = 'NULL' THEN NULL ELSE regexp_replace(upper(regexp_replace(la, '^[[:space:] ]+|[[:space:] ]+$', '', 'g')), '^([0-9]+)[.]0$', '\1') END AS la,
         regexp_replace(lower(event), '[^a-z0-9]', '', 'g') AS word, day,
         lower(regexp_replace(coalesce(source, ''), '^[[:space:] ]+|[[:space:] ]+$', '', 'g')) AS source, lower(regexp_replace(coalesce(nfa, ''), '^[[:space:] ]+|[[:space:] ]+$', '', 'g')) AS nfa
  FROM delivered
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
         ('icpc', 'icpc', 0),
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
         ('section47enquiry', 's47_start', 0)
), read AS ( -- sources like "e) 2A: Schools" from their code on; of further action the first word that says yes or no
  SELECT child, CASE WHEN school ~ '^[0-9]{3}[/ -][0-9]{4}$' THEN substr(school, 1, 3) || substr(school, 5) ELSE school END AS school,
         la, kind, by_school = 1 AS in_a_word, day,
         CASE WHEN substr(source, 2, 1) = ')' THEN ltrim(substr(source, 3)) ELSE source END AS code, source,
         regexp_replace(nfa, '^.*?(^|[^a-z])(yes|true|no|false)([^a-z].*)?$', '\2') AS nfa,
         CASE WHEN la IS NULL OR length(la) > 40 OR (la ~ '[0-9]{5}' AND NOT la ~ '^[A-Z][0-9]{8}$') THEN 'F07'
           WHEN child IS NULL THEN 'K01' WHEN child ~ '^[0-9.]+E[+-][0-9]+$' THEN 'K0E' WHEN kind IS NULL THEN 'E1T'
           WHEN day IS NULL OR day < DATE '1900-01-01' THEN 'D01' WHEN day < DATE '1991-10-14' OR day >= DATE '2100-01-01' THEN 'D07' END AS fault
  FROM cleaned LEFT JOIN words USING (word)
), dated AS ( -- rows that no rule keeps out
  SELECT child, school, la, kind, day, CAST(EXTRACT(YEAR FROM day) AS integer) * 12 + CAST(EXTRACT(MONTH FROM day) AS integer) - 1 AS month,
         kind = 'referral' AND (in_a_word OR code ~ '^2a($|[: -])' OR (NOT code ~ '^([0-9].?|[0-9][a-f][: -].*)$' AND NOT source ~ 'nurs(e|ing)' AND source LIKE '%school%')) AS by_school,
         CASE WHEN kind <> 'referral' OR in_a_word THEN '' WHEN nfa IN ('1', 'true', 'y', 'yes', 't', '1.0', 'nfa') THEN 'none' WHEN nfa IN ('0', 'false', 'n', 'no', 'f', '0.0', 'fa') THEN 'some' ELSE '' END AS action
  FROM read WHERE fault IS NULL
), schools(number, school_id, la) AS ( -- those that the rows name, as far as they look like a school's number
  SELECT school, school, min(la) FROM read
  WHERE (fault IS NULL OR fault IN ('D01', 'D07')) AND school ~ '^[A-Z0-9/._-]{1,12}$'
    AND length(regexp_replace(school, '[^0-9]', '', 'g')) <= 8 AND (school ~ '[0-9]' OR length(school) <= 4)
  GROUP BY school
), months AS (
  SELECT la, kind, month, count(*) AS n FROM dated GROUP BY la, kind, month
), totals AS (
  SELECT la, month, sum(n) AS n FROM months GROUP BY la, month
), ranked AS (
  SELECT la, n, sum(n) OVER (PARTITION BY la ORDER BY n ROWS UNBOUNDED PRECEDING) AS up_to, sum(n) OVER (PARTITION BY la) AS together FROM totals
), medians AS (
  SELECT la, min(n) AS n FROM ranked WHERE 2 * up_to >= together GROUP BY la
), spans AS ( -- what an authority delivered: from the first to the last month with a quarter of the median month
  SELECT t.la, min(t.month) AS first, max(t.month) AS last FROM totals t JOIN medians m ON m.la = t.la WHERE 4 * t.n >= m.n GROUP BY t.la
), bounds AS (
  SELECT min(first) AS first, max(last) AS last FROM spans
), calendar AS (
  SELECT month, lpad(CAST(y AS text), 4, '0') || '-' || lpad(CAST(mo AS text), 2, '0') AS period FROM (
    SELECT m AS month, m / 12 AS y, m % 12 + 1 AS mo FROM generate_series(23880, 25200) AS g(m)) AS c, bounds
  WHERE month BETWEEN bounds.first AND bounds.last
), sums AS (
  SELECT m.la, m.kind, s.first, s.last, sum(CASE WHEN m.month BETWEEN s.first AND s.last THEN m.n ELSE 0 END) AS n
  FROM months m JOIN spans s ON s.la = m.la GROUP BY m.la, m.kind, s.first, s.last
), covered AS ( -- rule X01: a month without any where ten or more were to be expected was not delivered
  SELECT s.la, s.kind, c.period FROM sums s CROSS JOIN calendar c LEFT JOIN months m ON m.la = s.la AND m.kind = s.kind AND m.month = c.month
  GROUP BY s.la, s.kind, c.period
  HAVING min(CASE WHEN c.month BETWEEN s.first AND s.last AND s.n > 0 AND (m.n > 0 OR s.n < 10 * (s.last - s.first + 1)) THEN 1 ELSE 0 END) = 1
), outcomes AS (
  SELECT DISTINCT o.outcome, m.la, o.kind
  FROM months m JOIN (VALUES ('s47', 's47_start'), ('s47_children', 's47_start'), ('referrals', 'referral'), ('contacts', 'contact')) AS o(outcome, kind) ON o.kind = m.kind
  UNION ALL
  SELECT 'referrals_from_schools', la, 'referral' FROM dated WHERE by_school GROUP BY la
  UNION ALL
  SELECT 's17_starts', la, coalesce(min(CASE kind WHEN 'assessment_start' THEN kind END), min(CASE kind WHEN 's17_start' THEN kind END))
  FROM months GROUP BY la
), delivered_cells AS (
  SELECT o.la, o.outcome, v.period FROM outcomes o JOIN covered v ON v.la = o.la AND v.kind = o.kind
), sorted AS ( -- one row an event; a row that names the school stands before one that does not
  SELECT *, row_number() OVER event AS nth, first_value(coalesce(school, '') || ' ' || by_school || action) OVER event <> coalesce(school, '') || ' ' || by_school || action AS differs
  FROM dated WINDOW event AS (PARTITION BY la, child, kind, day ORDER BY CASE WHEN school IS NULL THEN 1 ELSE 0 END, school, by_school, action)
), ended AS ( -- what becomes of each row, in the words of swis ingest
  SELECT r.la, r.child, r.kind, r.month, r.by_school, r.action, r.differs, s.school_id, c.period, o.outcome,
         CASE WHEN r.nth > 1 THEN 'duplicate' WHEN o.outcome IS NULL THEN 'other_kind'
           WHEN c.period IS NULL THEN 'out_of_window'
           WHEN r.school IS NULL THEN 'unlinked' WHEN s.school_id IS NULL THEN 'other_school' WHEN d.period IS NULL THEN 'not_delivered' ELSE 'counted' END AS reason
  FROM sorted r LEFT JOIN outcomes o ON o.la = r.la AND o.kind = r.kind AND o.outcome NOT IN ('s47_children', 'referrals_from_schools') AND (o.outcome <> 's17_starts' OR r.kind <> 'referral')
    LEFT JOIN schools s ON s.number = r.school LEFT JOIN calendar c ON c.month = r.month
    LEFT JOIN delivered_cells d ON d.la = s.la AND d.outcome = o.outcome AND d.period = c.period
), counted AS (
  SELECT e.school_id, e.period, o.outcome, count(*) AS n, count(DISTINCT e.la || ' ' || e.child) AS children
  FROM ended e JOIN outcomes o ON o.la = e.la AND o.kind = e.kind
  WHERE e.reason = 'counted' AND (o.outcome <> 'referrals_from_schools' OR e.by_school) AND (o.outcome <> 's17_starts' OR e.kind <> 'referral' OR e.action = 'some')
  GROUP BY e.school_id, e.period, o.outcome
), reasons AS ( -- rows of the warehouse by authority, type and month, and why they are counted or not
  SELECT la, kind, month, reason, count(*) AS n FROM ended GROUP BY la, kind, month, reason
  UNION ALL
  SELECT la, kind, NULL, CASE WHEN differs THEN 'E02' ELSE 'E01' END, count(*) FROM ended WHERE reason = 'duplicate' GROUP BY la, kind, differs
  UNION ALL
  SELECT la, kind, NULL, 'from_school', count(*) FROM dated WHERE by_school GROUP BY la, kind
  UNION ALL
  SELECT CASE WHEN fault = 'F07' THEN NULL ELSE la END, CASE WHEN fault IN ('D01', 'D07') THEN kind END, NULL, fault, count(*) FROM read WHERE fault IS NOT NULL GROUP BY 1, 2, 4
)
-- Zeros where the school's authority delivered and nothing was counted; nothing
-- where it did not deliver. Then what became of the rows, without schools.
SELECT school_id, period, outcome, max(n) AS count, max(la) AS la, '' AS reason FROM (
  SELECT s.school_id, d.period, d.outcome, 0 AS n, s.la, 1 AS delivered
  FROM (SELECT DISTINCT school_id, la FROM schools) AS s JOIN delivered_cells d ON d.la = s.la
  UNION ALL
  SELECT school_id, period, outcome, CASE outcome WHEN 's47_children' THEN children ELSE n END, NULL, 0 FROM counted
) AS cells
GROUP BY school_id, period, outcome HAVING max(delivered) = 1
UNION ALL
SELECT '', CASE WHEN month IS NULL THEN '' ELSE lpad(CAST((month / 12) AS text), 4, '0') || '-' || lpad(CAST((month % 12 + 1) AS text), 2, '0') END, coalesce(kind, ''), n, coalesce(la, ''), reason FROM reasons
ORDER BY 6, 5, 1, 2, 3;
