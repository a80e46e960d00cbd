package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startTimeout  = 10 * time.Second // for a server to accept connections
	stopTimeout   = 10 * time.Second // for a server to end
	pollInterval  = 20 * time.Millisecond
	maxKeptOutput = 8 << 10 // bytes of a server's latest output
)

// A server is a process that chatbench has started and will end.
type server struct {
	command     *exec.Cmd
	stopTimeout time.Duration // from SIGTERM to SIGKILL
	output      *tail         // its standard output and standard error
	firstLine   *firstLine    // of its standard output
	done        chan struct{} // closed when it has ended
	err         error         // from Wait; to be read once done is closed
}

// startServer starts a server and keeps its output.
func startServer(command []string) (*server, error) {
	s := &server{
		command:     exec.Command(command[0], command[1:]...),
		stopTimeout: stopTimeout,
		output:      &tail{limit: maxKeptOutput},
		firstLine:   &firstLine{line: make(chan string, 1)},
		done:        make(chan struct{}),
	}
	s.command.Stdout = io.MultiWriter(s.output, s.firstLine)
	s.command.Stderr = s.output
	s.command.WaitDelay = time.Second // for children that it leaves behind
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	go func() {
		s.err = s.command.Wait()
		close(s.done)
	}()
	return s, nil
}

// stop ends the server and waits until it has ended.
func (s *server) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM) // fails if it has ended
	select {
	case <-s.done:
		return
	case <-time.After(s.stopTimeout):
	}
	_ = s.command.Process.Kill()
	<-s.done
}

// awaitAddress returns the address in a floor's first line of output.
func (s *server) awaitAddress(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case line := <-s.firstLine.line:
		if address, ok := strings.CutPrefix(line, listeningPrefix); ok {
			return address, nil
		}
		return "", s.errorf("it did not say where it listens")
	case <-s.done:
		return "", s.errorf("it ended before it listened")
	case <-ctx.Done():
		return "", s.errorf(fmt.Sprintf("it did not say where it listens: %v", ctx.Err()))
	}
}

// awaitAccept waits until the server accepts connections at address.
func (s *server) awaitAccept(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	again := time.NewTicker(pollInterval)
	defer again.Stop()
	for {
		if isListening(ctx, address) {
			return nil
		}
		select {
		case <-s.done:
			return s.errorf("it ended before it listened at " + address)
		case <-ctx.Done():
			return s.errorf(fmt.Sprintf("it does not listen at %s: %v", address, ctx.Err()))
		case <-again.C:
		}
	}
}

// isListening reports whether something listens at address.
func isListening(ctx context.Context, address string) bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// errorf returns an error with what happened to the server and its latest output.
func (s *server) errorf(what string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "the server %s: %s", s.command.Path, what)
	select {
	case <-s.done:
		if s.err != nil {
			fmt.Fprintf(&b, " (%v)", s.err)
		}
	default:
	}
	if said := s.output.String(); said != "" {
		fmt.Fprintf(&b, "; it said last:\n%s", strings.TrimRight(said, "\n"))
	}
	return errors.New(b.String())
}

// A tail keeps the end of what is written to it.
type tail struct {
	limit int

	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.limit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// A firstLine sends the first line that is written to it, unless that is very long.
type firstLine struct {
	line chan string // capacity 1
	kept []byte
	done bool
}

func (f *firstLine) Write(p []byte) (int, error) {
	if f.done {
		return len(p), nil
	}
	f.kept = append(f.kept, p...)
	line, _, ended := bytes.Cut(f.kept, []byte("\n"))
	switch {
	case ended:
		f.line <- string(line)
		f.done, f.kept = true, nil
	case len(f.kept) > maxKeptOutput:
		f.done, f.kept = true, nil
	}
	return len(p), nil
}
