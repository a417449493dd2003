// Events to a school-month panel with polars: node ingest_polars.mjs events.csv out.csv dedup|plain   (in the folder of node_modules)
import { createRequire } from 'node:module'
const pl = createRequire(process.cwd() + '/')('nodejs-polars')
const [, , source, out, mode] = process.argv
const is = kind => pl.col('event').eq(pl.lit(kind))
let d = pl.scanCSV(source, { inferSchemaLength: 0 }).filter(pl.col('school_urn').neq(pl.lit('')).and(pl.col('child_id').neq(pl.lit(''))))
if (mode === 'dedup') d = d.unique({ subset: ['la', 'child_id', 'event', 'date'], keep: 'any', maintainOrder: false })
const children = mode === 'dedup' ? pl.col('child_id').filter(is('s47_enquiry')).nUnique() : pl.col('child_id').nUnique()
d = d.withColumns(pl.concatString([pl.col('date').str.slice(6, 4), pl.col('date').str.slice(3, 2)], '-').alias('month'))
  .groupBy(['school_urn', 'la', 'month'])
  .agg(is('s47_enquiry').sum().alias('s47'), children.alias('children'), is('s17_start').sum().alias('s17'), is('referral').sum().alias('referrals'))
  .sort(['school_urn', 'la', 'month']).collectSync()
d.writeCSV(out)
console.log(...d.select(...['s47', 'children', 's17', 'referrals'].map(n => pl.col(n).sum())).row(0))
