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

	"teahouse/internal/i18n"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
	"teahouse/internal/style"
	"teahouse/internal/text"
	"teahouse/internal/transport"
	"teahouse/keys"
	"teahouse/room"
)

// Exit codes of a session, as ssh returns them.
const (
	exitOK       = 0
	exitRefused  = 1  // a sentence on standard error says why
	exitUsage    = 2  // there is no such command, or not with these words
	exitTempFail = 75 // as with exitRefused, but the same may be done in a while (EX_TEMPFAIL)
)

// shownAddress stands for the address of people at this door where the
// classic dialects show one: nobody's address is shown to others for having
// come by SSH.
const shownAddress = "ssh"

// maxLoggedBytes is how many bytes of a name or a command are logged.
const maxLoggedBytes = 64

// idleWarning is how long before the end an idle user is warned.
const idleWarning = time.Minute

// A session is one session of a connection: a chat, a command or a pipe.
type session struct {
	ssh.Session
	server  *Server
	conn    *guardedConn
	channel *guardedChannel
	env     map[string]string
	kind    sessionKind

	takeOver   room.TakeoverMode // at a terminal
	heldFormat *format           // that it has taken

	writeStarted atomic.Int64 // the watch's time when the write began that is under way, or 0

	mu          sync.Mutex
	roomSession *room.Session // nil until it has entered
	stopping    bool
	stop        chan struct{} // is closed as the server stops
}

// A sessionKind is what a session is for.
type sessionKind uint8

const (
	kindPipe sessionKind = iota
	kindTerminal
	kindExec
)

// handle is the handler of all sessions.
func (s *Server) handle(sess ssh.Session) {
	ctx := sess.Context().(*sessionContext)
	c := &session{Session: sess, server: s, conn: connOf(ctx), channel: ctx.channel, env: parseEnviron(sess.Environ()), stop: make(chan struct{})}
	c.conn.handlerStarted(c.channel)
	defer c.conn.handlerEnded(c.channel)
	s.watchdog.add(c)
	defer s.watchdog.remove(c)
	defer c.releaseFormat()
	if !s.tracker.Add(c) {
		c.refuse(room.ErrClosed)
		return
	}
	defer s.tracker.Remove(c)
	defer func() {
		if c.handlePanic(recover()) {
			_ = c.Close()
		}
	}()
	if why := transport.CheckReserved(c.conn.Conn, c.isOperator); why != nil {
		c.rejectConn(why)
		return
	}
	pty, _, hasPty := sess.Pty()
	_, joins := c.joinCommand()
	switch {
	case c.channel.unsupported != "":
		c.kind = kindExec
		c.exit(c.failUnsupported())
	case sess.RawCommand() != "" && !(hasPty && joins): // in a room one is at a terminal
		c.kind = kindExec
		c.exit(c.exec())
	case hasPty:
		c.kind = kindTerminal
		newTerminalSession(c, pty).run()
	default:
		newPipeSession(c).run()
	}
}

func (s *session) isOperator() bool {
	return s.server.Hub.IsOperator(keys.FingerprintOf(s.PublicKey()))
}

// joinCommand reports whether the command is to join a room, and which.
func (s *session) joinCommand() (room string, ok bool) {
	words, err := s.commandWords()
	if err != nil || len(words) != 2 || words[0] != "join" {
		return "", false
	}
	return words[1], true
}

// startRoom returns the room that the session's user wants to begin in, by a user name of
// ROOM+NAME, or "".
func (s *session) startRoom() string {
	where, _ := splitUserName(s.User())
	return where
}

// splitUserName cuts the name that a client came with into room and name.
func splitUserName(user string) (room, name string) {
	if room, name, ok := strings.Cut(user, "+"); ok && room != "" && name != "" {
		return room, name
	}
	return "", user
}

// parseEnviron makes a map of a session's environment. TERM is in it where the
// session has a terminal.
func parseEnviron(list []string) map[string]string {
	m := make(map[string]string, len(list))
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		m[name] = value
	}
	return m
}

func (s *session) getenv(name string) string { return s.env[name] }

// formatOptions returns how the session's user is shown things.
func (s *session) formatOptions() formatOptions {
	return formatOptions{language: i18n.DetectLanguage(s.getenv), style: style.Style{Tabs: !s.hasPty()}, end: "\n"}
}

// clientInfo is what the house is told of the session's user.
func (s *session) clientInfo() room.ClientInfo {
	_, name := splitUserName(s.User())
	return room.ClientInfo{
		RequestedName:     name,
		Address:           shownAddress,
		Remote:            transport.RemoteIP(s.conn),
		Fingerprint:       keys.FingerprintOf(s.PublicKey()),
		FormerFingerprint: keys.CertificateFingerprint(s.PublicKey()),
		Door:              "ssh",
		Client:            s.Context().ClientVersion(),
		Idle:              s.server.Idle,
		Warn:              idleWarning,
		LastHeard:         s.conn.lastAnswerTime,

		Terminal: s.kind == kindTerminal,
		Scripted: s.kind == kindPipe,
		Done:     s.channel.done,

		Takeover: s.takeOver,
	}
}

