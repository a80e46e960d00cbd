package sshd

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/follow"
	"teahouse/internal/render"
	"teahouse/room"
)

// A followSession runs ssh host follow: it writes what happens in the room to standard output,
// one item a line, until either side ends it.
//
// So that a client can resume where it stopped, the session keeps sending it keepalive requests.
// The client answers in order, so an answer confirms everything written before the request. The
// hub stores the last confirmed line. Lines without a confirmation are sent again at the next
// follow: none is missed, and a repeated line has the same id. A command for a bot is not sent
// again; instead, the user who typed it is told that it may be lost.
type followSession struct {
	*session
	format *render.Format
	json   bool
	runner *command.Runner

	rendered followPosition                 // owned by the writer
	written  atomic.Pointer[followPosition] // what the last finished write contained
	progress chan struct{}                  // capacity 1: written has changed; closed when nothing more will be written
}

// A followPosition is how far a follow has got.
type followPosition struct {
	lastEvent time.Time // of the latest line; zero if there was none
	commands  int       // number of commands so far
}

func newFollowSession(e *execSession, u *command.Runner) *followSession {
	f := &followSession{session: e.session, format: e.format, json: e.command.json, runner: u, progress: make(chan struct{}, 1)}
	f.written.Store(&followPosition{})
	return f
}

// run follows the room and returns the exit code. It is the session's writer.
func (f *followSession) run(before *builtin.FollowReply) int {
	var others sync.WaitGroup
	others.Go(f.confirmDelivery)
	go f.discardInput()
	for _, s := range before.Warnings {
		f.writeError(f.format, s)
		if f.json && f.write(f, render.GapLine(s.Code, before.Time, f.runner.RoomName())) != nil {
			break
		}
	}
	for past := range historyChunks(before.Messages) {
		var lines []byte
		for _, e := range past {
			lines = f.appendEvent(lines, e)
		}
		if f.runner.Meter.SpendBytes(len(lines)) != nil || f.send(lines) != nil {
			break
		}
	}
	if err := f.server.eventWriter.Deliver(f.runner.Session, f.appendItems, f.send); f.runner.Reason() == "" {
		f.server.Log.Debug("follow: cannot write", "addr", f.RemoteAddr(), "err", err)
		f.runner.Leave(room.HungUp)
	}
	code := f.writeEnd()
	close(f.progress)
	f.writeStarted.Store(f.server.watchdog.tick.Load()) // cut off a client that does not answer
	others.Wait()
	f.writeStarted.Store(0)
	follow.Stop(f.runner.Session)
	f.server.Log.Info("follow ended", "door", "ssh", "user", f.runner.UserInfo().Name, "addr", f.RemoteAddr(),
		"reason", string(f.runner.Reason()), "after", time.Since(f.runner.Since).Round(time.Millisecond))
	return code
}

// send writes lines, and requests a confirmation from the client.
func (f *followSession) send(lines []byte) error {
	if err := f.write(f, lines); err != nil {
		return err
	}
	if shown := f.rendered; shown != *f.written.Load() {
		f.written.Store(&shown)
		select {
		case f.progress <- struct{}{}:
		default: // a check is pending already
		}
	}
	return nil
}

// confirmDelivery asks the client to confirm what was written, and tells the hub, until there is
// nothing more to write, or the client is gone or has stopped reading.
func (f *followSession) confirmDelivery() {
	defer func() { f.handlePanic(recover()) }()
	for more, confirmed := true, (followPosition{}); more; {
		select {
		case _, more = <-f.progress:
		case <-f.channel.outputClosed: // what is not confirmed yet may be lost
			f.runner.Leave(room.Quit)
			return
		case <-f.channel.done:
			f.runner.Leave(room.HungUp)
			return
		}
		written := *f.written.Load()
		if written == confirmed {
			continue
		}
		if !f.ping() {
			f.runner.Leave(room.HungUp)
			return
		}
		follow.Ack(f.runner.Session, written.lastEvent.UTC(), written.commands-confirmed.commands)
		confirmed = written
	}
}

// ping reports whether the client is still there. It blocks until the client answers, which
// confirms everything written before.
func (s *session) ping() bool {
	_, err := s.SendRequest("keepalive@openssh.com", true, nil)
	return err == nil
}

// discardInput reads and ignores the input except for its end. At a terminal, ^C and ^D arrive
// as bytes and end the follow. Otherwise the end of the input ends it, if there was any input: a
// program that runs ssh can keep its standard input open, so that ssh ends when the program
// dies, however that happens. Empty input, as with < /dev/null, means nothing. discardInput
// returns when the channel closes.
func (f *followSession) discardInput() {
	defer f.server.recoverAndClose(f.conn.Conn)
	var buf [256]byte
	for held := false; ; {
		n, err := f.Read(buf[:])
		held = held || n > 0
		if f.hasPty() && bytes.ContainsAny(buf[:n], "\x03\x04") || held && errors.Is(err, io.EOF) {
			f.runner.Leave(room.Quit)
		}
		if err != nil {
			return
		}
	}
}

// appendItems appends items, one a line.
func (f *followSession) appendItems(lines []byte, items []room.Item) []byte {
	f.runner.Meter.ChargeRendering(f.format.UnsharedBytes(items, f.runner.UserInfo()))
	for _, item := range items {
		switch item := item.(type) {
		case *room.Event:
			lines = f.appendEvent(lines, item)
		case *room.Notice:
			f.writeError(f.format, item.Sentence)
		case *room.Refused:
			f.writeError(f.format, item.Sentence())
		case *room.Farewell:
			f.writeError(f.format, item.Sentence)
		case *room.BotCommand:
			f.rendered.commands++
			lines = f.appendLine(lines, item)
		default:
			lines = f.appendLine(lines, item)
		}
	}
	return lines
}

func (f *followSession) appendEvent(lines []byte, e *room.Event) []byte {
	if e.Seq > 0 {
		f.rendered.lastEvent = e.Time
	}
	return f.appendLine(lines, e)
}

func (f *followSession) appendLine(lines []byte, item room.Item) []byte {
	if f.json {
		return append(lines, f.format.AsJSON(item, f.runner.RoomName())...)
	}
	return f.format.AppendLogLine(lines, item)
}

// writeEnd tells programs why the follow ended, as people are told, and returns the exit code.
func (f *followSession) writeEnd() int {
	reason := f.runner.Reason()
	if reason == room.HungUp {
		return exitRefused // nobody sees it
	}
	if f.json {
		advertise := ""
		if reason == room.Stopping {
			advertise = f.server.Hub.Config().Redirect.Address
		}
		_ = f.write(f, render.EndLine(reason, advertise, f.runner.RoomName(), time.Now()))
	}
	switch reason {
	case room.Quit:
		return exitOK
	case room.Stopping:
		return exitTempFail
	}
	return exitRefused
}
