package sshd

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/internal/transport"
	"teahouse/room"
)

// A pipeSession is a session with neither a terminal nor a command: make 2>&1 | ssh -T host.
// Each input line is said, whatever it begins with; events go to standard output, and errors to
// standard error. The end of the input ends the session. The exit code is 1 if any line was
// refused.
type pipeSession struct {
	*session
	format    *render.Format
	refused   atomic.Bool
	throttled time.Duration // owned by the reader: how long lines were held back; negative once reported
}

// throttleNoticeAfter is how long lines are held back before the client is told.
const throttleNoticeAfter = 3 * time.Second

func newPipeSession(c *session) *pipeSession {
	return &pipeSession{session: c, format: c.acquireFormat(c.formatOptions())}
}

// run serves the pipe until its user has left. It is the session's reader.
func (p *pipeSession) run() {
	u, err := p.enter()
	if err != nil {
		p.refuse(err)
		return
	}
	defer p.logLeft(u)
	switch told, err := u.StartIn(p.startRoom()); {
	case err != nil: // its lines are not meant for the lobby
		u.Leave(room.Quit)
		p.refuse(err)
		return
	case told != nil:
		u.Answer(told)
	}
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		defer func() {
			if p.handlePanic(recover()) {
				_ = p.Close()
			}
		}()
		p.deliver(u)
	})
	defer func() { p.handlePanic(recover()) }()
	u.Leave(p.read(u))
}

// read says each line, and returns why the input ended.
func (p *pipeSession) read(u *command.Runner) room.Reason {
	lines := transport.NewLineReader(transport.NewActivityReader(p, u.Session))
	for {
		line, err := lines.Next()
		switch {
		case errors.Is(err, transport.ErrTooLong):
			u.Answer(room.NewRefused(text.RefuseTooLong()))
		case err == io.EOF:
			return room.Quit
		case err != nil:
			return room.HungUp
		case text.IsBinary(line): // the rest is not text either
			u.Answer(room.NewRefused(text.RefuseNotText()))
			return room.Quit
		case strings.TrimSpace(line) == "": // output of programs has blank lines
		default:
			p.say(u, line)
		}
	}
}

// say says a line, and repairs a few bytes that are not valid text.
func (p *pipeSession) say(u *command.Runner, line string) {
	line, err := text.RepairUTF8(line)
	var refusal *reply.Refusal
	if errors.As(err, &refusal) {
		u.Answer(room.NewRefused(refusal))
		return
	}
	began := time.Now()
	u.HandleLine(line, 0)
	p.noteThrottling(u, time.Since(began))
}

// noteThrottling reports once that lines are held back for long: otherwise a log would fall
// behind without explanation.
func (p *pipeSession) noteThrottling(u *command.Runner, d time.Duration) {
	if p.throttled < 0 {
		return
	}
	if p.throttled += d; p.throttled > throttleNoticeAfter {
		p.throttled = -1
		u.Answer(room.NewNotice(pipeThrottled))
	}
}

// divertNotices writes the server's notices to standard error, and returns the other items.
func (p *pipeSession) divertNotices(items []room.Item) []room.Item {
	return slices.DeleteFunc(items, func(item room.Item) bool {
		var says reply.Sentence
		switch item := item.(type) {
		case *room.Refused:
			p.refused.Store(true)
			says = item.Sentence()
		case *room.Notice:
			says = item.Sentence
		case *room.Farewell:
			says = item.Sentence
		case *room.LinesDropped:
			says = item.Sentences()[0]
		case *room.Event:
			if item.Kind != room.Announced {
				return false
			}
			says = reply.Say(item.Code, item.Args...)
		default:
			return false
		}
		p.writeError(p.format, says)
		return true
	})
}

// deliver writes events until the user has left, then ends the session.
func (p *pipeSession) deliver(u *command.Runner) {
	show := func(lines []byte, items []room.Item) []byte {
		u.Meter.ChargeRendering(p.format.UnsharedBytes(items, u.UserInfo()))
		return p.format.AppendItems(lines, p.divertNotices(items), u.UserInfo())
	}
	write := func(lines []byte) error { return p.write(p, lines) }
	_ = p.server.eventWriter.Deliver(u.Session, show, write) // u.Reason explains better than the error

	if u.Reason() == "" {
		u.Leave(room.HungUp)
		_ = p.Close()
		return
	}
	code := exitOK
	if p.refused.Load() || u.Reason() != room.Quit {
		code = exitRefused
	}
	p.exit(code)
}
