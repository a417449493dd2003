package infer

import (
	"swis/analysis"
)

// Scheme is the set of allocations that a trial's own draw could have given,
// read from its allocation log: exchanges within the strata of the draw, or a
// list of schemes where the draw was restricted further.
type Scheme struct {
	How     string     // in words, for the report
	Units   []string   // ids of the units that were drawn
	Stratum []string   // of each unit
	Arm     []string   // drawn for each unit
	Given   [][]string // schemes, each with an arm for every unit; nil for all exchanges within strata
}

// Restrict puts the trial's scheme set into labels whose units have these
// names. Units of the trial that the analysis lacks are left out of every
// scheme; a unit that the trial lacks is an error, and so is an arm in the data
// that does not follow the draw.
func (s *Scheme) Restrict(l *Labels, names []string) error {
	at := make(map[string]int, len(s.Units))
	for i, u := range s.Units {
		at[u] = i
	}
	index := make([]int, len(names))
	for u, name := range names {
		i, ok := at[name]
		if !ok {
			return analysis.Unsupportedf("unit %s is not in the allocation log: --scheme wants the units that were drawn, by the ids of the log", name)
		}
		index[u] = i
	}
	// A label of the analysis stands for an arm of a stratum: its start can
	// differ between strata.
	type place struct{ stratum, arm string }
	label := map[place]int32{}
	strata := map[string]int32{}
	l.Strata = make([]int32, len(names))
	for u, i := range index {
		p := place{s.Stratum[i], s.Arm[i]}
		if have, ok := label[p]; ok && have != l.Arm[u] {
			return analysis.Unsupportedf("unit %s is not in the arm that the allocation log gives it: --scheme wants data that follow the draw", names[u])
		}
		label[p] = l.Arm[u]
		if _, ok := strata[p.stratum]; !ok {
			strata[p.stratum] = int32(len(strata))
		}
		l.Strata[u] = strata[p.stratum]
	}
	if s.Given == nil {
		return nil
	}
	// Where a stratum lost an arm, the label that the arm has elsewhere serves.
	anywhere := map[string]int32{}
	for p, code := range label {
		if have, ok := anywhere[p.arm]; !ok || code < have {
			anywhere[p.arm] = code
		}
	}
	for _, scheme := range s.Given {
		arms := make([]int32, len(names))
		for u, i := range index {
			code, ok := label[place{s.Stratum[i], scheme[i]}]
			if !ok {
				if code, ok = anywhere[scheme[i]]; !ok {
					return analysis.Unsupportedf("the arm %s of the allocation log does not occur in the data", scheme[i])
				}
			}
			arms[u] = code
		}
		l.Given = append(l.Given, arms)
	}
	return nil
}
