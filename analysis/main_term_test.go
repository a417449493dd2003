package analysis

import (
	"strings"
	"testing"
)

func TestMainTerm(t *testing.T) {
	for terms, want := range map[string]string{
		"(Intercept) att fsm":                               "att",
		"att(2,3) simple":                                   "simple",
		"(Intercept) treated post treated:post":             "treated:post",
		"treated post term2 treated:post treated:post":      "treated:post", // by levels
		"(Intercept) arm fsm":                               "arm",
		"arm fsm phase arm:fsm arm:phase":                   "arm",
		"treated overall:treated":                           "treated",
		"event:-2 event:0 event:1":                          "",
		"(Intercept)":                                       "",
		"armSWIS post factor(period)2 factor(period)3":      "armSWIS",
		"(Intercept) post treated factor(t)2 treated:post ": "treated:post",
	} {
		var r Result
		for _, term := range strings.Fields(terms) {
			r.Estimates = append(r.Estimates, Estimate{Term: term, Estimand: "x", Part: MainPart})
		}
		if got := r.MainTerm(); got != want {
			t.Errorf("%s: main term %q, want %q", terms, got, want)
		}
	}
}
