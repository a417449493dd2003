-- swis: counts by school and month, from one row an event. Written for postgres.
--   psql --csv -f counts.sql > counts.csv
--   swis ingest counts.csv --period month --out STUDY
-- No child's identifier is in the result. Small numbers are: treat it as the extracts.
WITH delivered AS (
  -- Put the warehouse's own columns to the left of each AS. Where referral
  -- sources and further action are not held, leave the last two as they are.
  SELECT CAST(child_id AS text) AS child, CAST(school_urn AS text) AS school, CAST(la AS text) AS la,
         CAST(event AS text) AS event, CAST(date AS date) AS day,
         CAST(NULL AS text) AS source, CAST(NULL AS text) AS nfa
  FROM events
), cleaned AS (
  SELECT CASE WHEN upper(trim(child)) IN ('', '-', '.', 'NA', 'N/A', 'NAN', 'NAT', 'NULL', '#N/A', 'NONE', '<NA>') THEN NULL ELSE regexp_replace(upper(trim(child)), '^([0-9]+)[.]0$', '\1') END AS child,
         CASE WHEN upper(trim(school)) IN ('', '-', '.', 'NA', 'N/A', 'NAN', 'NAT', 'NULL', '#N/A', 'NONE', '<NA>') THEN NULL ELSE regexp_replace(upper(trim(school)), '^([0-9]+)[.]0$', '\1') END AS school,
         CASE WHEN upper(trim(la)) IN ('', '-', '.', 'NA', 'N/A', 'NAN', 'NAT', 'NULL', '#N/A', 'NONE', '<NA>') THEN NULL ELSE regexp_replace(upper(trim(la)), '^([0-9]+)[.]0$', '\1') END AS la,
         regexp_replace(lower(event), '[^a-z0-9]', '', 'g') AS word, day,
         lower(trim(coalesce(source, ''))) AS source, lower(trim(coalesce(nfa, ''))) AS nfa
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
), dated AS ( -- rows that the rules K01, K0E, E1T and D07 do not keep out
  SELECT child, CASE WHEN length(school) = 8 AND substr(school, 4, 1) IN ('/', ' ', '-') THEN substr(school, 1, 3) || substr(school, 5) ELSE school END AS school,
         la, kind, day, CAST(EXTRACT(YEAR FROM day) AS integer) * 12 + CAST(EXTRACT(MONTH FROM day) AS integer) - 1 AS month,
         kind = 'referral' AND (by_school = 1 OR source LIKE '2a%' OR (source LIKE '%school%' AND source NOT LIKE '%nurs%' AND NOT source SIMILAR TO '[0-9][a-f]?([: -]%)?')) AS by_school,
         nfa IN ('0', 'false', 'n', 'no', 'f', '0.0', 'fa') AS action
  FROM cleaned JOIN words USING (word)
  WHERE child IS NOT NULL AND NOT child SIMILAR TO '[0-9.]+E[+-][0-9]+' AND la IS NOT NULL
    AND day >= DATE '1991-10-14' AND day < DATE '2100-01-01'
), schools(number, school_id, la) AS (
  SELECT school, school, min(la) FROM dated WHERE school IS NOT NULL GROUP BY school
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
), firsts AS ( -- one row an event; a row that names the school stands before one that does not
  SELECT *, row_number() OVER (PARTITION BY la, child, kind, day ORDER BY CASE WHEN school IS NULL THEN 1 ELSE 0 END, school, by_school, action) AS nth FROM dated
), counted AS (
  SELECT s.school_id, c.period, o.outcome, count(*) AS n, count(DISTINCT e.la || ' ' || e.child) AS children
  FROM firsts e JOIN outcomes o ON o.la = e.la AND o.kind = e.kind JOIN schools s ON s.number = e.school JOIN calendar c ON c.month = e.month
  WHERE e.nth = 1
    AND (o.outcome <> 'referrals_from_schools' OR e.by_school) AND (o.outcome <> 's17_starts' OR e.kind <> 'referral' OR e.action)
  GROUP BY s.school_id, c.period, o.outcome
)
-- Zeros where the school's authority delivered and nothing was counted; nothing where it did not deliver.
SELECT school_id, period, outcome, max(n) AS count, max(la) AS la FROM (
  SELECT s.school_id, v.period, o.outcome, 0 AS n, s.la, 1 AS delivered
  FROM (SELECT DISTINCT school_id, la FROM schools) AS s JOIN outcomes o ON o.la = s.la JOIN covered v ON v.la = o.la AND v.kind = o.kind
  UNION ALL
  SELECT school_id, period, outcome, CASE outcome WHEN 's47_children' THEN children ELSE n END, NULL, 0 FROM counted
) AS cells
GROUP BY school_id, period, outcome HAVING max(delivered) = 1
ORDER BY school_id, period, outcome;
