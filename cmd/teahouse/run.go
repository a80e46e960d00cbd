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
	"teahouse/gate"
	"teahouse/journal"
	"teahouse/keys"
	"teahouse/metrics"
	"teahouse/proxy"
	"teahouse/room"
	"teahouse/sshd"
	"teahouse/tcpd"
)

// Exit codes. Go has a process end with 2 that crashed, which a service manager is to
// start again: a mistake in the configuration, for which that is no use, needs another.
const (
	exitOK     = 0
	exitFailed = 1
	exitLost   = 74 // EX_IOERR: the house is closed, and not all is stored
	exitConfig = 78 // EX_CONFIG of sysexits.h
)

// The whole process is to end within 5 s of the signal where the store answers, and within
// 45 s where it does not: the unit and the containers are given a minute.
const shutdownTime = 3500 * time.Millisecond // for clients to read that the server stops

// run is the whole program; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	c, command, err := parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "teahouse: %v\nteahouse --help explains the flags.\n", err)
		return exitConfig
	}
	logger := c.logger(stderr)
	if command != "doctor" && command != "health" { // the one says it, the other is asked time and again
		c.warnOfStrays(logger)
	}
	switch command {
	case "doctor":
		return examine(c, stdout)
	case "backup":
		if err = backup(c, logger); err == nil {
			fmt.Fprintf(stderr, "Saved %s: %s, to %s.\n", c.Data, describeBundle(c.Backup.File), c.Backup.File)
		}
	case "restore":
		if err = restore(c, logger); err == nil {
			fmt.Fprintf(stderr, "Restored %s: %s, to %s.\n", c.Restore.File, describeBundle(c.Restore.File), c.restoredTo())
		}
	case "move":
		if err = move(c, logger); err == nil {
			fmt.Fprintf(stderr, "Moved all that %s has to the NATS servers. Start each node with the same --nats, and with the host key of %s.\n", c.Data, c.Data)
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
		err = explain(c, args, stdout)
	case "health":
		return sayHealth(c.Metrics, stdout)
	default:
		err = serve(c, args, logger)
	}
	return exitCode(err, logger)
}

// exitCode returns the code for how the program ends, and logs why.
func exitCode(err error, logger *log.Logger) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNotStored): // which is logged
		return exitLost
	}
	logger.Error("teahouse cannot go on", "err", inWords(err))
	return exitFailed
}

// serve opens the house and keeps it open until a signal comes or a door
// fails. The command line is for reading the configuration again.
func serve(c config, args []string, logger *log.Logger) (err error) {
	addresses, err := c.addresses()
	if err != nil {
		return err
	}
	opening, opened := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer opened()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	asked, stopAsking := hangups()
	defer stopAsking()

	logger.Info("teahouse starts", "version", release())
	h, unlock, err := newHouse(c, logger)
	if err != nil {
		return err
	}
	defer unlock()
	stopTelling, err := h.tell(c)
	if err != nil {
		return err
	}
	defer stopTelling()
	closeJournal, err := h.keep(opening, c)
	stopped := opening.Err() != nil
	opened()
	switch {
	case err != nil && stopped:
		logger.Info("stopped while it was starting")
		return nil
	case err != nil:
		return barred(err)
	}
	defer func() {
		defer endAtOnce(signals)()
		if failed := closeJournal(); err == nil {
			err = failed
		}
	}()
	unlink, err := h.link(c)
	if err != nil {
		return err
	}
	defer unlink()
	ctx, cancel := context.WithCancel(context.Background())
	defer h.watching.Wait()
	defer cancel()
	if err := h.rule(ctx, c); err != nil {
		return err
	}
	if err := h.open(addresses); err != nil {
		return err
	}
	h.health.Open()
	h.offer()
	h.watch(ctx)
	h.watching.Go(func() { h.reloads(ctx, asked, args, c) })
	return h.run(signals)
}

// newHouse takes the data directory for this process, until unlock, and returns a house of which
// no door is open.
func newHouse(c config, logger *log.Logger) (h *house, unlock func(), err error) {
	if err := checkAccess(c.Data, logger); err != nil {
		return nil, nil, err
	}
	if err := checkUser(c.Data); err != nil {
		return nil, nil, err
	}
	if unlock, err = lock(c.Data); err != nil {
		return nil, nil, barred(err)
	}
	warnOfNothing(c, logger)
	key, err := hostKey(c.Data)
	if err != nil {
		unlock()
		return nil, nil, barred(err)
	}
	h = &house{House: room.NewHouse(), log: logger, hostKey: key, gate: gate.New(gate.Limits{})}
	h.gate.Log = logger
	h.appoint()
	h.trust(c.Balancers)
	return h, unlock, nil
}

// tell serves what is told to who runs the house: metrics and profiles.
func (h *house) tell(c config) (stop func(), err error) {
	stopMetrics, err := h.measure(c)
	if err != nil {
		return nil, err
	}
	stopProfiles, err := h.profile(c)
	if err != nil {
		stopMetrics()
		return nil, err
	}
	return func() {
		stopProfiles()
		stopMetrics()
	}, nil
}

// watch starts what looks after an open house until ctx is done: h.watching waits for that.
func (h *house) watch(ctx context.Context) {
	h.watching.Go(func() { alarm(ctx, h.journal.Status, h.House) })
	if h.pulse != nil {
		h.watching.Go(func() { h.pulse.watch(ctx) })
	}
	h.watched(ctx)
}

