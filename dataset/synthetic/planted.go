package synthetic

import (
	"slices"
)

// PlantedSchema marks a planted.json.
const PlantedSchema = "swis.planted/1"

// Planted says what stands in a synthetic trial: planted.json.
type Planted struct {
	Schema  string        `json:"schema"`
	Seed    uint64        `json:"seed"`
	Schools int           `json:"schools"`
	Pupils  int           `json:"pupils_on_roll"`
	First   string        `json:"baseline_from"`
	Start   string        `json:"intervention_from"`
	End     string        `json:"to"`
	LAs     []PlantedLA   `json:"las"`
	Effects []Effect      `json:"effects"`
	Faults  []Fault       `json:"faults"`
	Repeats []RepeatedRow `json:"repeats"`
	Sources []Source      `json:"sources"`
	Decided string        `json:"decisions,omitempty"` // file of the decisions on school mergers
	Refused []Refusal     `json:"refused,omitempty"`   // deliveries beside the trial's that must be refused
	Files   []string      `json:"files"`
}

// Source is one entry of the deliveries, as a plan names it.
type Source struct {
	LA     string   `json:"la"`
	Name   string   `json:"name"`
	Paths  []string `json:"paths"`
	Lookup []string `json:"lookup,omitempty"`
	Map    string   `json:"map,omitempty"`
}

// Sources are the entries of a story's deliveries, as a plan names them.
func (s *Story) Sources(f Faults) []Source {
	var out []Source
	for i := range s.Authorities {
		a := &s.Authorities[i]
		one := Source{LA: a.Code, Name: a.Name, Paths: []string{"extracts/" + a.Folder}}
		switch {
		case a.Delivery == EventRows:
			one.Map = "maps/" + a.Folder + ".yaml"
			for _, q := range questionnaires {
				out = append(out, Source{LA: a.Code, Name: a.Name, Paths: []string{"extracts/" + a.Folder + "-surveys/" + q.role + ".csv"}, Map: "maps/" + a.Folder + "-" + q.role + ".yaml"})
			}
		case a.Delivery == AnnexA:
			one.Lookup = []string{"roll/" + a.Folder + "_child_upn.csv"}
			one.Map = "maps/" + a.Folder + ".yaml"
		case a.Delivery == PooledEvents && f != NoFaults: // two-digit years in the list of schools, not in the returns
			one.Paths = []string{"extracts/" + a.Folder + "/cin_events.csv"}
			one.Lookup = []string{"roll/" + a.Folder + "_child_school.csv"}
			one.Map = "maps/" + a.Folder + ".yaml"
			out = append(out, one)
			one = Source{LA: a.Code, Name: a.Name, Paths: []string{"extracts/" + a.Folder + "/ssda903-*"}}
		}
		out = append(out, one)
	}
	return out
}

// PlantedLA is one authority's size and totals inside the window.
type PlantedLA struct {
	Code         string   `json:"la"`
	Name         string   `json:"name"`
	Delivery     string   `json:"delivery"`
	Intervention int      `json:"intervention_schools"`
	Candidates   int      `json:"comparison_candidates"`
	Children     int      `json:"children_with_records"`
	S47          int      `json:"s47"`
	S17          int      `json:"s17_starts"`
	Referrals    int      `json:"referrals"`
	DaysInCare   *int     `json:"days_in_care"` // nil where not delivered
	Unlinked     Unlinked `json:"unlinkable"`   // of events and children on no school's roll
	Lookups      int      `json:"children_linked_by_lookup"`
	Arrived      int      `json:"pupils_from_another_la"`
	Unrecorded   int      `json:"cases_not_recorded_yet"` // of the last 60 days
}

// Unlinked counts events inside the window of children on no roll.
type Unlinked struct {
	Children  int `json:"children"`
	S47       int `json:"s47"`
	S17       int `json:"s17_starts"`
	Referrals int `json:"referrals"`
	Contacts  int `json:"contacts,omitempty"`
}

