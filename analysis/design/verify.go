package design

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Finding is one thing that was verified about a log.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"` // where it does not hold
}

// Verification is what a log was held against: its own chain, the assignment
// derived again from its declaration, the school list and the lodged head
// where they are given.
type Verification struct {
	Findings    []Finding
	Head        string
	Declaration *Declaration
	Schools     []Assigned
}

// OK says whether everything holds.
func (v *Verification) OK() bool {
	for _, f := range v.Findings {
		if !f.OK {
			return false
		}
	}
	return len(v.Findings) > 0
}

func (v *Verification) add(what string, ok bool, why string, args ...any) {
	f := Finding{What: what, OK: ok}
	if !ok {
		f.Why = fmt.Sprintf(why, args...)
	}
	v.Findings = append(v.Findings, f)
}

// Verify re-derives an assignment from the bytes of its log. roster and head
// are optional: without the lodged head a log that was rewritten from end to
// end still verifies.
func Verify(data []byte, roster *Roster, head string) *Verification {
	v := &Verification{}
	log, d, err := parseLog(data)
	if err != nil {
		v.add("the log can be read", false, "%v", err)
		return v
	}
	v.Head, v.Declaration = log.Head, d
	v.add("the log can be read", true, "")
	canonical, err := log.Bytes()
	v.add("the file is as it was written", err == nil && bytes.Equal(canonical, data), "its bytes differ from those this log is written with")
	v.chain(log)
	v.derive(log, d)
	if head != "" {
		v.add("the head is the one lodged", head == log.Head, "the log's head is %s, lodged was %s", log.Head, head)
	}
	if roster != nil {
		v.roster(d, roster)
	}
	return v
}

func (v *Verification) chain(log *Log) {
	previous := firstPrevious
	for i, r := range log.Records {
		sum, err := recordHash(r.Previous, r.Kind, r.Body)
		switch {
		case err != nil:
			v.add("the hash chain holds", false, "record %d (%s): %v", i+1, r.Kind, err)
			return
		case r.Previous != previous:
			v.add("the hash chain holds", false, "record %d (%s) does not follow the one before it", i+1, r.Kind)
			return
		case r.Hash != sum:
			v.add("the hash chain holds", false, "record %d (%s) was changed", i+1, r.Kind)
			return
		}
		previous = r.Hash
	}
	v.add("the hash chain holds", log.Head == previous, "the head is not the hash of the last record")
}

// derive makes the assignment again and compares every record with it.
func (v *Verification) derive(log *Log, d *Declaration) {
	again, err := Assign(d)
	if err != nil {
		v.add("the declaration gives this allocation", false, "%v", err)
		return
	}
	v.Schools = again.Derived.Schools
	if len(again.Log.Records) != len(log.Records) {
		v.add("the declaration gives this allocation", false, "the log has %d records, want %d", len(log.Records), len(again.Log.Records))
		return
	}
	for i, r := range again.Log.Records {
		var want, got bytes.Buffer
		if json.Compact(&want, r.Body) != nil || json.Compact(&got, log.Records[i].Body) != nil ||
			r.Kind != log.Records[i].Kind || !bytes.Equal(want.Bytes(), got.Bytes()) {
			v.add("the declaration gives this allocation", false, "record %d (%s) is not what the declaration gives", i+1, log.Records[i].Kind)
			return
		}
	}
	v.add("the declaration gives this allocation", true, "")
}

// roster compares the school list with the one that was declared.
func (v *Verification) roster(d *Declaration, r *Roster) {
	v.add("the school list is the file that was declared", r.SHA256 == d.Input.SHA256, "its SHA-256 is %s, declared was %s", r.SHA256, d.Input.SHA256)
	declared := map[string]bool{}
	for _, s := range d.Schools {
		declared[s.School] = true
	}
	missing, extra := 0, 0
	for _, id := range r.IDs() {
		if !declared[id] {
			extra++
		}
		delete(declared, id)
	}
	missing = len(declared)
	if d.Method == Given {
		extra = 0 // a given list may leave schools out
	}
	v.add("the school list has the declared schools", missing == 0 && extra == 0, "%d declared schools are not in it, %d of its schools were not declared", missing, extra)
}
