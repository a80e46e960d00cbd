package journal

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/internal/testkit"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// A leader could store something when it last heard from most of those that have copies.
func TestQuorumAge(t *testing.T) {
	t.Parallel()
	heard := func(ago time.Duration) *jetstream.PeerInfo { return &jetstream.PeerInfo{Active: ago} }
	gone := &jetstream.PeerInfo{Active: time.Second, Offline: true}
	for name, c := range map[string]struct {
		cluster *jetstream.ClusterInfo
		ago     time.Duration
		err     error
	}{
		"one server":              {nil, 0, nil},
		"one copy in a cluster":   {&jetstream.ClusterInfo{Leader: "a"}, 0, nil},
		"nobody leads":            {&jetstream.ClusterInfo{Replicas: []*jetstream.PeerInfo{heard(0), heard(0), heard(0)}}, 0, store.ErrNoLeader},
		"all hear":                {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{heard(2), heard(1)}}, 1, nil},
		"one of three is silent":  {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{heard(time.Hour), heard(3)}}, 3, nil},
		"one of three is gone":    {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{gone, heard(3)}}, 3, nil},
		"two of three are silent": {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{heard(time.Minute), heard(time.Hour)}}, time.Minute, nil},
		"two of three are gone":   {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{gone, gone}}, 0, store.ErrNoLeader},
		"five, and two are gone":  {&jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{gone, heard(7), gone, heard(5)}}, 7, nil},
	} {
		ago, err := store.QuorumAge(c.cluster)
		if ago != c.ago || !errors.Is(err, c.err) {
			t.Errorf("%s: %v ago, %v; want %v, %v", name, ago, err, c.ago, c.err)
		}
	}
}

// A server that has lost the streams could store something: who writes next makes them
// anew. Were the node not ready until then, nobody might come who has it write.
func TestCheckWritableWithoutStreams(t *testing.T) {
	t.Parallel()
	away := startRemoteServer(t, t.TempDir(), -1)
	j, err := Open(testContext(t), Config{URL: away.ClientURL(), HistoryLimits: wideLimits})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close(testContext(t)) }()
	for _, has := range []string{"the streams", "no streams"} {
		before := time.Now()
		able, err := j.CheckWritable(testContext(t))
		if err != nil || able.Before(before) {
			t.Errorf("with %s it was able at %v: %v", has, able, err)
		}
		if able, err = j.CheckWritableVia(testContext(t), j.store.Conn); err != nil || able.Before(before) {
			t.Errorf("with %s, by another connection, it was able at %v: %v", has, able, err)
		}
		if has == "the streams" {
			if err := j.store.JS.DeleteStream(testContext(t), layout.RoomStream); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Where the client has no connection it speaks of its buffer, which nobody who reads the log
// has given a limit. Where a server is back and refuses it, that is why.
func TestCheckWritableWhileServersAreAway(t *testing.T) {
	t.Parallel()
	gone := startRemoteServer(t, t.TempDir(), -1)
	j, err := Open(testContext(t), Config{URL: gone.ClientURL(), HistoryLimits: wideLimits})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close(t.Context()) }()
	port := gone.Addr().(*net.TCPAddr).Port
	natstest.Stop(gone)
	testkit.Eventually(t, "the connection breaks", func() bool { return !j.store.Conn.IsConnected() })
	say := func() []error {
		_, asked := j.CheckWritable(testContext(t))
		_, read := j.ReadAfter(testContext(t), 0, func(string, string, *room.Event) {})
		return []error{asked, read, j.store.Explain(errors.New("any"))}
	}
	for _, err := range say() {
		if !errors.Is(err, store.ErrDisconnected) {
			t.Errorf("it says: %v", err)
		}
	}
	natstest.Start(t, &server.Options{Port: port, Username: "tea", Password: "else"})
	testkit.Eventually(t, "all say that they are refused", func() bool {
		return !slices.ContainsFunc(say(), func(err error) bool {
			return !errors.Is(err, store.ErrDisconnected) || !errors.Is(err, nats.ErrAuthorization)
		})
	})
}

// What the client says of itself is told as what it means for the servers.
func TestServerErrorsAreExplained(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		context.DeadlineExceeded:      "the NATS servers do not answer in time: context deadline exceeded",
		jetstream.ErrNoStreamResponse: "no NATS server leads the stream now, as while they elect one: nats: no response from stream",
		nats.ErrMaxPayload:            nats.ErrMaxPayload.Error(),
	} {
		if said := store.ExplainRemote(err, nil); said.Error() != want || !errors.Is(said, err) {
			t.Errorf("%v is told as %v", err, said)
		}
	}
}
