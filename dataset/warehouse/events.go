package warehouse

import (
	"maps"
	"slices"

	"swis/dataset"
	"swis/dataset/extracts"
)

// word is a word for a type of events.
type word struct {
	Word, Kind string
	School     int // 1 where the word says that a school made the referral
}

// words are those of events.
func words() (out []word) {
	for _, w := range slices.Sorted(maps.Keys(extracts.EventWords)) {
		t, by := extracts.EventWords[w], 0
		if t == extracts.SchoolReferral {
			t, by = dataset.Referral, 1
		}
		out = append(out, word{w, t.String(), by})
	}
	return out
}

// target is an outcome and the rows that count for it. Rank orders the
// definitions of an outcome: an authority's first one that it delivers stands.
type target struct {
	Outcome, Kind                 string
	Rank                          int
	BySchool                      string // condition on a row's by_school
	Action                        string // and on its action
	NeedsSchool, NeedsKnown, Each int
}

// targets are the outcomes made of events that are always there or asked for.
func (o *Options) targets() []target {
	asked := o.asked()
	var out []target
	for _, x := range dataset.Outcomes {
		if x.Of.Type == dataset.NoEvent && x.Under == nil || x.In == dataset.Asked && !asked[x.Name] && !asked["all"] {
			continue
		}
		of := []dataset.Of{x.Of}
		if x.Under != nil {
			of[0] = x.Under[o.S17].Of
			own := dataset.Of{Type: x.Own}
			if of = append(of, own); of[0].With != 0 {
				of[0], of[1] = of[1], of[0]
			}
		}
		for rank, of := range of {
			t := target{Outcome: x.Name, Kind: of.Type.String(), Rank: rank, NeedsSchool: is(of.Needs&dataset.FromSchool != 0), NeedsKnown: is(of.Needs&dataset.NFAKnown != 0),
				Each: is(x.Kind != dataset.ChildrenOutcome), Action: "any"}
			if t.BySchool = "any"; of.With&dataset.FromSchool != 0 {
				t.BySchool = "yes"
			}
			switch {
			case of.With&dataset.NoAction != 0:
				t.Action = "none"
			case of.Without&dataset.NoAction != 0:
				t.Action = "some"
			case of.With&dataset.NFAKnown != 0:
				t.Action = "known"
			case of.With&dataset.Lunchtime != 0:
				t.Action = "lunchtimes" // which no row of the layout says
			}
			if of.Needs&dataset.Sized != 0 {
				continue // no row of the layout says how long
			}
			out = append(out, t)
		}
	}
	return out
}

// asked are the outcomes that are asked for, those of which shares are made too.
func (o *Options) asked() map[string]bool {
	asked := map[string]bool{}
	for _, name := range o.Outcomes {
		asked[name] = true
		if x, ok := dataset.OutcomeNamed(name); ok && x.Kind == dataset.ShareOutcome {
			asked[x.Part], asked[x.Whole] = true, true
		}
	}
	return asked
}

// pupils are the outcomes asked for that count pupils by what they missed.
func (o *Options) pupils() (out []string) {
	asked := o.asked()
	for _, x := range dataset.Outcomes {
		if x.Sessions > dataset.SessionMeasures && (asked[x.Name] || asked["all"]) {
			out = append(out, x.Name)
		}
	}
	return out
}

func is(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
