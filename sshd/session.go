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

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/netaddr"
	"teahouse/internal/render"
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
	exitRefused  = 1  // standard error says why
	exitUsage    = 2  // there is no such command, or its arguments are wrong
	exitTempFail = 75 // like exitRefused, but it may work later (EX_TEMPFAIL of sysexits.h)
)

// shownAddress stands for the address of SSH users in dialects that show one: nobody's address is
// shown to others because they connected by SSH.
const shownAddress = "ssh"

// maxLoggedBytes is how many bytes of a name or a command are logged.
const maxLoggedBytes = 64

// idleWarning is how long before the disconnection an idle user is warned.
const idleWarning = time.Minute

// A session is one session of a connection: a chat, a command or a pipe.
type session struct {
	ssh.Session
	server  *Server
	conn    *guardedConn
	entered *room.Session // nil until it has entered the hub; set once, under mu

	writeStarted atomic.Int64 // watchdog tick at which the write under way began, or 0

	channel *guardedChannel
	env     map[string]string
	kind    sessionKind

	takeOver   room.TakeoverMode // of a terminal
	waker      room.Waker        // of a terminal; see [room.ClientInfo]
	heldFormat *render.Format    // acquired from the cache

	mu       sync.Mutex
	stopping bool
	stop     chan struct{} // closed when the server stops
}

// A sessionKind says what a session is for.
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
	case c.channel.unsupported != "", sess.RawCommand() != "" && !(hasPty && joins): // to be in a room, one needs a terminal
		c.kind = kindExec
		c.exit(newExecSession(c).run())
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

// joinCommand reports whether the session's command joins a room, and which.
func (s *session) joinCommand() (room string, ok bool) {
	words, err := s.commandWords()
	if err != nil || len(words) != 2 || words[0] != "join" {
		return "", false
	}
	return words[1], true
}

// startRoom returns the room to begin in, from a user name of the form ROOM+NAME, or "".
func (s *session) startRoom() string {
	where, _ := splitUserName(s.User())
	return where
}

// splitUserName splits the client's user name into room and name.
func splitUserName(user string) (room, name string) {
	if room, name, ok := strings.Cut(user, "+"); ok && room != "" && name != "" {
		return room, name
	}
	return "", user
}

// parseEnviron returns a session's environment as a map. TERM is in it if the session has a
// terminal.
func parseEnviron(list []string) map[string]string {
	m := make(map[string]string, len(list))
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		m[name] = value
	}
	return m
}

func (s *session) getenv(name string) string { return s.env[name] }

// formatOptions returns the options of the session's format.
func (s *session) formatOptions() render.Options {
	return render.Options{Language: i18n.DetectLanguage(s.getenv), Style: style.Style{Tabs: !s.hasPty()}, End: "\n"}
}

// clientInfo returns what the hub is told about the client.
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
		Waker:    s.waker,
	}
}

// enter enters the hub and logs it; from then on Stop makes the session leave. Errors are those
// of [room.Hub.Enter]. The caller must make sure that the session leaves the hub, and then call
// logLeft.
func (s *session) enter() (*command.Runner, error) {
	u, err := s.enterHub()
	if err == nil {
		s.server.Log.Info("connected", "door", "ssh", "user", u.UserInfo().Name, "addr", s.RemoteAddr(),
			"key", u.Person, "client", truncateForLog(s.Context().ClientVersion()))
	}
	return u, err
}

func (s *session) enterHub() (*command.Runner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, room.ErrClosed
	}
	entered, err := s.server.Hub.Enter(s.Context(), s.clientInfo())
	if err != nil {
		return nil, err
	}
	s.entered = entered
	return command.NewRunner(entered), nil
}

// logLeft logs why u has left.
func (s *session) logLeft(u *command.Runner) {
	s.server.Log.Info("disconnected", "door", "ssh", "user", u.UserInfo().Name, "addr", s.RemoteAddr(),
		"reason", string(u.Reason()), "after", time.Since(u.Since).Round(time.Millisecond))
}

// Stop implements [transport.Client]: the session leaves because the server is stopping.
func (s *session) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopping {
		s.stopping = true
		close(s.stop)
	}
	if s.entered != nil {
		s.entered.Leave(room.Stopping)
	}
}

// Close implements [transport.Client]. It closes the whole connection: nothing less unblocks a
// session whose client does not read.
func (s *session) Close() error { return s.conn.Conn.Close() }

