package store

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

// startEmbedded returns an embedded engine with empty streams.
func startEmbedded(t *testing.T) *Store {
	t.Helper()
	e, err := Open(testContext(t), Config{HistoryLimits: wideLimits, Log: log.New(io.Discard)}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	if err := e.ensureStreams(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return e
}

// startRemoteWith returns an engine connected to a server elsewhere, with n messages in ROOM.
func startRemoteWith(t *testing.T, n int) *Store {
	t.Helper()
	s := startRemoteServer(t)
	e, err := Open(testContext(t), Config{URL: s.ClientURL(), HistoryLimits: wideLimits, Log: log.New(io.Discard)}, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	if err := e.ensureStreams(testContext(t)); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if _, err := e.Publish(testContext(t), layout.RoomPrefix+"1", "", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// A consumer runs on one of a cluster's servers, and dies with it: the scan goes on with another
// one, and reads each message once.
func TestScanGoesOn(t *testing.T) {
	t.Parallel()
	const messages = 3 * fetchSize
	for _, at := range []int{1, fetchSize, fetchSize + 1, messages} {
		t.Run(fmt.Sprint("after ", at), func(t *testing.T) {
			t.Parallel()
			e := startRemoteWith(t, messages)
			wantAllRead(t, e, messages, at, func() {
				s, err := e.JS.Stream(testContext(t), layout.RoomStream)
				if err != nil {
					t.Fatal(err)
				}
				for name := range s.ConsumerNames(testContext(t)).Name() {
					if err := e.JS.DeleteConsumer(testContext(t), layout.RoomStream, name); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

// A connection that breaks loses messages in transit. The server has delivered them, and would
// continue after them.
func TestScanLosesNothingInTransit(t *testing.T) {
	t.Parallel()
	wantNothingLost(t, startRemoteWith(t, 3*fetchSize))
}

// The client stops listening to a slow embedded server.
func TestScanOfABusyServer(t *testing.T) {
	t.Parallel()
	e := startEmbedded(t)
	for i := range 3 * fetchSize {
		if _, err := e.Publish(testContext(t), layout.RoomPrefix+"1", "", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	wantNothingLost(t, e)
}

func wantNothingLost(t *testing.T, e *Store) {
	t.Helper()
	const messages = 3 * fetchSize
	for _, gap := range [][2]uint64{ // after one, so many
		{0, 5}, {3, 5}, {fetchSize - 1, 5}, {2*fetchSize - 3, 5}, {messages - 5, 5}, {0, fetchSize}, {fetchSize, fetchSize},
	} {
		after, lost := gap[0], gap[1]
		f := &faultyJetStream{JetStream: e.JS, first: func(ctx context.Context, s jetstream.Stream, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
			consumer, err := s.CreateConsumer(ctx, c)
			return leakyConsumer{consumer, after, after + lost}, err
		}}
		wantAllRead(t, e.with(f), messages, 0, nil)
		if f.asked != 2 {
			t.Errorf("with messages lost after %d the server was asked %d times", after, f.asked)
		}
	}
}

// On a very busy machine messages may arrive after the client has stopped waiting. The embedded
// server has all of them, and the scan reads them, once.
func TestScanOfASlowMachine(t *testing.T) {
	t.Parallel()
	const messages = 2*fetchSize + 10
	e := startEmbedded(t)
	for i := range messages {
		if _, err := e.Publish(testContext(t), layout.RoomPrefix+"1", "", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, after := range []uint64{0, fetchSize - 1, fetchSize, messages - 1} {
		f := &faultyJetStream{JetStream: e.JS, first: func(ctx context.Context, s jetstream.Stream, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
			consumer, err := s.CreateConsumer(ctx, c)
			return leakyConsumer{consumer, after, messages}, err
		}}
		wantAllRead(t, e.with(f), messages, 0, nil)
		if f.asked != 2 {
			t.Errorf("with nothing after message %d it was asked %d times", after, f.asked)
		}
	}
}

// A server that was away answers before it has caught up with the others: its messages are
// incomplete, which is not damage.
func TestScanOfALaggingServer(t *testing.T) {
	t.Parallel()
	const messages, behind = 30, "BEHIND"
	e := startRemoteWith(t, messages)
	for _, has := range []int{0, 10} {
		copied, err := e.JS.CreateStream(testContext(t), jetstream.StreamConfig{Name: behind, Subjects: []string{"behind"}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range has {
			if _, err := e.Publish(testContext(t), "behind", "", fmt.Append(nil, i)); err != nil {
				t.Fatal(err)
			}
		}
		f := &faultyJetStream{JetStream: e.JS, first: func(ctx context.Context, _ jetstream.Stream, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
			return copied.CreateConsumer(ctx, c)
		}}
		wantAllRead(t, e.with(f), messages, 0, nil)
		if f.asked != 2 {
			t.Errorf("with %d of %d messages the server was asked %d times", has, messages, f.asked)
		}
		if err := e.JS.DeleteStream(testContext(t), behind); err != nil {
			t.Fatal(err)
		}
	}
}

// A faultyJetStream is a cluster whose first consumer is faulty.
type faultyJetStream struct {
	jetstream.JetStream
	first func(context.Context, jetstream.Stream, jetstream.ConsumerConfig) (jetstream.Consumer, error)
	asked int
}

// with returns a copy of st that is connected to something else.
func (st *Store) with(js jetstream.JetStream) *Store {
	return &Store{engine: &engine{Config: st.Config, Log: st.Log, Conn: st.Conn, JS: js}}
}

func (f *faultyJetStream) Stream(ctx context.Context, name string) (jetstream.Stream, error) {
	s, err := f.JetStream.Stream(ctx, name)
	return faultyStream{s, f}, err
}

type faultyStream struct {
	jetstream.Stream
	of *faultyJetStream
}

func (s faultyStream) CreateConsumer(ctx context.Context, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if s.of.asked++; s.of.asked > 1 {
		return s.Stream.CreateConsumer(ctx, c)
	}
	return s.of.first(ctx, s.Stream, c)
}

// A leakyConsumer loses the messages after one sequence number, up to another.
type leakyConsumer struct {
	jetstream.Consumer
	after, upto uint64
}

func (l leakyConsumer) FetchNoWait(most int) (jetstream.MessageBatch, error) {
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
	return fetchedMessages{batch, arrive}, nil
}

type fetchedMessages struct {
	jetstream.MessageBatch
	messages chan jetstream.Msg
}

func (a fetchedMessages) Messages() <-chan jetstream.Msg { return a.messages }

func wantAllRead(t *testing.T, e *Store, messages, at int, fault func()) {
	t.Helper()
	var got, want []string
	for i := range messages {
		want = append(want, fmt.Sprint(i))
	}
	err := e.Scan(testContext(t), layout.RoomStream, func(m layout.Message) error {
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
