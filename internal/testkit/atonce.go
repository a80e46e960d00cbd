package testkit

import (
	"flag"
	"runtime"
	"strconv"
)

// AtOnce lets up to n parallel tests of a package run at a time even on fewer cores, for tests
// that mostly wait. With the race detector, which slows everything down, it lets half as many run.
// Call it in TestMain before m.Run. An explicit -parallel flag takes precedence.
func AtOnce(n int) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if chosen {
		return
	}
	if Race {
		n = (n + 1) / 2
	}
	if err := flag.Set("test.parallel", strconv.Itoa(max(n, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
}
