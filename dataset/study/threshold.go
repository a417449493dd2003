package study

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"swis/dataset"
)

// share is the part of an authority's rows of outcomes that is quarantined or
// not linked to a school.
func (l *QualityLinkage) share() float64 {
	if l.Rows == 0 {
		return 0
	}
	return float64(l.Quarantined+l.Unlinked) / float64(l.Rows)
}

// tested is the share as far as the files at hand can tell: where nothing leads
// to a school, whoever has the roll will see what is not linked.
func (l *QualityLinkage) tested() float64 {
	if !l.NoWay {
		return l.share()
	}
	kept := *l
	kept.Unlinked = 0
	return kept.share()
}

// threshold refuses a study of which too much is quarantined or unlinked in
// one authority (P02). What may be the reason comes first: files that name
// another authority than the one given, then the rules that kept rows out.
func (s *Study) threshold() error {
	n := func(k int64) Number { return gate(s.Options.Disclosure, k) }
	counts := s.ruleCounts()
	var problems dataset.Problems
	for i := range s.Quality.Linkage {
		row := &s.Quality.Linkage[i]
		if row.share() <= s.Options.Threshold {
			continue
		}
		if len(problems) == 0 {
			var err error
			if problems, err = s.otherAuthorities(); err != nil {
				return err
			}
		}
		if row.NoWay {
			problems = append(problems, dataset.Problem{Rule: "P02", Text: fmt.Sprintf(
				"authority %s: no roll, no lookup and no school in the rows: nothing says at which school a child was; give rolls or lookups (--roll, --link)", row.LA)})
			continue
		}
		problems = append(problems, dataset.Problem{Rule: "P02", Text: fmt.Sprintf(
			"authority %s: %s of %s rows of outcomes are quarantined and %s not linked to a school, %smore than %.1f%%%s; look at swis check, give rolls and lookups (--roll, --link), or allow it with --threshold",
			row.LA, n(row.Quarantined), n(row.Rows), n(row.Unlinked), s.inAll(row), 100*s.Options.Threshold, reasons(counts, uint16(s.set.LAs.Code(row.LA)), n))})
	}
	for _, arm := range s.armsAbove() {
		found := fmt.Sprintf("%.1f%% of the events", 100*float64(arm.bad)/float64(arm.all))
		if tooSmall(s.Options.Disclosure, arm.bad) || tooSmall(s.Options.Disclosure, arm.all-arm.bad) {
			found = "too many of the events"
		}
		problems = append(problems, dataset.Problem{Rule: "P02", Text: fmt.Sprintf(
			"authority %s, arm %s (blinded): %s are quarantined or not linked to a school, more than %.1f%%; give rolls and lookups (--roll, --link), or allow it with --threshold",
			s.laText(arm.la), arm.level, found, 100*s.Options.Threshold)})
	}
	if problems != nil {
		return problems
	}
	return nil
}

// armAbove is an arm of an authority with too much missing: of all events bad
// ones.
type armAbove struct {
	la       uint16
	level    string
	bad, all int64
}

// armsAbove holds the arms against the threshold: of events that were linked to
// the arm's schools, and of those not linked or kept out of children who were
// nearest in time to one of them.
func (s *Study) armsAbove() (above []armAbove) {
	if s.arms == nil || s.Panel == nil {
		return nil
	}
	places := s.Panel.Report.Places
	for _, la := range slices.SortedFunc(maps.Keys(places), s.byName) {
		for arm, ends := range s.arms.sums(places[la])[:s.arms.count] {
			bad := ends.Unlinked + ends.KeptOut
			if all := bad + ends.Linked; float64(bad) > s.Options.Threshold*float64(all) {
				above = append(above, armAbove{la, s.arms.level(arm), bad, all})
			}
		}
	}
	return above
}

// inAll is the share of rows that an authority loses, where the counts behind it
// may be shown: with the rows it gives both away.
func (s *Study) inAll(row *QualityLinkage) string {
	d := s.Options.Disclosure
	if d == "tre" || tooSmall(d, row.Quarantined) || tooSmall(d, row.Unlinked) || tooSmall(d, row.Rows) {
		return ""
	}
	return fmt.Sprintf("%.1f%% in all, ", 100*row.share())
}

// reasons names the rules that kept most of an authority's rows out.
func reasons(counts ruleCounts, la uint16, n func(int64) Number) string {
	var ids []dataset.RuleID
	for i, rule := range dataset.Rules {
		if id := dataset.RuleID(i); counts[id][la] > 0 && (rule.Severity == dataset.Quarantine || rule.ID == "L01") {
			ids = append(ids, id)
		}
	}
	slices.SortStableFunc(ids, func(a, b dataset.RuleID) int { return cmp.Compare(counts[b][la], counts[a][la]) })
	var words []string
	for _, id := range ids[:min(3, len(ids))] {
		words = append(words, fmt.Sprintf("%s rows %s %s", n(counts[id][la]), id, dataset.Rules[id].Text))
	}
	if words == nil {
		return ""
	}
	return " (" + strings.Join(words, "; ") + ")"
}

// otherAuthorities are the files that name another authority than the one
// given for them (F09), each once.
func (s *Study) otherAuthorities() (problems dataset.Problems, err error) {
	rule := dataset.RuleNamed("F09")
	err = s.issues.Each(func(i dataset.Issue) error {
		if i.Rule == rule {
			problems = append(problems, dataset.Problem{File: s.fileName(i.File), Line: int(i.Line), Column: i.Column, Rule: rule.String(), Text: dataset.Rules[rule].Text + "; " + dataset.Rules[rule].Repair})
		}
		return nil
	})
	return problems, err
}
