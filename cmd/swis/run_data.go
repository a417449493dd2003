package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	"swis/analysis"
)

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// deliveries say what was read and what became of it.
func (t *trialRun) deliveries() ([]string, []analysis.Table) {
	return nil, nil
}
