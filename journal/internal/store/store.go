package store

import (
	"context"
	"fmt"
	"time"

	"teahouse/journal/internal/integrity"
)

// A Store is the streams of a journal in an engine.
type Store struct {
	*engine
	Checker    *integrity.Checker
	Watermarks *integrity.Watermarks // nil if the streams are elsewhere, or in memory
	Snapshots  streamSnapshots
	retention  retention
}

// Open starts an embedded server with its files in a directory, or connects to the configured
// NATS servers.
func Open(ctx context.Context, c Config, dir string) (*Store, error) {
	st := &Store{
		engine:    &engine{Config: c, Log: c.Log, Dir: dir, reconnected: make(chan struct{}, 1)},
		Checker:   &integrity.Checker{Dir: dir, Log: c.Log, AcceptLoss: c.AcceptLoss},
		retention: retention{config: c, log: c.Log},
	}
	if st.IsEmbedded() && dir != "" {
		if err := removeMigrationLeftovers(dir); err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		if err := st.Checker.CheckAndRepair(ctx); err != nil {
			return nil, err
		}
	}
	if err := st.connect(ctx); err != nil {
		return nil, err
	}
	return st, nil
}

// Revive does what may help after a failed write. It restarts the embedded server: once its disk
// was full, its writes fail for good, even when there is space again. NATS servers elsewhere may
// have come back without our streams. Other writers may get an error, or no answer, meanwhile,
// and have to retry.
//
// Began is when the failed write started. If the server was restarted after that, nothing is
// wrong with it: otherwise each of two writers could restart it under the other, whose
// acknowledgement got lost in the restart.
func (st *Store) Revive(ctx context.Context, began time.Time) error {
	if !st.IsEmbedded() {
		return st.ensureStreams(ctx)
	}
	return st.revive(ctx, began)
}

// RecreateStreams creates the streams that are gone. It first restarts the embedded server,
// which would go on using deleted files.
func (st *Store) RecreateStreams(ctx context.Context) error {
	if st.IsEmbedded() {
		if err := st.Revive(ctx, time.Now()); err != nil {
			return err
		}
	}
	return st.ensureStreams(ctx)
}
