// Package synthetic invents a complete trial: three local authorities in the
// shape of the Social Workers in Schools pilots, their schools, pupils and
// social care records, with effects and data faults whose size is known. One
// rate model draws what happens in a school month; the writers render those
// draws as raw extracts in real layouts, and Panel counts them, so that a
// simulation needs no files and a test can hold ingest against the truth.
package synthetic

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"swis/dataset"
)

// Kind is a kind of school.
type Kind struct {
	Phase   string  // as the school register names it
	Title   string  // last part of a name, e.g. Primary School
	Type    string  // type of establishment
	LowAge  int     // of the youngest year group at 1 September
	Years   int     // year groups
	Roll    float64 // typical number on roll
	Need    float64 // rate of events relative to a mainstream primary school
	Percent float64 // typical share eligible for free school meals, in percent
}

// The kinds of schools of the pilots.
var (
	Primary   = Kind{Phase: "Primary", Title: "Primary School", Type: "Community school", LowAge: 4, Years: 7, Roll: 330, Need: 1, Percent: 34}
	Secondary = Kind{Phase: "Secondary", Title: "Academy", Type: "Academy converter", LowAge: 11, Years: 5, Roll: 980, Need: 1, Percent: 32}
	SEMH      = Kind{Phase: "Not applicable", Title: "School", Type: "Community special school", LowAge: 9, Years: 7, Roll: 70, Need: 4, Percent: 60}
)

// Delivery is the layout in which an authority hands over its children in need records.
type Delivery string

// The deliveries, one an authority.
const (
	FlattenedCIN Delivery = "flattened CIN census, one CSV a table and return"
	XMLCIN       Delivery = "CIN census XML, one file a return"
	PooledEvents Delivery = "pooled event file, one row a child and event"
	AnnexA       Delivery = "Ofsted Annex A, a folder of lists every quarter"
	SSD          Delivery = "Standard Safeguarding Dataset, one CSV a table"
	Counts       Delivery = "counts by school and month"
	EventRows    Delivery = "one row an event, a school census every term, surveys"
)

// Rate is an outcome's level and planted effect in one authority.
type Rate struct {
	PerThousand float64 // events per 1,000 pupil-years in a mainstream school without the intervention
	Ratio       float64 // planted rate ratio in intervention schools from the start on; 1 plants nothing
}

// Care is the flow into care of one authority.
type Care struct {
	Delivered   bool    // whether SSDA903 files are handed over
	PerThousand float64 // entries into care per 1,000 pupil-years
	MeanDays    float64 // mean length of a period of care
	Floor       bool    // planted: too rare for any test
}

// Authority is one local authority of the story.
type Authority struct {
	Code, Name, Folder string
	Mix                []Kind // kinds of the intervention schools, in order; repeated where more are asked for
	Delivery           Delivery
	S47                Rate
	S17                Rate
	Care               Care
	Attendance         bool    // whether sessions by term are handed over
	Protected          float64 // share of conferences that lead to a child protection plan; 0: of those in long cases
	Referrals          float64 // without further action, per 1,000 pupil-years; 0 for the story\'s
}

// Story is everything that is planted, in one place. The ratios come from the
// power calculation of the long test (LongPower in cmd/swis): with these
// levels, rolls and between-school variation each planted effect is found in
// at least nine trials of ten by the analysis that the plan declares, Holm's
// correction over all tests included.
type Story struct {
	Authorities   []Authority
	Pool          int       // comparison candidates for each intervention school
	Comparison    int       // of which the plan matches this many
	BetweenSchool float64   // k: coefficient of variation of the true rates of schools of one kind
	YearNoise     float64   // coefficient of variation of a school's true rate from year to year
	Families      []float64 // shares of events that concern one, two, three children of a family
	Seasons       [12]float64
	Referrals     float64 // referrals without further action, per 1,000 pupil-years
	StartYear     int     // the intervention starts in September of this year
	Months        int     // of the intervention
	Baseline      int     // months of baseline
}

// Pilots is the default story: Section 47 enquiries fall in two authorities,
// Section 17 starts in the third; days in care do not change, one authority
// does not deliver them and in one they sit at the floor.
var Pilots = Story{
	Authorities: []Authority{
		{
			Code: "991", Name: "Eastby", Folder: "eastby",
			Mix:      []Kind{Secondary, Primary, Secondary, Primary, Secondary, Secondary, Primary, Secondary},
			Delivery: FlattenedCIN,
			S47:      Rate{PerThousand: 55, Ratio: 0.45},
			S17:      Rate{PerThousand: 85, Ratio: 1},
			Care:     Care{Delivered: true, PerThousand: 9, MeanDays: 300},
		},
		{
			Code: "992", Name: "Northmoor", Folder: "northmoor",
			Mix:      []Kind{Secondary, Primary, Primary, Primary, Primary, Primary, Secondary, Primary, Primary, Primary, Primary, Primary, Secondary, Primary, Primary, Primary, Primary, SEMH},
			Delivery: XMLCIN,
			S47:      Rate{PerThousand: 45, Ratio: 0.55},
			S17:      Rate{PerThousand: 80, Ratio: 1},
			Care:     Care{PerThousand: 7, MeanDays: 300},
		},
		{
			Code: "993", Name: "Westhaven", Folder: "westhaven",
			Mix:      []Kind{Secondary, Primary, Primary, Primary, Primary, Secondary, Primary, Primary, Primary, Primary, Primary},
			Delivery: PooledEvents,
			S47:      Rate{PerThousand: 30, Ratio: 1},
			S17:      Rate{PerThousand: 95, Ratio: 0.55},
			Care:     Care{Delivered: true, PerThousand: 0.25, MeanDays: 150, Floor: true},
		},
	},
	Pool:          3,
	Comparison:    2,
	BetweenSchool: 0.42,
	YearNoise:     0.08,
	Families:      []float64{0.80, 0.16, 0.04},
	// From the national counts of referrals by month: low in April, August and
	// December, high in June (DfE, children in need, table c6).
	Seasons:   [12]float64{1.02, 0.98, 1.10, 0.86, 1.04, 1.14, 1.08, 0.78, 0.99, 1.06, 1.10, 0.85},
	Referrals: 35,
	StartYear: 2023,
	Months:    10,
	Baseline:  24,
}

