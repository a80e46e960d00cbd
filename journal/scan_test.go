package journal

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"
)

// elsewhereWith is an engine that is connected to a server elsewhere, by way of a
// proxy, and has so many messages in ROOM.
func elsewhereWith(t *testing.T, n int) (*engine, *line) {
	t.Helper()
	s := elsewhere(t, t.TempDir(), -1)
	l := newLine(t, s.Addr().String())
	e, err := startEngine(bounded(t), Config{URL: "nats://" + l.Addr().String(), Memory: wide, Log: log.New(io.Discard)}, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	if err := e.ensureStreams(bounded(t)); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := e.publish(bounded(t), roomPrefix+"1", "", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	return e, l
}

// A line is the way to a server, which can break.
type line struct {
	net.Listener
	mu   sync.Mutex
	open []net.Conn
}

func newLine(t *testing.T, to string) *line {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{Listener: listener}
	var carrying sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		l.breaks()
		carrying.Wait()
	})
	carrying.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.open = append(l.open, in, out)
			l.mu.Unlock()
			for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
				carrying.Go(func() {
					_, _ = io.Copy(way[0], way[1])
					_ = way[0].Close()
					_ = way[1].Close()
				})
			}
		}
	})
	return l
}

// breaks ends all connections; new ones are carried.
func (l *line) breaks() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		_ = c.Close()
	}
	l.open = nil
}

// What gives out the messages is in one of a cluster's servers, and dies with it: who
// reads goes on with another, and reads each message once.
func TestScanGoesOn(t *testing.T) {
	const messages = 3 * pageMessages
	for _, at := range []int{1, pageMessages, pageMessages + 1, messages} {
		t.Run(fmt.Sprint("after ", at), func(t *testing.T) {
			t.Parallel()
			e, _ := elsewhereWith(t, messages)
			readsAll(t, e, messages, at, func() {
				s, err := e.js.Stream(bounded(t), roomStream)
				if err != nil {
					t.Fatal(err)
				}
				for name := range s.ConsumerNames(bounded(t)).Name() {
					if err := e.js.DeleteConsumer(bounded(t), roomStream, name); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

// The connection breaks while messages are on their way. The server has given them
// out, and would go on with the ones after them.
func TestScanLosesNothingOnTheWay(t *testing.T) {
	const messages = 3 * pageMessages
	for _, at := range []int{1, 3, pageMessages + 10, messages - 1, messages} {
		t.Run(fmt.Sprint("after ", at), func(t *testing.T) {
			t.Parallel()
			e, l := elsewhereWith(t, messages)
			readsAll(t, e, messages, at, l.breaks)
		})
	}
}

// A server that was away hands out messages before it has caught up with the others:
// what it has is not all, and is no damage.
func TestScanOfALaggingServer(t *testing.T) {
	e, _ := elsewhereWith(t, 30)
	for _, has := range []uint64{0, 10, 30} {
		l := &lagging{JetStream: e.js, has: has}
		reader := &engine{config: e.config, log: e.log, nc: e.nc, js: l}
		readsAll(t, reader, 30, 0, nil)
		if l.asked != 2 && has < 30 {
			t.Errorf("with %d of 30 messages the server was asked %d times", has, l.asked)
		}
	}
}

// lagging is a cluster of which the first consumer is at a server that has only some of
// the messages yet.
type lagging struct {
	jetstream.JetStream
	has   uint64
	asked int
}

func (l *lagging) Stream(ctx context.Context, name string) (jetstream.Stream, error) {
	s, err := l.JetStream.Stream(ctx, name)
	return laggingStream{s, l}, err
}

type laggingStream struct {
	jetstream.Stream
	of *lagging
}

func (s laggingStream) CreateConsumer(ctx context.Context, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if s.of.asked++; s.of.asked > 1 {
		return s.Stream.CreateConsumer(ctx, c)
	}
	const behind = "BEHIND"
	_ = s.of.JetStream.DeleteStream(ctx, behind) // of the time before
	copied, err := s.of.JetStream.CreateStream(ctx, jetstream.StreamConfig{Name: behind, Subjects: []string{"behind"}})
	if err != nil {
		return nil, err
	}
	for seq := uint64(1); seq <= s.of.has; seq++ {
		m, err := s.GetMsg(ctx, seq)
		if err != nil {
			return nil, err
		}
		if _, err := s.of.JetStream.Publish(ctx, "behind", m.Data); err != nil {
			return nil, err
		}
	}
	return copied.CreateConsumer(ctx, c)
}

func readsAll(t *testing.T, e *engine, messages, at int, fault func()) {
	t.Helper()
	var got, want []string
	for i := range messages {
		want = append(want, fmt.Sprint(i))
	}
	err := e.scan(bounded(t), roomStream, func(m message) error {
		if got = append(got, string(m.Data)); len(got) == at {
			fault()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %d messages of %d, or in another order", len(got), len(want))
	}
}