// Effect is what was planted for one outcome in one authority.
type Effect struct {
	LA      string  `json:"la"`
	Name    string  `json:"name"`
	Outcome string  `json:"outcome"`
	Ratio   float64 `json:"ratio"`           // 1: nothing was planted
	Floor   bool    `json:"floor,omitempty"` // the outcome is too rare for any test
}

// RepeatedRow counts the rows of one kind that a later return repeats.
type RepeatedRow struct {
	LA   string `json:"la"`
	Kind string `json:"kind"` // referral, assessment, plan, s47, protection, care
	Rule string `json:"rule"` // that counts them
	Rows int    `json:"rows"`
}

func newPlanted(s *Story, o Options, t *scale) *Planted {
	p := &Planted{Schema: PlantedSchema, Seed: o.Seed, First: t.calendar.First.String(), Start: t.calendar.Start.String(), End: t.calendar.End.String()}
	p.Effects, p.Sources = s.Effects(), s.Sources(o.Faults)
	return p
}

// Effects lists what is planted in every outcome and authority that the plan of
// the demo tests, nothing included.
func (s *Story) Effects() []Effect {
	var list []Effect
	for i := range s.Authorities {
		list = append(list, s.Authorities[i].effects()...)
	}
	return list
}

// effects lists the outcomes that the plan of the demo tests in an authority.
func (a *Authority) effects() []Effect {
	list := []Effect{
		{LA: a.Code, Name: a.Name, Outcome: "s47", Ratio: a.S47.Ratio},
		{LA: a.Code, Name: a.Name, Outcome: "s17_starts", Ratio: a.S17.Ratio},
	}
	if a.Care.Delivered {
		list = append(list, Effect{LA: a.Code, Name: a.Name, Outcome: "days_in_care", Ratio: 1, Floor: a.Care.Floor})
	}
	return list
}

// add takes in the records of one authority.
func (p *Planted) add(k *records, panel []PanelRow) {
	la := PlantedLA{
		Code: k.authority.Code, Name: k.authority.Name, Delivery: string(k.authority.Delivery),
		Children: len(k.children), Unlinked: k.unlinked, Lookups: k.lookups, Arrived: k.arrived, Unrecorded: k.unrecorded,
	}
	for i := range k.schools {
		p.Pupils += k.schools[i].Roll
		if k.schools[i].Intervention {
			la.Intervention++
		} else {
			la.Candidates++
		}
	}
	p.Schools += len(k.schools)
	days, care := 0, false
	for _, r := range panel {
		care = care || !r.Blank[truthDays]
		for o, to := range map[int]*int{truthS47: &la.S47, truthS17: &la.S17, truthReferrals: &la.Referrals, truthDays: &days} {
			if !r.Blank[o] {
				*to += r.Value[o]
			}
		}
	}
	if care {
		la.DaysInCare = &days
	}
	p.LAs = append(p.LAs, la)
	p.Faults = append(p.Faults, k.faults...)
	p.Repeats = append(p.Repeats, k.repeats()...)
}

// repeatNames name the kinds of rows that later deliveries repeat.
var repeatNames = [rowKinds]string{"contact", "referral", "closure", "assessment", "assessment end", "plan", "plan end", "s47", "conference", "protection", "protection end"}

// repeats counts the rows that stand in more than one delivery.
func (k *records) repeats() []RepeatedRow {
	var again [rowKinds]int
	care := 0
	var v view
	var seen []row
	for i := range k.children {
		seen = seen[:0]
		k.rowsOf(i, &v, func(r row) {
			if r.second {
				return
			}
			if slices.Contains(seen, r) {
				if !r.second { // a line counts once
					again[r.kind]++
				}
				return
			}
			seen = append(seen, r)
		})
		care += k.careRepeats(&k.children[i])
	}
	rule := "E0R"
	if k.authority.Delivery == PooledEvents { // all returns stand in one file
		rule = "E01"
	}
	var out []RepeatedRow
	for kind, n := range again {
		if n > 0 {
			out = append(out, RepeatedRow{k.authority.Code, repeatNames[kind], rule, n})
		}
	}
	if k.authority.Care.Delivered && care > 0 {
		out = append(out, RepeatedRow{k.authority.Code, "care", "C09", care})
	}
	return out
}
