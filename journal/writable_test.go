package journal

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"teahouse/internal/ids"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/natstest"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
	"teahouse/room"
)

// A server that has lost the streams is still writable: the next writer recreates them. If the
// node were not ready until then, nobody might come to make it write.
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
			t.Errorf("with %s it was writable at %v: %v", has, able, err)
		}
		if able, err = j.CheckWritableVia(testContext(t), j.store.Conn); err != nil || able.Before(before) {
			t.Errorf("with %s, on another connection, it was writable at %v: %v", has, able, err)
		}
		if has == "the streams" {
			if err := j.store.JS.DeleteStream(testContext(t), layout.RoomStream); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Without a connection the client's error is about its buffer, which no operator has configured,
// and is replaced. If a server is back and rejects the client, the error says why.
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
		_, read := j.ReadAfter(testContext(t), 0, func(string, ids.Room, *room.Event) {})
		return []error{asked, read, j.store.Explain(errors.New("any"))}
	}
	for _, err := range say() {
		if !errors.Is(err, store.ErrDisconnected) {
			t.Errorf("the error is: %v", err)
		}
	}
	natstest.Start(t, &server.Options{Port: port, Username: "tea", Password: "else"})
	testkit.Eventually(t, "all say that they are refused", func() bool {
		return !slices.ContainsFunc(say(), func(err error) bool {
			return !errors.Is(err, store.ErrDisconnected) || !errors.Is(err, nats.ErrAuthorization)
		})
	})
}
