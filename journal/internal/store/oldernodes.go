package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"teahouse/journal/internal/layout"
)

const (
	// heartbeatSubject is where the nodes announce themselves, see package cluster, and
	// legacyHeartbeatSubject is where those of the version before do.
	heartbeatSubject       = "teahouse.heartbeat"
	legacyHeartbeatSubject = "teahouse.beat"

	// heartbeatTimeout is how long to wait for an announcement; each node makes one within that
	// time.
	heartbeatTimeout = 5 * time.Second
)

// ErrOlderNodes is returned instead of upgrading the store while older nodes run: they would go
// on writing in the old format, where newer nodes no longer look.
var ErrOlderNodes = fmt.Errorf("journal: the stored data is of an older version than %d, and nodes of that version are running; stop them all first, then start this one", layout.Version)

// checkOlderNodes returns an error if streams on NATS servers elsewhere need an upgrade and a
// node is running.
func (p *preparation) checkOlderNodes(ctx context.Context) error {
	older, err := p.hasOlderStreams(ctx)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if !older {
		return nil
	}
	p.Log.Info("journal: the stored data is of an older version; checking whether nodes of that version are running", "within", heartbeatTimeout)
	if running, err := p.NodesRunning(); err != nil || !running {
		return err
	}
	if older, err = p.hasOlderStreams(ctx); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if older {
		return ErrOlderNodes
	}
	return nil // the running node is a current one
}

// NodesRunning reports whether a node is running with its streams on the same NATS servers.
func (st *Store) NodesRunning() (bool, error) {
	heard := make(chan *nats.Msg, 64)
	for _, subject := range []string{heartbeatSubject, legacyHeartbeatSubject} {
		heartbeats, err := st.Conn.ChanSubscribe(subject, heard)
		if err != nil {
			return false, fmt.Errorf("journal: %w", err)
		}
		defer func() { _ = heartbeats.Unsubscribe() }()
	}
	select {
	case <-heard:
		return true, nil
	case <-time.After(heartbeatTimeout):
	}
	if !st.Conn.IsConnected() {
		return false, fmt.Errorf("journal: cannot tell whether nodes run: %w", disconnectedError(st.Conn))
	}
	return false, nil
}

// hasOlderStreams reports whether NATS servers elsewhere have streams of an older version.
func (st *Store) hasOlderStreams(ctx context.Context) (older bool, err error) {
	if st.IsEmbedded() {
		return false, nil
	}
	err = st.RetryWithTimeout(ctx, func(ctx context.Context) error {
		older = false
		for _, want := range st.WantedStreams() {
			have, err := st.FindStream(ctx, want.Name)
			if err != nil {
				return fmt.Errorf("stream %s: %w", want.Name, err)
			}
			older = older || have != nil && have.Metadata[layout.VersionKey] != strconv.Itoa(layout.Version)
		}
		return nil
	})
	if older || err != nil {
		return older, err
	}
	return st.HasLegacyRecords(ctx)
}
