package journal

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"teahouse/internal/records"
	"teahouse/journal/internal/layout"
	"teahouse/journal/internal/store"
)

// A node starts on a store of an older version while others use it: it changes nothing, and says
// what to do. Once they are stopped, it upgrades the store. The next node, with that one
// running, starts at once.
func TestOlderNodesRun(t *testing.T) {
	t.Parallel()
	for version, heartbeats := range map[int]string{4: "teahouse.beat", 5: "teahouse.heartbeat"} {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			startBesideOlderNodes(t, version, heartbeats)
		})
	}
}

// startBesideOlderNodes starts a node on a store of a version whose nodes announce themselves on a
// subject.
func startBesideOlderNodes(t *testing.T, version int, heartbeats string) {
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{URL: away.ClientURL(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	s.downgrade(t, version, map[layout.RecordID]string{{Table: "inputhistories", Key: "alice"}: `{}`})
	beats := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-time.After(10 * time.Millisecond):
				_ = s.store.Conn.Publish(heartbeats, []byte(`{"node":"old"}`))
			case <-beats:
				return
			}
		}
	}()
	if _, err := Open(testContext(t), c); !errors.Is(err, store.ErrOlderNodes) {
		t.Errorf("the error is %v", err)
	}
	if have, err := s.store.FindStream(testContext(t), layout.RoomStream); err != nil || have.Metadata[layout.VersionKey] != fmt.Sprint(version) {
		t.Errorf("ROOM is %+v, %v", have, err)
	}
	close(beats)
	<-stopped
	wantRecords(t, openServer(t, c).Journal, map[layout.RecordID]string{{Table: "inputhistories", Key: "alice"}: `{}`})
	for _, stream := range layout.StreamNames() {
		if have, err := s.store.FindStream(testContext(t), stream); err != nil || have == nil || have.Metadata[layout.VersionKey] != strconv.Itoa(layout.Version) {
			t.Errorf("the stream %s is older still: %+v, %v", stream, have, err)
		}
	}
	if have, err := s.store.FindStream(testContext(t), layout.PartitionStream(records.Personal)); have == nil || err != nil {
		t.Errorf("the personal records are %+v, %v", have, err)
	}
}
