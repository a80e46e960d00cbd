package sshd

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/internal/transport"
	"teahouse/room"
)

// A pipeSession is a session without terminal and command: make 2>&1 | ssh -T host.
// Each line that comes is said, whatever it begins with; what happens in the
// room goes to standard output, what is wrong to standard error. The end of the
// input leaves. The exit code is 1 when any line was refused.
type pipeSession struct {
	*session
	format    *render.Format
	refused   atomic.Bool
	throttled time.Duration // the reader's: how long lines were held back; less than 0 once that was told
}

// throttleNoticeAfter is how long the lines of a pipe are held back before it is told.
const throttleNoticeAfter = 3 * time.Second

func newPipeSession(c *session) *pipeSession {
	return &pipeSession{session: c, format: c.acquireFormat(c.formatOptions())}
}

// run serves the pipe until its user has left; it is the reader.
func (p *pipeSession) run() {
	u, err := p.enter()
	if err != nil {
		p.refuse(err)
		return
	}
	defer p.logLeft(u)
	switch told, err := u.StartIn(p.startRoom()); {
	case err != nil: // what it would say is not for the lobby
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

// read says each line, and returns why there are no more.
func (p *pipeSession) read(u *room.Session) room.Reason {
	lines := transport.NewLineReader(transport.NewActivityReader(p, u))
	for {
		line, err := lines.Next()
		switch {
		case errors.Is(err, transport.ErrTooLong):
			u.Answer(room.NewRefused(text.RefuseTooLong()))
		case err == io.EOF:
			return room.Quit
		case err != nil:
			return room.HungUp
		case text.IsBinary(line): // nor is the rest
			u.Answer(room.NewRefused(text.RefuseNotText()))
			return room.Quit
		case strings.TrimSpace(line) == "": // what programs print has such lines
		default:
			p.say(u, line)
		}
	}
}

// say says a line, mended where a few of its bytes are no text.
func (p *pipeSession) say(u *room.Session, line string) {
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

// noteThrottling tells once that lines are held back, where that is much: what is seen of a log
// would fall behind it, and nobody would know why.
func (p *pipeSession) noteThrottling(u *room.Session, d time.Duration) {
	if p.throttled < 0 {
		return
	}
	if p.throttled += d; p.throttled > throttleNoticeAfter {
		p.throttled = -1
		u.Answer(room.NewNotice(pipeThrottled))
	}
}

// divertNotices writes to standard error what the server says, and returns the other items.
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

// deliver writes what happens until the user has left, then ends the session.
func (p *pipeSession) deliver(u *room.Session) {
	show := func(lines []byte, items []room.Item) []byte {
		u.ChargeRendering(p.format.UnsharedBytes(items, u.User()))
		return p.format.AppendItems(lines, p.divertNotices(items), u.User())
	}
	write := func(lines []byte) error { return p.write(p, lines) }
	_ = p.server.eventWriter.Deliver(u, show, write) // what it returns is told better by u.Reason

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
