package sshd

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/charmbracelet/log"
	"github.com/charmbracelet/ssh"
	"github.com/charmbracelet/wish"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"

	"teahouse/internal/i18n"
	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/internal/transport"
	"teahouse/room"
)

// ErrServerClosed is returned by [Server.Serve] after a call to Shutdown.
var ErrServerClosed = errors.New("sshd: server closed")

// refusalLogRate is how many refusals a second are logged at info, and refusalLogBurst how many
// at once.
const (
	refusalLogRate  = 1
	refusalLogBurst = 60
)

// version is the software version that the server announces. OpenSSH sends endOfWrite only to
// servers whose version begins with its own name: without that, ssh host follow | head would
// never end.
const version = "OpenSSH_compatible_teahouse"

// A Server serves the chat over SSH. Its fields must not change once it serves.
type Server struct {
	Hub     *room.Hub    // must be set
	HostKey gossh.Signer // must be set, to an Ed25519 key: others are slow, or sign with SHA-1
	Log     *log.Logger  // log.Default() if nil

	Observe transport.Observer // called after each write of events; may be nil

	Idle               time.Duration // how long a user may be idle; DefaultIdle if 0, for ever if negative
	WriteTimeout       time.Duration // how long a client may take to read what is sent; DefaultWriteTimeout if 0
	HandshakeTimeout   time.Duration // how long the first exchange of keys may take, and a session to begin; DefaultHandshakeTimeout if 0
	LoginTimeout       time.Duration // how long authentication may take after that; people type passphrases meanwhile, and look for their security keys; DefaultLoginTimeout if 0
	InputRate          func() int    // how many bytes a second a terminal that comes in may send, and four times as many at once; nil, and 0, is no limit
	SessionsPerAddress func() int    // how many sessions an address, or IPv6 /56, may have at a time, and half of what a /48 may have; nil, and 0, is no limit
	Keepalive          time.Duration // how often a client is asked whether it is there; DefaultKeepalive if 0

	init              sync.Once
	initErr           error
	ssh               *ssh.Server
	formats           *render.Cache
	eventWriter       transport.EventWriter // writes to commands and pipes
	writers           writerPool            // writes to terminals
	random            *randomBuffer
	drawBuffers       sync.Pool // of *[]byte: what chats draw into, during a write
	watchdog          *writeWatchdog
	overAllowance     addressCounter // of connections beyond inboundAllowance
	sessionCounts     addressCounter // of sessions, including those without a handler
	refusalLogLimiter *rate.Limiter  // of refusals logged at info
	tracker           transport.Tracker
	stopOnce          sync.Once
}

func (s *Server) setup() {
	if s.Log == nil {
		s.Log = log.Default()
	}
	s.setDefaultTimeouts()
	s.eventWriter.Observe = s.Observe
	s.refusalLogLimiter = rate.NewLimiter(refusalLogRate, refusalLogBurst)
	s.formats = render.NewCache(i18n.New().Printer)
	s.random = newRandomBuffer()
	s.watchdog = newWriteWatchdog()
	s.watchdog.start(s.WriteTimeout)
	s.ssh, s.initErr = wish.NewServer(
		wish.WithVersion(version),
		s.auth,
		wish.WithMiddleware(func(ssh.Handler) ssh.Handler { return s.handle }),
		s.configure,
	)
	if s.initErr == nil {
		s.ssh.HostSigners = nil // each connection has its own hostKey
	}
}

// configure is the ssh.Option for what wish has no option for.
func (s *Server) configure(srv *ssh.Server) error {
	srv.AddHostKey(s.HostKey) // otherwise wish makes one, in a file
	srv.ConnCallback = s.guardConn
	srv.ConnectionFailedCallback = func(conn net.Conn, err error) {
		// the error quotes the client's input
		s.Log.Debug("handshake failed", "addr", conn.RemoteAddr(), "err", text.Clean(err.Error()))
	}
	srv.ServerConfigCallback = func(ctx ssh.Context) *gossh.ServerConfig {
		config := &gossh.ServerConfig{
			Config:                  s.algorithms(),
			PublicKeyAuthAlgorithms: signatureAlgorithms(),
			MaxAuthTries:            maxAuthTries,
			AuthLogCallback: func(_ gossh.ConnMetadata, _ string, err error) {
				if err == nil {
					connOf(ctx).onAuthenticated(ctx)
				}
			},
		}
		config.AddHostKey(hostKey{s.HostKey, connOf(ctx)})
		return config
	}
	srv.ChannelHandlers = map[string]ssh.ChannelHandler{"session": s.handleChannel, "default": s.rejectChannel}
	srv.RequestHandlers = map[string]ssh.RequestHandler{"default": rejectGlobalRequest}
	srv.SubsystemHandlers = map[string]ssh.SubsystemHandler{}
	return nil
}

// Serve accepts clients on l until Shutdown, and then returns [ErrServerClosed]. It closes l. It
// may be called for several listeners, at the same time.
func (s *Server) Serve(l net.Listener) error {
	s.init.Do(s.setup)
	defer l.Close()
	if s.initErr != nil {
		return s.initErr
	}
	if !s.tracker.AddListener(l) {
		return ErrServerClosed
	}
	defer s.tracker.RemoveListener(l)
	err := s.tracker.Accept(l, func(conn net.Conn) { go s.ssh.HandleConn(conn) }, func(err error, retry time.Duration) {
		s.Log.Error("cannot accept a connection", "door", "ssh", "err", err, "retry", retry)
	})
	if s.tracker.ShuttingDown() {
		return ErrServerClosed
	}
	return err
}

// Refuse writes a refusal to w, before anything is known of the client.
func (s *Server) Refuse(w io.Writer, r *reply.Refusal) { _ = Refuse(w, r.Error()) }

// Shutdown stops accepting, tells every user that the server is stopping, and waits until that is
// delivered and all connections have ended. If ctx ends first, it closes the remaining
// connections and returns ctx's error. Further calls wait too.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init.Do(s.setup)
	err := s.tracker.Shutdown(ctx)
	if !errors.Is(err, transport.ErrClientHung) {
		s.stopOnce.Do(s.watchdog.stop) // nobody is left to watch
	}
	return err
}

// recoverAndClose is deferred in goroutines that a session starts. A panic there ends the
// connection instead of the server.
func (s *Server) recoverAndClose(c io.Closer) {
	s.closeAfterPanic(recover(), c)
}

// closeAfterPanic closes a connection if p, which recover returned, is not nil.
func (s *Server) closeAfterPanic(p any, c io.Closer) {
	if p != nil {
		s.logPanic(p)
		_ = c.Close()
	}
}

// logRefused logs a refusal: at info, and if there are many, mostly at debug. A client that is
// banned or connects too often can try forty times a second.
func (s *Server) logRefused(pairs ...any) {
	if s.refusalLogLimiter.Allow() {
		s.Log.Info("refused", pairs...)
		return
	}
	s.Log.Debug("refused", pairs...)
}

func (s *Server) logPanic(p any) {
	s.Log.Error("a session failed; this is a bug in teahouse", "panic", p, "stack", string(debug.Stack()))
}
