package report

import _ "embed"

// Schema is the JSON Schema of swis.result/1, the form of every result file.
//
//go:embed result.schema.json
var Schema []byte
