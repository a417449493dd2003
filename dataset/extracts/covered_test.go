package extracts

import (
	"testing"

	"swis/dataset"
)

// Cells that an authority covers are zero at each of its schools that the file
// names, where the file holds no number; of other authorities nothing is said.
func TestCoveredCells(t *testing.T) {
	sept, oct := dataset.DayOf(2023, 9, 1), dataset.DayOf(2023, 10, 1)
	of := func(la uint16, school uint32, day dataset.Day, value float64) dataset.Count {
		return dataset.Count{LA: la, School: school, Day: day, Outcome: 1, Value: value}
	}
	given := []dataset.Count{of(1, 7, sept, 3), of(1, 8, oct, 2), of(2, 9, sept, 1), of(1, 0, sept, 0), of(1, 0, oct, 0), of(1, 0, oct, 0), of(3, 0, oct, 0)}
	want := map[[2]int]float64{{7, int(sept)}: 3, {7, int(oct)}: 0, {8, int(sept)}: 0, {8, int(oct)}: 2, {9, int(sept)}: 1}
	got := fillCovered(given)
	if len(got) != len(want) {
		t.Errorf("%d cells, want %d", len(got), len(want))
	}
	for _, c := range got {
		if v, ok := want[[2]int{int(c.School), int(c.Day)}]; !ok || v != c.Value {
			t.Errorf("school %d, day %s: %v, want %v (%v)", c.School, c.Day, c.Value, v, ok)
		}
	}
}
