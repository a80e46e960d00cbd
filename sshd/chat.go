package sshd

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/ssh"
	"teahouse/i18n"
	"teahouse/room"
	"teahouse/terminal"
)

// escapeTime is how long what follows an ESC may take where the key Escape has a
// meaning of its own.
const escapeTime = 100 * time.Millisecond

// A chat is a session at a terminal.
type chat struct {
	*session
	term *terminal.Terminal
	dumb bool // the terminal knows no sequences
	rows int  // of the terminal, at the beginning
	me   *room.User
	keys *keyboard

	voice atomic.Pointer[voice] // from when it has come in
	width atomic.Int64          // of the window

	// These are the writer's.
	set    room.Settings // what voice was chosen for
	styled int
	plain  bool // the row is to be plain
	days   calendar
	prompt string    // as the row has it
	self   *room.Who // the user, under its name
}

func newChat(c *session, pty ssh.Pty) *chat {
	chat := &chat{session: c, rows: pty.Window.Height, dumb: pty.Term == "dumb" || pty.Term == ""}
	chat.width.Store(int64(pty.Window.Width))
	chat.keys = chat.newKeyboard()
	return chat
}

// newTerminal makes the input row, for the chat's user.
func (c *chat) newTerminal() *terminal.Terminal {
	c.prompt = prompt(c.me, int(c.width.Load()))
	return terminal.New(terminal.Config{
		Prompt:    c.prompt,
		Width:     int(c.width.Load()),
		EastAsian: i18n.EastAsian(c.getenv),
		MaxBytes:  room.MaxText,
		Plain:     c.plain,
		History:   c.me.Typed(),
		Search:    c.voice.Load().say(searchWord),
		Pasted:    func(lines int) string { return c.voice.Load().say(pastedWords, lines) },
		Complete: func(line string, at int) (int, []string) {
			c.keys.tabs++
			return completion(c.me, line, at)
		},
	})
}

// run serves the chat until its user has left; it is the reader.
func (c *chat) run() {
	u, first, err := c.comeIn()
	if err != nil {
		c.refuse(err)
		return
	}
	defer c.logLeft(u)
	defer c.putBack(u)
	c.channel.window.watch(func(width int) {
		c.width.Store(int64(width))
		c.term.Resize(width)
		u.Nudge()
	}, func() { _ = u.Spend(workPerRead) })
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		defer func() {
			if c.failed(recover()) {
				_ = c.Close()
			}
		}()
		c.deliver(u, first)
	})
	defer func() { c.failed(recover()) }()
	u.Leave(c.read(u))
}

// comeIn brings the session's user in and greets it, before it acts. It does so on
// a goroutine of its own, for the sake of memory: it takes more stack than the
// session has use for afterwards, and a stack that had to grow stays large.
func (c *chat) comeIn() (u *room.User, first *greeting, err error) {
	var coming sync.WaitGroup
	coming.Go(func() {
		defer func() {
			if c.failed(recover()) {
				err = &room.Refusal{Phrase: room.GoneFailed}
			}
		}()
		if u, err = c.takePlace(); err == nil {
			c.me = u
			c.restyle(u)
			first = c.greet(u)
			c.term = c.newTerminal()
			u.Row(c.term.Unsent)
			c.begin(u)
		}
	})
	coming.Wait()
	return u, first, err
}

// begin has a user who has just come in go to the room that its client asks for.
func (c *chat) begin(u *room.User) {
	if where, ok := c.joins(); ok {
		u.Line("/join "+where, room.Slashed)
		return
	}
	told, err := u.Begin(c.startRoom())
	var refusal *room.Refusal
	switch {
	case told != nil:
		u.Answer(told)
	case errors.As(err, &refusal):
		u.Answer(refusal.Event())
	}
}

// putBack keeps the private messages that did not reach a user who was cut off.
func (c *chat) putBack(u *room.User) {
	if err := u.Return(); err != nil {
		c.server.Log.Warn("cannot keep letters that were not read", "user", u.Who().Name, "err", err)
	}
}

// A greeting is what a user sees first.
type greeting struct {
	lines []byte
	room.Arrival
}

