package design

import (
	"fmt"

	"swis/analysis"
	"swis/analysis/infer"
	"swis/dataset"
	"swis/dataset/textfile"
)

// redrawn is the number of schemes that minimisation is repeated for, as its
// schemes cannot be listed.
const redrawn = 9999

// ReadScheme reads the set of allocations that the draw of a log could have
// given. A log that does not verify is refused. Seed is that of the repeated
// draws of minimisation.
func ReadScheme(path, seed string) (*infer.Scheme, error) {
	data, err := textfile.ReadRecord(path)
	if err != nil {
		return nil, err
	}
	v := Verify(data, nil, "")
	if !v.OK() {
		for _, f := range v.Findings {
			if !f.OK {
				return nil, dataset.Problemf(path, 0, "", "the allocation log does not verify: %s: %s", f.What, f.Why)
			}
		}
	}
	return v.Declaration.Scheme(seed)
}

// Scheme is the set of allocations that the declared draw could have given.
func (d *Declaration) Scheme(seed string) (*infer.Scheme, error) {
	derived, err := d.Derive()
	if err != nil {
		return nil, err
	}
	s := &infer.Scheme{}
	for _, a := range derived.Schools {
		s.Units, s.Arm, s.Stratum = append(s.Units, a.School), append(s.Arm, a.Arm), append(s.Stratum, a.Stratum)
	}
	switch d.Method {
	case Complete:
		s.How = "the trial's draw: arms exchanged between all schools"
	case Stratified:
		s.How = "the trial's draw: arms exchanged between schools within " + joinWords(d.Strata)
	case Pairs:
		for i, a := range derived.Schools {
			s.Stratum[i] = a.Pair
		}
		s.How = "the trial's draw: arms exchanged within pairs of schools"
	case Constrained:
		s.How = fmt.Sprintf("the trial's draw: its %d schemes with acceptable balance", len(derived.Space.Schemes))
		for _, scheme := range derived.Space.Schemes {
			arms := make([]string, len(d.Schools))
			for i := range arms {
				arms[i] = d.Comparison
				if bit(scheme, i) {
					arms[i] = d.intervention()
				}
			}
			s.Given = append(s.Given, arms)
		}
	case Minimisation:
		s.How = fmt.Sprintf("the trial's draw: minimisation repeated %d times", redrawn)
		s.Given = append(s.Given, s.Arm)
		for i := range redrawn {
			arms := make([]string, 0, len(d.Schools))
			byName := map[string]string{}
			for _, p := range d.minimiseWith(fmt.Sprintf("%s/redraw/%d", seed, i)) {
				byName[p.School] = p.Arm
			}
			for _, id := range s.Units {
				arms = append(arms, byName[id])
			}
			s.Given = append(s.Given, arms)
		}
	default:
		return nil, analysis.Unsupportedf("the schools of this log were %s, not drawn: there is no set of schemes to permute over; use --strata for exchanges within groups", map[Method]string{Match: "matched", Given: "given"}[d.Method])
	}
	return s, nil
}
