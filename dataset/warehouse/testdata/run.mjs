// Runs the SQL of standard input in a DuckDB in memory and prints the last
// statement's result as CSV: node run.mjs < query.sql
// Needs @duckdb/node-api, found from SWIS_NODE_MODULES.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.env.SWIS_NODE_MODULES + '/');
const { DuckDBInstance } = require('@duckdb/node-api');
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const result = await connection.runAndReadAll(readFileSync(0, 'utf8'));
const cell = (x) => {
  const text = x === null ? '' : String(x);
  return /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
};
const lines = [result.columnNames(), ...result.getRows()].map((row) => row.map(cell).join(','));
process.stdout.write(lines.join('\n') + '\n');
