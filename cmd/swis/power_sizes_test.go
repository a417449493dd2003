package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Numbers that no trial has are refused at once, whatever option they are
// given to.
func TestAbsurdNumbersAreRefused(t *testing.T) {
	data := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(data, []byte("school,arm,events\n1,0,1\n2,1,2\n3,0,3\n4,1,0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	absurd := []string{"NaN", "Inf", "-Inf", "1e300", "-1"}
	for _, c := range []struct {
		command string
		options []string
		values  []string
	}{
		{"power --design rates --rate0 0.01 --person-time 500 --k 0.4 --rate1 0.008",
			[]string{"power", "alpha", "rate0", "rate1", "person-time", "k", "cv", "clusters", "ratio"}, append(absurd, "1e-300")},
		{"power --design rates --rate0 0.01 --person-time 500 --k 0.4 --clusters 20", []string{"rate0", "person-time", "k", "clusters"}, absurd},
		{"power --design proportions --p0 0.1 --cluster-size 100 --k 0.3 --p1 0.05", []string{"p0", "p1", "cluster-size", "k", "cv"}, absurd},
		{"power --design means --effect 0.2 --cluster-size 80 --icc 0.1", []string{"sd", "cluster-size", "icc", "cv"}, absurd},
		{"power --design means --cluster-size 80 --icc 0.1", []string{"effect"}, []string{"NaN", "Inf", "1e300", "1e-300"}},
		{"power --design mdes --clusters 60 --cluster-size 67 --icc 0.12",
			[]string{"clusters", "cluster-size", "icc", "share-treated", "r2-cluster", "r2-individual", "cluster-covariates"}, absurd},
		{"power --design did --simulate 2 --clusters 4 --rate0 0.01 --person-time 200 --k 0.4",
			[]string{"clusters", "rate0", "person-time", "k", "cv", "k-change", "dispersion", "ratios", "simulate", "periods-before", "periods-after"}, absurd},
		{"power --design did --simulate 2 --clusters 4 --rate0 0.01 --person-time 200 --k 0.4", []string{"simulate", "periods-before", "periods-after"}, []string{"1000000000"}},
		{"power --design trial --simulate 2 --rate0 0.01 --person-time 200 --clusters 4", []string{"clusters", "rate0", "dispersion"}, absurd},
		{"floor --data " + data + " --outcome events --treated arm",
			[]string{"alpha", "power", "max-fall", "max-at-floor", "reps", "benchmark", "simulate"}, absurd},
		{"floor --data " + data + " --outcome events --treated arm", []string{"reps", "simulate"}, []string{"2000000000"}},
	} {
		for _, option := range c.options {
			for _, value := range c.values {
				args := slices.Concat(strings.Fields(c.command), []string{"--" + option + "=" + value})
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				var out strings.Builder
				began := time.Now()
				code := run(ctx, args, strings.NewReader(""), io.Discard, &out)
				cancel()
				if code != exitUsage || out.Len() == 0 || time.Since(began) > 5*time.Second {
					t.Errorf("%s --%s=%s: exit %d after %v: %s", c.command, option, value, code, time.Since(began).Round(time.Millisecond), out.String())
				}
			}
		}
	}
}
