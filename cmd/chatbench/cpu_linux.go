package main

import (
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"golang.org/x/sys/unix"
)

// cpuTime returns a process's user and system time from its CPU clock, which
// counts nanoseconds, whatever the threads of the process do meanwhile. The
// clock's number is the one of clock_getcpuclockid(3).
func cpuTime(p *process.Process) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED in the kernel
	var used unix.Timespec
	if err := unix.ClockGettime(^p.Pid<<3|scheduled, &used); err != nil {
		return gopsutilCPUTime(p)
	}
	return time.Duration(used.Nano()), nil
}
