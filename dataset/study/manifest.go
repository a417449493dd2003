package study

import "swis/dataset"

// Manifest records what a study was made of and how.
type Manifest struct {
	Schema   string            `json:"schema"`
	Program  string            `json:"program"`
	Inputs   []ManifestInput   `json:"inputs"`
	Options  map[string]any    `json:"options"`
	Outcomes map[string]string `json:"outcomes"`
	Window   [2]string         `json:"window"`
}

// ManifestInput is one file with its hash.
type ManifestInput struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
	Layout string `json:"layout"`
}

func (s *Study) manifest() Manifest {
	o := s.Options
	m := Manifest{Schema: "swis.study/1", Program: o.Program, Window: [2]string{s.Panel.From.String(), s.Panel.To.String()}, Outcomes: map[string]string{}}
	for _, x := range s.Extracts {
		m.Inputs = append(m.Inputs, ManifestInput{x.File, x.SHA256, x.Rows, x.Layout})
	}
	for i, outcome := range dataset.Outcomes {
		if s.Panel.Has[i] {
			m.Outcomes[outcome.Name] = outcome.Label
		}
	}
	m.Outcomes["s17_starts"] += ": " + string(o.S17)
	attribution := string(o.Attribution)
	if attribution == "" {
		attribution = "events at_event, days in care at_episode_start"
	}
	key := "fresh"
	if o.KeyFile != "" {
		key = "file"
	}
	off := o.RepairOff
	if off == nil {
		off = []string{}
	}
	on := o.RepairOn
	if on == nil {
		on = []string{}
	}
	decisions := []QualityDecision{}
	if s.Quality.Decisions != nil {
		decisions = s.Quality.Decisions
	}
	m.Options = map[string]any{
		"repairs_on": on, "phases": o.Phases,
		"period": o.Period.String(), "attribution": attribution, "s17": o.S17, "s47_gap_days": o.S47Gap, "repairs_off": off,
		"include_respite": o.IncludeRespite, "threshold": o.Threshold, "disclosure": o.Disclosure, "keep_events": o.KeepEvents, "key": key,
		"schools": o.Schools, "decisions": decisions, "allocation": o.Allocation, "until_18": o.Until18, "follow_up_months": append([]int{}, o.FollowUp...), "cohort": o.Cohort, "from": o.From.String(), "to": o.To.String(), "baseline": o.Baseline.String(),
	}
	return m
}
