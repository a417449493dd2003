package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"swis/analysis"
	"swis/analysis/plan"
	"swis/dataset/atomicfile"
	"swis/dataset/textfile"
)

// planLock is what swis lock leaves beside a plan: its text and its hash.
type planLock struct {
	Schema  string `json:"schema"`
	Program string `json:"program"`
	Plan    string `json:"plan"`
	SHA256  string `json:"sha256"` // of the bytes of the plan: to be lodged elsewhere
	Text    string `json:"text"`
}

const lockSchema = "swis.lock/1"

func newLock(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "lock <trial.yaml>",
		Short: "Freeze a plan by its hash, before outcomes are read",
		Long: `Writes the text of a plan and its SHA-256 beside it, as trial.lock.json, and prints the
hash: lodge it elsewhere, such as in the trial's registration. From then on swis run
compares the plan with the locked one. What differs stands in the report as planned and
done, and analyses that were added count as exploratory.

A lock is never replaced, and a plan whose results are there already cannot be locked.
The program cannot know who has seen what before: the date at which the hash was lodged
is the proof.

Exit status: 0 done, or locked before with the same text; 2 wrong command line; 3 plan
refused; 4 locked before with another text, or results exist; 5 reading or writing failed.`,
		Example: "  swis lock trial.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := plan.ReadFile(args[0])
			if err != nil {
				return err
			}
			if err := checkAnalyses(p); err != nil {
				return err
			}
			have, err := readLock(p)
			switch {
			case err != nil:
				return err
			case have != nil && have.SHA256 != p.SHA256:
				return analysis.Refusalf("%s holds another text of this plan (SHA-256 %s): a lock is never replaced; swis run lists what has changed", lockPath(p), have.SHA256)
			case have == nil:
				if _, err := os.Stat(filepath.Join(p.Path("results"), "manifest.json")); err == nil {
					return analysis.Refusalf("%s holds results: a plan is locked before outcomes are read", p.Path("results"))
				}
				if err := writeLock(p); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(s.out, "%s  %s\nlocked in %s: lodge this hash elsewhere\n", p.SHA256, p.File, lockPath(p))
			return err
		},
	}
}

// lockPath is where the lock of a plan lies.
func lockPath(p *plan.Plan) string {
	return strings.TrimSuffix(p.File, filepath.Ext(p.File)) + ".lock.json"
}

// writeLock writes a lock that must not be there yet.
func writeLock(p *plan.Plan) error {
	text, err := textfile.Read(p.File, textfile.Written)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(planLock{lockSchema, program, filepath.Base(p.File), p.SHA256, string(text)}, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.WriteNew(lockPath(p), append(data, '\n'))
}

// readLock reads the lock of a plan, nil where there is none. A lock whose
// text and hash disagree was changed by hand.
func readLock(p *plan.Plan) (*planLock, error) {
	data, err := textfile.ReadRecord(lockPath(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lock planLock
	if err := json.Unmarshal(data, &lock); err != nil || lock.Schema != lockSchema {
		return nil, analysis.Refusalf("%s is not a lock that swis wrote", lockPath(p))
	}
	if sum := sha256.Sum256([]byte(lock.Text)); hex.EncodeToString(sum[:]) != lock.SHA256 {
		return nil, analysis.Refusalf("%s was changed: its text does not have its hash", lockPath(p))
	}
	return &lock, nil
}

// heldAgainstLock compares a plan with its lock, if it has one. Analyses that
// the lock does not know become exploratory.
func heldAgainstLock(p *plan.Plan) (*planLock, []plan.Change, error) {
	lock, err := readLock(p)
	if lock == nil || err != nil {
		return nil, nil, err
	}
	locked, err := plan.Read([]byte(lock.Text), lockPath(p))
	if err != nil {
		return nil, nil, err
	}
	changes := plan.Changes(locked, p)
	for i := range p.Analyses {
		if locked.Find(p.Analyses[i].ID) == nil {
			p.Analyses[i].Role, p.Analyses[i].Family = "exploratory", ""
		}
	}
	return lock, changes, nil
}
