package journal

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"
)

// elsewhereWith is an engine that is connected to a server elsewhere, and has so many
// messages in ROOM.
func elsewhereWith(t *testing.T, n int) *engine {
	t.Helper()
	s := elsewhere(t, t.TempDir(), -1)
	e, err := startEngine(bounded(t), Config{URL: s.ClientURL(), Memory: wide, Log: log.New(io.Discard)}, "")
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
	return e
}

// What gives out the messages is in one of a cluster's servers, and dies with it: who
// reads goes on with another, and reads each message once.
func TestScanGoesOn(t *testing.T) {
	t.Parallel()
	const messages = 3 * pageMessages
	for _, at := range []int{1, pageMessages, pageMessages + 1, messages} {
		t.Run(fmt.Sprint("after ", at), func(t *testing.T) {
			t.Parallel()
			e := elsewhereWith(t, messages)
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

// A connection that breaks loses messages on their way. The server has given them out,
// and would go on with the ones after them.
func TestScanLosesNothingOnTheWay(t *testing.T) {
	t.Parallel()
	losesNothing(t, elsewhereWith(t, 3*pageMessages))
}

// The client stops listening to the server in this process, where that takes its time.
func TestScanOfABusyServer(t *testing.T) {
	t.Parallel()
	e := begin(t, Config{Dir: t.TempDir(), Memory: wide}).engine
	for i := range 3 * pageMessages {
		if _, err := e.publish(bounded(t), roomPrefix+"1", "", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	losesNothing(t, e)
}

func losesNothing(t *testing.T, e *engine) {
	t.Helper()
	const messages = 3 * pageMessages
	for _, gap := range [][2]uint64{ // after one, so many
		{0, 5}, {3, 5}, {pageMessages - 1, 5}, {2*pageMessages - 3, 5}, {messages - 5, 5}, {0, pageMessages}, {pageMessages, pageMessages},
	} {
		after, lost := gap[0], gap[1]
		f := &faulty{JetStream: e.js, first: func(ctx context.Context, s jetstream.Stream, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
			consumer, err := s.CreateConsumer(ctx, c)
			return leaky{consumer, after, after + lost}, err
		}}
		readsAll(t, e.with(f), messages, 0, nil)
		if f.asked != 2 {
			t.Errorf("with messages lost after %d the server was asked %d times", after, f.asked)
		}
	}
}

// A machine may be so busy that what was asked for comes after the client has stopped
// waiting. The server in this process has it all, and it is read, once.
func TestScanOfASlowMachine(t *testing.T) {
	t.Parallel()
	const messages = 2*pageMessages + 10
	s := begin(t, Config{Dir: t.TempDir(), Memory: wide})
	for i := range messages {
		if _, err := s.engine.publish(bounded(t), roomPrefix+"1", "", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, after := range []uint64{0, pageMessages - 1, pageMessages, messages - 1} {
		f := &faulty{JetStream: s.engine.js, first: func(ctx context.Context, s jetstream.Stream, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
			consumer, err := s.CreateConsumer(ctx, c)
			return leaky{consumer, after, messages}, err
		}}
		readsAll(t, s.engine.with(f), messages, 0, nil)
		if f.asked != 2 {
			t.Errorf("with nothing after message %d it was asked %d times", after, f.asked)
		}
	}
}

// A server that was away hands out messages before it has caught up with the others:
// what it has is not all, and is no damage.
func TestScanOfALaggingServer(t *testing.T) {
	t.Parallel()
	const messages, behind = 30, "BEHIND"
	e := elsewhereWith(t, messages)
	for _, has := range []int{0, 10} {
		copied, err := e.js.CreateStream(bounded(t), jetstream.StreamConfig{Name: behind, Subjects: []string{"behind"}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range has {
			if _, err := e.publish(bounded(t), "behind", "", fmt.Append(nil, i)); err != nil {
				t.Fatal(err)
			}
		}
		f := &faulty{JetStream: e.js, first: func(ctx context.Context, _ jetstream.Stream, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
			return copied.CreateConsumer(ctx, c)
		}}
		readsAll(t, e.with(f), messages, 0, nil)
		if f.asked != 2 {
			t.Errorf("with %d of %d messages the server was asked %d times", has, messages, f.asked)
		}
		if err := e.js.DeleteStream(bounded(t), behind); err != nil {
			t.Fatal(err)
		}
	}
}

// faulty is a cluster with something wrong about the first consumer that it makes.
type faulty struct {
	jetstream.JetStream
	first func(context.Context, jetstream.Stream, jetstream.ConsumerConfig) (jetstream.Consumer, error)
	asked int
}

// with returns an engine beside e that is connected to something else.
func (e *engine) with(js jetstream.JetStream) *engine {
	return &engine{config: e.config, log: e.log, nc: e.nc, js: js}
}

func (f *faulty) Stream(ctx context.Context, name string) (jetstream.Stream, error) {
	s, err := f.JetStream.Stream(ctx, name)
	return faultyStream{s, f}, err
}

type faultyStream struct {
	jetstream.Stream
	of *faulty
}

func (s faultyStream) CreateConsumer(ctx context.Context, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if s.of.asked++; s.of.asked > 1 {
		return s.Stream.CreateConsumer(ctx, c)
	}
	return s.of.first(ctx, s.Stream, c)
}

// leaky gives out messages of which those after one, up to another, never arrive.
type leaky struct {
	jetstream.Consumer
	after, upto uint64
}

func (l leaky) FetchNoWait(most int) (jetstream.MessageBatch, error) {
	batch, err := l.Consumer.FetchNoWait(most)
	if err != nil {
		return nil, err
	}
	arrive := make(chan jetstream.Msg, most)
	defer close(arrive)
	for m := range batch.Messages() {
		about, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		if seq := about.Sequence.Stream; seq <= l.after || seq > l.upto {
			arrive <- m
		}
	}
	return arrived{batch, arrive}, nil
}

type arrived struct {
	jetstream.MessageBatch
	messages chan jetstream.Msg
}

func (a arrived) Messages() <-chan jetstream.Msg { return a.messages }

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
