package main

import (
	"os"
	"runtime/debug"
	_ "time/tzdata" // people set their time zone, also where the machine has no list of zones

	"teahouse/internal/logging"
)

func main() {
	// A chat server allocates little and holds much: to collect twice as often
	// costs a little CPU and saves a fifth of the memory.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	os.Exit(run(os.Args[1:], os.Stdout, logging.Stderr()))
}
