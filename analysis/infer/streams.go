package infer

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync/atomic"

	"swis/dataset/workers"
)

// Stream is the stream of random numbers of replicate i of a purpose: ChaCha8
// keyed by the SHA-256 of "seed/purpose/i". Results so depend on the seed
// alone, not on processors or order.
func Stream(seed, purpose string, i int) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed + "/" + purpose + "/" + strconv.Itoa(i)))))
}

// Replicate runs replicates 0..n-1 on all processors. start is called once a
// worker and gives the function that runs replicates with the worker's own
// buffers; each replicate must write its result to a place of its own. It
// ends early where the context does.
func Replicate(ctx context.Context, n int, start func() func(i int)) error {
	beside := min(runtime.GOMAXPROCS(0), n)
	if beside <= 1 {
		run := start()
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			run(i)
		}
		return ctx.Err()
	}
	var next atomic.Int64
	var group workers.Group
	for range beside {
		run := start()
		group.Do(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				run(i)
			}
		})
	}
	group.Join()
	return ctx.Err()
}
