// Runs SQL from standard input in a DuckDB in memory and prints the last
// statement's result as CSV: node run.mjs [events.csv] < query.sql
// Where a file is given, its rows are the table events, all columns but the
// date as text. Needs @duckdb/node-api, found from SWIS_NODE_MODULES.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.env.SWIS_NODE_MODULES + '/');
const { DuckDBInstance } = require('@duckdb/node-api');
const connection = await (await DuckDBInstance.create(':memory:')).connect();
if (process.argv[2]) {
  const file = process.argv[2].replaceAll("'", "''");
  await connection.run(`CREATE TABLE events AS SELECT * REPLACE (CAST(nullif(date, '') AS date) AS date) FROM read_csv('${file}', header = true, all_varchar = true)`);
}
const result = await connection.runAndReadAll(readFileSync(0, 'utf8'));
const cell = (x) => {
  const text = x === null ? '' : String(x);
  return /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
};
const lines = [result.columnNames(), ...result.getRows()].map((row) => row.map(cell).join(','));
process.stdout.write(lines.join('\n') + '\n');
