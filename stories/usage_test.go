package stories

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// sampleTime is how often a house's use of the processor is looked at, and
	// samplesASecond how often that is in a second.
	sampleTime     = time.Second / samplesASecond
	samplesASecond = 4

	// ticksASecond is in what the system counts it: 100 on all of Linux.
	ticksASecond = 100
)

// A usage is what a house takes of its machine while it is watched: memory, and time of
// the processor. It is known on Linux only.
type usage struct {
	pid     int
	idle    int // kilobytes in the beginning
	peak    int // kilobytes at most
	samples []sample
	stop    chan struct{}
	done    chan struct{}
}

// A sample is how much time a house had taken of the processor at a moment.
type sample struct {
	at  time.Time
	cpu time.Duration
}

// watchUsage watches a house until end.
func (h *house) watchUsage(t *testing.T) *usage {
	u := &usage{pid: h.process.Pid, stop: make(chan struct{}), done: make(chan struct{})}
	if runtime.GOOS != "linux" {
		close(u.done)
		return u
	}
	_ = os.WriteFile(u.file("clear_refs"), []byte("5"), 0) // the peak is counted anew, see proc(5)
	u.idle = u.kilobytes("VmRSS:")
	go u.watch()
	t.Cleanup(u.end)
	return u
}

func (u *usage) file(name string) string { return fmt.Sprintf("/proc/%d/%s", u.pid, name) }

func (u *usage) watch() {
	defer close(u.done)
	tick := time.NewTicker(sampleTime)
	defer tick.Stop()
	for {
		u.samples = append(u.samples, sample{time.Now(), u.cpu()})
		select {
		case <-tick.C:
		case <-u.stop:
			u.samples = append(u.samples, sample{time.Now(), u.cpu()})
			u.peak = u.kilobytes("VmHWM:")
			return
		}
	}
}

// end ends the watching; twice is harmless.
func (u *usage) end() {
	select {
	case <-u.stop:
	default:
		close(u.stop)
	}
	<-u.done
}

// kilobytes returns a number of the house's status; 0 where that is not known.
func (u *usage) kilobytes(name string) int {
	status, err := os.ReadFile(u.file("status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name)
	n, _ := strconv.Atoi(append(strings.Fields(rest), "0")[0])
	return n
}

// cpu returns how much time the house has taken of the processor so far.
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

// memory returns how many megabytes the house took at most, beside those of the
// beginning.
func (u *usage) memory() int { return max(0, u.peak-u.idle) >> 10 }

// String returns the figures.
func (u *usage) String() string {
	if len(u.samples) < 2 {
		return "memory and CPU unknown"
	}
	last := len(u.samples) - 1
	highest, second := 0.0, min(samplesASecond, last)
	for i := second; i <= last; i++ {
		highest = max(highest, u.share(i-second, i))
	}
	return fmt.Sprintf("memory +%d MB, CPU %.0f %% of a core (highest second %.0f %%)", u.memory(), u.share(0, last), highest)
}

// share returns how much of one core was the house's between two samples, in percent.
func (u *usage) share(from, to int) float64 {
	a, b := u.samples[from], u.samples[to]
	return 100 * float64(b.cpu-a.cpu) / float64(b.at.Sub(a.at))
}
