package extracts

import (
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"

	"swis/dataset"
)

// survey is a file of questionnaires, one row a respondent and wave. Its
// further columns are items; the scales that they make are declared in the
// mapping file.
var survey = Layout{
	Name: "survey", Title: "questionnaires of pupils or staff, one row a respondent and wave", Without: []string{"outcome", "event", "entrydate", "period"},
	Columns: []Column{
		withRequired(schoolNumber),
		{Name: "wave", Required: true, Also: []string{"survey_wave", "timepoint"}, Means: "which time, such as baseline or 2"},
		{Name: "respondent", Also: []string{"respondent_id", "pupil_id", "staff_id", "child_id", "upn"}, Means: "who answers, where waves are to be told together; numbered in the result"},
		{Name: "role", Also: []string{"respondent_type"}, Means: "pupil, staff, …"},
		laColumn,
	},
	Row: func(r *Row) {
		f := r.file
		s := dataset.Response{School: r.School(0)}
		if s.School == 0 {
			r.Quarantine(ruleS01, 0)
			return
		}
		wave := r.cell(1)
		if wave == nil {
			r.Quarantine(ruleD01, 1)
			return
		}
		if s.Wave = r.label(1); s.Wave == 0 {
			r.Quarantine(ruleE10, 1)
			return
		}
		if b := r.cell(2); b != nil {
			var h maphash.Hash
			h.SetSeed(f.set.Keys.seed)
			h.WriteString("respondent\x00")
			h.Write(r.cell(0)) // numbers of respondents are those of one school
			h.WriteByte(0)
			h.Write(b)
			s.Respondent = dataset.ChildKey(h.Sum64() | 1)
		}
		s.Role = r.label(3)
		s.Scores = make([]float64, len(f.extract.Scales))
		for k := range f.extract.Scales {
			scale := &f.extract.Scales[k]
			answers := make([]float64, len(scale.Items))
			for i, at := range f.items[k] {
				answers[i] = r.answer(at, scale)
			}
			score, ok := scale.Of(answers)
			if !ok {
				score = math.NaN()
				r.tally.Add(r.la, ruleU02, 1)
			}
			s.Scores[k] = score
		}
		s.Line, s.LA, s.File = uint32(r.line), r.la, f.number
		r.out.responses = append(r.out.responses, s)
	},
}

// label is the code of a text that a table may show, such as a wave, a role or
// an arm. A cell with many digits, which could be an identifier in the wrong
// column, is none.
func (r *Row) label(slot int) uint32 {
	b := r.cell(slot)
	if b == nil {
		return 0
	}
	digits := 0
	for _, c := range b {
		if isDigit(c) {
			digits++
		}
	}
	if _, _, period := periodCell(b); len(b) > 32 || digits > 4 && !period {
		r.Flag(ruleE10, slot)
		return 0
	}
	return r.file.set.Labels.Code(string(b))
}

// answer is the answer in a cell of the header, NaN where there is none or it
// is outside of the scale.
func (r *Row) answer(at int, scale *dataset.Scale) float64 {
	if at >= r.width {
		return math.NaN()
	}
	b := trim(r.raw(at))
	if len(b) == 0 || isNull(b) {
		return math.NaN()
	}
	x, ok := number(b)
	if !ok || x < scale.Range[0] || x > scale.Range[1] {
		r.Flag(ruleU01, -1)
		return math.NaN()
	}
	return x
}

// scales settles the scales of a survey from the mapping file.
func (f *file) scales(header []string) error {
	if f.layout != &survey {
		return nil
	}
	m := f.input.Mapping
	if m == nil || len(m.Scales) == 0 {
		return f.problem(1, "", ruleF03, "a survey needs its scales: declare them in a mapping file (--map), such as scales: {wellbeing: {items: [q1, q2], range: [1, 5]}}")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Scales)) {
		scale := m.Scales[name]
		var at []int
		for _, item := range scale.Items {
			i := slices.Index(header, normal(item))
			if i < 0 {
				return f.problem(1, item, ruleF03, "missing; it is an item of scale %s", name)
			}
			at = append(at, i)
		}
		f.items = append(f.items, at)
		f.extract.Scales = append(f.extract.Scales, *scale)
	}
	return nil
}

// readScales checks the scales of a mapping file.
func (m *Mapping) readScales() error {
	for name, scale := range m.Scales {
		if scale == nil || name == "" || normal(name) == "" {
			return fmt.Errorf("scale %q: want items and range", name)
		}
		scale.Name = name
		if err := scale.Check(); err != nil {
			return err
		}
	}
	return nil
}

var (
	ruleU01 = dataset.RuleNamed("U01")
	ruleU02 = dataset.RuleNamed("U02")
)
