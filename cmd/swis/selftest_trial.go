package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"swis/analysis/plan"
	"swis/dataset/synthetic"
)

// trialHashes is the file of what the small trial's data hash to.
const trialHashes = "trial/sha256.txt"

// trial invents a small trial, reads its extracts and holds the panel, cell by
// cell, to what was planted.
func (t *selftest) trial() error {
	const area = "trial"
	folder := filepath.Join(t.folder, "trial")
	o := &demoOptions{scale: synthetic.Default(), faults: "none", layouts: "pilots", dataOnly: true}
	o.scale.Schools, o.scale.Pupils, o.scale.Months = 24, 80, 8
	if err := o.run(t.ctx, t.streams, folder, newProgress(t.streams, true)); err != nil {
		return err
	}
	p, err := plan.ReadFile(filepath.Join(folder, planName))
	if err != nil {
		return err
	}
	run := &trialRun{streams: t.streams, plan: p, work: filepath.Join(t.folder, "run")}
	if err := os.Mkdir(run.work, 0o700); err != nil {
		return err
	}
	if err := run.ingest(t.ctx); err != nil {
		return err
	}
	planted, err := readCells(filepath.Join(folder, synthetic.PlantedPanelFile))
	if err != nil {
		return err
	}
	found, err := readCells(filepath.Join(run.path("study"), "panel.csv"))
	if err != nil {
		return err
	}
	for _, column := range planted.columns {
		want, got, differ := 0.0, 0.0, 0
		for key, cells := range planted.rows {
			a, b := cells[column], found.rows[key][column]
			if a != b {
				differ++
			}
			x, _ := strconv.ParseFloat(a, 64)
			y, _ := strconv.ParseFloat(b, 64)
			want, got = want+x, got+y
		}
		t.words(area, column+", cells unlike what was planted", strconv.Itoa(differ), "0")
		t.words(area, column+", sum", fmt.Sprint(got), fmt.Sprint(want))
	}
	t.words(area, "rows of the panel", strconv.Itoa(len(found.rows)), strconv.Itoa(len(planted.rows)))
	return t.trialHashes(area, folder)
}

// trialHashes compares the invented data, byte by byte, with those invented
// where the program was made. Another architecture may round otherwise.
func (t *selftest) trialHashes(area, folder string) error {
	text, err := fs.ReadFile(t.files, trialHashes)
	if err != nil {
		return err
	}
	architecture, want, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if runtime.GOARCH != architecture {
		return nil
	}
	got, err := hashTree(folder)
	if err != nil {
		return err
	}
	t.words(area, "SHA-256 of the invented data", got, want)
	return nil
}

// hashTree hashes the data files below a folder with their names, in the order
// of these.
func hashTree(folder string) (string, error) {
	all := sha256.New()
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == planName || d.Name() == synthetic.PlantedFile {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, name)
		fmt.Fprintf(all, "%s %x\n", filepath.ToSlash(relative), sha256.Sum256(data))
		return err
	})
	return hex.EncodeToString(all.Sum(nil)), err
}

// panelCells are the cells of a panel by school and period, then by column.
type panelCells struct {
	columns []string
	rows    map[string]map[string]string
}

func readCells(name string) (*panelCells, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	p := &panelCells{rows: map[string]map[string]string{}}
	for _, column := range records[0] {
		switch column {
		case "school_id", "la", "period":
		default:
			p.columns = append(p.columns, column)
		}
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for j, cell := range record {
			row[records[0][j]] = cell
		}
		p.rows[row["school_id"]+" "+row["period"]] = row
	}
	return p, nil
}
