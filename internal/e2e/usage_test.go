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
	// sampleTime is how often a server's use of the processor is looked at, and samplesASecond how
	// often that is in a second.
	sampleTime     = time.Second / samplesASecond
	samplesASecond = 4

	// ticksASecond is in what the system counts it: 100 on all of Linux.
	ticksASecond = 100
)

// A usage is what a server takes of its machine while it is watched: memory, and time of the
// processor. It is known on Linux only.
type usage struct {
	pid  int
	idle int // kilobytes in the beginning
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex
	peak    int      // kilobytes at most
	samples []sample // since the figures were told
}

// A sample is how much time a server had taken of the processor at a moment.
type sample struct {
	at  time.Time
	cpu time.Duration
}

// watchUsage watches a server until end.
func (cs *chatServer) watchUsage(t *testing.T) *usage {
	u := &usage{pid: cs.process.Pid, stop: make(chan struct{}), done: make(chan struct{})}
	if runtime.GOOS != "linux" {
		close(u.done)
		return u
	}
	_ = os.WriteFile(u.file("clear_refs"), []byte("5"), 0) // the peak is counted anew, see proc(5)
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

// stopWatching ends the watching; twice is harmless.
func (u *usage) stopWatching() {
	select {
	case <-u.stop:
	default:
		close(u.stop)
	}
	<-u.done
}

// kilobytes returns a number of the server's status; 0 where that is not known.
func (u *usage) kilobytes(name string) int {
	status, err := os.ReadFile(u.file("status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name)
	n, _ := strconv.Atoi(append(strings.Fields(rest), "0")[0])
	return n
}

// cpu returns how much time the server has taken of the processor so far.
func (u *usage) cpu() time.Duration {
	stat, err := os.ReadFile(u.file("stat"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // behind the program's name
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksASecond
}

// memoryGrowth returns how many megabytes the server took at most, beside those of the beginning.
func (u *usage) memoryGrowth() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return max(0, u.peak-u.idle) >> 10
}

// report tells what the server took of memory, and of the processor since that was told before.
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

// cpuPercent returns how much of one core was taken between two samples, in percent.
func cpuPercent(a, b sample) float64 { return 100 * float64(b.cpu-a.cpu) / float64(b.at.Sub(a.at)) }
