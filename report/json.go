// Package report holds the nouns of the reader's side: tables, figures and
// documents made from results. It knows results, never estimators.
package report

import (
	"encoding/json"
	"io"

	"swis/analysis"
)

// WriteJSON writes a result in the form that the schema swis.result/1 fixes.
func WriteJSON(w io.Writer, r *analysis.Result) error {
	r.Schema = analysis.SchemaName
	if r.Estimates == nil {
		r.Estimates = []analysis.Estimate{}
	}
	if r.Notes == nil {
		r.Notes = []analysis.Note{}
	}
	if r.Provenance.Inputs == nil {
		r.Provenance.Inputs = []analysis.InputFile{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}
