package synthetic

import "fmt"

// Options scale a trial.
type Options struct {
	Seed    uint64
	Schools int // intervention schools and comparison candidates in all, about
	Pupils  int // mean pupils on roll of a school, about
	Months  int // of baseline and intervention together
	Faults  Faults
	Without []string // rules that are left out of AllFaults, where each of their cases stands alone
}

// Faults says which faults the deliveries hold.
type Faults uint8

// The sets of faults.
const (
	UsualFaults Faults = iota // those of the demo: three dozen kinds, the panel as drawn
	NoFaults                  // clean deliveries: only what annual returns repeat
	AllFaults                 // every rule of the catalogue, late recording, spikes and silent months included
)

// FaultSets are the names of the sets, in their order.
var FaultSets = []string{"usual", "none", "all"}

// Default is the size of the pilots: 37 intervention schools and three
// comparison candidates for each, two years of baseline and ten months of
// intervention.
func Default() Options { return Options{Seed: 1, Schools: 148, Pupils: 508, Months: 34} }

// scale is what the options come to.
type scale struct {
	calendar     Calendar
	intervention []int   // schools, by authority
	pupils       float64 // factor on the typical rolls
}

// plan works out the size of a trial. Schools are shared between the
// authorities as in the story, at least two intervention schools each.
func (s *Story) plan(o Options) (*scale, error) {
	total, roll := 0, 0.0
	for _, a := range s.Authorities {
		total += len(a.Mix)
		for _, k := range a.Mix {
			roll += k.Roll
		}
	}
	least := 2 * len(s.Authorities) * (1 + s.Pool)
	switch {
	case o.Schools < least:
		return nil, fmt.Errorf("%d schools: want at least %d, which gives each authority two intervention schools and their candidates", o.Schools, least)
	case o.Schools > 200000:
		return nil, fmt.Errorf("%d schools: want at most 200000", o.Schools)
	case o.Pupils < 20 || o.Pupils > 5000:
		return nil, fmt.Errorf("%d pupils a school: want 20 to 5000", o.Pupils)
	case o.Months < 3 || o.Months > 120:
		return nil, fmt.Errorf("%d months: want 3 to 120", o.Months)
	}
	t := &scale{calendar: s.Calendar(o.Months), pupils: float64(o.Pupils) / (roll / float64(total))}
	if o.Pupils == Default().Pupils {
		t.pupils = 1
	}
	for _, a := range s.Authorities {
		n := float64(o.Schools) / float64(1+s.Pool) * float64(len(a.Mix)) / float64(total)
		t.intervention = append(t.intervention, max(2, int(n+0.5)))
	}
	return t, nil
}

// Size is the number of schools of a story as it is told.
func (s *Story) Size() (schools int) {
	for i := range s.Authorities {
		schools += len(s.Authorities[i].Mix) * (1 + s.Pool)
	}
	return schools
}

// Check says whether a trial of that size can be made.
func (s *Story) Check(o Options) error {
	_, err := s.plan(o)
	return err
}
