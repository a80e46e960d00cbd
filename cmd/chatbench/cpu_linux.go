package main

import (
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"golang.org/x/sys/unix"
)

// cpuTime returns a process's user and system time from its CPU clock, which has a resolution of
// nanoseconds. See clock_getcpuclockid(3) for the clock's number.
func cpuTime(p *process.Process) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED in the kernel
	var used unix.Timespec
	if err := unix.ClockGettime(^p.Pid<<3|scheduled, &used); err != nil {
		return gopsutilCPUTime(p)
	}
	return time.Duration(used.Nano()), nil
}
