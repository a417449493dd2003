package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseSize reads a number of bytes with a unit, such as 512MB; units are
// powers of 1024.
func parseSize(text string) (int64, error) {
	number, scale := strings.ToUpper(strings.TrimSpace(text)), int64(1)
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	for i, unit := range []string{"K", "M", "G", "T"} {
		if rest, ok := strings.CutSuffix(number, unit); ok {
			number, scale = strings.TrimSpace(rest), 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/scale || n*scale < 1<<20 {
		return 0, fmt.Errorf("%q: want a size of 1MB or more, such as 512MB or 2GB", text)
	}
	return n * scale, nil
}
