package main

import (
	"fmt"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// A sampleFunc returns the CPU time that a process has used and its resident memory in bytes; see
// load.Config.
type sampleFunc func() (cpu time.Duration, memory uint64, err error)

// sampleProcess returns a function that samples a process.
func sampleProcess(pid int) (sampleFunc, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, err)
	}
	return func() (time.Duration, uint64, error) {
		cpu, err := cpuTime(p)
		if err != nil {
			return 0, 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
		}
		memory, err := p.MemoryInfo()
		if err != nil {
			return 0, 0, fmt.Errorf("memory of process %d: %w", pid, err)
		}
		return cpu, memory.RSS, nil
	}, nil
}

// gopsutilCPUTime returns what the system reports, often in steps of 10 ms.
func gopsutilCPUTime(p *process.Process) (time.Duration, error) {
	times, err := p.Times()
	if err != nil {
		return 0, err
	}
	return time.Duration((times.User + times.System) * float64(time.Second)), nil
}
