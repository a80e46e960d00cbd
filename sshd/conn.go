package sshd

import (
	"io"
	"math"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
	"golang.org/x/time/rate"

	"teahouse/internal/transport"
)

const (
	// maxSessions is how many sessions one connection may have at a time. Users multiplex
	// (ControlMaster): a second terminal and a command beside it are ordinary.
	maxSessions = 8

	// sessionsPerSecond is how many sessions a connection may open a second, and at once: more
	// than a script needs, and few enough that one address cannot keep a CPU busy.
	sessionsPerSecond = 100

	// workPerSession is the CPU time charged for opening and closing a session, even if it is
	// refused, and workPerRequest that for answering a request of a session or a connection, or
	// for another kind of channel.
	workPerSession = 80 * time.Microsecond
	workPerRequest = 40 * time.Microsecond

	// maxSessionless is how long a connection may be without a session. A persistent control
	// master has none between two commands, and reconnects after that.
	maxSessionless = 30 * time.Second

	// maxHold is the longest pause in reading, short enough that keepalives are answered in time.
	maxHold = 10 * time.Second

	// closeGrace is how long a client has to close the connection itself.
	closeGrace = 100 * time.Millisecond

	// maxStderr is how much a connection may receive before what its sessions get as standard error
	// is discarded. No client sends any; until then it stays in the library, and a session has a
	// goroutine less.
	maxStderr = 32 << 10
)

// A guardedConn limits what a client may do with one connection: how long the handshake takes,
// how many sessions it has, how long it may be silent. It is the network connection that the SSH
// library reads and writes.
type guardedConn struct {
	net.Conn

	// What each write needs is together in memory.
	output      io.Writer    // the connection inside Conn
	transferred atomic.Int64 // bytes read and written
	outbound    outboundBacklog

	server           *Server
	timer            *time.Timer // deadline of the first key exchange, then of authentication, then the next keepalive
	start            time.Time
	lastReceived     atomic.Int64 // when input last arrived, in nanoseconds since start
	keepalivePending atomic.Bool  // a keepalive has not been answered yet
	lastAnswer       atomic.Int64 // when the last keepalive that was answered had been sent, in Unix nanoseconds
	received         int          // bytes read; the library's reading goroutine's

	keyExchanges rekeyLimiter // shared with hostKey
	openLimiter  *rate.Limiter
	inbound      *inboundBacklog
	remote       netip.Addr // the zero Addr if unknown

	mu             sync.Mutex
	closed         bool
	stopping       bool
	sessions       int                // channels that are open, or whose handler is still running
	serving        int                // channels whose handler is running
	channels       []*bufferedChannel // those that may have unread standard error
	discardsStderr bool
	noSessionTimer *time.Timer // closes the connection if it has no session; nil until authentication
}

// connKey is the key of the guardedConn in a connection's ssh.Context.
type connKey struct{}

func connOf(ctx ssh.Context) *guardedConn { return ctx.Value(connKey{}).(*guardedConn) }

// guardConn is the library's ConnCallback: it wraps a new connection, or returns nil to have it
// closed.
func (s *Server) guardConn(ctx ssh.Context, conn net.Conn) net.Conn {
	c := &guardedConn{Conn: conn, output: transport.Output(conn), server: s, start: time.Now(), keyExchanges: newRekeyLimiter(),
		openLimiter: rate.NewLimiter(sessionsPerSecond, sessionsPerSecond)}
	c.outbound.init()
	c.remote = transport.RemoteIP(conn)
	c.inbound = &inboundBacklog{overAllowance: &s.overAllowance, addr: c.remote, hangUp: c.closeUnread}
	// A deadline on the connection would not work: the library clears it before every read and
	// write.
	c.timer = time.AfterFunc(s.HandshakeTimeout, func() {
		s.Log.Debug("handshake took too long", "addr", conn.RemoteAddr())
		_ = conn.Close()
	})
	if !s.tracker.Add(c) {
		c.timer.Stop()
		return nil
	}
	ctx.SetValue(connKey{}, c)
	return c
}

// onFirstKeyExchange is called when the client has done its part of the first key exchange.
func (c *guardedConn) onFirstKeyExchange() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.timer.Reset(c.server.LoginTimeout)
	}
}