// greet makes u's greeting.
func (c *chat) greet(u *room.User) *greeting {
	v := c.voice.Load()
	lines := v.notice(nil, v.say(welcomeLine, u.Who().Name))
	before, err := u.Arrive(screenful(c.rows))
	if err != nil {
		c.server.Log.Warn("cannot read letters", "user", u.Who().Name, "err", err)
		lines = v.line(lines, v.say(noLettersLine))
	}
	return &greeting{v.arrival(lines, before), before}
}

// read feeds the input row with what is typed, and does what comes out of it.
// It returns why there is no more.
func (c *chat) read(u *room.User) room.Reason {
	keys := c.keys
	keys.user = u
	for {
		typed, pasted, err := keys.next(!c.term.Marks())
		if err != nil {
			return room.HungUp
		}
		if reason := u.Reason(); reason != "" {
			return reason // what was sent before that is of no use any more
		}
		feed := c.term.Feed
		if pasted {
			feed = c.term.Paste
		}
		actions := feed(typed)
		for i, a := range actions {
			if c.act(u, a) && i == len(actions)-1 && !keys.pending(typedMeanwhile) {
				c.term.PutBack(a.Line)
			}
		}
		if c.term.Waiting() && !keys.pending(escapeTime) {
			c.term.Pause()
		}
		u.Nudge() // to draw the row
		keys.pay(len(typed))
	}
}

// act does what somebody has the row do. It reports whether it was to say something that
// was refused.
func (c *chat) act(u *room.User, a terminal.Action) (unsaid bool) {
	switch a.Kind {
	case terminal.Enter:
		return u.Line(a.Line, room.Piped|room.Slashed)
	case terminal.Interrupt:
		u.Answer(&room.Event{Kind: room.Noticed, Phrase: howToLeave})
	case terminal.EOF:
		u.Leave(room.Quit)
	case terminal.Full:
		u.Answer(&room.Event{Kind: room.Refused, Phrase: rowFull, Args: []any{c.term.Holds()}})
	case terminal.TooLong:
		u.Answer(&room.Event{Kind: room.Refused, Phrase: pasteTooLong, Args: []any{room.MaxText}})
	}
	return false
}

// deliver draws what happens and the input row until the user has left, then
// ends the session. It is the only one that writes to the terminal.
func (c *chat) deliver(u *room.User, first *greeting) {
	if c.open(u, first) == nil {
		show := func(lines []byte, events []*room.Event) []byte { return c.show(u, lines, events) }
		// What it returns is told better by u.Reason.
		_ = c.server.courier.Deliver(u, show, func(lines []byte) error {
			c.refresh(u)
			return c.draw(c.term.Draw, lines)
		})
	}
	if u.Reason() == "" {
		u.Leave(room.HungUp)
		_ = c.Close()
		return
	}
	_ = c.draw(c.term.Close, nil)
	c.exit(exitDone)
}

// letterBytes is how many bytes of letters are written at once. Those that wait for one
// person can be hundreds of kilobytes, and as a terminal shows them some megabytes.
const letterBytes = 32 << 10

// open draws the greeting, the input row and the letters that waited. Those that could
// be written wait no more.
func (c *chat) open(u *room.User, first *greeting) error {
	if err := c.draw(c.term.Open, first.lines); err != nil {
		return err
	}
	first.lines = nil
	var lines []byte
	for i, e := range first.Letters {
		lines = c.voice.Load().letter(lines, e)
		if len(lines) < letterBytes && i < len(first.Letters)-1 {
			continue
		}
		if err := c.draw(c.term.Draw, lines); err != nil {
			return err
		}
		lines = lines[:0]
	}
	if err := u.Delivered(first.Arrival); err != nil { // then they come again
		c.server.Log.Warn("cannot take away delivered letters", "user", u.Who().Name, "err", err)
	}
	return nil
}

// draw writes what compose makes of lines, in one write, and past the library,
// which would copy it twice to turn \n into \r\n.
func (c *chat) draw(compose func(dst, lines []byte) []byte, lines []byte) error {
	out, ok := c.server.drawings.Get().(*[]byte)
	if !ok {
		out = new([]byte)
	}
	defer c.server.drawings.Put(out)
	*out = compose((*out)[:0], lines)
	return c.write(c.channel.channel, *out)
}
