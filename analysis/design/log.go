package design

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// LogSchema is the value of "schema" in an allocation log.
const LogSchema = "swis.allocation/1"

// logRecipe says in the log itself how its chain is made.
const logRecipe = "hash = SHA-256 of previous, kind and body joined by newlines; body without the white space outside strings; the first previous is 64 zeros"

// The kinds of records, in their order.
const (
	declarationKind = "declaration"
	allocationKind  = "allocation"
	balanceKind     = "balance"
	spaceKind       = "scheme_space"
)

// Log is the hash-chained record of an assignment. Each record's hash covers
// the record and the hash before it, so that the head covers everything: who
// lodged the head elsewhere can prove any later change.
type Log struct {
	Schema  string   `json:"schema"`
	Recipe  string   `json:"recipe"`
	Records []Record `json:"records"`
	Head    string   `json:"head"`
}

// Record is one link of the chain.
type Record struct {
	Kind     string          `json:"kind"`
	Previous string          `json:"previous"`
	Hash     string          `json:"hash"`
	Body     json.RawMessage `json:"body"`
}

// SpaceRecord describes the schemes of a constrained randomisation.
type SpaceRecord struct {
	Enumerated  bool    `json:"enumerated"`
	Scored      int     `json:"scored"`
	Acceptable  int     `json:"acceptable"`
	Cutoff      float64 `json:"cutoff"`
	Best        float64 `json:"best"`
	Worst       float64 `json:"worst"`
	Drawn       float64 `json:"drawn"`
	SchemesHash string  `json:"schemes_sha256"` // of the acceptable schemes, one line each: school ids of the intervention arm by commas
}

var firstPrevious = strings.Repeat("0", 64)

func recordHash(previous, kind string, body []byte) (string, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(previous + "\n" + kind + "\n" + compact.String()))
	return hex.EncodeToString(sum[:]), nil
}

func (l *Log) append(kind string, body any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return fmt.Errorf("allocation log: %w", err)
	}
	previous := firstPrevious
	if n := len(l.Records); n > 0 {
		previous = l.Records[n-1].Hash
	}
	sum, err := recordHash(previous, kind, text.Bytes())
	if err != nil {
		return fmt.Errorf("allocation log: %w", err)
	}
	l.Records = append(l.Records, Record{Kind: kind, Previous: previous, Hash: sum, Body: json.RawMessage(bytes.TrimSpace(text.Bytes()))})
	l.Head = sum
	return nil
}

// Bytes is the log as it is written: two-space JSON, one way only, so that any
// other bytes are a change.
func (l *Log) Bytes() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(l); err != nil {
		return nil, fmt.Errorf("allocation log: %w", err)
	}
	return b.Bytes(), nil
}

// Allocation is an assignment made, with its log.
type Allocation struct {
	Declaration *Declaration
	Derived     *Derived
	Balance     []BalanceRow
	Log         *Log
}

// Assign makes the assignment that a declaration asks for, and its log.
func Assign(d *Declaration) (*Allocation, error) {
	derived, err := d.Derive()
	if err != nil {
		return nil, err
	}
	balance, err := d.balance(derived.Schools)
	if err != nil {
		return nil, err
	}
	a := &Allocation{Declaration: d, Derived: derived, Balance: balance, Log: &Log{Schema: LogSchema, Recipe: logRecipe}}
	if err := a.Log.append(declarationKind, d); err != nil {
		return nil, err
	}
	if derived.Space != nil {
		if err := a.Log.append(spaceKind, d.spaceRecord(derived.Space)); err != nil {
			return nil, err
		}
	}
	if err := a.Log.append(allocationKind, derived.Schools); err != nil {
		return nil, err
	}
	if err := a.Log.append(balanceKind, balance); err != nil {
		return nil, err
	}
	return a, nil
}

func (d *Declaration) spaceRecord(s *Space) SpaceRecord {
	sum := sha256.New()
	var line []string
	for _, scheme := range s.Schemes {
		line = line[:0]
		for i, school := range d.Schools {
			if bit(scheme, i) {
				line = append(line, school.School)
			}
		}
		io.WriteString(sum, strings.Join(line, ",")+"\n")
	}
	return SpaceRecord{Enumerated: s.Enumerated, Scored: s.Scored, Acceptable: len(s.Schemes), Cutoff: s.Cutoff, Best: s.Best, Worst: s.Worst, Drawn: s.Drawn,
		SchemesHash: hex.EncodeToString(sum.Sum(nil))}
}

// parseLog reads a log strictly: no unknown keys, nothing after its end.
func parseLog(data []byte) (*Log, *Declaration, error) {
	l := &Log{}
	if err := strict(data, l); err != nil {
		return nil, nil, fmt.Errorf("not an allocation log: %w", err)
	}
	if l.Schema != LogSchema {
		return nil, nil, fmt.Errorf("schema is %q, want %q", l.Schema, LogSchema)
	}
	if l.Recipe != logRecipe {
		return nil, nil, errors.New("the recipe of the chain is not the one this log is written with")
	}
	if len(l.Records) == 0 || l.Records[0].Kind != declarationKind {
		return nil, nil, errors.New("the first record is no declaration")
	}
	d := &Declaration{}
	if err := strict(l.Records[0].Body, d); err != nil {
		return nil, nil, fmt.Errorf("declaration: %w", err)
	}
	if err := d.valid(); err != nil {
		return nil, nil, err
	}
	return l, d, nil
}

func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end")
	}
	return nil
}

// valid holds a declaration that was read from a file against what the draw
// takes for granted.
func (d *Declaration) valid() error {
	if len(d.Arms) < 2 || len(d.Ratio) != len(d.Arms) {
		return errors.New("declaration: want at least two arms and a ratio part for each")
	}
	for _, r := range d.Ratio {
		if r < 1 || r > 1000 {
			return errors.New("declaration: ratio parts out of range")
		}
	}
	for i, column := range d.Balance {
		if slices.Contains(d.Balance[:i], column) {
			return fmt.Errorf("declaration: column %s twice", column)
		}
	}
	if !slices.Contains(d.Arms, d.Comparison) || (d.Method == Constrained || d.Method == Match) && len(d.Arms) != 2 {
		return errors.New("declaration: the arms do not fit the method")
	}
	if d.Method.random() && d.Seed == nil {
		return errors.New("declaration: no seed")
	}
	if d.Method == Constrained && (d.Keep == nil || d.Candidates == nil || !(*d.Keep > 0 && *d.Keep <= 1) || *d.Candidates < 1 || *d.Candidates > maxCandidates) {
		return errors.New("declaration: no rule for the schemes to keep")
	}
	for _, s := range d.Schools {
		if len(s.Values) != len(d.Balance) {
			return fmt.Errorf("declaration: school %s has %d values, want %d", s.School, len(s.Values), len(d.Balance))
		}
	}
	return nil
}

// DeclaredID is the id column that a log declares, or "" where it cannot be read.
func DeclaredID(data []byte) string {
	if _, d, err := parseLog(data); err == nil {
		return d.Input.ID
	}
	return ""
}

// maxCandidates bounds the schemes that a constrained randomisation scores.
const maxCandidates = 1_000_000
