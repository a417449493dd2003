package extracts

import (
	"fmt"

	"swis/dataset"
	"swis/dataset/textfile"
)

// Mapping is what an authority's mapping file says about its files.
//
//	la: "801"                      # authority's code
//	layout: cin-events             # where several could be meant
//	columns:                       # header in the file: column of the layout
//	  School Ref: school_urn
//	dates: dmy                     # dmy, mdy, or by column: {DOB: mdy}
//	two_digit_years: true
//	codes:                         # by column of the layout: value in the file: value
//	  ReferralSource: {EDU: 2A}
//	year: 2020                     # of an annual return, which ends on 31 March
//	complete_to: 2020-07-31        # last day that the delivery covers
//	from: 2018-09-01               # first day that the delivery covers
//	made: 2020-07-31               # day on which lists of Annex A were made; by file or folder: {"*2020-07*": 2020-07-31}
//	scales:                        # of a survey: columns, least and greatest answer, items reversed, mean or sum, least number answered
//	  wellbeing: {items: [q1, q2, q3], range: [1, 5], reverse: [q2], score: mean, minimum: 2}
//	census: autumn 2024            # of a roll of the school census; by file: {"2024_autumn_*": autumn 2024}
type Mapping struct {
	Path          string                       `yaml:"-"`
	LA            string                       `yaml:"la"`
	Layout        string                       `yaml:"layout"`
	Columns       map[string]string            `yaml:"columns"`
	Dates         any                          `yaml:"dates"`
	TwoDigitYears bool                         `yaml:"two_digit_years"`
	Codes         map[string]map[string]string `yaml:"codes"`
	Year          int                          `yaml:"year"`
	CompleteTo    string                       `yaml:"complete_to"`
	From          string                       `yaml:"from"`
	Made          any                          `yaml:"made"`
	Census        any                          `yaml:"census"`
	Scales        map[string]*dataset.Scale    `yaml:"scales"`

	order      order
	orders     map[string]order          // by normalised column
	census     map[string]dataset.Period // term before the census, by pattern of file names
	made       map[string]dataset.Day    // by pattern of the names of files and folders
	completeTo dataset.Day
	from       dataset.Day
}

// ReadMapping reads a mapping file; unknown keys are refused.
func ReadMapping(path string) (*Mapping, error) {
	data, err := textfile.ReadYAML(path)
	if err != nil {
		return nil, err
	}
	wrong := func(format string, args ...any) error {
		return dataset.Problemf(path, 0, "", "%s", textfile.Unquoted(fmt.Sprintf(format, args...)))
	}
	m := &Mapping{Path: path, completeTo: dataset.NoDay, from: dataset.NoDay}
	if err := textfile.Decode(data, path, m, ""); err != nil {
		return nil, err
	}
	switch dates := m.Dates.(type) {
	case nil:
	case string:
		if m.order, err = orderNamed(dates); err != nil {
			return nil, wrong("dates: %v", err)
		}
	case map[string]any:
		m.orders = map[string]order{}
		for column, text := range dates {
			o, err := orderNamed(fmt.Sprint(text))
			if err != nil {
				return nil, wrong("dates of %q: %v", column, err)
			}
			m.orders[normal(column)] = o
		}
	default:
		return nil, dataset.Problemf(path, 0, "", "dates: want dmy, mdy, or columns with one of these")
	}
	for _, d := range []struct {
		text string
		to   *dataset.Day
		key  string
	}{{m.CompleteTo, &m.completeTo, "complete_to"}, {m.From, &m.from, "from"}} {
		if d.text == "" {
			continue
		}
		if *d.to, err = dataset.ParseDay(d.text); err != nil {
			return nil, wrong("%s: %v", d.key, err)
		}
	}
	if err := m.readScales(); err != nil {
		return nil, wrong("scales: %v", err)
	}
	if err := m.readMade(); err != nil {
		return nil, wrong("made: %v", err)
	}
	if err := m.readCensus(); err != nil {
		return nil, wrong("census: %v", err)
	}
	if m.Layout != "" {
		if _, err := Named(m.Layout); err != nil {
			return nil, wrong("layout: %v", err)
		}
	}
	return m, nil
}

func orderNamed(text string) (order, error) {
	switch text {
	case "dmy", "dd/mm/yyyy":
		return orderDayFirst, nil
	case "mdy", "mm/dd/yyyy":
		return orderMonthFirst, nil
	case "iso", "ymd", "yyyy-mm-dd":
		return orderOpen, nil
	}
	return 0, fmt.Errorf("%q: want dmy, mdy or iso", text)
}

// header renames the columns of a file's header as the mapping says, but for
// the number of a placement.
func (m *Mapping) header(header []string) []string {
	if m == nil || len(m.Columns) == 0 {
		return header
	}
	to := make(map[string]string, len(m.Columns))
	for from, name := range m.Columns {
		to[normal(from)] = normal(name)
	}
	out := make([]string, len(header))
	for i, h := range header {
		out[i] = h
		if name, ok := to[h]; ok && h != placementURN {
			out[i] = name
		}
	}
	return out
}

// orderOf is the declared order of a column's dates.
func (m *Mapping) orderOf(c *Column) order {
	if m == nil {
		return orderOpen
	}
	if o, ok := m.orders[normal(c.Name)]; ok {
		return o
	}
	return m.order
}

// recode is the declared replacement of a column's values.
func (m *Mapping) recode(c *Column) map[string][]byte {
	if m == nil {
		return nil
	}
	for name, values := range m.Codes {
		if c.is(normal(name)) {
			out := make(map[string][]byte, len(values))
			for from, to := range values {
				out[from] = []byte(to)
			}
			return out
		}
	}
	return nil
}
