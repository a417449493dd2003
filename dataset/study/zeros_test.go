package study

import "testing"

// An id whose leading zeros a spreadsheet has dropped is flagged where the
// identifiers have it with them, and is not taken for the child.
func TestZerosLostInFront(t *testing.T) {
	const header = "LAchildID,UPN,PersonBirthDate\n"
	for name, c := range map[string]struct {
		ids, events string
		want        int64
	}{
		"lost":          {"00123,,01/05/2008\n", "123,10/01/2021\n123,10/02/2021\n", 1},
		"kept":          {"00123,,01/05/2008\n", "00123,10/01/2021\n", 0},
		"another child": {"00123,,01/05/2008\n123,,01/06/2008\n", "123,10/01/2021\n", 0},
		"letters":       {"00A12,,01/05/2008\n", "A12,10/01/2021\n", 0},
		"long ids":      {"000012345678901,,01/05/2008\n", "12345678901,10/01/2021\n", 1},
	} {
		s := checked(t, map[string]string{"ids.csv": header + c.ids, "s47.csv": "LAchildID,S47ActualStartDate\n" + c.events}, nil)
		if got := ruleCount(s, "K02"); got != c.want {
			t.Errorf("%s: K02 %d, want %d", name, got, c.want)
		}
	}
}
