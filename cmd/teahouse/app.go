package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/charmbracelet/log"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/gofrs/flock"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"teahouse/cluster"
	"teahouse/internal/connlimit"
	"teahouse/internal/metrics"
	"teahouse/internal/proxyproto"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/room"
	"teahouse/sshd"
	"teahouse/tcpd"
)

// Exit codes. Go ends a process that crashed with 2, and a service manager should restart it. A
// mistake in the configuration, for which a restart is useless, needs another code.
const (
	exitOK        = 0
	exitFailed    = 1
	exitNotStored = 74 // EX_IOERR of sysexits.h: the server stopped, but could not store everything
	exitConfig    = 78 // EX_CONFIG of sysexits.h
)

// The whole process should end within 5 s of the signal if the store answers, and within 45 s if
// it does not. The systemd unit and the containers are given a minute.
const shutdownTimeout = 3500 * time.Millisecond // for clients to read that the server stops

// run is the whole program; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	c, command, err := parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "teahouse: %v\nteahouse --help explains the flags.\n", err)
		return exitConfig
	}
	logger := c.logger(stderr)
	if command != "doctor" && command != "health" { // doctor reports them itself, and health runs again and again
		c.warnUnknownVars(logger)
	}
	switch command {
	case "doctor":
		return runDoctor(c, stdout)
	case "backup":
		if err = backup(c, logger); err == nil {
			fmt.Fprintf(stderr, "Saved %s: %s, to %s.\n", c.Data, describeBundle(c.Backup.File), c.Backup.File)
		}
	case "restore":
		if err = restore(c, logger); err == nil {
			fmt.Fprintf(stderr, "Restored %s: %s, to %s.\n", c.Restore.File, describeBundle(c.Restore.File), c.restoreTarget())
		}
	case "move":
		if err = move(c, logger); err == nil {
			fmt.Fprintf(stderr, "Moved everything in %s to the NATS servers. Start each node with the same --nats, and with the host key of %s.\n", c.Data, c.Data)
		}
	case "salvage":
		if err = salvage(c, stderr); err == nil {
			fmt.Fprintf(stderr, "Saved what can be read of %s: %s, to %s.\n", c.Data, describeBundle(c.Salvage.File), c.Salvage.File)
		}
	case "trim":
		var code int
		if code, err = trim(c, logger, stdout); err == nil {
			return code
		}
	case "config":
		err = printConfig(c, args, stdout)
	case "health":
		return printHealth(c.Metrics, stdout)
	default:
		err = serve(c, args, logger)
	}
	return exitCode(err, logger)
}

// exitCode returns the exit code for an error, and logs it.
func exitCode(err error, logger *log.Logger) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNotStored): // already logged
		return exitNotStored
	}
	logger.Error("teahouse cannot continue", "err", userMessage(err))
	return exitFailed
}

// serve runs the server until a signal comes or a listener fails. Args are for reloading the
// configuration.
func serve(c config, args []string, logger *log.Logger) (err error) {
	addresses, err := c.listenURLs()
	if err != nil {
		return err
	}
	opening, opened := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer opened()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	asked, stopAsking := notifySIGHUP()
	defer stopAsking()

	logger.Info("teahouse starts", "version", release())
	h, unlock, err := newApp(c, logger)
	if err != nil {
		return err
	}
	defer unlock()
	stopTelling, err := h.serveDiagnostics(c)
	if err != nil {
		return err
	}
	defer stopTelling()
	closeJournal, err := h.openJournal(opening, c)
	stopped := opening.Err() != nil
	opened()
	switch {
	case err != nil && stopped:
		logger.Info("stopped while it was starting")
		return nil
	case err != nil:
		return withPermissionHint(err)
	}
	defer func() {
		defer exitOnSecondSignal(signals)()
		if failed := closeJournal(); err == nil {
			err = failed
		}
	}()
	unlink, err := h.joinCluster(c)
	if err != nil {
		return err
	}
	defer unlink()
	ctx, cancel := context.WithCancel(context.Background())
	defer h.background.Wait()
	defer cancel()
	if err := h.loadPolicy(ctx, c); err != nil {
		return err
	}
	if err := h.openDoors(addresses); err != nil {
		return err
	}
	h.health.SetReady()
	h.offerOperatorCode()
	h.startWatchers(ctx)
	h.background.Go(func() { h.reloadOnSignal(ctx, asked, args, c) })
	return h.serveDoors(signals)
}