// enter brings the session's user into the house, logs it, and has Stop find
// it. Errors are those of [room.Hub.Enter]. The caller must see to it that the
// user leaves, and call logLeft then.
func (s *session) enter() (*room.Session, error) {
	u, err := s.enterHub()
	if err == nil {
		s.server.Log.Info("connected", "door", "ssh", "user", u.User().Name, "addr", s.RemoteAddr(),
			"key", u.Person, "client", truncateForLog(s.Context().ClientVersion()))
	}
	return u, err
}

func (s *session) enterHub() (*room.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, room.ErrClosed
	}
	u, err := s.server.Hub.Enter(s.clientInfo())
	s.roomSession = u
	return u, err
}

// logLeft logs why u has left.
func (s *session) logLeft(u *room.Session) {
	s.server.Log.Info("disconnected", "door", "ssh", "user", u.User().Name, "addr", s.RemoteAddr(),
		"reason", string(u.Reason()), "after", time.Since(u.Since).Round(time.Millisecond))
}

// Stop makes the session's user leave because the server is stopping. It is
// part of [transport.Client].
func (s *session) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopping {
		s.stopping = true
		close(s.stop)
	}
	if s.roomSession != nil {
		s.roomSession.Leave(room.Stopping)
	}
}

// Close breaks the connection that the session is on: nothing less frees a
// session whose client does not read. It is part of [transport.Client].
func (s *session) Close() error { return s.conn.Conn.Close() }

// handlePanic turns a panic, the value of recover, into the end of this one session:
// its user leaves. It reports whether there was a panic. A writer's connection
// must then be closed; a reader's writer is well, and says goodbye.
func (s *session) handlePanic(p any) bool {
	if p == nil {
		return false
	}
	s.server.logPanic(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roomSession != nil {
		s.roomSession.Leave(room.Failed)
	}
	return true
}

// disconnectSlow ends a session whose client does not read. Its user leaves first: the
// connection's end would look as if it had hung up.
func (s *session) disconnectSlow() {
	defer s.server.recoverAndClose(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roomSession != nil {
		s.roomSession.Leave(room.Slow)
	}
	_ = s.Close()
}

func (s *session) hasPty() bool {
	_, _, ok := s.Pty()
	return ok
}

// write writes p to w, which is the session or a part of it. A write that does
// not get through in time is cut off. Only the session's writer may call it.
func (s *session) write(w io.Writer, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	s.writeStarted.Store(s.server.watchdog.tick.Load())
	defer s.writeStarted.Store(0)
	return s.conn.outbound.write(w, p)
}

// exit ends the session with a code. The client is to answer by closing its
// side, which ends the session's reader; when it does not in the time of a
// write, the connection ends.
func (s *session) exit(code int) {
	s.writeStarted.Store(s.server.watchdog.tick.Load())
	defer s.writeStarted.Store(0)
	_ = s.Exit(code)
	s.channel.closeTimer.Reset(s.server.WriteTimeout)
}

// refuse ends a session that may not come in: the server is stopping, or there is
// a [room.Refusal].
func (s *session) refuse(err error) {
	s.exit(s.fail(s.acquireFormat(s.formatOptions()), s.refusalFor(err)))
}

// rejectConn ends a connection whose place is kept for others.
func (s *session) rejectConn(why *reply.Refusal) {
	s.writeError(s.acquireFormat(s.formatOptions()), s.refusalFor(why).Sentence())
	s.exit(exitTempFail)
	s.conn.Stop()
}

// refusalFor returns the sentence for who may not come in, and logs it.
func (s *session) refusalFor(err error) *reply.Refusal {
	var refusal *reply.Refusal
	if !errors.As(err, &refusal) {
		return s.server.Hub.StopRefusal()
	}
	s.server.logRefused("door", "ssh", "user", truncateForLog(s.User()), "addr", s.RemoteAddr(),
		"key", keys.FingerprintOf(s.PublicKey()), "why", refusal)
	return refusal
}

// truncateForLog returns what a client sent as it may stand in the log.
func truncateForLog(s string) string { return text.Clean(s[:min(len(s), maxLoggedBytes)]) }

// writeError writes a sentence to standard error.
func (s *session) writeError(v *format, says reply.Sentence) {
	end := "\n"
	if s.hasPty() {
		end = "\r\n"
	}
	_ = s.write(s.Stderr(), []byte(v.translate(says.Code, says.Args...)+end))
}

// acquireFormat returns a voice of about that style, in place of the one that the session had.
// Whoever is the session's writer at the time may call it.
func (s *session) acquireFormat(st formatOptions) *format {
	s.releaseFormat()
	s.heldFormat = s.server.formats.acquire(st, s.addressPrefix())
	return s.heldFormat
}

// releaseFormat gives the session's voice back. It can still be used, for itself alone.
func (s *session) releaseFormat() {
	if s.heldFormat != nil {
		s.server.formats.release(s.heldFormat, s.addressPrefix())
		s.heldFormat = nil
	}
}

// addressPrefix is what counts as the address that the session comes from.
func (s *session) addressPrefix() netip.Prefix {
	return netaddr.Address(transport.RemoteIP(s.conn))
}
