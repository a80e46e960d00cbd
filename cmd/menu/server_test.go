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

// A halfCloserConn is the client's end of a net.Pipe. Unlike a socket, it cannot be half closed:
// the other end does not notice that the client has left.
type halfCloserConn struct{ net.Conn }

func (halfCloserConn) CloseWrite() error { return nil }

func TestCloseIsBounded(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration // how often the server sends something
		stays time.Duration
	}{
		{"silent", time.Hour, quietTimeout},
		{"talkative", quietTimeout / 2, closeTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				s := newServer(halfCloserConn{near})
				go s.receive(io.Discard)
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
				s.close()
				close(stop)
				if stayed := time.Since(began); stayed != test.stays {
					t.Errorf("after the end of the input menu stayed for %v, want %v", stayed, test.stays)
				}
			})
		})
	}
}

func TestLastRepliesArePrinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		s := newServer(halfCloserConn{near})
		var out bytes.Buffer
		go s.receive(&out)
		go func() {
			time.Sleep(quietTimeout / 2)
			io.WriteString(far, "half a character: \xe5\xbc")
			time.Sleep(quietTimeout / 2)
			io.WriteString(far, "\xa0\n")
			far.Close()
		}()
		began := time.Now()
		s.close()
		if want := "half a character: 张\n"; out.String() != want {
			t.Errorf("menu printed %q, want %q", &out, want)
		}
		if stayed := time.Since(began); stayed != quietTimeout {
			t.Errorf("menu stayed for %v although the server closed after %v", stayed, quietTimeout)
		}
	})
}

func TestCommandGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		s := newServer(halfCloserConn{near})
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
				t.Errorf("the server's read %d returns %q (error %v) after %v", i, buf[:n], err, after)
			}
		}
	})
}

func TestWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := net.Pipe()
		s := newServer(halfCloserConn{near})
		began := time.Now()
		err := s.send("anyone?")
		if _, ok := errors.AsType[*disconnectError](err); !ok || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("sending to a server that does not read returns %v, want a disconnectError for a deadline", err)
		}
		if waited := time.Since(began); waited != writeTimeout {
			t.Errorf("sending to a server that does not read took %v, want %v", waited, writeTimeout)
		}
	})
}
