package sshd

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"teahouse/door"
	"teahouse/room"
)

// A pipe is a session without terminal and command: make 2>&1 | ssh -T host.
// Each line that comes is said, whatever it begins with; what happens in the
// room goes to standard output, what is wrong to standard error. The end of the
// input leaves. The exit code is 1 when any line was refused.
type pipe struct {
	*session
	voice   *voice
	refused atomic.Bool
	waited  time.Duration // the reader's: how long lines were held back; less than 0 once that was told
}

// longWait is how long the lines of a pipe are held back before it is told.
const longWait = 3 * time.Second

func newPipe(c *session) *pipe { return &pipe{session: c, voice: c.voice(c.style())} }

// run serves the pipe until its user has left; it is the reader.
func (p *pipe) run() {
	u, err := p.enter()
	if err != nil {
		p.refuse(err)
		return
	}
	defer p.logLeft(u)
	switch told, err := u.Begin(p.startRoom()); {
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
			if p.failed(recover()) {
				_ = p.Close()
			}
		}()
		p.deliver(u)
	})
	defer func() { p.failed(recover()) }()
	u.Leave(p.read(u))
}

// read says each line, and returns why there are no more.
func (p *pipe) read(u *room.User) room.Reason {
	lines := door.NewLines(door.Touching(p, u))
	for {
		line, err := lines.Next()
		switch {
		case errors.Is(err, door.ErrTooLong):
			u.Answer(room.TooLong().Event())
		case err == io.EOF:
			return room.Quit
		case err != nil:
			return room.HungUp
		case room.IsBinary(line): // nor is the rest
			u.Answer(room.NoText().Event())
			return room.Quit
		case strings.TrimSpace(line) == "": // what programs print has such lines
		default:
			p.say(u, line)
		}
	}
}

// say says a line, mended where a few of its bytes are no text.
func (p *pipe) say(u *room.User, line string) {
	line, err := room.Mend(line)
	var refusal *room.Refusal
	if errors.As(err, &refusal) {
		u.Answer(refusal.Event())
		return
	}
	began := time.Now()
	u.Line(line, 0)
	p.tellWait(u, time.Since(began))
}

// tellWait tells once that lines are held back, where that is much: what is seen of a log
// would fall behind it, and nobody would know why.
func (p *pipe) tellWait(u *room.User, d time.Duration) {
	if p.waited < 0 {
		return
	}
	if p.waited += d; p.waited > longWait {
		p.waited = -1
		u.Answer(&room.Event{Kind: room.Noticed, Phrase: pipeSlowed})
	}
}

// complaints writes to standard error what the house tells this user alone, and
// returns the other events.
func (p *pipe) complaints(events []*room.Event) []*room.Event {
	return slices.DeleteFunc(events, func(e *room.Event) bool {
		switch e.Kind {
		case room.Refused:
			p.refused.Store(true)
		case room.Noticed, room.Announced, room.Missed, room.Farewell:
		default:
			return false
		}
		p.complain(p.voice, &room.Refusal{Phrase: e.Phrase, Args: e.Args})
		return true
	})
}

// deliver writes what happens until the user has left, then ends the session.
func (p *pipe) deliver(u *room.User) {
	show := func(lines []byte, events []*room.Event) []byte {
		u.ShowAlone(p.voice.alone(events, u.Who()))
		return p.voice.showAll(lines, p.complaints(events), u.Who())
	}
	write := func(lines []byte) error { return p.write(p, lines) }
	_ = p.server.courier.Deliver(u, show, write) // what it returns is told better by u.Reason

	if u.Reason() == "" {
		u.Leave(room.HungUp)
		_ = p.Close()
		return
	}
	code := exitDone
	if p.refused.Load() || u.Reason() != room.Quit {
		code = exitRefused
	}
	p.exit(code)
}
