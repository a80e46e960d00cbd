package sshd

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/ssh"

	"teahouse/door"
	"teahouse/i18n"
	"teahouse/keys"
	"teahouse/look"
	"teahouse/room"
)

// Exit codes of a session, as ssh returns them.
const (
	exitDone    = 0
	exitRefused = 1  // a sentence on standard error says why
	exitUsage   = 2  // there is no such command, or not with these words
	exitLater   = 75 // as with exitRefused, but the same may be done in a while (EX_TEMPFAIL)
)

// displayAddress stands for the address of people at this door where the
// classic dialects show one: nobody's address is shown to others for having
// come by SSH.
const displayAddress = "ssh"

// maxLogged is how many bytes of a name or a command are logged.
const maxLogged = 64

// warnBefore is how long before the end an idle user is warned.
const warnBefore = time.Minute

// A session is one session of a connection: a chat, a command or a pipe.
type session struct {
	ssh.Session
	server  *Server
	conn    *guardedConn
	channel *guardedChannel
	environ map[string]string
	kind    kind

	takesOver room.TakeOver // at a terminal
	spoken    *voice        // that it has taken

	writing atomic.Int64 // the watch's time when the write began that is under way, or 0

	mu      sync.Mutex
	user    *room.User // nil until it has entered
	stopped bool
	stop    chan struct{} // is closed as the server stops
}

// A kind is what a session is for.
type kind uint8

const (
	isPipe kind = iota
	isChat
	isCommand
)

// handle is the handler of all sessions.
func (s *Server) handle(sess ssh.Session) {
	ctx := sess.Context().(*sessionContext)
	c := &session{Session: sess, server: s, conn: connOf(ctx), channel: ctx.channel, environ: environ(sess.Environ()), stop: make(chan struct{})}
	c.conn.beginServing(c.channel)
	defer c.conn.endServing(c.channel)
	s.watch.add(c)
	defer s.watch.remove(c)
	defer c.hush()
	if !s.group.Join(c) {
		c.refuse(room.ErrClosed)
		return
	}
	defer s.group.Leave(c)
	defer func() {
		if c.failed(recover()) {
			_ = c.Close()
		}
	}()
	if why := door.Stay(c.conn.Conn, c.isOperator); why != nil {
		c.turnAway(why)
		return
	}
	pty, _, hasPty := sess.Pty()
	_, joins := c.joins()
	switch {
	case c.channel.misfit != "":
		c.kind = isCommand
		c.exit(c.turnDown())
	case sess.RawCommand() != "" && !(hasPty && joins): // in a room one is at a terminal
		c.kind = isCommand
		c.exit(c.exec())
	case hasPty:
		c.kind = isChat
		newChat(c, pty).run()
	default:
		newPipe(c).run()
	}
}

func (c *session) isOperator() bool {
	return c.server.House.IsOperator(keys.Proven(c.PublicKey()))
}

// joins reports whether the command is to join a room, and which.
func (c *session) joins() (room string, ok bool) {
	words, err := c.words()
	if err != nil || len(words) != 2 || words[0] != "join" {
		return "", false
	}
	return words[1], true
}

// startRoom returns the room that the session's user wants to begin in, by a user name of
// ROOM+NAME, or "".
func (c *session) startRoom() string {
	where, _ := splitUser(c.User())
	return where
}

// splitUser cuts the name that a client came with into room and name.
func splitUser(user string) (room, name string) {
	if room, name, ok := strings.Cut(user, "+"); ok && room != "" && name != "" {
		return room, name
	}
	return "", user
}

// environ makes a map of a session's environment. TERM is in it where the
// session has a terminal.
func environ(list []string) map[string]string {
	m := make(map[string]string, len(list))
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		m[name] = value
	}
	return m
}

func (c *session) getenv(name string) string { return c.environ[name] }

// style returns how the session's user is shown things.
func (c *session) style() style {
	return style{language: i18n.Tag(c.getenv), look: look.Look{Tabs: !c.hasPty()}, end: "\n"}
}

// visitor is what the house is told of the session's user.
func (c *session) visitor() room.Visitor {
	_, name := splitUser(c.User())
	return room.Visitor{
		Name:    name,
		Address: displayAddress,
		Remote:  door.Remote(c.conn),
		Key:     keys.Proven(c.PublicKey()),
		Former:  keys.Certificate(c.PublicKey()),
		Door:    "ssh",
		Client:  c.Context().ClientVersion(),
		Idle:    c.server.Idle,
		Warn:    warnBefore,
		Heard:   c.conn.heardAt,

		Terminal: c.kind == isChat,
		Patient:  c.kind == isPipe,
		Ended:    c.channel.gone,

		TakesOver: c.takesOver,
	}
}

