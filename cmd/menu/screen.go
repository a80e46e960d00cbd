package main

import (
	"io"
	"sync"

	"golang.org/x/text/message"
)

// A screen prints the server's text and the program's own sentences. It is safe for concurrent
// use, and what is written in one call stays together.
//
// A sentence is a whole line and begins on a fresh one. If it interrupts a line of the server,
// that line continues below it. Waiting for the line to end would not work, because some servers
// send messages without a newline.
//
// Write errors are ignored: there is nowhere to report them, and if stdout is a closed pipe the
// process dies of SIGPIPE as it should.
type screen struct {
	w       io.Writer
	printer *message.Printer

	mu      sync.Mutex
	midLine bool // the last write did not end in a newline
}

// Write prints text from the server, which must have been sanitized.
func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writeLocked(text)
	return len(text), nil
}

// printMessage prints a sentence in the user's language, and a newline. The arguments may be any
// text.
func (s *screen) printMessage(sentence string, args ...any) {
	var text sanitizer
	safe := text.clean([]byte(s.printer.Sprintf(sentence, args...) + "\n"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freshLineLocked()
	s.writeLocked(safe)
}

// freshLine ends an unfinished line of the server, if there is one.
func (s *screen) freshLine() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freshLineLocked()
}

func (s *screen) freshLineLocked() {
	if s.midLine {
		s.writeLocked([]byte("\n"))
	}
}

func (s *screen) writeLocked(text []byte) {
	if len(text) == 0 {
		return
	}
	s.w.Write(text)
	s.midLine = text[len(text)-1] != '\n'
}
