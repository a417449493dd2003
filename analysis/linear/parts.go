package linear

import (
	"runtime"
	"sync/atomic"

	"swis/dataset/workers"
)

// partRows is the number of rows that a processor takes at a time.
const partRows = 1 << 15

// Parts runs do on consecutive parts of 0..n-1, on several processors where n is
// large. Each part adds to width sums of its own, whose totals over the parts are
// returned. Parts and the order of addition depend on n alone.
func Parts(n, width int, do func(from, to int, sums []float64)) []float64 {
	parts := (n + partRows - 1) / partRows
	sums := make([]float64, max(parts, 1)*width)
	Share(parts, func(p int) { do(p*partRows, min((p+1)*partRows, n), sums[p*width:(p+1)*width]) })
	for p := 1; p < parts; p++ {
		for i, s := range sums[p*width : (p+1)*width] {
			sums[i] += s
		}
	}
	return sums[:width]
}

// Share calls do with 0..n-1, on several processors. What is done must not
// depend on the order.
func Share(n int, do func(i int)) {
	beside := min(runtime.GOMAXPROCS(0), n)
	if beside < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var group workers.Group
	for range beside {
		group.Do(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Join()
}