// enter brings the session's user into the house, logs it, and has Stop find
// it. Errors are those of [room.House.Enter]. The caller must see to it that the
// user leaves, and call logLeft then.
func (c *session) enter() (*room.User, error) {
	u, err := c.newUser()
	if err == nil {
		c.server.Log.Info("connected", "door", "ssh", "user", u.Who().Name, "addr", c.RemoteAddr(),
			"key", u.Key, "client", brief(c.Context().ClientVersion()))
	}
	return u, err
}

func (c *session) newUser() (*room.User, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil, room.ErrClosed
	}
	u, err := c.server.House.Enter(c.visitor())
	c.user = u
	return u, err
}

// logLeft logs why u has left.
func (c *session) logLeft(u *room.User) {
	c.server.Log.Info("disconnected", "door", "ssh", "user", u.Who().Name, "addr", c.RemoteAddr(),
		"reason", string(u.Reason()), "after", time.Since(u.Since).Round(time.Millisecond))
}

// Stop makes the session's user leave because the server is stopping. It is
// part of [door.Member].
func (c *session) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		c.stopped = true
		close(c.stop)
	}
	if c.user != nil {
		c.user.Leave(room.Stopping)
	}
}

// Close breaks the connection that the session is on: nothing less frees a
// session whose client does not read. It is part of [door.Member].
func (c *session) Close() error { return c.conn.Conn.Close() }

// failed turns a panic, the value of recover, into the end of this one session:
// its user leaves. It reports whether there was a panic. A writer's connection
// must then be closed; a reader's writer is well, and says goodbye.
func (c *session) failed(p any) bool {
	if p == nil {
		return false
	}
	c.server.logPanic(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.user != nil {
		c.user.Leave(room.Failed)
	}
	return true
}

// cutOff ends a session whose client does not read. Its user leaves first: the
// connection's end would look as if it had hung up.
func (c *session) cutOff() {
	defer c.server.contain(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.user != nil {
		c.user.Leave(room.Slow)
	}
	_ = c.Close()
}

func (c *session) hasPty() bool {
	_, _, ok := c.Pty()
	return ok
}

// write writes p to w, which is the session or a part of it. A write that does
// not get through in time is cut off. Only the session's writer may call it.
func (c *session) write(w io.Writer, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	c.writing.Store(c.server.watch.now.Load())
	defer c.writing.Store(0)
	return c.conn.backlog.write(w, p)
}

// exit ends the session with a code. The client is to answer by closing its
// side, which ends the session's reader; when it does not in the time of a
// write, the connection ends.
func (c *session) exit(code int) {
	c.writing.Store(c.server.watch.now.Load())
	defer c.writing.Store(0)
	_ = c.Exit(code)
	c.channel.unserved.Reset(c.server.WriteTimeout)
}

// refuse ends a session that may not come in: the server is stopping, or there is
// a [room.Refusal].
func (c *session) refuse(err error) {
	c.exit(c.fail(c.voice(c.style()), c.why(err)))
}

// turnAway ends a connection whose place is kept for others.
func (c *session) turnAway(why *room.Refusal) {
	c.complain(c.voice(c.style()), c.why(why))
	c.exit(exitLater)
	c.conn.Stop()
}

// why returns the sentence for who may not come in, and logs it.
func (c *session) why(err error) *room.Refusal {
	var refusal *room.Refusal
	if !errors.As(err, &refusal) {
		return c.server.House.Stopping()
	}
	c.server.logRefused("door", "ssh", "user", brief(c.User()), "addr", c.RemoteAddr(),
		"key", keys.Proven(c.PublicKey()), "why", refusal)
	return refusal
}

// brief returns what a client sent as it may stand in the log.
func brief(s string) string { return room.Clean(s[:min(len(s), maxLogged)]) }

// complain writes a sentence to standard error.
func (c *session) complain(v *voice, r *room.Refusal) {
	end := "\n"
	if c.hasPty() {
		end = "\r\n"
	}
	_ = c.write(c.Stderr(), []byte(v.say(r.Phrase, r.Args...)+end))
}

// voice returns a voice of about that style, in place of the one that the session had.
// Whoever is the session's writer at the time may call it.
func (c *session) voice(st style) *voice {
	c.hush()
	c.spoken = c.server.voices.take(st, c.from())
	return c.spoken
}

// hush gives the session's voice back. It can still be used, for itself alone.
func (c *session) hush() {
	if c.spoken != nil {
		c.server.voices.leave(c.spoken, c.from())
		c.spoken = nil
	}
}

// from is what counts as the address that the session comes from.
func (c *session) from() netip.Prefix { return room.Source(door.Remote(c.conn)) }