// newApp locks the data directory, until unlock is called, and returns an app that does not
// listen yet.
func newApp(c config, logger *log.Logger) (h *app, unlock func(), err error) {
	if err := checkDirMode(c.Data, logger); err != nil {
		return nil, nil, err
	}
	if err := checkDirOwner(c.Data); err != nil {
		return nil, nil, err
	}
	if unlock, err = lockDataDir(c.Data); err != nil {
		return nil, nil, withPermissionHint(err)
	}
	warnMissingJournal(c, logger)
	key, err := loadHostKey(c.Data)
	if err != nil {
		unlock()
		return nil, nil, withPermissionHint(err)
	}
	h = &app{Hub: room.NewHub(), log: logger, hostKey: key, connLimiter: connlimit.New(connlimit.Limits{})}
	h.connLimiter.Log = logger
	h.wireOperators()
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

// lockDataDir makes the data directory if necessary and locks it for this process. With an empty
// dir it does nothing.
func lockDataDir(dir string) (unlock func(), err error) {
	if dir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	l := flock.New(filepath.Join(dir, "lock"))
	switch ok, err := l.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	case !ok:
		return nil, fmt.Errorf("data directory %s: %w; stop it, or choose another with --data", dir, errInUse)
	}
	return func() { _ = l.Unlock() }, nil
}

// errInUse means that another process has locked the data directory.
var errInUse = errors.New("it is in use by another teahouse")

// An app is a hub with everything around it: listeners, journal, cluster, metrics.
type app struct {
	*room.Hub
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

// openDoors listens at all addresses before it accepts anybody, so that a mistake in one of them
// shows at once.
func (app *app) openDoors(addresses []listenURL) error {
	for _, a := range addresses {
		l, err := net.Listen("tcp", a.hostPort)
		if err != nil {
			for _, l := range app.listeners {
				l.Close()
			}
			return fmt.Errorf("cannot open the %s door: %w; %s", a.scheme, err, listenHint(err, "--listen"))
		}
		app.listeners = append(app.listeners, l)
		app.doors = append(app.doors, app.newDoor(a))
	}
	for i, a := range addresses {
		at := app.listeners[i].Addr()
		app.log.Info("listening", "door", a.scheme, "addr", at, "try", a.hint(at))
	}
	if app.hasSSHDoor() {
		app.acceptsKeys.Store(true)
		app.log.Info("host key", "fingerprint", gossh.FingerprintSHA256(app.hostKey.PublicKey()))
	}
	return nil
}

// hasSSHDoor reports whether users can connect with a key, that is, by SSH.
func (app *app) hasSSHDoor() bool {
	return slices.ContainsFunc(app.doors, func(d door) bool {
		_, ok := d.(*sshd.Server)
		return ok
	})
}

func (app *app) newDoor(a listenURL) door {
	observe := app.observer(a.scheme)
	if a.scheme == "ssh" {
		s := &sshd.Server{Hub: app.Hub, HostKey: app.hostKey, Log: app.log, Observe: observe,
			InputRate: func() int { return int(app.typingLimit.Load()) }, SessionsPerAddress: func() int { return int(app.sessionLimit.Load()) }}
		if a.idle != nil {
			s.Idle = *a.idle
			if s.Idle == 0 {
				s.Idle = -1 // for ever; 0 would mean the default
			}
		}
		return s
	}
	dialect := tcpd.LookupDialect(a.scheme)
	if a.lang != language.Und {
		dialect = dialect.ForLanguage(a.lang)
	}
	if a.idle != nil {
		dialect.IdleTimeout = *a.idle
	}
	return &tcpd.Server{Hub: app.Hub, Dialect: dialect, Charset: a.charset, Log: app.log, Observe: observe}
}

// serveDoors serves until a signal comes, or until a listener fails, and returns that error.
func (app *app) serveDoors(signals <-chan os.Signal) error {
	serving, ctx := errgroup.WithContext(context.Background())
	for i, d := range app.doors {
		serving.Go(func() error {
			_, operators := d.(*sshd.Server)
			err := d.Serve(app.connLimiter.Listener(app.withProxyProtocol(app.listeners[i]), operators, d.Refuse))
			if errors.Is(err, sshd.ErrServerClosed) || errors.Is(err, tcpd.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
				return nil // only close closes listeners
			}
			return err
		})
	}
	select {
	case sig := <-signals:
		app.log.Info("stopping", "signal", sig)
	case <-ctx.Done():
	}
	defer exitOnSecondSignal(signals)()
	app.close()
	err := serving.Wait()
	app.log.Info("stopped")
	return err
}

// exitOnSecondSignal ends the process when another signal comes, until the returned function is
// called.
func exitOnSecondSignal(signals <-chan os.Signal) (stop func()) {
	stopped := make(chan struct{})
	go func() {
		select {
		case <-signals:
			os.Exit(exitFailed) // without logging: that may be what hangs
		case <-stopped:
		}
	}()
	return func() { close(stopped) }
}

// close stops accepting, tells every user that the server is stopping, and shuts the servers
// down.
func (app *app) close() {
	app.health.SetStopping()
	app.notify(daemon.SdNotifyStopping)
	for _, l := range app.listeners {
		_ = l.Close()
	}
	app.Hub.Close()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var closing sync.WaitGroup
	for _, d := range app.doors {
		closing.Go(func() {
			if err := d.Shutdown(ctx); err != nil {
				app.log.Warn("not every client read that the server is stopping", "err", err)
			}
		})
	}
	closing.Wait()
}
