package sshd

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/room"
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

	conn     *guardedConn
	unserved *time.Timer // closes the connection where nothing comes of the channel
	channel  *inbox
	allowed  chan *gossh.Request
	begun    bool        // a handler is to serve it
	misfit   room.Phrase // why that can only say so; set before it begins
	closed   bool        // by the client; guarded by guardedConn.mu
	served   bool        // the handler is done; guarded by guardedConn.mu
	window   window
	gone     chan struct{} // is closed with the channel
	unread   chan struct{} // is closed once the client reads no more
	env      int
}

// channel handles a client's request for a session. Its goroutine lasts as long
// as the channel, and guards it; the library's ends once the session has begun.
func (s *Server) channel(srv *ssh.Server, conn *gossh.ServerConn, request gossh.NewChannel, ctx ssh.Context) {
	defer s.contain(conn)
	c := connOf(ctx)
	if !c.openSession() {
		_ = request.Reject(gossh.ResourceShortage, "too many sessions")
		return
	}
	g := &guardedChannel{NewChannel: request, conn: c, allowed: make(chan *gossh.Request),
		gone: make(chan struct{}), unread: make(chan struct{})}
	// A channel is served soon after it was opened, and closed before long after it
	// was served; the session's handler sets the timer for either.
	g.unserved = time.AfterFunc(s.HandshakeTimeout, func() { _ = c.Conn.Close() })
	defer g.unserved.Stop()
	defer close(g.gone)
	defer c.closeSession(g)

	channel, requests, err := request.Accept()
	if err != nil {
		return
	}
	g.channel = newInbox(channel, c.ahead, g.gone, func() { s.contain(conn) })
	defer g.channel.discard()
	go func() {
		defer s.contain(conn)
		ssh.DefaultSessionHandler(srv, conn, g, &sessionContext{Context: ctx, channel: g})
	}()
	g.guard(requests)
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

// guard lets through to the library what it may see, and answers the rest,
// until the channel is closed.
func (g *guardedChannel) guard(requests <-chan *gossh.Request) {
	for r := range requests {
		g.conn.owe(workPerRequest)
		switch {
		case r.Type == endOfWrite:
			g.endReading()
			g.answer(r)
		case g.begun || !g.allow(r):
			g.answer(r)
		default:
			g.begun = r.Type == "shell" || r.Type == "exec"
			g.allowed <- r // the library takes all of them
			if g.begun {
				close(g.allowed)
			}
		}
	}
	if !g.begun {
		close(g.allowed)
	}
}

// endReading notes that the client reads no more: its output was closed, as by the end
// of head in ssh host follow | head. It throws away what still comes.
func (g *guardedChannel) endReading() {
	if g.isRead() {
		close(g.unread)
	}
}

// isRead reports whether the client has somebody to give to what is written.
func (g *guardedChannel) isRead() bool {
	select {
	case <-g.unread:
		return false
	default:
		return true
	}
}

// answer does what a request asks for that the library does not see.
func (g *guardedChannel) answer(r *gossh.Request) {
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
			g.turnDown(r, commandTooLong)
		}
		return true
	case "subsystem":
		g.turnDown(r, noSubsystem)
		return true
	case "env":
		g.env++
		return g.env <= maxEnv && len(r.Payload) <= maxEnvBytes
	case "pty-req":
		return len(r.Payload) <= maxPtyBytes
	default:
		return false
	}
}

// turnDown makes a request one for a command that says why it is not served.
func (g *guardedChannel) turnDown(r *gossh.Request, why room.Phrase) {
	g.misfit = why
	r.Type, r.Payload = "exec", gossh.Marshal(struct{ Command string }{})
}

// forward handles a client's request for a channel that is no session: ssh -L, -W and -D
// ask for such. OpenSSH shows the sentence. It is English: nothing is known of the client
// but that.
func (s *Server) forward(_ *ssh.Server, conn *gossh.ServerConn, request gossh.NewChannel, ctx ssh.Context) {
	defer s.contain(conn)
	connOf(ctx).owe(workPerRequest)
	_ = request.Reject(gossh.Prohibited, "nothing is forwarded here; this is a chat")
}

// refuseRequest answers a client's request that concerns no session, as for forwarding from
// here.
func refuseRequest(ctx ssh.Context, _ *ssh.Server, _ *gossh.Request) (ok bool, payload []byte) {
	connOf(ctx).owe(workPerRequest)
	return false, nil
}

// A window tells whoever watches it how wide it is. The first width comes with
// the request for a terminal, those after it from the guard.
type window struct {
	mu      sync.Mutex
	width   int // 0 until it has changed
	changed func(width int)
	pay     func()
}

// watch has changed called with each new width, on the guard's goroutine, and pay after
// that. Changed must not wait. Pay may: the client's next requests wait with it.
func (w *window) watch(changed func(width int), pay func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed, w.pay = changed, pay
	if w.width != 0 {
		changed(w.width)
	}
}

func (w *window) resize(width int) {
	if pay := w.change(width); pay != nil {
		pay()
	}
}

func (w *window) change(width int) (pay func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.width = width
	if w.changed != nil {
		w.changed(width)
	}
	return w.pay
}
