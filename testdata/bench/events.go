//go:build ignore

// Writes synthetic events, one row an event, to standard output: the same bytes every time.
//
//	go run testdata/bench/events.go ROWS >events.csv
//
// A third as many children as rows, each at one of 24,000 schools of 153
// authorities; every tenth row names another school of the authority. Three
// years of dates as dd/mm/yyyy; 2% of the rows repeat an earlier one, 1% lack
// the school, 0.5% the child. Nothing here is real.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"time"
)

const (
	schools     = 24000
	authorities = 153
	days        = 1096
)

// random is splitmix64.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *random) below(n int) int { return int((r.next() >> 33) * uint64(n) >> 31) }

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run testdata/bench/events.go ROWS >events.csv")
		os.Exit(2)
	}
	rows, err := strconv.ParseFloat(os.Args[1], 64) // 1e7
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	n := int(rows)
	children := max(1000, n/3)
	var dates [days]string
	for i := range dates {
		dates[i] = time.Date(2021, 9, 1+i, 0, 0, 0, 0, time.UTC).Format("02/01/2006")
	}
	w := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer w.Flush()
	w.WriteString("child_id,school_urn,la,event,date\n")
	var line, kept []byte
	r := random(20240901)
	for range n {
		if len(kept) > 0 && r.below(50) == 0 { // an earlier row again
			w.Write(kept)
			continue
		}
		child := r.below(children)
		home := random(child)
		school := home.below(schools)
		la := school * authorities / schools
		if r.below(10) == 0 {
			first := (la*schools + authorities - 1) / authorities
			school = first + r.below((la+1)*schools/authorities-first)
		}
		line = line[:0]
		if r.below(200) > 0 {
			line = append(line, 'C')
			line = digits(line, child, 8)
		}
		line = append(line, ',')
		if r.below(100) > 0 {
			line = digits(line, 100001+school, 6)
		}
		line = append(line, ",LA"...)
		line = digits(line, la+1, 3)
		switch k := r.below(100); {
		case k < 15:
			line = append(line, ",s47_enquiry,"...)
		case k < 45:
			line = append(line, ",s17_start,"...)
		default:
			line = append(line, ",referral,"...)
		}
		line = append(append(line, dates[r.below(days)]...), '\n')
		w.Write(line)
		if r.below(20) == 0 {
			kept = append(kept[:0], line...)
		}
	}
}

func digits(line []byte, n, width int) []byte {
	line = append(line, "00000000"[:width]...)
	for i := len(line) - 1; n > 0; i-- {
		line[i] += byte(n % 10)
		n /= 10
	}
	return line
}
