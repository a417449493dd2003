// Events to a school-month panel with DuckDB: node ingest_duckdb.mjs events.csv out.csv dedup|plain   (in the folder of node_modules)
import { createRequire } from 'node:module'
const { DuckDBInstance } = createRequire(process.cwd() + '/')('@duckdb/node-api')
const [, , source, out, mode] = process.argv
const c = await (await DuckDBInstance.create(':memory:')).connect()
const rows = `SELECT * FROM read_csv('${source}', header = true, delim = ',', columns = {child_id: 'VARCHAR', school_urn: 'VARCHAR', la: 'VARCHAR', event: 'VARCHAR',
  date: 'DATE'}, dateformat = '%d/%m/%Y') WHERE school_urn <> '' AND child_id <> ''`
const events = mode === 'dedup' ? `SELECT la, child_id, event, date, any_value(school_urn) AS school_urn FROM (${rows}) GROUP BY la, child_id, event, date` : rows
await c.run(`CREATE TABLE n AS SELECT school_urn, la, strftime(date, '%Y-%m') AS month, count(*) FILTER (event = 's47_enquiry') AS s47,
  count(DISTINCT child_id) ${mode === 'dedup' ? "FILTER (event = 's47_enquiry')" : ''} AS children, count(*) FILTER (event = 's17_start') AS s17,
  count(*) FILTER (event = 'referral') AS referrals FROM (${events}) GROUP BY ALL`)
await c.run(`COPY (SELECT * FROM n ORDER BY school_urn, la, month) TO '${out}' (HEADER)`)
const r = await c.runAndReadAll('SELECT sum(s47), sum(children), sum(s17), sum(referrals) FROM n')
console.log(r.getRows()[0].map(String).join(' '))
