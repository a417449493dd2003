package design

import (
	"path/filepath"
	"slices"
	"strings"

	"swis/analysis"
	"swis/dataset"
)

// Method is a way to assign schools.
type Method string

// The methods of assignment.
const (
	Complete     Method = "complete"     // one draw over all schools
	Stratified   Method = "stratified"   // one draw a stratum
	Pairs        Method = "pairs"        // one draw in each pair of similar schools
	Constrained  Method = "constrained"  // a draw among the schemes with good balance
	Minimisation Method = "minimisation" // one school at a time, to the arm that balances best
	Match        Method = "match"        // comparison schools nearest to given intervention schools
	Given        Method = "given"        // arms as a list has them
)

// Methods lists the methods in the order of the help text.
var Methods = []Method{Complete, Stratified, Pairs, Constrained, Minimisation, Match, Given}

// random says whether the method draws, and so wants a seed.
func (m Method) random() bool { return m != Match && m != Given }

// Options declare an assignment before it is made.
type Options struct {
	Method     Method
	Seed       string // text; required where the method draws
	Shares     Shares
	Comparison string   // the comparison arm; empty: the last of the arms
	Strata     []string // columns
	Balance    []string // columns of numbers
	Exact      []string // columns that matched schools share
	Caliper    *float64 // largest difference in standard deviations, each column; nil for none
	Start      string   // first treated period or date of the other arms
	ArmColumn  string   // match: the intervention schools; given: every school's arm
	Treated    []string // match: ids of the intervention schools, in place of ArmColumn
	Keep       float64  // constrained: share of the best schemes that is kept, e.g. 0.1
	Candidates int      // constrained: most schemes that are scored, e.g. 50000
	Program    string   // written into the log
}

// Declaration is everything an assignment follows from. It is the first record
// of the log, and the assignment can be derived from it alone.
type Declaration struct {
	Program    string           `json:"program"`
	Method     Method           `json:"method"`
	Seed       *string          `json:"seed"`
	Arms       []string         `json:"arms"`
	Ratio      []int            `json:"ratio"`
	Comparison string           `json:"comparison"`
	Strata     []string         `json:"strata"`
	Balance    []string         `json:"balance"`
	Exact      []string         `json:"exact"`
	Caliper    *float64         `json:"caliper"`
	Keep       *float64         `json:"keep"`
	Candidates *int             `json:"candidates"`
	Start      string           `json:"start"`
	Input      Input            `json:"input"`
	Schools    []DeclaredSchool `json:"schools"` // in the order of their ids
}

// Input is the school list.
type Input struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	ID     string `json:"id"`
}

// DeclaredSchool is what the assignment may know of a school.
type DeclaredSchool struct {
	School  string    `json:"school_id"`
	LA      string    `json:"la"`
	Stratum string    `json:"stratum"`          // or the cell of the exact columns
	Arm     string    `json:"arm,omitempty"`    // given arm; match: the intervention arm or empty
	Start   string    `json:"start,omitempty"`  // given start, where it differs from the declaration's
	Values  []float64 `json:"values,omitempty"` // of the balance columns
}

// Declare reads what the options name from the school list.
func Declare(r *Roster, o Options) (*Declaration, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	d := &Declaration{
		Program: o.Program, Method: o.Method, Arms: o.Shares.Arms, Ratio: o.Shares.Ratio, Comparison: o.Comparison,
		Strata: list(o.Strata), Balance: list(o.Balance), Exact: list(o.Exact), Caliper: o.Caliper, Start: o.Start,
		Input: Input{File: filepath.Base(r.File), SHA256: r.SHA256, ID: r.IDColumn},
	}
	if o.Method.random() {
		d.Seed = &o.Seed
	}
	if o.Method == Constrained {
		d.Keep, d.Candidates = &o.Keep, &o.Candidates
	}
	if d.Comparison == "" {
		d.Comparison = o.Shares.Arms[len(o.Shares.Arms)-1]
	}
	columns := o.Strata
	if o.Method == Match {
		columns = o.Exact
	}
	strata, err := r.Strata(columns)
	if err != nil {
		return nil, err
	}
	values := make([][]float64, len(o.Balance))
	for k, column := range o.Balance {
		if values[k], err = r.Numbers(column); err != nil {
			return nil, err
		}
	}
	arms, err := o.declaredArms(r, d)
	if err != nil {
		return nil, err
	}
	starts := make([]string, r.N())
	if o.Method == Given && r.Has("start") {
		if starts, err = r.Words("start"); err != nil {
			return nil, err
		}
	}
	la := r.LA()
	for i, id := range r.IDs() {
		if o.Method == Given && arms[i] == "" {
			continue // not in the trial
		}
		s := DeclaredSchool{School: id, LA: la[i], Stratum: strata[i], Arm: arms[i], Start: starts[i]}
		for k := range values {
			s.Values = append(s.Values, values[k][i])
		}
		d.Schools = append(d.Schools, s)
	}
	return d, nil
}

func list(x []string) []string {
	if x == nil {
		return []string{}
	}
	return x
}

