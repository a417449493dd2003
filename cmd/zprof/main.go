package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"syscall"
	"time"

	"swis/dataset"
	"swis/dataset/study"
)

func main() {
	f, _ := os.Create("/tmp/sc/cpu.prof")
	pprof.StartCPUProfile(f)
	t := time.Now()
	o := study.Default()
	o.Period = dataset.Month
	for _, a := range os.Args[1:] {
		o.Sources = append(o.Sources, study.Source{Path: a})
	}
	s, err := study.Build(context.Background(), o, nil)
	if err != nil {
		fmt.Println(err)
	}
	t2 := time.Now()
	err = s.Write("/tmp/sc/st2")
	if err != nil {
		fmt.Println(err)
	}
	pprof.StopCPUProfile()
	f.Close()
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	fmt.Println("build", t2.Sub(t), "write", time.Since(t2), "user", float64(r.Utime.Nano())/1e9, "sys", float64(r.Stime.Nano())/1e9, "rss MB", r.Maxrss/1024)
	if os.Getenv("HEAP") != "" {
		h, _ := os.Create("/tmp/sc/heap.prof")
		pprof.Lookup("heap").WriteTo(h, 0)
		h.Close()
	}
}
