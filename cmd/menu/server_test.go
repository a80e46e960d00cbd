package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// A pipeEnd is our end of a net.Pipe, which unlike a socket cannot be closed
// by half: the far end does not notice that we have left.
type pipeEnd struct{ net.Conn }

func (pipeEnd) CloseWrite() error { return nil }

func TestServerThatNeverCloses(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration // the far end says something this often
		stays time.Duration
	}{
		{"silent", time.Hour, quietTime},
		{"talkative", quietTime / 2, leaveTime},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				s := newServer(pipeEnd{near})
				go s.hear(io.Discard)
				stop := make(chan struct{})
				go func() {
					for {
						select {
						case <-time.After(test.every):
							far.Write([]byte("still here\n"))
						case <-stop:
							return
						}
					}
				}()
				began := time.Now()
				s.leave()
				close(stop)
				if stayed := time.Since(began); stayed != test.stays {
					t.Errorf("stayed %v, want %v", stayed, test.stays)
				}
			})
		})
	}
}

func TestLastAnswersArePrinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		s := newServer(pipeEnd{near})
		var out bytes.Buffer
		go s.hear(&out)
		go func() {
			time.Sleep(quietTime / 2)
			io.WriteString(far, "half a character: \xe5\xbc")
			time.Sleep(quietTime / 2)
			io.WriteString(far, "\xa0\n")
			far.Close()
		}()
		began := time.Now()
		s.leave()
		if want := "half a character: 张\n"; out.String() != want {
			t.Errorf("printed %q, want %q", &out, want)
		}
		if stayed := time.Since(began); stayed != quietTime {
			t.Errorf("stayed %v after a server that closed at %v", stayed, quietTime)
		}
	})
}

func TestCommandsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		s := newServer(pipeEnd{near})
		go func() {
			defer near.Close()
			for range 2 {
				if err := s.send("who"); err != nil {
					t.Error(err)
				}
			}
		}()
		began := time.Now()
		buf := make([]byte, 100)
		for i := range 2 {
			n, err := far.Read(buf)
			if after := time.Since(began); string(buf[:n]) != "who\n" || after != time.Duration(i)*commandGap {
				t.Errorf("read %d: got %q, %v after %v", i, buf[:n], err, after)
			}
		}
	})
}

func TestServerThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := net.Pipe()
		s := newServer(pipeEnd{near})
		began := time.Now()
		err := s.send("anyone?")
		if _, ok := errors.AsType[*lostError](err); !ok || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want a lostError for a deadline", err)
		}
		if waited := time.Since(began); waited != writeTimeout {
			t.Errorf("waited %v, want %v", waited, writeTimeout)
		}
	})
}
