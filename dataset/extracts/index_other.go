//go:build !amd64

package extracts

func markWords(ends, lines []uint64, data []byte) { markPortable(ends, lines, data) }