// handlePanic turns a panic, the value of recover, into the end of this one session. It reports
// whether there was a panic. After a panic in the writer the caller must close the connection;
// after one in the reader, the writer still says goodbye.
func (s *session) handlePanic(p any) bool {
	if p == nil {
		return false
	}
	s.server.logPanic(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entered != nil {
		s.entered.Leave(room.Failed)
	}
	return true
}

// disconnectSlow ends a session whose client does not read. It leaves the hub first;
// otherwise it would look as if the client had hung up.
func (s *session) disconnectSlow() {
	defer s.server.recoverAndClose(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entered != nil {
		s.entered.Leave(room.Slow)
	}
	_ = s.Close()
}

func (s *session) hasPty() bool {
	_, _, ok := s.Pty()
	return ok
}

// write writes p to w, which is the session or a part of it. If that takes too long, the watchdog
// closes the connection. Only the session's writer may call it.
func (s *session) write(w io.Writer, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	s.writeStarted.Store(s.server.watchdog.tick.Load())
	defer s.writeStarted.Store(0)
	return s.conn.outbound.write(w, p)
}

// exit ends the session with a code. The client should answer by closing its side, which ends the
// session's reader; if it does not within WriteTimeout, the connection is closed.
func (s *session) exit(code int) {
	s.writeStarted.Store(s.server.watchdog.tick.Load())
	defer s.writeStarted.Store(0)
	_ = s.Exit(code)
	s.channel.closeTimer.Reset(s.server.WriteTimeout)
}

// refuse ends a session that cannot enter, because the server is stopping or because of a
// [reply.Refusal].
func (s *session) refuse(err error) {
	s.exit(s.fail(s.acquireFormat(s.formatOptions()), s.refusalFor(err)))
}

// fail reports an error to the client and returns its exit code.
func (s *session) fail(v *render.Format, err error) int {
	var refusal *reply.Refusal
	var reason room.Reason
	switch {
	case errors.As(err, &refusal):
	case errors.As(err, &reason) && reason != room.Stopping && reason.Code() != "":
		refusal = &reply.Refusal{Code: reason.Code()}
	default:
		refusal = s.server.Hub.StopRefusal()
	}
	s.writeError(v, refusal.Sentence())
	switch {
	case refusal.IsUsage():
		return exitUsage
	case refusal.IsTemporary():
		return exitTempFail
	}
	return exitRefused
}

// rejectConn ends a connection that holds a reserved place without a right to it.
func (s *session) rejectConn(why *reply.Refusal) {
	s.writeError(s.acquireFormat(s.formatOptions()), s.refusalFor(why).Sentence())
	s.exit(exitTempFail)
	s.conn.Stop()
}

// refusalFor returns what the client is told, and logs it.
func (s *session) refusalFor(err error) *reply.Refusal {
	var refusal *reply.Refusal
	if !errors.As(err, &refusal) {
		return s.server.Hub.StopRefusal()
	}
	s.server.logRefused("door", "ssh", "user", truncateForLog(s.User()), "addr", s.RemoteAddr(),
		"key", keys.FingerprintOf(s.PublicKey()), "why", refusal)
	return refusal
}

// truncateForLog returns client input as it may appear in the log.
func truncateForLog(s string) string { return text.Clean(s[:min(len(s), maxLoggedBytes)]) }

// writeError writes a sentence to standard error.
func (s *session) writeError(v *render.Format, says reply.Sentence) {
	end := "\n"
	if s.hasPty() {
		end = "\r\n"
	}
	_ = s.write(s.Stderr(), []byte(v.Translate(says.Code, says.Args...)+end))
}

// acquireFormat returns a format for these options, in place of the session's previous one. Only
// the session's current writer may call it.
func (s *session) acquireFormat(st render.Options) *render.Format {
	s.releaseFormat()
	s.heldFormat = s.server.formats.Acquire(st, s.addressPrefix())
	return s.heldFormat
}

// releaseFormat returns the session's format to the cache. The session can still use it, for
// itself alone.
func (s *session) releaseFormat() {
	if s.heldFormat != nil {
		s.server.formats.Release(s.heldFormat, s.addressPrefix())
		s.heldFormat = nil
	}
}

// addressPrefix returns the network that counts as the client's address.
func (s *session) addressPrefix() netip.Prefix {
	return netaddr.Address(transport.RemoteIP(s.conn))
}