// hostKey returns the host key of a data directory, or one for this time only
// where there is no directory.
func hostKey(dir string) (gossh.Signer, error) {
	if dir == "" {
		return keys.Temporary()
	}
	return keys.Host(dir)
}

// lock makes the data directory and takes it for this process alone. Without a
// directory it does nothing.
func lock(dir string) (unlock func(), err error) {
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

// errInUse means that another process has the data directory.
var errInUse = errors.New("it is in use by another teahouse")

// A house is the room and its open doors.
type house struct {
	*room.House
	log       *log.Logger
	hostKey   gossh.Signer
	gate      *gate.Gate
	balancers []netip.Prefix // where they connect from
	dropped   proxy.Dropped  // of what they brought
	typed     atomic.Int64   // bytes a second from one terminal; 0 is no limit
	sessions  atomic.Int64   // SSH sessions at a time from one address; 0 is no limit
	journal   *journal.Journal
	nodes     *cluster.Link // nil where this one is alone
	offering  atomic.Bool   // the doors are open, and one of them takes keys
	offers    sync.Mutex    // held while a code for the first operator is logged
	operators *keyFile
	allowed   *keyFile
	pulse     *pulse           // nil where this one is alone
	metrics   *metrics.Metrics // nil where nobody asked for them
	health    metrics.Health
	bounds    atomic.Pointer[map[string]float64] // the limits in force, by their flags
	watching  sync.WaitGroup                     // files of keys, the journal, and who asks for reloads
	doors     []door
	listeners []net.Listener
}

// open listens at all addresses before anybody gets in, so that a mistake in
// one of them shows at once.
func (h *house) open(addresses []address) error {
	for _, a := range addresses {
		l, err := net.Listen("tcp", a.hostPort)
		if err != nil {
			for _, l := range h.listeners {
				l.Close()
			}
			return fmt.Errorf("cannot open the %s door: %w; %s", a.scheme, err, howToListen(err, "--listen"))
		}
		h.listeners = append(h.listeners, l)
		h.doors = append(h.doors, h.newDoor(a))
	}
	for i, a := range addresses {
		at := h.listeners[i].Addr()
		h.log.Info("listening", "door", a.scheme, "addr", at, "try", a.hint(at))
	}
	if h.takesKeys() {
		h.offering.Store(true)
		h.log.Info("host key", "fingerprint", gossh.FingerprintSHA256(h.hostKey.PublicKey()))
	}
	return nil
}

// takesKeys reports whether anybody can come in with a key: by an ssh door.
func (h *house) takesKeys() bool {
	return slices.ContainsFunc(h.doors, func(d door) bool {
		_, ok := d.(*sshd.Server)
		return ok
	})
}

func (h *house) newDoor(a address) door {
	observe := h.observer(a.scheme)
	if a.scheme == "ssh" {
		s := &sshd.Server{House: h.House, HostKey: h.hostKey, Log: h.log, Observe: observe,
			Typed: func() int { return int(h.typed.Load()) }, Sessions: func() int { return int(h.sessions.Load()) }}
		if a.idle != nil {
			s.Idle = *a.idle
			if s.Idle == 0 {
				s.Idle = -1 // for ever; 0 would be the default
			}
		}
		return s
	}
	dialect := tcpd.Lookup(a.scheme)
	if a.lang != language.Und {
		dialect = dialect.In(a.lang)
	}
	if a.idle != nil {
		dialect.Idle = *a.idle
	}
	return &tcpd.Server{House: h.House, Dialect: dialect, Charset: a.charset, Log: h.log, Observe: observe}
}

// run serves until a signal comes, or a door fails, whose error it returns.
func (h *house) run(signals <-chan os.Signal) error {
	serving, ctx := errgroup.WithContext(context.Background())
	for i, d := range h.doors {
		serving.Go(func() error {
			_, operators := d.(*sshd.Server)
			err := d.Serve(h.gate.Listener(h.behind(h.listeners[i]), operators, d.Refuse))
			if errors.Is(err, sshd.ErrServerClosed) || errors.Is(err, tcpd.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
				return nil // only close closes listeners
			}
			return err
		})
	}
	select {
	case sig := <-signals:
		h.log.Info("stopping", "signal", sig)
	case <-ctx.Done():
	}
	defer endAtOnce(signals)()
	h.close()
	err := serving.Wait()
	h.log.Info("stopped")
	return err
}

// endAtOnce ends the process when one more signal comes, until what it returns is called.
func endAtOnce(signals <-chan os.Signal) (stop func()) {
	stopped := make(chan struct{})
	go func() {
		select {
		case <-signals:
			os.Exit(exitFailed) // and log nothing: that may be what hangs
		case <-stopped:
		}
	}()
	return func() { close(stopped) }
}

// close lets nobody in any more, tells everybody that the house is closing, and
// shuts the doors behind them.
func (h *house) close() {
	h.health.Stop()
	h.notify(daemon.SdNotifyStopping)
	for _, l := range h.listeners {
		_ = l.Close()
	}
	h.House.Close()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	var closing sync.WaitGroup
	for _, d := range h.doors {
		closing.Go(func() {
			if err := d.Shutdown(ctx); err != nil {
				h.log.Warn("not everybody read that the server stops", "err", err)
			}
		})
	}
	closing.Wait()
}
