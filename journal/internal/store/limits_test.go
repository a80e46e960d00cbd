package store

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/internal/testkit"
	"teahouse/room"
)

// When a node with wider limits joins, a running node adopts them.
func TestWiderNodeJoins(t *testing.T) {
	t.Parallel()
	url, logged := startRemoteServer(t).ClientURL(), new(testkit.Recorder)
	join := func(limits room.HistoryLimits) *Store {
		st, err := Open(testContext(t), Config{URL: url, HistoryLimits: limits, Log: log.New(logged)}, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(st.Close)
		if err := st.Prepare(testContext(t), ""); err != nil {
			t.Fatal(err)
		}
		return st
	}
	narrowLimits := room.HistoryLimits{Lines: 3, Bytes: 1 << 20, Age: time.Hour}
	first := join(narrowLimits)
	if kept, err := first.CurrentHistoryLimits(testContext(t)); err != nil || kept != narrowLimits {
		t.Fatalf("alone it keeps %+v: %v", kept, err)
	}
	join(wideLimits)
	if logged.String() != "" {
		t.Errorf("before it knows, the log says: %s", logged)
	}
	first.retention.readAt = time.Time{} // as if some seconds had passed
	if kept, err := first.CurrentHistoryLimits(testContext(t)); err != nil || kept != wideLimits {
		t.Errorf("later it keeps %+v: %v", kept, err)
	}
	if !strings.Contains(logged.String(), "keep more history than this node's flags say") {
		t.Errorf("the log does not say so: %s", logged)
	}
}
