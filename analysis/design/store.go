package design

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"swis/analysis"
	"swis/dataset"
	"swis/dataset/atomicfile"
)

// The files of an allocation.
const (
	AllocationFile = "allocation.csv"
	LogFile        = "allocation.log.json"
)

// Refused says whether folder already holds an allocation, as a Refusal.
func Refused(folder string) error {
	path := filepath.Join(folder, LogFile)
	if _, err := os.Lstat(path); err == nil {
		return analysis.Refusalf("%s is there: these schools are assigned, and a second roll is refused; swis assign verify %s re-derives it, another list goes into another folder", path, path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Store writes the log and allocation.csv into folder. The log comes first and
// appears whole, under its name, or not at all, and never replaces another:
// of two runs at the same time one is refused, and a run that is killed leaves
// either nothing or the log, from which RestoreCSV makes the list.
func (a *Allocation) Store(folder string) error {
	if err := Refused(folder); err != nil {
		return err
	}
	data, err := a.Log.Bytes()
	if err != nil {
		return err
	}
	if err := atomicfile.WriteNew(filepath.Join(folder, LogFile), data); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return Refused(folder)
		}
		return err
	}
	return WriteCSV(filepath.Join(folder, AllocationFile), a.Derived.Schools)
}

// WriteCSV writes the list of assigned schools. The column pair is there where
// schools were matched or paired.
func WriteCSV(path string, schools []Assigned) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodeCSV(w, schools) })
}

func encodeCSV(w io.Writer, schools []Assigned) error {
	paired := false
	for _, s := range schools {
		paired = paired || s.Pair != ""
	}
	out := csv.NewWriter(w)
	header := []string{"school_id", "la", "stratum", "arm", "start"}
	if paired {
		header = append(header, "pair")
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for _, s := range schools {
		row := []string{s.School, s.LA, s.Stratum, s.Arm, s.Start}
		if paired {
			row = append(row, s.Pair)
		}
		for i := range row {
			row[i] = dataset.PlainCell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// SameCSV says whether the bytes are the list of these schools.
func SameCSV(data []byte, schools []Assigned) bool {
	var want bytes.Buffer
	if err := encodeCSV(&want, schools); err != nil {
		return false
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n") == want.String()
}
