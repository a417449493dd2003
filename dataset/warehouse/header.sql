-- swis: {{.What}} by school and {{.Period}}, from {{.Source.Rows}}. Written for {{if eq .Dialect "postgres"}}PostgreSQL 12{{else}}DuckDB 1.0{{end}} or later.
{{- if eq .Dialect "postgres"}}
--   psql -q -X --csv -f counts.sql > counts.csv
{{- else}}
--   duckdb -csv FILE.duckdb < counts.sql > counts.csv
{{- end}}
--   swis ingest counts.csv --period {{.Period}}{{if .Outcomes}} --outcomes {{range $i, $o := .Outcomes}}{{if $i}},{{end}}{{$o}}{{end}}{{end}}{{if .From}} --from {{.From}}{{end}}{{if .To}} --to {{.To}}{{end}} --out STUDY
-- Give the same --schools, --s17 and --outcomes there.
-- Steps that several others read are MATERIALIZED, so that they are made once.
-- No child's identifier is in the result. Small numbers are: treat it as the extracts.
-- The query only reads: {{.Table}}, with these columns unless --sql-column named others (* is read only if named):
{{.Source.Describe "--   "}}
{{- if .Roll}}-- and the roll {{.Roll}}:
{{.RollTable.Describe "--   "}}
{{- end}}
{{- if .Link}}-- and the lookup {{.Link}}:
{{.LinkTable.Describe "--   "}}
{{- end}}
{{- if .Children}}-- and the children {{.Children}}:
{{.ChildTable.Describe "--   "}}
{{- end}}
{{- if eq .Dialect "postgres"}}
-- The planner cannot know how many rows the steps have: joins by hash are right for few and for many.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SET jit = off;
{{- end}}
