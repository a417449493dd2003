package analysis

import (
	"context"

	"swis/dataset/table"
)

// Estimator turns a tidy table into a result. It is a value whose fields are
// its options, so that it can be printed, compared and declared in a plan.
type Estimator interface {
	Method() Method
	Estimate(ctx context.Context, data *table.Table) (*Result, error)
}

// Method describes an estimator in words that a protocol could quote.
type Method struct {
	Name        string      `json:"name"`
	Formula     string      `json:"formula,omitempty"`
	Variance    string      `json:"variance,omitempty"`
	Conventions []string    `json:"conventions,omitempty"`
	References  []Reference `json:"references,omitempty"`
}

// Reference is a paper that a formula comes from.
type Reference struct {
	Key  string `json:"key"` // e.g. "Pustejovsky & Tipton 2018"
	Text string `json:"text,omitempty"`
	DOI  string `json:"doi,omitempty"`
}
