package main

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/charmbracelet/log"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/cluster"
	"teahouse/internal/connlimit"
	"teahouse/internal/datadir"
	"teahouse/internal/metrics"
	"teahouse/internal/proxyproto"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
)

// An app is a hub with everything around it: listeners, journal, cluster, metrics.
type app struct {
	*room.Hub    // nil until the journal is open
	log          *log.Logger
	hostKey      gossh.Signer
	connLimiter  *connlimit.Limiter
	balancers    []netip.Prefix         // networks of load balancers
	proxyDrops   proxyproto.DropCounter // connections dropped from there
	typingLimit  atomic.Int64           // bytes a second from one terminal; 0 means no limit
	sessionLimit atomic.Int64           // SSH sessions at a time from one address; 0 means no limit
	journal      *journal.Journal
	link         *cluster.Link // nil without other nodes
	acceptsKeys  atomic.Bool   // an SSH server is listening
	offerMu      sync.Mutex    // held while a code for the first operator is logged
	operators    *keyFile
	allowed      *keyFile
	storeProbe   *storeProbe      // nil without other nodes
	metrics      *metrics.Metrics // nil unless asked for
	health       metrics.Health
	activeLimits atomic.Pointer[map[string]float64] // the limits in force, by their flags
	background   sync.WaitGroup                     // watchers of key files and the journal, and the reloader
	doors        []door
	listeners    []net.Listener
}

// newApp locks the data directory, until unlock is called, and returns an app that does not
// listen yet.
func newApp(c config, logger *log.Logger) (h *app, unlock func(), err error) {
	if err := datadir.CheckMode(c.Data, logger); err != nil {
		return nil, nil, err
	}
	if err := datadir.CheckOwner(c.Data); err != nil {
		return nil, nil, err
	}
	if unlock, err = datadir.Lock(c.Data); err != nil {
		return nil, nil, datadir.WithPermissionHint(err)
	}
	warnMissingJournal(c, logger)
	key, err := loadHostKey(c.Data)
	if err != nil {
		unlock()
		return nil, nil, datadir.WithPermissionHint(err)
	}
	h = &app{log: logger, hostKey: key, connLimiter: connlimit.New(connlimit.Limits{})}
	h.connLimiter.Log = logger
	h.makeKeyFiles()
	h.trustBalancers(c.Balancers)
	return h, unlock, nil
}

// serveDiagnostics serves what is for the operators of the server: metrics and profiles.
func (app *app) serveDiagnostics(c config) (stop func(), err error) {
	stopMetrics, err := app.serveMetrics(c)
	if err != nil {
		return nil, err
	}
	stopProfiles, err := app.serveProfiles(c)
	if err != nil {
		stopMetrics()
		return nil, err
	}
	return func() {
		stopProfiles()
		stopMetrics()
	}, nil
}

// startWatchers starts the goroutines that watch a running server, until ctx is done. They are
// counted in app.background.
func (app *app) startWatchers(ctx context.Context) {
	app.background.Go(func() { alertOnJournal(ctx, app.journal.Status, app.Hub) })
	if app.storeProbe != nil {
		app.background.Go(func() { app.storeProbe.watch(ctx) })
	}
	app.startWatchdog(ctx)
}

// loadHostKey returns the host key of a data directory, or a temporary one if there is no
// directory.
func loadHostKey(dir string) (gossh.Signer, error) {
	if dir == "" {
		return keys.TemporaryHostKey()
	}
	return keys.LoadHostKey(dir)
}
