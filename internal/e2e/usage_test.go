package e2e

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// sampleTime is the time between two samples of a server's CPU time, and samplesASecond the
	// resulting rate.
	sampleTime     = time.Second / samplesASecond
	samplesASecond = 4

	// ticksASecond is the unit of CPU time: always 100 on Linux.
	ticksASecond = 100
)

// A usage is a server's use of memory and CPU time while it is watched. It is known on Linux only.
type usage struct {
	pid  int
	idle int // kilobytes at the beginning
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex
	peak    int      // kilobytes at most
	samples []sample // since the last report
}

// A sample is the CPU time that a server had used at a moment.
type sample struct {
	at  time.Time
	cpu time.Duration
}

// watchUsage watches a server until stopWatching.
func (cs *chatServer) watchUsage(t *testing.T) *usage {
	u := &usage{pid: cs.process.Pid, stop: make(chan struct{}), done: make(chan struct{})}
	if runtime.GOOS != "linux" {
		close(u.done)
		return u
	}
	_ = os.WriteFile(u.file("clear_refs"), []byte("5"), 0) // resets the peak, see proc(5)
	u.idle = u.kilobytes("VmRSS:")
	go u.watch()
	t.Cleanup(u.stopWatching)
	return u
}

func (u *usage) file(name string) string { return fmt.Sprintf("/proc/%d/%s", u.pid, name) }

func (u *usage) watch() {
	defer close(u.done)
	tick := time.NewTicker(sampleTime)
	defer tick.Stop()
	for {
		u.sampleNow()
		select {
		case <-tick.C:
		case <-u.stop:
			u.sampleNow()
			return
		}
	}
}

func (u *usage) sampleNow() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.samples = append(u.samples, sample{time.Now(), u.cpu()})
	u.peak = max(u.peak, u.kilobytes("VmHWM:"))
}

// stopWatching ends it; calling it twice is harmless.
func (u *usage) stopWatching() {
	select {
	case <-u.stop:
	default:
		close(u.stop)
	}
	<-u.done
}

// kilobytes returns a number from the server's status, or 0 if unknown.
func (u *usage) kilobytes(name string) int {
	status, err := os.ReadFile(u.file("status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name)
	n, _ := strconv.Atoi(append(strings.Fields(rest), "0")[0])
	return n
}

// cpu returns the CPU time that the server has used so far.
func (u *usage) cpu() time.Duration {
	stat, err := os.ReadFile(u.file("stat"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // after the program's name
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksASecond
}

// memoryGrowth returns by how many megabytes the server grew at most.
func (u *usage) memoryGrowth() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return max(0, u.peak-u.idle) >> 10
}

// report returns the use of memory, and of the CPU since the last report.
func (u *usage) report() string {
	memory := u.memoryGrowth()
	u.mu.Lock()
	defer u.mu.Unlock()
	last := len(u.samples) - 1
	if last < 1 {
		return "memory and CPU unknown"
	}
	highest, second := 0.0, min(samplesASecond, last)
	for i := second; i <= last; i++ {
		highest = max(highest, cpuPercent(u.samples[i-second], u.samples[i]))
	}
	all := cpuPercent(u.samples[0], u.samples[last])
	u.samples = u.samples[last:]
	return fmt.Sprintf("memory +%d MB, CPU %.0f %% of a core (highest second %.0f %%)", memory, all, highest)
}

// cpuPercent returns the use of one core between two samples, in percent.
func cpuPercent(a, b sample) float64 { return 100 * float64(b.cpu-a.cpu) / float64(b.at.Sub(a.at)) }
