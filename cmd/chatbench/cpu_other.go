//go:build !linux

package main

import (
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// cpuTime returns a process's user and system time.
func cpuTime(p *process.Process) (time.Duration, error) {
	return gopsutilCPUTime(p)
}
