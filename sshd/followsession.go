package sshd

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/render"
	"teahouse/room"
)

// A followSession is a session of ssh host follow: what happens in the room goes to standard
// output, a line each, until either side ends it.
//
// So that one can go on later where one stopped, the client is asked again and again
// whether it is there: it answers in order, so its answer tells that it has what was
// written before the question. The place that the house keeps is that one. A line of
// which nobody knows whether the client has it comes again: none is missed, and what
// comes twice has the same id. A command for a bot does not come again: who asked is
// told that it may be lost.
type followSession struct {
	*session
	format      *render.Format
	json        bool
	roomSession *room.Session

	rendered followPosition                 // the writer's
	written  atomic.Pointer[followPosition] // what was shown when the last write was done
	progress chan struct{}                  // capacity 1: written has changed; closed when there is no more to write
}

// A followPosition is how far a follow has come.
type followPosition struct {
	lastEvent time.Time // that of the latest line; zero where there was none
	commands  int       // how many there were
}

func newFollowSession(c *session, v *render.Format, o *commandLine, u *room.Session) *followSession {
	f := &followSession{session: c, format: v, json: o.json, roomSession: u, progress: make(chan struct{}, 1)}
	f.written.Store(&followPosition{})
	return f
}

// run follows, and returns the exit code. It is the writer.
func (f *followSession) run(before *room.FollowReply) int {
	var others sync.WaitGroup
	others.Go(f.confirmDelivery)
	go f.discardInput()
	for _, s := range before.Warnings {
		f.writeError(f.format, s)
		if f.json && f.write(f, render.GapLine(s.Code, before.Time, f.roomSession.RoomName())) != nil {
			break
		}
	}
	for past := range historyChunks(before.Messages) {
		var lines []byte
		for _, e := range past {
			lines = f.appendEvent(lines, e)
		}
		if f.roomSession.SpendBytes(len(lines)) != nil || f.send(lines) != nil {
			break
		}
	}
	if err := f.server.eventWriter.Deliver(f.roomSession, f.appendItems, f.send); f.roomSession.Reason() == "" {
		f.server.Log.Debug("follow: cannot write", "addr", f.RemoteAddr(), "err", err)
		f.roomSession.Leave(room.HungUp)
	}
	code := f.writeEnd()
	close(f.progress)
	f.writeStarted.Store(f.server.watchdog.tick.Load()) // who does not answer is cut off
	others.Wait()
	f.writeStarted.Store(0)
	f.roomSession.StopFollowing()
	f.server.Log.Info("follow ended", "door", "ssh", "user", f.roomSession.User().Name, "addr", f.RemoteAddr(),
		"reason", string(f.roomSession.Reason()), "after", time.Since(f.roomSession.Since).Round(time.Millisecond))
	return code
}

// send writes lines, and has the client asked whether it has them.
func (f *followSession) send(lines []byte) error {
	if err := f.write(f, lines); err != nil {
		return err
	}
	if shown := f.rendered; shown != *f.written.Load() {
		f.written.Store(&shown)
		select {
		case f.progress <- struct{}{}:
		default: // it is going to look anyway
		}
	}
	return nil
}

// confirmDelivery asks the client whether it has what was written, and tells the house, until
// there is no more to write, or the client is gone or reads no more.
func (f *followSession) confirmDelivery() {
	defer func() { f.handlePanic(recover()) }()
	for more, confirmed := true, (followPosition{}); more; {
		select {
		case _, more = <-f.progress:
		case <-f.channel.outputClosed: // what is not confirmed yet may be lost
			f.roomSession.Leave(room.Quit)
			return
		case <-f.channel.done:
			f.roomSession.Leave(room.HungUp)
			return
		}
		written := *f.written.Load()
		if written == confirmed {
			continue
		}
		if !f.ping() {
			f.roomSession.Leave(room.HungUp)
			return
		}
		f.roomSession.AckRead(written.lastEvent.UTC(), written.commands-confirmed.commands)
		confirmed = written
	}
}

// ping reports whether the client is there, once it has answered, which it does
// in order: it has what was written before.
func (s *session) ping() bool {
	_, err := s.SendRequest("keepalive@openssh.com", true, nil)
	return err == nil
}

// discardInput reads what the client sends, for which there is no use but to end: with a
// terminal ^C and ^D are bytes like others. Else the end of the input is the end of the
// follow, where there was any input: so a program holds its ssh, which ends when it
// dies, however that happens. Without input, as with < /dev/null, it means nothing. It
// ends with the channel.
func (f *followSession) discardInput() {
	defer f.server.recoverAndClose(f.conn.Conn)
	var buf [256]byte
	for held := false; ; {
		n, err := f.Read(buf[:])
		held = held || n > 0
		if f.hasPty() && bytes.ContainsAny(buf[:n], "\x03\x04") || held && errors.Is(err, io.EOF) {
			f.roomSession.Leave(room.Quit)
		}
		if err != nil {
			return
		}
	}
}

// appendItems appends items, a line each.
func (f *followSession) appendItems(lines []byte, items []room.Item) []byte {
	f.roomSession.ChargeRendering(f.format.UnsharedBytes(items, f.roomSession.User()))
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
		return append(lines, f.format.AsJSON(item, f.roomSession.RoomName())...)
	}
	return f.format.AppendLogLine(lines, item)
}

// writeEnd tells programs why there is no more, as people were told, and returns the exit
// code of that.
func (f *followSession) writeEnd() int {
	reason := f.roomSession.Reason()
	if reason == room.HungUp {
		return exitRefused // which nobody sees
	}
	if f.json {
		advertise := ""
		if reason == room.Stopping {
			advertise = f.server.Hub.Redirect.Address
		}
		_ = f.write(f, render.EndLine(reason, advertise, f.roomSession.RoomName(), time.Now()))
	}
	switch reason {
	case room.Quit:
		return exitOK
	case room.Stopping:
		return exitTempFail
	}
	return exitRefused
}
