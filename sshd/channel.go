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
	// maxEnv is how many environment variables a session may send, and
	// maxEnvBytes how large the request for one may be. OpenSSH sends a
	// handful of locale settings.
	maxEnv      = 32
	maxEnvBytes = 1024

	// maxPtyBytes is how large a request for a terminal may be: its name, its
	// size, and some 50 modes of 5 bytes.
	maxPtyBytes = 1024

	// maxExecBytes is how long a command may be: the longest line, quoted.
	maxExecBytes = 8 << 10
)

// endOfWrite is OpenSSH's request that tells that what is written to it is read no more.
// See version for when it comes.
const endOfWrite = "eow@openssh.com"

// A guardedChannel stands between a client's session channel and the library:
// it bounds what the client may request, and keeps the window's size itself.
type guardedChannel struct {
	gossh.NewChannel

	conn         *guardedConn
	closeTimer   *time.Timer // closes the connection where nothing comes of the channel
	channel      *bufferedChannel
	allowed      chan *gossh.Request
	started      bool       // a handler is to serve it
	unsupported  reply.Code // why that can only say so; set before it begins
	closed       bool       // by the client; guarded by guardedConn.mu
	handlerDone  bool       // the handler is done; guarded by guardedConn.mu
	window       windowSize
	done         chan struct{} // is closed with the channel
	outputClosed chan struct{} // is closed once the client reads no more
	envCount     int
}

// handleChannel handles a client's request for a session. Its goroutine lasts as long
// as the channel, and guards it; the library's ends once the session has begun.
func (s *Server) handleChannel(srv *ssh.Server, conn *gossh.ServerConn, request gossh.NewChannel, ctx ssh.Context) {
	defer s.recoverAndClose(conn)
	c := connOf(ctx)
	if !c.openSession() {
		_ = request.Reject(gossh.ResourceShortage, "too many sessions")
		return
	}
	g := &guardedChannel{NewChannel: request, conn: c, allowed: make(chan *gossh.Request),
		done: make(chan struct{}), outputClosed: make(chan struct{})}
	// A channel is served soon after it was opened, and closed before long after it
	// was served; the session's handler sets the timer for either.
	g.closeTimer = time.AfterFunc(s.HandshakeTimeout, func() { _ = c.Conn.Close() })
	defer g.closeTimer.Stop()
	defer close(g.done)
	defer c.channelClosed(g)

	channel, requests, err := request.Accept()
	if err != nil {
		return
	}
	g.channel = newBufferedChannel(channel, c.inbound, g.done, func() { s.recoverAndClose(conn) })
	defer g.channel.discard()
	go func() {
		defer s.recoverAndClose(conn)
		ssh.DefaultSessionHandler(srv, conn, g, &sessionContext{Context: ctx, channel: g})
	}()
	g.filterRequests(requests)
}

// A sessionContext is a connection's context as one of its sessions sees it:
// by it the session's handler finds the session's guard.
type sessionContext struct {
	ssh.Context
	channel *guardedChannel
}

// Accept returns the channel, and of its requests those that are allowed, up to
// the one that begins the session. It shadows the method of gossh.NewChannel;
// the library calls it once.
func (g *guardedChannel) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	return g.channel, g.allowed, nil
}

// filterRequests lets through to the library what it may see, and answers the rest,
// until the channel is closed.
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

// closeOutput notes that the client reads no more: its output was closed, as by the end
// of head in ssh host follow | head. It throws away what still comes.
func (g *guardedChannel) closeOutput() {
	if g.outputOpen() {
		close(g.outputClosed)
	}
}

// outputOpen reports whether the client has somebody to give to what is written.
func (g *guardedChannel) outputOpen() bool {
	select {
	case <-g.outputClosed:
		return false
	default:
		return true
	}
}

// handleLocally does what a request asks for that the library does not see.
func (g *guardedChannel) handleLocally(r *gossh.Request) {
	// The library would put changes of the window into a channel of one slot,
	// and freeze the connection where nobody drains it.
	if r.Type == "window-change" && len(r.Payload) >= 8 { // columns and rows, RFC 4254, 6.7
		g.window.resize(int(binary.BigEndian.Uint32(r.Payload)))
	}
	if r.WantReply {
		_ = r.Reply(false, nil)
	}
}

// allow reports whether a request goes on to the library. What is not named
// here is refused: agent and X11 forwarding, signals, breaks. A subsystem, as sftp and scp
// want it, and a command that is too long become sessions that say why they are not served:
// of a refusal a client would say no more than that there was one.
func (g *guardedChannel) allow(r *gossh.Request) bool {
	switch r.Type {
	case "shell":
		return true
	case "exec":
		if len(r.Payload) > 4+maxExecBytes { // its length, and the command
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

// replaceWithError makes a request one for a command that says why it is not served.
func (g *guardedChannel) replaceWithError(r *gossh.Request, why reply.Code) {
	g.unsupported = why
	r.Type, r.Payload = "exec", gossh.Marshal(struct{ Command string }{})
}

// rejectChannel handles a client's request for a channel that is no session: ssh -L, -W and -D
// ask for such. OpenSSH shows the sentence. It is English: nothing is known of the client
// but that.
func (s *Server) rejectChannel(_ *ssh.Server, conn *gossh.ServerConn, request gossh.NewChannel, ctx ssh.Context) {
	defer s.recoverAndClose(conn)
	connOf(ctx).charge(workPerRequest)
	_ = request.Reject(gossh.Prohibited, "nothing is forwarded here; this is a chat")
}

// rejectGlobalRequest answers a client's request that concerns no session, as for forwarding from
// here.
func rejectGlobalRequest(ctx ssh.Context, _ *ssh.Server, _ *gossh.Request) (ok bool, payload []byte) {
	connOf(ctx).charge(workPerRequest)
	return false, nil
}

// A windowSize tells whoever watches it how wide it is. The first width comes with
// the request for a terminal, those after it from the guard.
type windowSize struct {
	mu       sync.Mutex
	width    int // 0 until it has changed
	onResize func(width int)
	charge   func()
}

// notify has changed called with each new width, on the guard's goroutine, and pay after
// that. Changed must not wait. Pay may: the client's next requests wait with it.
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
