package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/log"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"teahouse/journal/internal/integrity"
	"teahouse/journal/internal/layout"
)

const (
	// ackTimeout is how long an acknowledgement may take.
	ackTimeout = 3 * time.Second

	// startTimeout is how long the engine may take to start: it reads its files.
	startTimeout = 30 * time.Second

	// syncInterval is how much a power cut may take with it, where not each write is
	// on the disk before it is acknowledged.
	syncInterval = time.Second

	// unlimited is more than there is of disk or memory. Without a limit of ours
	// the server would not start when the disk has little room left; it is the
	// streams that are bounded.
	unlimited = 1 << 50

	// flushTimeout is how long the system may take nothing of what is sent before the
	// connection counts as broken.
	flushTimeout = 2 * time.Second

	// connectPollInterval is how often it is looked why there is no connection yet.
	connectPollInterval = 50 * time.Millisecond

	// clusterReplicas is on how many servers of a cluster each stream is kept.
	clusterReplicas = 3

	// minReviveInterval is the least time between two restarts of the server.
	minReviveInterval = time.Second
)

// An engine is a NATS server with JetStream, in this process or elsewhere, and
// the connection to it.
type engine struct {
	config      config
	log         *log.Logger
	dir         string // where the server in this process keeps its files
	inMemory    bool   // dir goes when the engine closes
	nc          *nats.Conn
	js          jetstream.JetStream
	reconnected chan struct{}         // capacity 1: the connection is there again
	watermarks  *integrity.Watermarks // nil where the streams are elsewhere, or in memory
	snapshots   streamSnapshots

	checker *integrity.Checker

	mu        sync.Mutex
	server    *server.Server // nil where it is elsewhere
	serverLog *serverLog     // by the server in this process

	limitsMu sync.Mutex
	limits   cachedLimits // guarded by limits

	reviving  sync.Mutex // before mu
	revivedAt time.Time
}

// startEngine starts a server with its files in a directory, or connects to the
// one that the configuration names.
func startEngine(ctx context.Context, c config, dir string) (*engine, error) {
	e := &engine{config: c, log: c.Log, dir: dir, reconnected: make(chan struct{}, 1),
		checker: &integrity.Checker{Dir: dir, Log: c.Log, AcceptLoss: c.AcceptLoss}}
	if e.isEmbedded() && dir != "" {
		if err := e.checker.CheckAndRepair(ctx); err != nil {
			return nil, err
		}
	}
	connect := e.connectRemote
	if c.URL == "" {
		connect = e.connectEmbedded
	}
	err := connect(ctx)
	if err == nil {
		e.js, err = jetstream.New(e.nc, jetstream.WithPublishAsyncTimeout(ackTimeout))
	}
	if err != nil {
		e.close()
		return nil, fmt.Errorf("journal: %w", err)
	}
	return e, nil
}

// replicas returns on how many servers each stream is kept: on three of a cluster, so
// that one of them may go away.
func (e *engine) replicas() int {
	if e.isEmbedded() || e.nc.ConnectedClusterName() == "" {
		return 1
	}
	return clusterReplicas
}

// isEmbedded reports whether the server is in this process.
func (e *engine) isEmbedded() bool { return e.config.URL == "" }

func (e *engine) connectEmbedded(context.Context) (err error) {
	if e.dir == "" {
		if e.dir, err = os.MkdirTemp("", "teahouse-*"); err != nil {
			return err
		}
		e.inMemory = true
	}
	if err := e.startServer(); err != nil {
		return err
	}
	e.nc, err = nats.Connect("", append(e.clientOptions(),
		nats.InProcessServer(e),
		nats.ReconnectWait(20*time.Millisecond),
		nats.ReconnectJitter(0, 0),
	)...)
	return err
}

