package store

import (
	"context"
	"time"

	"teahouse/journal/internal/integrity"
)

// A Store is the streams of a journal in an engine.
type Store struct {
	*engine
	Checker    *integrity.Checker
	Watermarks *integrity.Watermarks // nil where the streams are elsewhere, or in memory
	Snapshots  streamSnapshots
	Retention  Retention
}

// Open starts a server with its files in a directory, or connects to the
// one that the configuration names.
func Open(ctx context.Context, c Config, dir string) (*Store, error) {
	st := &Store{
		engine:    &engine{Config: c, Log: c.Log, Dir: dir, reconnected: make(chan struct{}, 1)},
		Checker:   &integrity.Checker{Dir: dir, Log: c.Log, AcceptLoss: c.AcceptLoss},
		Retention: Retention{config: c, log: c.Log},
	}
	if st.IsEmbedded() && dir != "" {
		if err := st.Checker.CheckAndRepair(ctx); err != nil {
			return nil, err
		}
	}
	if err := st.connect(ctx); err != nil {
		return nil, err
	}
	return st, nil
}

// Revive does what may help after a write has failed. A server in this process
// is started anew: once its disk was full, its writes fail for good, even when
// there is space again. One elsewhere may have come back without our streams.
// Who writes meanwhile gets an error, or no answer, and has to try again.
//
// What failed is a write that began at some moment. Where the server was started
// since then nothing is wrong with it: otherwise each of two who write would have
// it restarted under the other, whose acknowledgement got lost in the restart.
func (st *Store) Revive(ctx context.Context, began time.Time) error {
	if !st.IsEmbedded() {
		return st.ensureStreams(ctx)
	}
	return st.revive(ctx, began)
}

// RecreateStreams makes the streams that are gone. The server in this process is started anew first:
// it goes on with files that are in no directory any more.
func (st *Store) RecreateStreams(ctx context.Context) error {
	if st.IsEmbedded() {
		if err := st.Revive(ctx, time.Now()); err != nil {
			return err
		}
	}
	return st.ensureStreams(ctx)
}
