package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/layout"
)

// errNoLeader is returned if the servers answer, but cannot store anything.
var errNoLeader = errors.New("the NATS servers have no leader for the history: too few of them reach each other")

// Connected reports whether there is a connection to the server. For NATS servers elsewhere it
// takes some seconds to notice that they no longer answer.
func (e *engine) Connected() bool { return e.IsEmbedded() || e.Conn.IsConnected() }

// CheckWritable asks the engine whether it could store something, and returns when it last
// certainly could. It writes nothing. For an embedded engine that is now; for NATS servers it is
// when most of the servers with copies last heard each other, because a leader that is cut off
// goes on answering for ten seconds, though it can store nothing.
func (st *Store) CheckWritable(ctx context.Context) (able time.Time, err error) {
	if st.IsEmbedded() {
		return time.Now(), nil
	}
	return lastWritable(ctx, st.JS)
}

// CheckWritableVia is [Store.CheckWritable] over another connection to the same servers, perhaps
// to another one of them.
func CheckWritableVia(ctx context.Context, conn *nats.Conn) (able time.Time, err error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return time.Time{}, err
	}
	return lastWritable(ctx, js)
}

func lastWritable(ctx context.Context, js jetstream.JetStream) (able time.Time, err error) {
	asked := time.Now()
	stream, err := js.Stream(ctx, layout.RoomStream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return asked, nil // a writer recreates it: see Revive
	case err != nil:
		return time.Time{}, ExplainRemote(err, js.Conn())
	}
	ago, err := quorumAge(stream.CachedInfo().Cluster)
	if err != nil {
		return time.Time{}, err
	}
	return asked.Add(-ago), nil
}

// quorumAge returns how long ago the leader of a stream last heard from enough others to form a
// majority of the servers with copies, including the leader.
func quorumAge(c *jetstream.ClusterInfo) (ago time.Duration, err error) {
	switch {
	case c == nil:
		return 0, nil // a server without a cluster
	case c.Leader == "":
		return 0, errNoLeader
	}
	var heard []time.Duration
	for _, r := range c.Replicas {
		if !r.Offline {
			heard = append(heard, r.Active)
		}
	}
	slices.Sort(heard)
	needed := (len(c.Replicas) + 1) / 2 // besides the leader
	switch {
	case needed > len(heard):
		return 0, errNoLeader
	case needed == 0:
		return 0, nil
	}
	return heard[needed-1], nil
}
