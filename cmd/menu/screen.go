package main

import (
	"io"
	"sync"

	"golang.org/x/text/message"
)

// A screen is where the server's text and our own sentences meet. It is safe
// for concurrent use, and what is written to it in one call stays together.
//
// Our sentences are whole lines and begin on a fresh one. A server's line that
// one of them interrupts goes on below it; to wait for its end is no answer,
// since some servers send messages that have none.
//
// Errors in writing are ignored: there is nowhere to report them, and where
// stdout is a closed pipe the process dies of SIGPIPE as it should.
type screen struct {
	w       io.Writer
	printer *message.Printer

	mu      sync.Mutex
	midLine bool // what was written last did not end in a newline
}

// Write prints what the server sent, which must be printable already.
func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writeLocked(text)
	return len(text), nil
}

// printMessage prints one of our sentences, in the user's language, and a newline. The
// arguments may be any text.
func (s *screen) printMessage(sentence string, args ...any) {
	var text sanitizer
	safe := text.clean([]byte(s.printer.Sprintf(sentence, args...) + "\n"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freshLineLocked()
	s.writeLocked(safe)
}

// freshLine ends the line that the server has left unfinished, if any.
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
