package charts

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"swis/report"
)

// scale maps numbers of an axis to points on the page.
type scale struct {
	axis     report.Axis
	low, top float64 // limits in data units
	from, to float64 // limits in points
	ticks    []float64
}

// newScale fits an axis to its data. Its ends are at tick marks where the axis
// is linear, so that nothing stands on the frame.
func newScale(axis report.Axis, values []float64, wanted int) *scale {
	s := &scale{axis: axis, low: math.Inf(1), top: math.Inf(-1)}
	if n := len(axis.Categories); n > 0 {
		s.low, s.top = -0.5, float64(n)-0.5
		for i := range n {
			s.ticks = append(s.ticks, float64(i))
		}
		return s
	}
	for _, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) || (axis.Log && x <= 0) {
			continue
		}
		s.low, s.top = min(s.low, x), max(s.top, x)
	}
	if axis.Min != nil {
		s.low = min(s.low, *axis.Min)
	}
	if axis.Max != nil {
		s.top = max(s.top, *axis.Max)
	}
	if axis.Zero {
		s.low, s.top = min(s.low, 0), max(s.top, 0)
	}
	switch {
	case s.low > s.top && axis.Log:
		s.low, s.top = 0.5, 2
	case s.low > s.top:
		s.low, s.top = 0, 1
	case s.low == s.top && axis.Log:
		s.low, s.top = s.low/1.5, s.top*1.5
	case s.low == s.top:
		s.top = s.low + max(1, math.Abs(s.low)*0.1)
	}
	switch {
	case axis.Log:
		s.logTicks(wanted)
	case axis.Root:
		s.rootTicks()
	default:
		s.linearTicks(wanted)
	}
	return s
}

func (s *scale) linearTicks(wanted int) {
	step := niceStep((s.top - s.low) / float64(wanted))
	if s.axis.Whole {
		step = max(1, math.Round(step))
	}
	if s.axis.Percent {
		step = max(step, 0.001)
	}
	first, last := math.Floor(s.low/step+1e-9), math.Ceil(s.top/step-1e-9)
	if s.axis.Whole {
		first, last = math.Ceil(s.low/step-1e-9), math.Floor(s.top/step+1e-9)
		s.low, s.top = s.low-0.4, s.top+0.4
	} else {
		s.low, s.top = first*step, last*step
	}
	for i := first; i <= last; i++ {
		s.ticks = append(s.ticks, i*step+0)
	}
}

// niceStep is the smallest of 1, 2, 2.5 and 5 times a power of ten that is at
// least x.
func niceStep(x float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if m*base >= x*(1-1e-9) {
			return m * base
		}
	}
	return 10 * base
}

// logMarks are the marks of a log axis of ratios in the order in which they
// are worth showing.
var logMarks = [][]float64{
	{1},
	{0.01, 0.1, 10, 100, 1000},
	{0.5, 2},
	{0.25, 4, 0.05, 20, 0.02, 50},
	{0.75, 1.5},
	{0.6, 0.8, 1.25},
	{0.2, 5, 3, 0.3},
	{0.9, 1.1, 0.7, 0.4, 1.75},
	{0.85, 0.95, 1.05, 1.15},
}

func (s *scale) logTicks(wanted int) {
	pad := math.Pow(s.top/s.low, 0.05)
	s.low, s.top = s.low/pad, s.top*pad
	if s.low > 0.97 && s.low <= 1.2 {
		s.low = 0.97
	}
	if s.top < 1.03 && s.top >= 0.8 {
		s.top = 1.03
	}
	room := math.Log(s.top/s.low) / float64(wanted+1) * 0.75
	for _, tier := range logMarks {
		for _, x := range tier {
			if x < s.low || x > s.top {
				continue
			}
			clear := true
			for _, y := range s.ticks {
				clear = clear && math.Abs(math.Log(x/y)) >= room
			}
			if clear {
				s.ticks = append(s.ticks, x)
			}
		}
	}
	slices.Sort(s.ticks)
}

func (s *scale) rootTicks() {
	for _, x := range []float64{0, 1, 4, 10, 25, 50, 100, 200, 400, 700, 1000, 2000, 4000, 7000, 10000, 20000, 50000, 100000} {
		if x >= s.low && x <= s.top {
			s.ticks = append(s.ticks, x)
		}
	}
}

// transform is the axis's own measure of a number.
func (s *scale) transform(x float64) float64 {
	switch {
	case s.axis.Log:
		return math.Log(x)
	case s.axis.Root:
		return math.Copysign(math.Sqrt(math.Abs(x)), x)
	}
	return x
}

// at is the place of a number on the page; numbers beyond the limits are drawn
// at the limit.
func (s *scale) at(x float64) float64 {
	x = min(max(x, s.low), s.top)
	a, b := s.transform(s.low), s.transform(s.top)
	return s.from + (s.to-s.from)*(s.transform(x)-a)/(b-a)
}

func (s *scale) inside(x float64) bool {
	return !math.IsNaN(x) && x >= s.low && x <= s.top
}

// label writes a tick mark.
func (s *scale) label(x float64) string {
	if n := len(s.axis.Categories); n > 0 {
		return s.axis.Categories[min(max(int(math.Round(x)), 0), n-1)]
	}
	if s.axis.Percent {
		decimals := 0
		if step := s.step(); step < 0.0099 {
			decimals = 1
		}
		return number(100*x, decimals) + "%"
	}
	decimals := 0
	if s.axis.Log {
		text := strconv.FormatFloat(x, 'f', -1, 64)
		return text
	}
	if step := s.step(); step > 0 && step < 1 {
		decimals = int(math.Ceil(-math.Log10(step) - 1e-9))
		if r := step * math.Pow(10, float64(decimals)); math.Abs(r-math.Round(r)) > 1e-6 {
			decimals++
		}
	} else if step > 1 && step < 10 && step != math.Trunc(step) {
		decimals = 1
	}
	text := number(x, decimals)
	if s.axis.Signed && x > 0 {
		text = "+" + text
	}
	return text
}

func (s *scale) step() float64 {
	if len(s.ticks) < 2 {
		return 0
	}
	return s.ticks[1] - s.ticks[0]
}

// number writes a number with thousands separated and a real minus sign.
func number(x float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if x < 0 && strings.Trim(text, "0.") != "" {
		return "−" + whole
	}
	return whole
}