// onAuthenticated is called when the client is authenticated.
func (c *guardedConn) onAuthenticated(ctx ssh.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.noSessionTimer = time.AfterFunc(maxSessionless, c.closeIfNoSession)
	if c.closed {
		c.noSessionTimer.Stop()
	} else {
		c.timer = time.AfterFunc(c.server.Keepalive, func() { c.keepAlive(ctx) })
	}
}

// Read records that the client is alive: any input shows that.
func (c *guardedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.lastReceived.Store(int64(time.Since(c.start)))
		c.transferred.Add(int64(n))
		c.outbound.received(n)
		if c.received += n; c.received > maxStderr && c.received-n <= maxStderr {
			c.discardStderr()
		}
		if !c.inbound.received(n) {
			c.closeUnread()
		}
	}
	return n, err
}

// discardStderr has all sessions discard standard error, from now on.
func (c *guardedConn) discardStderr() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, channel := range c.channels {
		channel.discardStderr()
	}
	c.channels, c.discardsStderr = nil, true
}

// addChannel is called with each new channel.
func (c *guardedConn) addChannel(channel *bufferedChannel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.discardsStderr {
		channel.discardStderr()
		return
	}
	c.channels = append(c.channels, channel)
}

// closeUnread disconnects a client that is too far ahead of its sessions.
func (c *guardedConn) closeUnread() { c.closeWithReason("too much unread") }

// closeWithReason closes the connection, and logs why.
func (c *guardedConn) closeWithReason(reason string) {
	c.server.Log.Info("disconnected", "door", "ssh", "addr", c.RemoteAddr(), "reason", reason,
		"after", time.Since(c.start).Round(time.Millisecond))
	_ = c.Conn.Close()
}

// Write counts what is sent.
func (c *guardedConn) Write(p []byte) (int, error) {
	n, err := c.output.Write(p)
	c.transferred.Add(int64(n))
	if !c.outbound.packetSent(n) {
		c.closeWithReason("tiny packets")
	}
	return n, err
}

// SetDeadline does nothing. The library clears the deadlines before every read and write, and nobody
// sets any; clearing them took 6 % of the CPU with a thousand terminals.
func (c *guardedConn) SetDeadline(time.Time) error { return nil }

// keepAlive asks the client whether it is still there. It closes the connection if the client has
// neither answered nor sent anything else for two keepalive intervals. It runs on the timer's
// goroutine, so a connection needs none of its own unless its client never answers.
func (c *guardedConn) keepAlive(ctx ssh.Context) {
	defer c.server.recoverAndClose(c.Conn)
	every := c.server.Keepalive
	silent := time.Since(c.start) - time.Duration(c.lastReceived.Load())
	next := every
	if c.keepalivePending.Load() {
		next = min(next, 2*every-silent)
	}
	if next <= 0 {
		_ = c.Conn.Close()
		return
	}
	c.scheduleKeepalive(next)
	conn, ok := ctx.Value(ssh.ContextKeyConn).(*gossh.ServerConn)
	if !ok || !c.keepalivePending.CompareAndSwap(false, true) {
		return
	}
	asked := time.Now()
	if _, _, err := conn.SendRequest("keepalive@openssh.com", true, nil); err != nil {
		return // the connection is closed
	}
	c.lastAnswer.Store(asked.UnixNano()) // the client has what was sent before the keepalive
	c.keepalivePending.Store(false)
}

// scheduleKeepalive sets the timer for the next keepalive.
func (c *guardedConn) scheduleKeepalive(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.timer.Reset(d)
	}
}

// lastAnswerTime returns when the last keepalive that the client has answered was sent: the
// client has everything sent before.
func (c *guardedConn) lastAnswerTime() time.Time { return time.Unix(0, c.lastAnswer.Load()) }

// closeIfNoSession closes the connection, unless it has a session by now.
func (c *guardedConn) closeIfNoSession() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.serving == 0 {
		c.server.Log.Debug("disconnected: there was no session", "addr", c.RemoteAddr())
		_ = c.Conn.Close()
	}
}

