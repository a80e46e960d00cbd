package sshd

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/room"
)

// A follow is a session of ssh host follow: what happens in the room goes to standard
// output, a line each, until either side ends it.
//
// So that one can go on later where one stopped, the client is asked again and again
// whether it is there: it answers in order, so its answer tells that it has what was
// written before the question. The place that the house keeps is that one. A line of
// which nobody knows whether the client has it comes again: none is missed, and what
// comes twice has the same id. A command for a bot does not come again: who asked is
// told that it may be lost.
type follow struct {
	*session
	voice *voice
	json  bool
	user  *room.User

	shown   mark                 // the writer's
	written atomic.Pointer[mark] // what was shown when the last write was done
	news    chan struct{}        // capacity 1: written has changed; closed when there is no more to write
}

// A mark is how far a follow has come.
type mark struct {
	last     time.Time // that of the latest line; zero where there was none
	commands int       // how many there were
}

func newFollow(c *session, v *voice, o *order, u *room.User) *follow {
	f := &follow{session: c, voice: v, json: o.json, user: u, news: make(chan struct{}, 1)}
	f.written.Store(&mark{})
	return f
}

// run follows, and returns the exit code. It is the writer.
func (f *follow) run(before *room.Event) int {
	var others sync.WaitGroup
	others.Go(f.confirm)
	go f.drain()
	for _, s := range before.Lines {
		f.complain(f.voice, &room.Refusal{Phrase: s.Phrase, Args: s.Args})
		if f.json && f.write(f, jsonLine(gapJSON{place("gap", before, f.user.Here()), gapReason(s.Phrase)})) != nil {
			break
		}
	}
	for past := range pieces(before.Past) {
		lines := f.show(nil, past)
		if f.user.SpendBytes(len(lines)) != nil || f.send(lines) != nil {
			break
		}
	}
	if err := f.server.courier.Deliver(f.user, f.show, f.send); f.user.Reason() == "" {
		f.server.Log.Debug("follow: cannot write", "addr", f.RemoteAddr(), "err", err)
		f.user.Leave(room.HungUp)
	}
	code := f.end()
	close(f.news)
	f.writing.Store(f.server.watch.now.Load()) // who does not answer is cut off
	others.Wait()
	f.writing.Store(0)
	f.user.EndFollow()
	f.server.Log.Info("follow ended", "door", "ssh", "user", f.user.Who().Name, "addr", f.RemoteAddr(),
		"reason", string(f.user.Reason()), "after", time.Since(f.user.Since).Round(time.Millisecond))
	return code
}

// send writes lines, and has the client asked whether it has them.
func (f *follow) send(lines []byte) error {
	if err := f.write(f, lines); err != nil {
		return err
	}
	if shown := f.shown; shown != *f.written.Load() {
		f.written.Store(&shown)
		select {
		case f.news <- struct{}{}:
		default: // it is going to look anyway
		}
	}
	return nil
}

// confirm asks the client whether it has what was written, and tells the house, until
// there is no more to write, or the client is gone or reads no more.
func (f *follow) confirm() {
	defer func() { f.failed(recover()) }()
	for more, confirmed := true, (mark{}); more; {
		select {
		case _, more = <-f.news:
		case <-f.channel.unread: // what is not confirmed yet may be lost
			f.user.Leave(room.Quit)
			return
		case <-f.channel.gone:
			f.user.Leave(room.HungUp)
			return
		}
		written := *f.written.Load()
		if written == confirmed {
			continue
		}
		if !f.answers() {
			f.user.Leave(room.HungUp)
			return
		}
		f.user.Followed(written.last.UTC(), written.commands-confirmed.commands)
		confirmed = written
	}
}

// answers reports whether the client is there, once it has answered, which it does
// in order: it has what was written before.
func (c *session) answers() bool {
	_, err := c.SendRequest("keepalive@openssh.com", true, nil)
	return err == nil
}

// drain reads what the client sends, for which there is no use but to end: with a
// terminal ^C and ^D are bytes like others. Else the end of the input is the end of the
// follow, where there was any input: so a program holds its ssh, which ends when it
// dies, however that happens. Without input, as with < /dev/null, it means nothing. It
// ends with the channel.
func (f *follow) drain() {
	defer f.server.contain(f.conn.Conn)
	var buf [256]byte
	for held := false; ; {
		n, err := f.Read(buf[:])
		held = held || n > 0
		if f.hasPty() && bytes.ContainsAny(buf[:n], "\x03\x04") || held && errors.Is(err, io.EOF) {
			f.user.Leave(room.Quit)
		}
		if err != nil {
			return
		}
	}
}

// show appends events, a line each.
func (f *follow) show(lines []byte, events []*room.Event) []byte {
	f.user.ShowAlone(f.voice.alone(events, f.user.Who()))
	for _, e := range events {
		switch {
		case e.Seq > 0:
			f.shown.last = e.Time
		case e.Kind == room.Commanded:
			f.shown.commands++
		}
		switch {
		case e.Kind == room.Noticed, e.Kind == room.Refused, e.Kind == room.Farewell:
			f.complain(f.voice, &room.Refusal{Phrase: e.Phrase, Args: e.Args})
		case f.json:
			lines = append(lines, f.voice.asJSON(e, f.user.Here())...)
		default:
			lines = f.voice.logged(lines, e)
		}
	}
	return lines
}

// end tells programs why there is no more, as people were told, and returns the exit
// code of that.
func (f *follow) end() int {
	reason := f.user.Reason()
	if reason == room.HungUp {
		return exitRefused // which nobody sees
	}
	if f.json {
		end := endJSON{placed: place("end", &room.Event{Time: time.Now()}, f.user.Here()), Reason: reason}
		if reason == room.Stopping {
			end.Advertise = f.server.House.Elsewhere.Address
		}
		_ = f.write(f, jsonLine(end))
	}
	switch reason {
	case room.Quit:
		return exitDone
	case room.Stopping:
		return exitLater
	}
	return exitRefused
}

// logged appends an event as history shows it: after its time. What nobody said
// begins as no name does.
func (v *voice) logged(lines []byte, e *room.Event) []byte {
	at := e.Time.UTC().Format(time.RFC3339) + " "
	switch e.Kind {
	case room.Said, room.Joined, room.Left, room.Renamed:
		return append(append(lines, at...), e.As(v)...)
	case room.Commanded:
		return v.line(lines, strings.TrimSpace(at+v.say(noticeLine)+v.say(commandLine, e.Who.Name, e.Args[0], e.Text)))
	case room.Announced, room.Missed:
		return v.line(lines, at+v.say(noticeLine)+v.say(e.Phrase, e.Args...))
	}
	return lines
}
