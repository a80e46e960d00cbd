package store

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
	// AckTimeout is how long to wait for an acknowledgement.
	AckTimeout = 3 * time.Second

	// StartTimeout is how long the engine may take to start, which includes reading its files.
	StartTimeout = 30 * time.Second

	// syncInterval is how much a power cut may lose, unless each write is synced before it is
	// acknowledged.
	syncInterval = time.Second

	// unlimited exceeds any disk and memory. With the server's default limits it would not start
	// on a nearly full disk; the streams have limits of their own.
	unlimited = 1 << 50

	// flushTimeout is how long the operating system may accept no outgoing data before the
	// connection counts as broken.
	flushTimeout = 2 * time.Second

	// connectPollInterval is the time between checks why there is no connection yet.
	connectPollInterval = 50 * time.Millisecond

	// clusterReplicas is the number of servers in a cluster that keep each stream.
	clusterReplicas = 3

	// minReviveInterval is the minimum time between two restarts of the embedded server.
	minReviveInterval = time.Second
)

// An engine is a NATS server with JetStream, in this process or elsewhere, and the connection to
// it. It stores and removes messages, whatever they mean.
type engine struct {
	Config      Config
	Log         *log.Logger
	Dir         string // where the embedded server keeps its files
	InMemory    bool   // Dir is removed when the engine closes
	Conn        *nats.Conn
	JS          jetstream.JetStream
	reconnected chan struct{} // capacity 1: the connection is back

	mu        sync.Mutex
	server    *server.Server // nil if the servers are elsewhere
	serverLog *serverLog     // of the embedded server

	reviving  sync.Mutex // locked before mu
	revivedAt time.Time
}

// connect starts the embedded server, or connects to the configured servers.
func (e *engine) connect(ctx context.Context) (err error) {
	if e.IsEmbedded() {
		err = e.connectEmbedded()
	} else {
		err = e.connectRemote(ctx)
	}
	if err == nil {
		e.JS, err = jetstream.New(e.Conn, jetstream.WithPublishAsyncTimeout(AckTimeout))
	}
	if err != nil {
		e.Close()
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// replicas returns how many servers keep each stream: three in a cluster, so that one may fail.
func (e *engine) replicas() int {
	if e.IsEmbedded() || e.Conn.ConnectedClusterName() == "" {
		return 1
	}
	return clusterReplicas
}

// IsEmbedded reports whether the server is in this process.
func (e *engine) IsEmbedded() bool { return e.Config.URL == "" }

func (e *engine) connectEmbedded() (err error) {
	if e.Dir == "" {
		if e.Dir, err = os.MkdirTemp("", "teahouse-*"); err != nil {
			return err
		}
		e.InMemory = true
	}
	if err := e.startServer(); err != nil {
		return err
	}
	e.Conn, err = nats.Connect("", append(e.clientOptions(),
		nats.InProcessServer(e),
		nats.ReconnectWait(20*time.Millisecond),
		nats.ReconnectJitter(0, 0),
	)...)
	return err
}

func (e *engine) connectRemote(ctx context.Context) (err error) {
	if err := CheckURLs(e.Config.URL); err != nil {
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
	e.Conn, err = nats.Connect(e.Config.URL, append(options, e.Config.NATSOptions...)...)
	if err != nil {
		return fmt.Errorf("cannot connect to the NATS server %s: %w", RedactURL(e.Config.URL), err)
	}
	if err := e.awaitConnection(ctx, connected, failed); err != nil {
		return fmt.Errorf("cannot reach the NATS server %s: %w; %s", RedactURL(e.Config.URL), err, ConnectAdvice(err))
	}
	return nil
}

// awaitConnection waits for the connection, which the client keeps trying to establish. The
// error says why there is none; the client reports some reasons by callback, and others only
// until its next attempt.
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
			if err := e.Conn.LastError(); err != nil {
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
		nats.IgnoreAuthErrorAbort(), // the password may be corrected
		nats.ReconnectBufSize(-1),   // fail at once; we retry ourselves
		nats.ReconnectHandler(func(*nats.Conn) {
			select {
			case e.reconnected <- struct{}{}:
			default:
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			e.Log.Debug("journal: connection", "err", err)
		}),
	}
}

// CheckURLs returns an error if one of a comma-separated list of NATS server URLs is malformed
// or has an impossible port: connecting would retry such a URL until it gives up. The error
// shows only the host and port, because the rest may contain a password.
func CheckURLs(raw string) error {
	for one := range strings.SplitSeq(raw, ",") {
		one = strings.TrimSpace(one)
		u, err := url.Parse(one)
		if err != nil || one == "" || u.Host == "" && u.Scheme != "" {
			return errors.New("one of the URLs of the NATS servers is invalid; write each as nats://HOST:PORT")
		}
		if u.Port() == "" {
			continue
		}
		if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
			return fmt.Errorf("the port %s of %s is not a number from 1 to 65535", u.Port(), u.Hostname())
		}
	}
	return nil
}

// RedactURL returns a URL without its password. A comma-separated list is not a URL: only its
// first password would be found.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || strings.Contains(raw, ",") {
		return "by that URL"
	}
	return u.Redacted()
}

