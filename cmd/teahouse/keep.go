package main

import (
	"context"
	"fmt"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/cluster"
	"teahouse/journal"
	"teahouse/room"
)

const (
	// openTime is how long the journal may take to open where NATS servers have the store.
	openTime = time.Minute

	// readTime is how long it may take to read a store in the data directory whole: no
	// disk is so slow, and nothing gets lost on the way.
	readTime = time.Hour
)

// journalConfig returns what the flags say of the journal.
func (c config) journalConfig(logger *log.Logger) journal.Config {
	return journal.Config{
		Dir: c.Data, URL: c.Nats, Options: []nats.Option{c.NatsFiles.introduce},
		Sync: c.Fsync == "always", Memory: c.memory(), Names: c.NameAge, Log: logger, AcceptLoss: c.AcceptLoss,
	}
}

// keep has the house know what it has in writing, and remember what was said
// before; and keep what will be. It gives up when ctx is done. Stop writes what came
// last, with the error of flush; it is for after the doors are shut.
func (h *house) keep(ctx context.Context, c config) (stop func() error, err error) {
	most := readTime
	if c.Nats != "" {
		most = openTime
		h.log.Info("connecting to the NATS servers", "within", openTime)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	j, err := journal.Open(ctx, c.journalConfig(h.log))
	if err != nil {
		return nil, err
	}
	if len(j.Damages()) > 0 {
		h.Warn(room.SomeDamaged)
	}
	if err := h.recall(ctx, c, j); err != nil {
		_ = h.flush(j) // what that says is logged
		return nil, err
	}
	stopBackups, err := serveBackups(c.Data, j, h.log)
	if err != nil {
		_ = h.flush(j) // what that says is logged
		return nil, err
	}
	return func() error {
		stopBackups()
		return h.flush(j)
	}, nil
}

// recall reads what the journal has. Where nothing of the talk is to be kept,
// that is the book alone.
func (h *house) recall(ctx context.Context, c config, j *journal.Journal) error {
	rows, err := j.Rows(ctx)
	if err != nil {
		return err
	}
	if c.History > 0 {
		h.Archive, h.Memory = j, c.memory() // first: rooms that are read have a part of it
	}
	h.Book, h.journal = j, j // before Open, which mends names that are none any more
	if err := h.Open(rows); err != nil {
		h.log.Error("some of what is in writing cannot be read, and does not count", "err", err)
	}
	j.Guard(h.House)
	if h.metrics != nil {
		h.metrics.Keeps(j)
	}
	if c.History == 0 {
		return nil
	}
	if err := j.Restore(ctx, h.House); err != nil {
		return fmt.Errorf("cannot read what was said before: %w", err)
	}
	j.Follow(h.House)
	return nil
}

// link makes one house of this and those that have the same NATS servers. Stop tells
// them that this one is closed; it is for after the doors are shut, and before the
// journal is.
func (h *house) link(c config) (stop func(), err error) {
	if c.Nats == "" {
		return func() {}, nil
	}
	node, _ := h.journal.Identity()
	relay := h.Relay(node)
	h.NamesKept = h.journal.NamesKept
	if err := h.journal.Watch(h.Learn); err != nil {
		return nil, err
	}
	l, err := cluster.Open(c.Nats, h.House, relay, h.journal, c.likeness(), h.log, c.NatsFiles.introduce)
	if err != nil {
		return nil, err
	}
	h.log.Info("cluster: this node", "node", node)
	h.nodes, h.pulse = l, newPulse(h.askStore, h.log)
	if h.metrics != nil {
		h.metrics.Links(l.Status)
	}
	return l.Close, nil
}
