package study

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"swis/dataset"
)

// Rows that are written from the row before them are those that would be
// written one cell at a time, whatever changes from row to row: numbers of one
// digit or more, what is known, whether the school is there, edge, exposure.
func TestPanelRows(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, outcomes := range [][]string{nil, {"all"}} {
		_, _, o := pilots(t, small)
		o.Outcomes = outcomes
		s, err := Build(context.Background(), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := s.Panel
		for _, values := range p.Value {
			for cell := range values {
				if values[cell] = r.Int32N(11); r.IntN(40) == 0 {
					values[cell] = r.Int32N(2000)
				}
			}
		}
		for _, edge := range p.Edge {
			for i := range edge {
				edge[i] = r.IntN(4) == 0
			}
		}
		for i := range p.Schools {
			school := &p.Schools[i]
			if r.IntN(3) == 0 {
				school.Open = p.From + dataset.Day(r.IntN(200))
			}
			if r.IntN(3) == 0 {
				school.Close = p.To - dataset.Day(r.IntN(200))
			}
		}
		want := make([]string, 0, len(p.Schools)*p.Periods)
		for si := range p.Schools {
			for i := range p.Periods {
				want = append(want, plainRow(p.Schools[si].ID, s, si, i))
			}
		}
		var got bytes.Buffer
		if err := s.writePanel(&got); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(got.String(), "\n"), "\n")[1:]
		if len(lines) != len(want) {
			t.Fatalf("%d rows, want %d", len(lines), len(want))
		}
		for i := range want {
			if lines[i] != want[i] {
				t.Fatalf("row %d is\n%s, want\n%s", i, lines[i], want[i])
			}
		}
	}
}

// plainRow is a row of the panel, cell by cell.
func plainRow(id string, s *Study, si, i int) string {
	p := s.Panel
	period := spanOf(p, i)
	pupils, exposure := exposureOf(p, si*p.Periods+i, &p.Schools[si], &period)
	row := []string{id, p.Schools[si].LA, period.label, string(appendNumber(nil, pupils, 6)), string(appendNumber(nil, exposure, 10))}
	covered := []string{}
	for k := range dataset.Outcomes {
		if !p.Has[k] {
			continue
		}
		cell, known := "", p.Known(k, si, i)
		switch {
		case !known || !there(exposure):
		case p.Value[k] == nil:
			share, _ := p.Share(k, si, i)
			cell = string(appendNumber(nil, share, 10))
		default:
			cell = strconv.Itoa(int(p.Value[k][si*p.Periods+i]))
		}
		row = append(row, cell)
		covered = append(covered, string(digit(known)))
	}
	return strings.Join(append(append(row, covered...), string(digit(p.Edge[p.Schools[si].LA][i]))), ",")
}

// manySchools is a study of 24,000 schools by 36 months, most of them zeros.
func manySchools(b *testing.B) *Study {
	b.Helper()
	var text strings.Builder
	text.WriteString("child_id,school_urn,la,event,date\n")
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 100_000 {
		y, m, d := (dataset.DayOf(2021, 9, 1) + dataset.Day(r.IntN(1096))).Date()
		fmt.Fprintf(&text, "C%07d,%d,801,%s,%02d/%02d/%d\n", r.IntN(30_000), 100_001+i%24_000, []string{"referral", "assessment", "s47_enquiry"}[r.IntN(3)], d, m, y)
	}
	path := filepath.Join(b.TempDir(), "events.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	o := Default()
	o.Period, o.Sources = dataset.Month, []Source{{Path: path}}
	s, err := Build(context.Background(), o, nil)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkWritePanel(b *testing.B) {
	s := manySchools(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.writePanel(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteLists writes 24,000 schools and as many cases of rules.
func BenchmarkWriteLists(b *testing.B) {
	s := manySchools(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, write := range []func(io.Writer) error{s.writeSchools, s.writeIssues, s.writeQuarantine} {
			if err := write(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	}
}