func (e *engine) connectRemote(ctx context.Context) (err error) {
	if err := checkURLs(e.config.URL); err != nil {
		return err
	}
	connected, failed := make(chan struct{}, 1), make(chan error, 1)
	options := append(e.clientOptions(),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(250*time.Millisecond),
		nats.PingInterval(2*time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ConnectHandler(func(*nats.Conn) { connected <- struct{}{} }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			select {
			case failed <- err:
			default: // there is a reason already, or nobody waits any more
			}
		}),
	)
	e.nc, err = nats.Connect(e.config.URL, append(options, e.config.NATSOptions...)...)
	if err != nil {
		return fmt.Errorf("cannot connect to the NATS server %s: %w", redactURL(e.config.URL), err)
	}
	if err := e.awaitConnection(ctx, connected, failed); err != nil {
		return fmt.Errorf("cannot reach the NATS server %s: %w; %s", redactURL(e.config.URL), err, connectAdvice(err))
	}
	return nil
}

// awaitConnection waits for the connection. The error is why there is none: the client, which tries on,
// tells some reasons, and others it has only until it tries again.
func (e *engine) awaitConnection(ctx context.Context, connected <-chan struct{}, failed <-chan error) error {
	look := time.NewTicker(connectPollInterval)
	defer look.Stop()
	var why error
	for {
		select {
		case <-connected:
			return nil
		case why = <-failed:
		case <-look.C:
			if err := e.nc.LastError(); err != nil {
				why = err
			}
		case <-ctx.Done():
			return cmp.Or(why, ctx.Err())
		}
	}
}

func (e *engine) clientOptions() []nats.Option {
	return []nats.Option{
		nats.Name("teahouse"),
		nats.MaxReconnects(-1),
		nats.FlusherTimeout(flushTimeout),
		nats.IgnoreAuthErrorAbort(), // a password may be put right again
		nats.ReconnectBufSize(-1),   // an error at once; we try again ourselves
		nats.ReconnectHandler(func(*nats.Conn) {
			select {
			case e.reconnected <- struct{}{}:
			default:
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			e.log.Debug("journal: connection", "err", err)
		}),
	}
}

// checkURLs returns an error where one of some URLs of NATS servers, with commas between,
// is none, or has a port that there cannot be: those would be tried until [Open] gives up.
// It shows nothing but the host and the port, as there may be a password in the rest.
func checkURLs(raw string) error {
	for one := range strings.SplitSeq(raw, ",") {
		one = strings.TrimSpace(one)
		u, err := url.Parse(one)
		if err != nil || one == "" || u.Host == "" && u.Scheme != "" {
			return errors.New("one of the URLs of the NATS servers is none; write each as nats://HOST:PORT")
		}
		if u.Port() == "" {
			continue
		}
		if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
			return fmt.Errorf("the port %s of %s is no number from 1 to 65535", u.Port(), u.Hostname())
		}
	}
	return nil
}

// redactURL returns a URL as it may be shown. Several with commas between are not one: of
// those only the first password would be found.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || strings.Contains(raw, ",") {
		return "by that URL"
	}
	return u.Redacted()
}

// startServer starts the server in this process.
func (e *engine) startServer() error {
	if err := integrity.RepairAllStreamMeta(e.dir, e.log); err != nil {
		return fmt.Errorf("cannot start the store in %s: %w", e.dir, err)
	}
	said := &serverLog{log: e.log}
	s, err := server.NewServer(&server.Options{
		ServerName:             "teahouse",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               e.dir,
		JetStreamMaxMemory:     unlimited,
		JetStreamMaxStore:      unlimited,
		SyncInterval:           syncInterval,
		SyncAlways:             e.config.Sync,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("cannot start the store: %w", err)
	}
	s.SetLoggerV2(said, false, false, false)
	s.Start()
	if err := said.fatal(); err != nil {
		stopServer(s)
		return fmt.Errorf("cannot start the store in %s: %w", e.dir, err)
	}
	if !s.ReadyForConnections(startTimeout) {
		stopServer(s)
		return said.explain(fmt.Errorf("the store in %s does not start", e.dir))
	}
	e.server, e.serverLog = s, said
	return nil
}

func stopServer(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// InProcessConn connects to the server that runs at the moment. It makes the
// connection find the new one after a restart.
func (e *engine) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return nil, errors.New("the store does not run")
	}
	return e.server.InProcessConn()
}

