package extracts

// mark finds commas and line ends in 64 bytes a word.
//
//go:noescape
func mark(ends, lines *uint64, data *byte, words int)

// markWords does as markPortable.
func markWords(ends, lines []uint64, data []byte) {
	if n := min(len(ends), len(lines), len(data)/64); n > 0 {
		mark(&ends[0], &lines[0], &data[0], n)
	}
}
