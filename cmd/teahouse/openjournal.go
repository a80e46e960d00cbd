package main

import (
	"context"
	"fmt"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/cluster"
	"teahouse/journal"

	"teahouse/internal/reply"
)

const (
	// natsOpenTimeout is how long the journal may take to open where NATS servers have the store.
	natsOpenTimeout = time.Minute

	// localOpenTimeout is how long it may take to read a store in the data directory whole: no
	// disk is so slow, and nothing gets lost on the way.
	localOpenTimeout = time.Hour
)

// journalConfig returns what the flags say of the journal.
func (c config) journalConfig(logger *log.Logger) journal.Config {
	return journal.Config{
		Dir: c.Data, URL: c.Nats, NATSOptions: []nats.Option{c.NatsFiles.applyTo},
		Sync: c.Fsync == "always", HistoryLimits: c.memory(), NameRetention: c.NameAge, Log: logger, AcceptLoss: c.AcceptLoss,
	}
}

// openJournal has the house know what it has in writing, and remember what was said
// before; and keep what will be. It gives up when ctx is done. Stop writes what came
// last, with the error of flush; it is for after the doors are shut.
func (app *app) openJournal(ctx context.Context, c config) (stop func() error, err error) {
	most := localOpenTimeout
	if c.Nats != "" {
		most = natsOpenTimeout
		app.log.Info("connecting to the NATS servers", "within", natsOpenTimeout)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	j, err := journal.Open(ctx, c.journalConfig(app.log))
	if err != nil {
		return nil, err
	}
	if len(j.Damages()) > 0 {
		app.WarnOperators(reply.StoreDamaged)
	}
	if err := app.restoreHub(ctx, c, j); err != nil {
		_ = app.closeJournal(j) // what that says is logged
		return nil, err
	}
	stopBackups, err := serveBackups(c.Data, j, app.log)
	if err != nil {
		_ = app.closeJournal(j) // what that says is logged
		return nil, err
	}
	return func() error {
		stopBackups()
		return app.closeJournal(j)
	}, nil
}

// restoreHub reads what the journal has. Where nothing of the talk is to be kept,
// that is the book alone.
func (app *app) restoreHub(ctx context.Context, c config, j *journal.Journal) error {
	rows, err := j.Records(ctx)
	if err != nil {
		return err
	}
	if c.History > 0 {
		app.Messages, app.HistoryLimits = j, c.memory() // first: rooms that are read have a part of it
	}
	app.Records, app.journal = j, j // before Open, which mends names that are none any more
	if err := app.Load(rows); err != nil {
		app.log.Error("some of what is in writing cannot be read, and does not count", "err", err)
	}
	j.MonitorStreams(app.Hub)
	if app.metrics != nil {
		app.metrics.AddJournal(j)
	}
	if c.History == 0 {
		return nil
	}
	if err := j.LoadHistory(ctx, app.Hub); err != nil {
		return fmt.Errorf("cannot read what was said before: %w", err)
	}
	j.Follow(app.Hub)
	return nil
}

// joinCluster makes one house of this and those that have the same NATS servers. Stop tells
// them that this one is closed; it is for after the doors are shut, and before the
// journal is.
func (app *app) joinCluster(c config) (stop func(), err error) {
	if c.Nats == "" {
		return func() {}, nil
	}
	node, _ := app.journal.Identity()
	relay := app.PeerFeed(node)
	app.PeerNameAge = app.journal.NameRetention
	if err := app.journal.Watch(app.ApplyRemote); err != nil {
		return nil, err
	}
	l, err := cluster.Open(c.Nats, app.Hub, relay, app.journal, c.nodeInfo(), app.log, c.NatsFiles.applyTo)
	if err != nil {
		return nil, err
	}
	app.log.Info("cluster: this node", "node", node)
	app.link, app.storeProbe = l, newStoreProbe(app.checkStoreWritable, app.log)
	if app.metrics != nil {
		app.metrics.AddCluster(l.Status)
	}
	return l.Close, nil
}
