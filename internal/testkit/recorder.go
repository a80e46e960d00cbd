package testkit

import (
	"bytes"
	"strings"
	"sync"
)

// A Recorder keeps what is written to it, such as a log. It may be written and read from any
// goroutine.
type Recorder struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *Recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// String returns everything written so far.
func (r *Recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// Reset discards everything written so far.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.Reset()
}

// LinesWith returns the lines that contain all of the words.
func (r *Recorder) LinesWith(words ...string) (found []string) {
lines:
	for line := range strings.Lines(r.String()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue lines
			}
		}
		found = append(found, line)
	}
	return found
}