// revive does what may help after a write has failed. A server in this process
// is started anew: once its disk was full, its writes fail for good, even when
// there is space again. One elsewhere may have come back without our streams.
// Who writes meanwhile gets an error, or no answer, and has to try again.
//
// What failed is a write that began at some moment. Where the server was started
// since then nothing is wrong with it: otherwise each of two who write would have
// it restarted under the other, whose acknowledgement got lost in the restart.
func (e *engine) revive(ctx context.Context, began time.Time) error {
	if !e.isEmbedded() {
		return e.ensureStreams(ctx)
	}
	e.reviving.Lock()
	defer e.reviving.Unlock()
	if e.inMemory || ctx.Err() != nil || began.Before(e.revivedAt) || time.Since(e.revivedAt) < minReviveInterval {
		return nil
	}
	defer func() { e.revivedAt = time.Now() }()
	select {
	case <-e.reconnected: // of another time
	default:
	}
	if err := e.restartServer(); err != nil {
		return err
	}
	select {
	case <-e.reconnected:
	case <-time.After(minReviveInterval):
	case <-ctx.Done():
	}
	return nil
}

// recreateStreams makes the streams that are gone. The server in this process is started anew first:
// it goes on with files that are in no directory any more.
func (e *engine) recreateStreams(ctx context.Context) error {
	if e.isEmbedded() {
		if err := e.revive(ctx, time.Now()); err != nil {
			return err
		}
	}
	return e.ensureStreams(ctx)
}

func (e *engine) restartServer() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server != nil {
		stopServer(e.server)
		e.server = nil
	}
	return e.startServer()
}

// errDisconnected is why nothing can be written, where the client says no more than that it
// may hold nothing back.
var errDisconnected = errors.New("not connected to the NATS servers")

// explainRemote says what the matter is with NATS servers elsewhere where the client speaks of its
// own: of a limit of a buffer that nobody has set, or of a context.
func explainRemote(err error, conn *nats.Conn) error {
	switch {
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return disconnectedError(conn)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the NATS servers do not answer in time: %w", err)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("no NATS server leads the stream now, as while they elect one: %w", err)
	}
	return err
}

// disconnectedError says that there is no connection, and why where a server has refused one.
func disconnectedError(conn *nats.Conn) error {
	if err := conn.LastError(); err != nil {
		return fmt.Errorf("%w: %w", errDisconnected, err)
	}
	return errDisconnected
}

// explain adds to an error of a write what the server in this process says of it. Of
// servers elsewhere it tells that they are away.
func (e *engine) explain(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.serverLog != nil:
		return e.serverLog.explain(err)
	case e.isEmbedded():
		return err
	case !e.nc.IsConnected():
		return disconnectedError(e.nc)
	}
	return explainRemote(err, e.nc)
}

// close ends the connection and the server, and has the server's files written
// to the disk, which it does not do itself.
func (e *engine) close() {
	if e.nc != nil {
		e.nc.Close()
	}
	if !e.isEmbedded() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	ran := e.server != nil
	if ran {
		stopServer(e.server)
		e.server = nil
	}
	if e.inMemory {
		if err := os.RemoveAll(e.dir); err != nil {
			e.log.Warn("journal: a temporary folder is left", "err", err)
		}
		return
	}
	if err := layout.SyncFiles(e.dir); err != nil {
		e.log.Warn("journal: cannot sync", "err", err)
		return
	}
	if ran {
		integrity.WriteManifest(e.dir, e.log)
	}
}

// hasFiles reports whether the server in this process has files of a stream.
func (e *engine) hasFiles(stream string) bool {
	if !e.isEmbedded() || e.inMemory {
		return false
	}
	_, err := os.Stat(e.folder(stream))
	return err == nil
}