// charge charges the client's address with work, from its budget for typing and reading. Nothing
// more is read from the client until it is paid for: it could ask again at no cost to itself.
func (c *guardedConn) charge(work time.Duration) {
	if owed := c.server.Hub.Charge(c.remote, work); owed > 0 {
		transport.DelayReads(c.Conn, min(owed, maxHold))
	}
}

// openSession counts a session, and waits if too many were opened in a moment. It reports false
// if there are too many at a time, counting those that wait.
func (c *guardedConn) openSession() bool {
	c.charge(workPerSession)
	if !c.countSession() {
		return false
	}
	time.Sleep(c.openLimiter.Reserve().Delay()) // a fraction of a second, because few can wait at a time
	return true
}

func (c *guardedConn) countSession() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions >= maxSessions || c.stopping || !c.server.countSession(c.remote) {
		return false
	}
	c.sessions++
	return true
}

// countSession counts a session of a household and its /48. It reports false if they may have no
// more.
func (s *Server) countSession(remote netip.Addr) bool {
	most := math.MaxInt
	if s.SessionsPerAddress != nil && remote.IsValid() {
		if n := s.SessionsPerAddress(); n > 0 {
			most = max(n, maxSessions)
		}
	}
	return s.sessionCounts.add(remote, most)
}

// channelClosed is called when the client has closed a channel. Its place is free once its
// handler, if it has one, is done as well: handlers may block, and a client that opens and closes
// channels without end must not have one for each.
func (c *guardedConn) channelClosed(g *guardedChannel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g.closed = true
	c.channels = slices.DeleteFunc(c.channels, func(other *bufferedChannel) bool { return other == g.channel })
	if !g.started || g.handlerDone {
		c.releaseLocked(g.started)
	}
	c.closeIfStoppingLocked()
}

// releaseLocked removes a channel. After the last one that was served, the client has a while to
// open another.
func (c *guardedConn) releaseLocked(served bool) {
	c.sessions--
	c.server.sessionCounts.remove(c.remote)
	if c.sessions == 0 && served && !c.closed {
		c.noSessionTimer.Reset(maxSessionless)
		transport.SessionEnded(c.Conn)
	}
}

// handlerStarted is called when a channel's handler starts.
func (c *guardedConn) handlerStarted(g *guardedChannel) {
	g.closeTimer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving++
	c.noSessionTimer.Stop()
	transport.SessionStarted(c.Conn)
}

// handlerEnded is called when a channel's handler is done. The client closes the channel once it
// has passed on what it received, and OpenSSH loses the rest if the connection ends before. That
// can take long: a pager waits for its user. Such a channel costs less than an idle session, so
// it has as long.
func (c *guardedConn) handlerEnded(g *guardedChannel) {
	g.channel.discard()
	g.closeTimer.Stop()
	if c.server.Idle > 0 {
		g.closeTimer.Reset(c.server.Idle)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving--
	g.handlerDone = true
	if g.closed {
		g.closeTimer.Stop()
		c.releaseLocked(true)
		c.closeIfStoppingLocked()
	}
}

// closeIfStoppingLocked closes the connection if the server is stopping and no session has
// anything left to say. The client has a moment to do it first: OpenSSH forgets its command's
// exit code if it cannot say goodbye.
func (c *guardedConn) closeIfStoppingLocked() {
	if c.stopping && c.serving == 0 {
		time.AfterFunc(closeGrace, func() { _ = c.Conn.Close() })
	}
}

// Stop implements [transport.Client]: it admits no more sessions, and the last one to end closes
// the connection.
func (c *guardedConn) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	if c.sessions == 0 {
		_ = c.Conn.Close()
		return
	}
	c.closeIfStoppingLocked()
}

// Close closes the connection. The library calls it at the end; it also implements
// [transport.Client].
func (c *guardedConn) Close() error {
	c.inbound.close()
	c.outbound.close()
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	c.timer.Stop()
	if c.noSessionTimer != nil {
		c.noSessionTimer.Stop()
	}
	c.mu.Unlock()
	err := c.Conn.Close()
	if first {
		c.server.tracker.Remove(c)
	}
	return err
}
