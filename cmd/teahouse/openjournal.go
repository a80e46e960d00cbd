package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats.go"

	"teahouse/cluster"
	"teahouse/internal/backupfile"
	"teahouse/internal/peers"
	"teahouse/internal/reply"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

const (
	// natsOpenTimeout is how long opening the journal may take if the store is in NATS servers.
	natsOpenTimeout = time.Minute

	// localOpenTimeout is how long reading a store in the data directory may take. No disk is
	// that slow.
	localOpenTimeout = time.Hour
)

// journalConfig returns the journal's configuration.
func (c config) journalConfig(logger *log.Logger) journal.Config {
	return journal.Config{
		Dir: c.Data, URL: c.Nats, NATSOptions: []nats.Option{c.NatsCredentials.applyTo},
		Sync: c.Fsync == "always", HistoryLimits: c.memory(), NameRetention: c.NameAge, Log: logger, AcceptLoss: c.AcceptLoss,
	}
}

// openJournal opens the journal, makes the hub, loads records and history into it, and stores what
// happens from then on. It gives up when ctx is done. Stop stores what is left, and returns the
// error of closeJournal; call it after the listeners are closed.
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
	if err := app.openHub(ctx, c, j); err != nil {
		_ = app.closeJournal(j) // the error is logged
		return nil, err
	}
	stopBackups := backupfile.Serve(c.Data, j, app.log)
	return func() error {
		stopBackups()
		return app.closeJournal(j)
	}, nil
}

// warnMissingJournal warns if there is a host key, by which clients know the server, but no data:
// the server will start empty, and the first user could become its operator.
func warnMissingJournal(c config, logger *log.Logger) {
	if c.Data == "" || c.Nats != "" {
		return
	}
	key, err := keys.ExportHostKey(c.Data)
	if err != nil || key == nil {
		return
	}
	folder := filepath.Join(c.Data, "journal")
	if found, err := os.ReadDir(folder); len(found) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		logger.Warn("there is a host key but no data; the server starts empty", "missing", folder)
	}
}

// openHub makes the hub, with the records and, unless --history is 0, the messages of the journal.
func (app *app) openHub(ctx context.Context, c config, j *journal.Journal) error {
	hub := app.hubConfig(c)
	hub.Records = j
	if c.History > 0 {
		hub.Messages, hub.HistoryLimits = j, c.memory()
	}
	if c.Nats != "" {
		hub.PeerNameAge = j.NameRetention
	}
	app.Hub, app.journal = room.New(hub), j
	if len(j.Damages()) > 0 {
		app.WarnOperators(reply.StoreDamaged)
	}
	if app.metrics != nil {
		app.metrics.AddHub(app.Hub)
		app.metrics.AddJournal(j)
	}
	return j.Start(ctx, app.Hub)
}

// hubConfig returns the configuration of a hub without stores. The policy comes later, by
// loadPolicy.
func (app *app) hubConfig(c config) room.Config {
	return room.Config{
		Redirect:          c.Advertise.Redirect,
		IsOperatorKey:     app.operators.has,
		CountOperatorKeys: app.operators.len,
		IsAllowedKey:      app.allowed.has,
		OnOrphaned:        app.offerOperatorCode,
		OnAudit:           app.logAudit,
	}
}

// joinCluster links this node to those with the same NATS servers. It gives up when ctx is done. Stop
// tells them that this one leaves; call it after the listeners are closed and before the journal is.
func (app *app) joinCluster(ctx context.Context, c config) (stop func(), err error) {
	if c.Nats == "" {
		return func() {}, nil
	}
	node, _ := app.journal.Identity()
	feed := peers.NewFeed(app.Hub, node)
	l, err := cluster.Open(ctx, cluster.Config{
		URL: c.Nats, NATSOptions: []nats.Option{c.NatsCredentials.applyTo},
		Hub: app.Hub, Feed: feed, Store: app.journal, Info: c.nodeInfo(), Log: app.log,
	})
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