// Rehearsal is a larger story, to rehearse with: the authorities of Pilots and
// four more, in the layouts that the pilots lack, at about the published levels
// of England, per 10,000 children in the year to March 2024: 187 enquiries, 536
// assessments, 33 referrals without further action, 60 conferences, 52 child protection plans and 27 entries to care. Nothing is planted in their outcomes.
var Rehearsal = func() Story {
	s := Pilots
	quiet := func(code, name, folder string, d Delivery) Authority {
		return Authority{
			Code: code, Name: name, Folder: folder, Delivery: d, Attendance: d == AnnexA || d == SSD, Mix: []Kind{Primary, Primary, Secondary, Primary, Secondary, Primary},
			S47: Rate{PerThousand: 19, Ratio: 1}, S17: Rate{PerThousand: 54, Ratio: 1}, Referrals: 3.5, Protected: 0.87, Care: Care{Delivered: d == AnnexA || d == SSD, PerThousand: 2.7, MeanDays: 800},
		}
	}
	s.Authorities = append(slices.Clip(s.Authorities), quiet("994", "Southfen", "southfen", AnnexA), quiet("995", "Midvale", "midvale", SSD), quiet("996", "Farcroft", "farcroft", Counts), quiet("997", "Highmarsh", "highmarsh", EventRows))
	return s
}()

// Times is the story told in n authorities: its own, over and over, under
// further codes and names; 0 for the story as it is.
func (s *Story) Times(n int) *Story {
	if n == 0 {
		return s
	}
	out := *s
	out.Authorities = nil
	for i := range n {
		a := s.Authorities[i%len(s.Authorities)]
		if round := i / len(s.Authorities); round > 0 {
			a.Code = strconv.Itoa(100 + i) // codes of authorities begin with 2 or a greater digit
			a.Name, a.Folder = fmt.Sprintf("%s %d", a.Name, 1+round), fmt.Sprintf("%s%d", a.Folder, 1+round)
		}
		out.Authorities = append(out.Authorities, a)
	}
	return &out
}

// Ratio is the planted rate ratio of an outcome in an authority.
func (a *Authority) Ratio(outcome string) float64 {
	switch outcome {
	case "s47", "s47_children":
		return a.S47.Ratio
	case "s17_starts":
		return a.S17.Ratio
	}
	return 1
}

// contacts says whether the authority delivers contacts.
func (a *Authority) contacts() bool {
	return a.Delivery == AnnexA || a.Delivery == SSD || a.Delivery == EventRows
}

// census says whether the authority delivers the school census of every term.
func (a *Authority) census() bool { return a.Delivery == EventRows }

// familyMean is the mean number of children an event concerns.
func (s *Story) familyMean() float64 {
	mean := 0.0
	for i, share := range s.Families {
		mean += share * float64(i+1)
	}
	return mean
}

// logSD is the standard deviation of the logarithm of a lognormal variable
// with coefficient of variation k.
func logSD(k float64) float64 { return math.Sqrt(math.Log(1 + k*k)) }

// Calendar is the time that a trial covers.
type Calendar struct {
	First dataset.Day // first day of the baseline: the panel starts here
	Start dataset.Day // first day of the intervention
	End   dataset.Day // last day of the panel
	Open  dataset.Day // first day that the deliveries cover, a 1 April
	Close dataset.Day // last day that the deliveries cover
	Years []Return    // annual returns, 1 April to 31 March; the last one ends with Close
}

// Return is the span of one annual return.
type Return struct {
	Year     int // of the 31 March at its end, as the returns name it
	From, To dataset.Day
}

// Calendar places the trial in time. The deliveries begin with the census year
// that holds the first month and end a month after the panel, so that both
// ends hold events outside the window.
func (s *Story) Calendar(months int) Calendar {
	start := s.StartYear*12 + 8
	first := start - (months - min(s.Months, months-1))
	at := func(month int) dataset.Day { return dataset.DayOf(month/12, month%12+1, 1) }
	c := Calendar{First: at(first), Start: at(start), End: at(first+months) - 1, Close: at(first+months+1) - 1}
	year := first / 12
	if first%12 < 3 {
		year--
	}
	c.Open = dataset.DayOf(year, 4, 1)
	for ; ; year++ {
		r := Return{Year: year + 1, From: dataset.DayOf(year, 4, 1), To: dataset.DayOf(year+1, 4, 1) - 1}
		if r.From > c.Close {
			return c
		}
		r.To = min(r.To, c.Close)
		c.Years = append(c.Years, r)
	}
}

// academicYear is the year in which the academic year of a day began.
func academicYear(d dataset.Day) int {
	year, month, _ := d.Date()
	if month < 9 {
		return year - 1
	}
	return year
}
