//go:build linux

package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A ledger records what people said, and which processes have shown it to somebody.
//
// A line counts as acknowledged, so that it must not be lost, if it is stored, or if somebody has
// read it at any node that was not killed since. A line may be lost if only nodes have shown it
// that were killed (with -9, or told to stop a second time) before it was stored: those were the
// last moments of the node, or it was cut off from the NATS servers, and history marks such lines
// as not stored yet.
type ledger struct {
	began time.Time

	mu       sync.Mutex
	speeches []*speech
	errors   []string // lines that a reader should not have read
}

// A speech is what one speaker said in one session. Its lines are Q<speech>/<number>.
type speech struct {
	speaker string
	run     *processRun
	lines   []spokenLine
}

// A spokenLine is a line that was said.
type spokenLine struct {
	said       time.Time
	shown      []*processRun // processes that showed it to somebody
	firstShown time.Time     // when the first of them did
	stored     bool          // it was found in the store
}

func (l *ledger) begin(speaker string, at *processRun) (id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.speeches = append(l.speeches, &speech{speaker: speaker, run: at})
	return len(l.speeches) - 1
}

// addLine records the next line of a speech, before it is said.
func (l *ledger) addLine(id int) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.speeches[id]
	t.lines = append(t.lines, spokenLine{said: time.Now()})
	return len(t.lines) - 1
}

// line returns a line, or nil if there is none. The ledger is locked.
func (l *ledger) line(id, n int) *spokenLine {
	if id < 0 || id >= len(l.speeches) || n < 0 || n >= len(l.speeches[id].lines) {
		return nil
	}
	return &l.speeches[id].lines[n]
}

// markShown records that a process has shown a line to somebody.
func (l *ledger) markShown(at *processRun, id, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.line(id, n)
	switch {
	case s == nil:
		l.errors = append(l.errors, fmt.Sprintf("%v shows Q%d/%d, which nobody said", at, id, n))
	case !slices.Contains(s.shown, at):
		if len(s.shown) == 0 {
			s.firstShown = time.Now()
		}
		s.shown = append(s.shown, at)
	}
}

// markStored records that a line is in the store.
func (l *ledger) markStored(id, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.line(id, n); s != nil {
		s.stored = true
	}
}

// addError records a line that somebody should not have read.
func (l *ledger) addError(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors = append(l.errors, fmt.Sprintf(format, args...))
}

// acknowledged reports whether a line must not be lost.
func (s *spokenLine) acknowledged() bool {
	return s.stored || slices.ContainsFunc(s.shown, func(l *processRun) bool { return !l.killed() })
}

// A lineID names a line.
type lineID struct{ speech, n int }

func (id lineID) String() string { return fmt.Sprintf("Q%d/%d", id.speech, id.n) }

func (id lineID) compare(other lineID) int {
	return cmp.Or(cmp.Compare(id.speech, other.speech), cmp.Compare(id.n, other.n))
}

// lineCounts counts lines.
type lineCounts struct{ said, shown, stored, acknowledged int }

// acknowledgedLines returns the acknowledged lines, and counts all.
func (l *ledger) acknowledgedLines() (ids []lineID, sum lineCounts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, t := range l.speeches {
		for n := range t.lines {
			s := &t.lines[n]
			sum.said++
			if len(s.shown) > 0 {
				sum.shown++
			}
			if s.stored {
				sum.stored++
			}
			if s.acknowledged() {
				sum.acknowledged++
				ids = append(ids, lineID{id, n})
			}
		}
	}
	return ids, sum
}

// lostLines says how many lines were only shown by nodes that were killed before they were stored,
// by the process where they were said.
func (l *ledger) lostLines() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := map[string]int{}
	for _, t := range l.speeches {
		for n := range t.lines {
			if s := &t.lines[n]; len(s.shown) > 0 && !s.acknowledged() {
				count[t.run.String()]++
			}
		}
	}
	var words []string
	for _, at := range slices.Sorted(maps.Keys(count)) {
		words = append(words, fmt.Sprintf("%d of %s", count[at], at))
	}
	return strings.Join(words, ", ")
}

// describe says what is known about a line.
func (l *ledger) describe(id lineID) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.line(id.speech, id.n)
	if s == nil {
		return fmt.Sprintf("%v, which nobody said", id)
	}
	text := fmt.Sprintf("%v of %s, said %s at %v", id, l.speeches[id.speech].speaker, formatElapsed(s.said.Sub(l.began)), l.speeches[id.speech].run)
	if len(s.shown) > 0 {
		text += fmt.Sprintf(", shown first %s", formatElapsed(s.firstShown.Sub(l.began)))
	}
	for _, at := range s.shown {
		text += fmt.Sprintf("; shown by %v", at)
		if at.killed() {
			text += ", killed since"
		}
	}
	if s.stored {
		text += "; seen in the store"
	}
	return text
}

// formatElapsed formats a time since the start of the test.
func formatElapsed(d time.Duration) string {
	return fmt.Sprintf("%d:%06.3f", int(d.Minutes()), (d % time.Minute).Seconds())
}
