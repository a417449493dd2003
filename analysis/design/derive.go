package design

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"swis/analysis"
)

// Assigned is one school with its arm.
type Assigned struct {
	School  string `json:"school_id"`
	LA      string `json:"la"`
	Stratum string `json:"stratum"`
	Arm     string `json:"arm"`
	Start   string `json:"start"`          // first treated period or date; empty for comparison
	Pair    string `json:"pair,omitempty"` // schools matched or paired share it
	Ticket  string `json:"ticket,omitempty"`
}

// Derived is what follows from a declaration.
type Derived struct {
	Schools []Assigned // in the order of their ids
	Space   *Space     // constrained: the schemes the draw was made among
	Notes   []analysis.Note
}

// Derive makes the assignment that follows from the declaration. It depends on
// nothing else: the same declaration always gives the same arms.
func (d *Declaration) Derive() (*Derived, error) {
	out := &Derived{}
	var err error
	switch d.Method {
	case Complete, Stratified:
		out.place(d.drawStrata(strataOf(d.Schools)))
	case Pairs:
		strata, pairs := d.pairs()
		out.place(d.drawStrata(strata))
		out.namePairs(pairs)
	case Match:
		err = d.match(out)
	case Given:
		for _, s := range d.Schools {
			out.Schools = append(out.Schools, Assigned{School: s.School, Arm: s.Arm})
		}
	case Minimisation:
		out.place(d.minimise())
	case Constrained:
		var places []Place
		places, out.Space, err = d.constrained()
		out.place(places)
	default:
		err = analysis.Unsupportedf("method %q is not known to this version", d.Method)
	}
	if err != nil {
		return nil, err
	}
	d.complete(out)
	return out, nil
}

// complete fills what every method shares: la, stratum, start and the order.
func (d *Declaration) complete(out *Derived) {
	declared := map[string]DeclaredSchool{}
	for _, s := range d.Schools {
		declared[s.School] = s
	}
	arms := map[string]int{}
	for i := range out.Schools {
		a := &out.Schools[i]
		a.LA, a.Stratum = declared[a.School].LA, declared[a.School].Stratum
		if a.Arm != d.Comparison {
			a.Start = cmp.Or(declared[a.School].Start, d.Start)
		}
		arms[a.Arm]++
	}
	slices.SortFunc(out.Schools, func(a, b Assigned) int { return strings.Compare(a.School, b.School) })
	for _, arm := range d.Arms {
		if arms[arm] == 0 {
			out.Notes = append(out.Notes, analysis.Note{Code: "empty_arm", Text: fmt.Sprintf("no school is in arm %s: %d schools are too few for these arms and strata", arm, len(out.Schools))})
		}
	}
}

func (out *Derived) place(places []Place) {
	for _, p := range places {
		out.Schools = append(out.Schools, Assigned{School: p.School, Arm: p.Arm, Ticket: p.Ticket})
	}
}

func (out *Derived) namePairs(pairs map[string]string) {
	for i := range out.Schools {
		out.Schools[i].Pair = pairs[out.Schools[i].School]
	}
}

// strataOf groups schools by stratum.
func strataOf(schools []DeclaredSchool) map[string][]string {
	strata := map[string][]string{}
	for _, s := range schools {
		strata[s.Stratum] = append(strata[s.Stratum], s.School)
	}
	return strata
}

// drawStrata makes one draw a stratum.
func (d *Declaration) drawStrata(strata map[string][]string) []Place {
	shares := Shares{Arms: d.Arms, Ratio: d.Ratio}
	var places []Place
	for _, name := range sortedKeys(strata) {
		places = append(places, shares.Draw(*d.Seed, name, strata[name])...)
	}
	return places
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
