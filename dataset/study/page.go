package study

import (
	"html/template"
	"io"
	"strings"
)

// WriteHTML writes the quality report as one page without scripts or links.
func (q *Quality) WriteHTML(w io.Writer) error { return qualityPage.Execute(w, q) }

var grid = strings.NewReplacer("1", "#", "0", "·")

var qualityPage = template.Must(template.New("quality").Funcs(template.FuncMap{"percent": percent, "ratio": ratioText, "list": list, "grid": grid.Replace}).Parse(`<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Data quality</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body{font:15px/1.45 Arial,Helvetica,sans-serif;color:#1d1d1d;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;font-size:13px;margin:.5rem 0;max-width:100%}
th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #bfbfbf;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.file{word-break:break-all}
.grid{font-family:ui-monospace,Menlo,monospace;letter-spacing:.1em;color:#12436D}
@media print{body{margin:0}tr{break-inside:avoid}thead{display:table-header-group}}
</style></head><body>
<h1>Data quality</h1>
{{if .From}}<p>Window {{.From}} to {{.To}}, by {{.Period}}. {{.Program}}.</p>
<table><tbody>{{range .Choices}}<tr><th>{{.Name}}</th><td>{{.Value}}</td></tr>{{end}}</tbody></table>{{end}}
{{if .Notes}}<h2>Notes</h2><ul>{{range .Notes}}<li>{{.}}</li>{{end}}</ul>{{end}}
<h2>Files</h2>
<table><thead><tr><th>File</th><th>Layout</th><th>Why</th><th>LA</th><th class="n">Rows</th><th>First</th><th>Last</th><th>Encoding</th></tr></thead><tbody>
{{range .Files}}<tr><td class="file">{{.File}}</td><td>{{.Layout}}</td><td>{{.Why}}{{range .Notes}}; {{.}}{{end}}</td><td>{{list .LAs}}</td><td class="n">{{.Rows}}</td><td>{{.First}}</td><td>{{.Last}}</td><td>{{.Encoding}}, {{.LineEnds}}</td></tr>
{{end}}{{range .Skipped}}<tr><td class="file">{{.File}}</td><td colspan="7">not read: {{.Why}}</td></tr>
{{end}}</tbody></table>
{{if .Refused}}<h2>Refused</h2><ul>{{range .Refused}}<li>{{.}}</li>{{end}}</ul>{{end}}
{{if .From}}
<h2>Coverage</h2><p>A mark a {{.Period}}: # delivered, · not. Cells that were not delivered are empty in the panel, never zero.</p>
<table><thead><tr><th>LA</th><th>Outcome</th><th>Periods from {{with .Coverage}}{{(index . 0).First}}{{end}}</th></tr></thead><tbody>
{{range .Coverage}}<tr><td>{{.LA}}</td><td>{{.Outcome}}</td><td class="grid">{{grid .Periods}}</td></tr>
{{end}}</tbody></table>
<h2>Linkage of events in the window</h2>
<table><thead><tr><th>LA</th><th class="n">Events</th><th class="n">Linked</th><th class="n">Share</th><th class="n">UPN on roll</th><th class="n">Former UPN</th><th class="n">Lookup</th><th class="n">Own row</th></tr></thead><tbody>
{{range .Linkage}}<tr><td>{{.LA}}</td><td class="n">{{.Events}}</td><td class="n">{{.Linked}}</td><td class="n">{{percent .Share}}</td><td class="n">{{.ByRoll}}</td><td class="n">{{.ByFormer}}</td><td class="n">{{.ByLookup}}</td><td class="n">{{.ByRow}}</td></tr>
{{end}}</tbody></table>
{{if .Rates}}<h3>Linkage by outcome, arm, month and method</h3>
<p>Arms are blinded. An event that is not linked goes to the arm of the school where its child was nearest in time.</p>
<table><thead><tr><th>LA</th><th>By</th><th></th><th class="n">Events</th><th class="n">Linked</th><th class="n">Share</th></tr></thead><tbody>
{{range .Rates}}<tr><td>{{.LA}}</td><td>{{.By}}</td><td>{{.Level}}</td><td class="n">{{.Events}}</td><td class="n">{{.Linked}}</td><td class="n">{{percent .Share}}</td></tr>
{{end}}</tbody></table>{{end}}
<p>Identifiers rows {{.People.Rows}}, with a UPN {{.People.UPNs}}, of these with the right check letter {{.People.RightLetter}}.</p>
<h2>Reconciliation</h2><p>Rows read are the sum of the other columns.</p>
<table><thead><tr><th>File</th><th class="n">Rows</th><th class="n">Counted</th><th class="n">Duplicate</th><th class="n">Quarantined</th><th class="n">Out of window</th><th class="n">Unlinked</th><th class="n">Other school</th><th class="n">Other kind</th></tr></thead><tbody>
{{range .Balance}}<tr><td class="file">{{.File}}</td><td class="n">{{.Rows}}</td><td class="n">{{.Counted}}</td><td class="n">{{.Duplicate}}</td><td class="n">{{.Quarantined}}</td><td class="n">{{.OutOfWindow}}</td><td class="n">{{.Unlinked}}</td><td class="n">{{.OtherSchool}}</td><td class="n">{{.OtherKind}}</td></tr>
{{end}}</tbody></table>
<h2>Events by type</h2>
<table><thead><tr><th>LA</th><th>Type</th><th class="n">Counted</th><th class="n">Duplicate</th><th class="n">Quarantined</th><th class="n">Out of window</th><th class="n">Unlinked</th><th class="n">Other school</th><th class="n">Other kind</th></tr></thead><tbody>
{{range .Events}}<tr><td>{{.LA}}</td><td>{{.Type}}</td><td class="n">{{.Counted}}</td><td class="n">{{.Duplicate}}</td><td class="n">{{.Quarantined}}</td><td class="n">{{.OutOfWindow}}</td><td class="n">{{.Unlinked}}</td><td class="n">{{.OtherSchool}}</td><td class="n">{{.OtherKind}}</td></tr>
{{end}}</tbody></table>
<h2>Days in care inside the window</h2>
<table><tbody>
<tr><th>Raw days of all rows</th><td class="n">{{.Care.Raw}}</td></tr>
<tr><th>less short breaks</th><td class="n">{{.Care.Respite}}</td></tr>
<tr><th>less days given twice</th><td class="n">{{.Care.Overlap}}</td></tr>
<tr><th>less days from the 18th birthday on</th><td class="n">{{.Care.Aged}}</td></tr>
<tr><th>Days in care</th><td class="n">{{.Care.Merged}}</td></tr>
<tr><th>of these not delivered whole</th><td class="n">{{.Care.NotDelivered}}</td></tr>
<tr><th>of these not linked to a school</th><td class="n">{{.Care.Unlinked}}</td></tr>
<tr><th>of these at other schools</th><td class="n">{{.Care.OtherSchool}}</td></tr>
<tr><th>in the panel</th><td class="n">{{.Care.Panel}}</td></tr>
</tbody></table>
{{if or .Schools.Mapped .Schools.Undecided}}<h2>Changes of schools</h2><ul>{{range .Schools.Mapped}}<li>mapped: {{.}}</li>{{end}}{{range .Schools.Undecided}}<li>needs a decision: {{.}}</li>{{end}}</ul>{{end}}
{{if .Decisions}}<h2>Decisions</h2>
<table><thead><tr><th class="n">Line</th><th>Kind</th><th>From</th><th>To</th><th>Decision</th><th>Date</th><th class="n">Rows</th><th>Reason</th></tr></thead><tbody>
{{range .Decisions}}<tr><td class="n">{{.Line}}</td><td>{{.Kind}}</td><td>{{.From}}</td><td>{{.To}}</td><td>{{.Decision}}</td><td>{{.Date}}</td><td class="n">{{.Rows}}</td><td>{{.Reason}}{{if not .Applied}} (met no row){{end}}</td></tr>
{{end}}</tbody></table>{{end}}
{{if .Published}}<h2>Against DfE's published totals</h2>
<table><thead><tr><th>LA</th><th>Year to March</th><th>Outcome</th><th class="n">Delivered</th><th class="n">Published</th><th class="n">Ratio</th></tr></thead><tbody>
{{range .Published}}<tr><td>{{.LA}}</td><td>{{.Year}}</td><td>{{.Outcome}}</td><td class="n">{{.Delivered}}</td><td class="n">{{.Published}}</td><td class="n">{{ratio .Ratio}}</td></tr>{{end}}</tbody></table>{{end}}
{{end}}
<h2>Rules</h2>
<table><thead><tr><th>Rule</th><th>Does</th><th class="n">Rows</th><th>What</th><th>DfE rules</th><th>Action</th></tr></thead><tbody>
{{range .Rules}}<tr><td>{{.Rule}}</td><td>{{.Severity}}</td><td class="n">{{.Count}}</td><td>{{.Text}}</td><td>{{.DfE}}</td><td>{{.Action}}</td></tr>
{{end}}</tbody></table>
</body></html>
`))
