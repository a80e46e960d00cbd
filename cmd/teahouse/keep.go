package main

import (
	"context"
	"fmt"
	"time"

	"github.com/charmbracelet/log"

	"teahouse/journal"
)

// openTime is how long the journal may take to open: a big store is read whole.
const openTime = time.Minute

// journalConfig returns what the flags say of the journal.
func (c config) journalConfig(logger *log.Logger) journal.Config {
	return journal.Config{Dir: c.Data, URL: c.Nats, Sync: c.Fsync == "always", Memory: c.memory(), Log: logger}
}

// keep has the house remember what was said before, and keep what will be, unless
// nothing is to be kept. Close writes what was said last; it comes after the
// doors are shut.
func (h *house) keep(c config) (stop func(), err error) {
	if c.History == 0 {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	j, err := journal.Open(ctx, c.journalConfig(h.log))
	if err != nil {
		return nil, err
	}
	closeJournal := func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		if err := j.Close(ctx); err != nil {
			h.log.Error("not all that was said is kept", "err", err)
		}
	}
	h.Archive, h.Memory = j, c.memory()
	if err := j.Restore(ctx, h.House); err != nil {
		closeJournal()
		return nil, fmt.Errorf("cannot read what was said before: %w", err)
	}
	j.Follow(h.House)
	stopBackups, err := serveBackups(c.Data, j, h.log)
	if err != nil {
		closeJournal()
		return nil, err
	}
	return func() {
		stopBackups()
		closeJournal()
	}, nil
}
