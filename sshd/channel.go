package sshd

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/reply"
)

const (
	// maxEnv is how many environment variables a session may send, and maxEnvBytes the size of
	// the request for one. OpenSSH sends a handful of locale settings.
	maxEnv      = 32
	maxEnvBytes = 1024

	// maxPtyBytes is the greatest size of a request for a terminal: its name, its size, and about
	// 50 modes of 5 bytes.
	maxPtyBytes = 1024

	// maxExecBytes is the longest command: the longest line, quoted.
	maxExecBytes = 8 << 10
)

// endOfWrite is the request by which OpenSSH says that nobody reads its output any more. See
// version for when it is sent.
const endOfWrite = "eow@openssh.com"

// A guardedChannel stands between a client's session channel and the library. It limits what the
// client may request, and handles changes of the window's size itself.
type guardedChannel struct {
	gossh.NewChannel

	conn         *guardedConn
	closeTimer   *time.Timer // closes the connection if the channel is not served or closed in time
	channel      *bufferedChannel
	allowed      chan *gossh.Request
	started      bool       // it was passed to a handler
	unsupported  reply.Code // the error to answer with, if the request is not supported; set before the handler starts
	closed       bool       // by the client; guarded by guardedConn.mu
	handlerDone  bool       // guarded by guardedConn.mu
	window       windowSize
	done         chan struct{} // closed with the channel
	outputClosed chan struct{} // closed once the client reads no more
	envCount     int
}

// handleChannel handles a client's request for a session. Its goroutine filters requests until
// the channel is closed; the library's goroutine ends once the session has started.
func (s *Server) handleChannel(srv *ssh.Server, conn *gossh.ServerConn, request gossh.NewChannel, ctx ssh.Context) {
	defer s.recoverAndClose(conn)
	c := connOf(ctx)
	if !c.openSession() {
		_ = request.Reject(gossh.ResourceShortage, "too many sessions")
		return
	}
	g := &guardedChannel{NewChannel: request, conn: c, allowed: make(chan *gossh.Request),
		done: make(chan struct{}), outputClosed: make(chan struct{})}
	// A channel must be served soon after it was opened, and closed soon after it was served. The
	// session's handler resets the timer for both.
	g.closeTimer = time.AfterFunc(s.HandshakeTimeout, func() { _ = c.Conn.Close() })
	defer g.closeTimer.Stop()
	defer close(g.done)
	defer c.channelClosed(g)

	channel, requests, err := request.Accept()
	if err != nil {
		return
	}
	g.channel = newBufferedChannel(channel, c.inbound, g.done, func(p any) { s.closeAfterPanic(p, conn) })
	c.addChannel(g.channel)
	defer g.channel.discard()
	go func() {
		defer s.recoverAndClose(conn)
		ssh.DefaultSessionHandler(srv, conn, g, &sessionContext{Context: ctx, channel: g})
	}()
	g.filterRequests(requests)
}

// A sessionContext is a connection's context as one of its sessions sees it. Through it the
// session's handler finds the guardedChannel.
type sessionContext struct {
	ssh.Context
	channel *guardedChannel
}

// Accept returns the channel, and those of its requests that are allowed, up to the one that
// starts the session. It shadows the method of gossh.NewChannel; the library calls it once.
func (g *guardedChannel) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	return g.channel, g.allowed, nil
}

// filterRequests passes allowed requests to the library and answers the others, until the channel
// is closed.
func (g *guardedChannel) filterRequests(requests <-chan *gossh.Request) {
	for r := range requests {
		g.conn.charge(workPerRequest)
		switch {
		case r.Type == endOfWrite:
			g.closeOutput()
			g.handleLocally(r)
		case g.started || !g.allow(r):
			g.handleLocally(r)
		default:
			g.started = r.Type == "shell" || r.Type == "exec"
			g.allowed <- r // the library takes all of them
			if g.started {
				close(g.allowed)
			}
		}
	}
	if !g.started {
		close(g.allowed)
	}
}

// closeOutput records that the client reads no more because its output was closed, for instance
// by head in ssh host follow | head. Whatever is still written is discarded there.
func (g *guardedChannel) closeOutput() {
	if g.outputOpen() {
		close(g.outputClosed)
	}
}

// outputOpen reports whether the client still passes on its output.
func (g *guardedChannel) outputOpen() bool {
	select {
	case <-g.outputClosed:
		return false
	default:
		return true
	}
}

// handleLocally handles a request that the library does not see.
func (g *guardedChannel) handleLocally(r *gossh.Request) {
	// The library would send window changes to a channel of capacity one, and freeze the
	// connection if nobody receives.
	if r.Type == "window-change" && len(r.Payload) >= 8 { // columns and rows (RFC 4254, 6.7)
		g.window.resize(int(binary.BigEndian.Uint32(r.Payload)))
	}
	if r.WantReply {
		_ = r.Reply(false, nil)
	}
}

// allow reports whether to pass a request to the library. Everything that is not named here is
// refused: agent and X11 forwarding, signals, breaks. A subsystem, which sftp and scp ask for,
// and a command that is too long become sessions that say why they are not supported, because
// clients do not show the reason of a refusal.
func (g *guardedChannel) allow(r *gossh.Request) bool {
	switch r.Type {
	case "shell":
		return true
	case "exec":
		if len(r.Payload) > 4+maxExecBytes { // the length field and the command
			g.replaceWithError(r, commandTooLong)
		}
		return true
	case "subsystem":
		g.replaceWithError(r, noSubsystem)
		return true
	case "env":
		g.envCount++
		return g.envCount <= maxEnv && len(r.Payload) <= maxEnvBytes
	case "pty-req":
		return len(r.Payload) <= maxPtyBytes
	default:
		return false
	}
}

// replaceWithError turns a request into one for a command that answers with an error.
func (g *guardedChannel) replaceWithError(r *gossh.Request, why reply.Code) {
	g.unsupported = why
	r.Type, r.Payload = "exec", gossh.Marshal(struct{ Command string }{})
}

// rejectChannel handles a request for a channel that is not a session, as ssh -L, -W and -D make.
// OpenSSH shows the sentence. It is English, because nothing is known of the client's language.
func (s *Server) rejectChannel(_ *ssh.Server, conn *gossh.ServerConn, request gossh.NewChannel, ctx ssh.Context) {
	defer s.recoverAndClose(conn)
	connOf(ctx).charge(workPerRequest)
	_ = request.Reject(gossh.Prohibited, "nothing is forwarded here; this is a chat")
}

// rejectGlobalRequest refuses a request that concerns no session, such as one for remote
// forwarding.
func rejectGlobalRequest(ctx ssh.Context, _ *ssh.Server, _ *gossh.Request) (ok bool, payload []byte) {
	connOf(ctx).charge(workPerRequest)
	return false, nil
}

// A windowSize passes changes of the window's width on. The first width comes with the request
// for a terminal, later ones from the guardedChannel.
type windowSize struct {
	mu       sync.Mutex
	width    int // 0 until it changes
	onResize func(width int)
	charge   func()
}

// notify makes changed be called with each new width, on filterRequests' goroutine, and pay after
// it. Changed must not block. Pay may: the client's further requests wait for it.
func (w *windowSize) notify(changed func(width int), pay func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onResize, w.charge = changed, pay
	if w.width != 0 {
		changed(w.width)
	}
}

func (w *windowSize) resize(width int) {
	if pay := w.setWidth(width); pay != nil {
		pay()
	}
}

func (w *windowSize) setWidth(width int) (pay func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.width = width
	if w.onResize != nil {
		w.onResize(width)
	}
	return w.charge
}