// check refuses options that do not go together.
func (o Options) check() error {
	if !slices.Contains(Methods, o.Method) {
		return analysis.Unsupportedf("method %q: want one of complete, stratified, pairs, constrained, minimisation, match, given", o.Method)
	}
	if len(o.Shares.Arms) < 2 || len(o.Shares.Ratio) != len(o.Shares.Arms) {
		return analysis.Unsupportedf("arms %s with ratio of %d parts: want at least two arms and one part for each", joinWords(o.Shares.Arms), len(o.Shares.Ratio))
	}
	seen := map[string]bool{}
	for a, arm := range o.Shares.Arms {
		if arm == "" || seen[arm] {
			return analysis.Unsupportedf("arms %s: want different names", joinWords(o.Shares.Arms))
		}
		seen[arm] = true
		if o.Shares.Ratio[a] < 1 {
			return analysis.Unsupportedf("ratio: want whole numbers of 1 or more")
		}
	}
	if o.Comparison != "" && !seen[o.Comparison] {
		return analysis.Unsupportedf("comparison arm %q is none of the arms %s", o.Comparison, joinWords(o.Shares.Arms))
	}
	for _, text := range append([]string{o.Seed}, o.Shares.Arms...) {
		if strings.ContainsAny(text, "\n\r") {
			return analysis.Unsupportedf("the seed and the arms stand on lines of their own in the draw: want no line breaks in them")
		}
	}
	for i, column := range o.Balance {
		if slices.Contains(o.Balance[:i], column) {
			return analysis.Unsupportedf("balance names column %s twice", column)
		}
	}
	two := len(o.Shares.Arms) == 2
	switch o.Method {
	case Complete:
		if len(o.Strata) > 0 {
			return analysis.Unsupportedf("method complete draws over all schools: use --method stratified with --strata %s", strings.Join(o.Strata, ","))
		}
	case Stratified:
		if len(o.Strata) == 0 {
			return analysis.Unsupportedf("method stratified wants --strata, such as --strata la,phase; without strata use --method complete")
		}
	case Pairs:
		if len(o.Balance) == 0 || !two || o.Shares.Ratio[0] != 1 || o.Shares.Ratio[1] != 1 {
			return analysis.Unsupportedf("method pairs wants two arms at 1:1 and --balance with the columns that make schools similar")
		}
	case Constrained:
		if len(o.Balance) == 0 || !two {
			return analysis.Unsupportedf("method constrained wants two arms and --balance with the columns to balance")
		}
		if !(o.Keep > 0 && o.Keep <= 1) || o.Candidates < 1 {
			return analysis.Unsupportedf("method constrained keeps a share of the best schemes: want --keep above 0 and up to 1, such as 0.1, and --candidates of at least 1")
		}
	case Minimisation:
		if len(o.Balance) == 0 && len(o.Strata) == 0 {
			return analysis.Unsupportedf("method minimisation wants the factors to balance in --strata or --balance")
		}
	case Match:
		if !two || len(o.Balance) == 0 {
			return analysis.Unsupportedf("method match wants two arms and --balance with the columns to match on, such as pupils,fsm,trend")
		}
		if o.Shares.Ratio[0] != 1 {
			return analysis.Unsupportedf("method match takes comparison schools for each intervention school: want a ratio such as 1:2")
		}
		if o.Caliper != nil && !(*o.Caliper > 0) {
			return analysis.Unsupportedf("caliper %g: want standard deviations above 0, such as 0.25", *o.Caliper)
		}
	}
	if o.Method != Match && len(o.Exact) > 0 {
		return analysis.Unsupportedf("--exact belongs to method match; for a draw within groups use --strata")
	}
	if o.Method.random() && o.Seed == "" {
		return analysis.Unsupportedf("a draw wants --seed TEXT: there is no default; choose one that nobody could have picked, such as the next lottery draw, and write it down before")
	}
	return nil
}

// declaredArms are the arms that the list itself gives, empty where it gives none.
func (o Options) declaredArms(r *Roster, d *Declaration) ([]string, error) {
	arms := make([]string, r.N())
	ids := r.IDs()
	switch {
	case o.Method == Match && len(o.Treated) > 0:
		at := map[string]int{}
		for i, id := range ids {
			at[id] = i
		}
		var problems dataset.Problems
		for _, id := range o.Treated {
			i, ok := at[id]
			if !ok {
				problems = append(problems, dataset.Problem{File: r.File, Text: "intervention school " + id + " is not in the list"})
				continue
			}
			arms[i] = d.intervention()
		}
		if problems != nil {
			return nil, problems
		}
	case o.Method == Match || o.Method == Given:
		words, err := r.Words(o.ArmColumn)
		if err != nil {
			return nil, err
		}
		var problems dataset.Problems
		for i, w := range words {
			arm, known := d.namedArm(w)
			switch {
			case known && o.Method == Match && arm != d.intervention():
			case known:
				arms[i] = arm
			case o.Method == Given:
				problems = append(problems, dataset.Problem{File: r.File, Line: r.line[ids[i]], Column: o.ArmColumn,
					Text: "arm " + w + " is none of " + joinWords(d.Arms) + "; name all with --arms"})
			}
		}
		if problems != nil {
			return nil, problems
		}
	}
	if o.Method == Match && !slices.Contains(arms, d.intervention()) {
		return nil, analysis.NotEstimablef("no school of the list is in the intervention arm %q: mark them in column %s, or name them with --treated-units", d.intervention(), o.ArmColumn)
	}
	return arms, nil
}

// intervention is the first arm that is not the comparison arm.
func (d *Declaration) intervention() string {
	for _, a := range d.Arms {
		if a != d.Comparison {
			return a
		}
	}
	return d.Arms[0]
}

// namedArm reads an arm as a list writes it: its name, or 1 and 0 for two arms.
// An empty cell is no arm.
func (d *Declaration) namedArm(word string) (string, bool) {
	switch {
	case word == "":
		return "", true
	case slices.Contains(d.Arms, word):
		return word, true
	case word == "1" && len(d.Arms) == 2:
		return d.intervention(), true
	case word == "0" && len(d.Arms) == 2:
		return d.Comparison, true
	}
	return "", false
}
