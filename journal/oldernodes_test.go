package journal

import (
	"errors"
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
	away := startRemoteServer(t, t.TempDir(), -1)
	c := Config{URL: away.ClientURL(), HistoryLimits: wideLimits}
	s := openServer(t, c)
	s.downgrade(t, 4, map[layout.RecordID]string{{Table: "typed", Key: "alice"}: `{}`})
	beats := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-time.After(10 * time.Millisecond):
				_ = s.store.Conn.Publish("teahouse.beat", []byte(`{"node":"old"}`))
			case <-beats:
				return
			}
		}
	}()
	if _, err := Open(testContext(t), c); !errors.Is(err, store.ErrOlderNodes) {
		t.Errorf("the error is %v", err)
	}
	if have, err := s.store.FindStream(testContext(t), layout.LegacyStreamNames()[0]); err != nil || have.Metadata[layout.VersionKey] != "4" {
		t.Errorf("the records are %+v, %v", have, err)
	}
	close(beats)
	<-stopped
	wantRecords(t, openServer(t, c).Journal, map[layout.RecordID]string{{Table: "typed", Key: "alice"}: `{}`})
	for _, stream := range layout.StreamNames() {
		if have, err := s.store.FindStream(testContext(t), stream); err != nil || have == nil || have.Metadata[layout.VersionKey] != strconv.Itoa(layout.Version) {
			t.Errorf("the stream %s is older still: %+v, %v", stream, have, err)
		}
	}
	if have, err := s.store.FindStream(testContext(t), layout.PartitionStream(records.Personal)); have == nil || err != nil {
		t.Errorf("the personal records are %+v, %v", have, err)
	}
}
