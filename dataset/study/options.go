package study

import (
	"fmt"
	"strings"

	"swis/dataset"
	"swis/dataset/grouped"
	"swis/dataset/panel"
)

// Source is one delivery: a file, or a folder whose files are all read.
type Source struct {
	Path   string
	LA     string // authority's code where the file does not hold it
	Layout string // forces a layout where several could be meant
	Map    string // mapping file of the authority: columns, codes, date order
}

// Attribution says on which date a child's school is looked up.
type Attribution string

// The attributions. The default (empty) is AtEvent for events and
// AtEpisodeStart for days in care, because entry into care often moves a child
// out of the school, and the school on the day would then drop the outcome
// from its own arm.
const (
	AtEvent        Attribution = "at_event"         // the school on the day
	AtBaseline     Attribution = "at_baseline"      // the school on the first day of the window, or on Options.Baseline
	AtEpisodeStart Attribution = "at_episode_start" // the school on the first day of the period of care, or of the window if later
)

// S17Definition says what a Section 17 start is.
type S17Definition string

// The definitions of a Section 17 start.
const (
	S17Assessments S17Definition = "assessments" // an assessment under Section 17 started
	S17Plans       S17Definition = "plans"       // a child in need plan started
	S17Episodes    S17Definition = "episodes"    // an episode of need started: a referral that led to action
)

// Options are everything that ingest and check can be told.
type Options struct {
	Sources          []Source
	Schools          string   // the trial's schools: a GIAS-shaped or simple list; empty: all schools seen
	Rolls            []string // pupil rolls, beside those among the sources
	Links            []string // child-to-school lookups and school links, beside those among the sources
	Allocation       string   // arms of the schools, for the rates of linkage by arm; empty: not known
	ArmsLater        bool     // arms are not known yet: see Study.TakeArms
	Decisions        string   // what was decided about mergers, splits and children with several records; written as a template where it is not there
	Period           dataset.PeriodKind
	From, To         dataset.Day // window, To included; NoDay: from the data
	Baseline         dataset.Day // NoDay: From
	Attribution      Attribution
	S17              S17Definition
	Outcomes         []string // asked for beside those that are always built; all: whatever is delivered
	S47Gap           int      // days within which a child's further enquiry is the same one; 0: only the same day
	RepairOff        []string // ids of rules whose repair is switched off
	RepairOn         []string // ids of rules that are repaired on request
	Phases           []string // of the protocol's schools (S07); empty: any
	Published        []string // DfE's open tables to compare totals with, beside those among the sources
	IncludeRespite   bool     // count V3 short breaks as days in care
	Until18          bool     // days in care end on the 18th birthday
	FollowUp         []int    // months after the baseline, or after each child\'s own day, to which outcomes are added up
	Cohort           string   // list of children with a day each, a file; roll: the pupils on roll at baseline
	KeyFile          string   // 32 bytes or more, mode 0600; empty: a fresh key
	KeepEvents       bool     // write child-level events under pseudonyms
	QuarantineValues string   // file, outside the study folder, for the original rows that were quarantined
	Strict           bool     // any warning refuses
	Threshold        float64  // of rows quarantined or unlinked in an LA before the study is refused (P02); 0: DefaultThreshold
	Disclosure       string   // none, dfe, tre: of the quality report
	Program          string   // name and version, for the manifest
	Memory           int64    // bytes of events that are held; more go to an encrypted temporary file
	Temp             string   // folder of that file; empty: the system's
	Root             string   // folder from which the names of files are shown; empty: as given
}

// DefaultThreshold is the share of quarantined and unlinked rows above which a
// study is refused (rule P02).
const DefaultThreshold = 0.05

// Default returns the options that hold where nothing is said.
func Default() Options {
	return Options{Period: dataset.Term, From: dataset.NoDay, To: dataset.NoDay, Baseline: dataset.NoDay,
		S17: S17Assessments, Threshold: DefaultThreshold, Disclosure: "none", Memory: grouped.DefaultBudget}
}

// repairs settles which rules are left as they are: those switched off, and
// those repaired on request that nobody asked for.
func (o *Options) repairs(off map[dataset.RuleID]bool) error {
	for i := range dataset.Rules {
		if dataset.Rules[i].OnRequest() {
			off[dataset.RuleID(i)] = true
		}
	}
	for _, id := range o.RepairOff {
		if !dataset.KnownRule(id) || !dataset.Rules[dataset.RuleNamed(id)].CanBeLeft() {
			return dataset.Problems{{Text: fmt.Sprintf("repair %q: no such rule, or it repairs nothing that can be left; swis formats --rules lists them", id)}}
		}
		off[dataset.RuleNamed(id)] = true
	}
	for _, id := range o.RepairOn {
		if !dataset.KnownRule(id) || !dataset.Rules[dataset.RuleNamed(id)].OnRequest() {
			return dataset.Problems{{Text: fmt.Sprintf("repair %q: no such rule, or it has no repair on request; swis formats --rules lists them", id)}}
		}
		delete(off, dataset.RuleNamed(id))
	}
	return nil
}

// Validate refuses options that contradict each other.
func (o *Options) Validate() error {
	switch o.Attribution {
	case "", AtEvent, AtBaseline, AtEpisodeStart:
	default:
		return fmt.Errorf("attribution %q: want at_event, at_baseline or at_episode_start", o.Attribution)
	}
	switch o.S17 {
	case S17Assessments, S17Plans, S17Episodes:
	default:
		return fmt.Errorf("definition of s17_starts %q: want assessments, plans or episodes", o.S17)
	}
	for _, name := range o.Outcomes {
		if _, ok := dataset.OutcomeNamed(name); !ok && name != panel.AllOutcomes {
			return fmt.Errorf("outcome %q: want all, or one of %s", name, strings.Join(names(dataset.Outcomes), ", "))
		}
	}
	switch o.Disclosure {
	case "none", "dfe", "tre":
	default:
		return fmt.Errorf("disclosure profile %q: want none, dfe or tre", o.Disclosure)
	}
	if o.From != dataset.NoDay && o.To != dataset.NoDay && o.To < o.From {
		return fmt.Errorf("the window ends (%s) before it starts (%s)", o.To, o.From)
	}
	for _, months := range o.FollowUp {
		if months < 1 || months > 240 {
			return fmt.Errorf("follow-up of %d months: want 1 to 240", months)
		}
	}
	if len(o.FollowUp) > 0 && o.Cohort == "" && o.Baseline == dataset.NoDay {
		return fmt.Errorf("follow-up of months: give the day from which they count with --baseline")
	}
	if o.S47Gap < 0 {
		return fmt.Errorf("s47 gap %d: want 0 or more days", o.S47Gap)
	}
	if len(o.Sources) == 0 {
		return fmt.Errorf("no extracts given: name files or folders")
	}
	return nil
}

func names(outcomes []dataset.Outcome) []string {
	out := make([]string, len(outcomes))
	for i := range outcomes {
		out[i] = outcomes[i].Name
	}
	return out
}
