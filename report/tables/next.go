package tables

import (
	"slices"
	"strings"

	"swis/analysis"
	"swis/report"
)

// nextSteps are the commands that usually follow one, with what they answer.
var nextSteps = map[string][]report.Item{
	"did": {
		{Name: "swis did … --inference all", Text: "this contrast under every method of inference"},
		{Name: "swis floor …", Text: "could a fall have been seen at all?"},
		{Name: "swis plot trends …", Text: "rates by arm over time"},
	},
	"mixed":    {{Name: "swis mixed … --effects", Text: "the departure of every group"}, {Name: "swis floor …", Text: "do the zeros fit the model?"}},
	"glm":      {{Name: "swis glm … --inference all --term T", Text: "one term under every method of inference"}},
	"floor":    {{Name: "swis plot floor …", Text: "the floor as a picture"}, {Name: "swis power …", Text: "how many schools would be needed?"}},
	"power":    {{Name: "swis plot power …", Text: "power against the number of schools"}},
	"describe": {{Name: "swis plot balance …", Text: "standardised differences as a picture"}},
}

// nextCommands lists what could be typed next, without what was just done.
func nextCommands(r *analysis.Result) []report.Item {
	if len(r.Provenance.Command) == 0 {
		return nil
	}
	name := r.Provenance.Command[0]
	done := strings.Join(r.Provenance.Command, " ")
	return slices.DeleteFunc(slices.Clone(nextSteps[name]), func(i report.Item) bool {
		if strings.HasPrefix(i.Name, "swis floor") && !countFamily(r.Provenance.Command) {
			return true
		}
		for _, flag := range []string{"--inference", "--effects"} {
			if strings.Contains(i.Name, flag) && strings.Contains(done, flag) {
				return true
			}
		}
		return false
	})
}

// countFamily says whether a command names a family of counts: only these have a
// floor that their zeros can be held against.
func countFamily(command []string) bool {
	for i, word := range command {
		family, joined := strings.CutPrefix(word, "--family=")
		if word == "--family" && i+1 < len(command) {
			family, joined = command[i+1], true
		}
		if joined && slices.Contains([]string{"poisson", "quasipoisson", "negbin", "negbin1"}, family) {
			return true
		}
	}
	return false
}