// startServer starts the embedded server.
func (e *engine) startServer() error {
	if err := integrity.RepairAllStreamMeta(e.Dir, e.Log); err != nil {
		return fmt.Errorf("cannot start the store in %s: %w", e.Dir, err)
	}
	said := &serverLog{log: e.Log}
	s, err := server.NewServer(&server.Options{
		ServerName:             "teahouse",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               e.Dir,
		JetStreamMaxMemory:     unlimited,
		JetStreamMaxStore:      unlimited,
		SyncInterval:           syncInterval,
		SyncAlways:             e.Config.Sync,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("cannot start the store: %w", err)
	}
	s.SetLoggerV2(said, false, false, false)
	s.Start()
	if err := said.fatal(); err != nil {
		shutdown(s)
		return fmt.Errorf("cannot start the store in %s: %w", e.Dir, err)
	}
	if !s.ReadyForConnections(StartTimeout) {
		shutdown(s)
		return said.explain(fmt.Errorf("the store in %s does not start", e.Dir))
	}
	e.server, e.serverLog = s, said
	return nil
}

func shutdown(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// InProcessConn connects to the embedded server that currently runs, so that the client finds
// the new one after a restart.
func (e *engine) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return nil, errors.New("the store isn't running")
	}
	return e.server.InProcessConn()
}

// revive restarts the embedded server, unless it has been started since began or less than
// minReviveInterval ago.
func (e *engine) revive(ctx context.Context, began time.Time) error {
	e.reviving.Lock()
	defer e.reviving.Unlock()
	if e.InMemory || ctx.Err() != nil || began.Before(e.revivedAt) || time.Since(e.revivedAt) < minReviveInterval {
		return nil
	}
	defer func() { e.revivedAt = time.Now() }()
	select {
	case <-e.reconnected: // left from an earlier time
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

func (e *engine) restartServer() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopLocked()
	return e.startServer()
}

// StopServer stops the embedded server, and reports whether it ran. [Store.Revive] starts it again.
func (e *engine) StopServer() (ran bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stopLocked()
}

// stopLocked does what StopServer does. The caller holds e.mu.
func (e *engine) stopLocked() (ran bool) {
	if e.server == nil {
		return false
	}
	shutdown(e.server)
	e.server = nil
	return true
}

// ErrDisconnected replaces the client's error about its reconnect buffer, which this client does
// not use.
var ErrDisconnected = errors.New("not connected to the NATS servers")

// ExplainRemote returns a clearer error for NATS servers elsewhere if the client's is about its
// own internals: a buffer limit that nobody has set, or a context.
func ExplainRemote(err error, conn *nats.Conn) error {
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

// disconnectedError says that there is no connection, and why, if a server has refused one.
func disconnectedError(conn *nats.Conn) error {
	if err := conn.LastError(); err != nil {
		return fmt.Errorf("%w: %w", ErrDisconnected, err)
	}
	return ErrDisconnected
}

// Explain adds the embedded server's last complaint to a write error. For NATS servers elsewhere
// it says if they cannot be reached.
func (e *engine) Explain(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.serverLog != nil:
		return e.serverLog.explain(err)
	case e.IsEmbedded():
		return err
	case !e.Conn.IsConnected():
		return disconnectedError(e.Conn)
	}
	return ExplainRemote(err, e.Conn)
}

// Close closes the connection and the server, and syncs the server's files to disk, which the
// server does not do itself.
func (e *engine) Close() {
	if e.Conn != nil {
		e.Conn.Close()
	}
	if !e.IsEmbedded() {
		return
	}
	ran := e.StopServer()
	if e.InMemory {
		if err := os.RemoveAll(e.Dir); err != nil {
			e.Log.Warn("journal: a temporary folder could not be removed", "err", err)
		}
		return
	}
	if err := layout.SyncFiles(e.Dir); err != nil {
		e.Log.Warn("journal: cannot sync", "err", err)
		return
	}
	if ran {
		integrity.WriteManifest(e.Dir, e.Log)
	}
}

// hasFiles reports whether the embedded server has files of a stream.
func (e *engine) hasFiles(stream string) bool {
	if !e.IsEmbedded() || e.InMemory {
		return false
	}
	_, err := os.Stat(e.folder(stream))
	return err == nil
}
