package sshd

import (
	"errors"
	"iter"
	"slices"

	"teahouse/room"
)

const (
	// pieceSize is how many bytes of an answer are written at once.
	pieceSize = 64 << 10

	// pieceLines is how many lines of talk are made ready at once, and pieceText how many
	// bytes of text, but for one line. All that is kept, for many who ask for it and do not
	// read, would be too much.
	pieceLines = 64
	pieceText  = 16 << 10
)

// exec does what a command asks for, as in ssh host who, and returns the exit
// code. The user is in the house only for that moment, or while it follows, and
// nobody sees it come or go.
func (c *session) exec() int {
	v := c.commandVoice()
	words, err := c.words()
	if err != nil {
		return c.misused(v, err)
	}
	o, err := readOrder(words)
	if err != nil {
		return c.misused(v, err)
	}
	if o.words[0] == "enter" {
		return c.redeem(v, o.words[1:])
	}
	if slices.Equal(o.words, []string{"say"}) && !c.hasPty() {
		return c.sayInput(v, o)
	}
	if slices.Equal(o.words, []string{"bot", "commands"}) && !c.hasPty() {
		return c.registerInput(v, o)
	}
	return c.obey(v, o)
}

// commandVoice returns the voice in which a command is answered.
func (c *session) commandVoice() *voice {
	st := c.style()
	st.form = room.Exec
	if c.hasPty() {
		st.end = "\r\n"
	}
	return c.voice(st)
}

// obey has the house do what is ordered.
func (c *session) obey(v *voice, o *order) int {
	u, notice, err := c.visit(o.room)
	if err != nil {
		return c.fail(v, c.why(err))
	}
	defer u.Leave(room.Quit)
	if o.room == "" {
		told, err := u.Begin(c.startRoom())
		if err != nil {
			return c.fail(v, err)
		}
		c.tell(v, told)
	}
	if o.words[0] != "follow" { // which its input ends
		c.channel.channel.discard()
	}
	st := v.style
	st.zone = u.Settings().Zone
	v = c.voice(st)

	c.server.Log.Info("command", "door", "ssh", "user", u.Who().Name, "addr", c.RemoteAddr(), "key", u.Key, "command", brief(o.words[0]))
	answer, err := u.Do(o.words)
	switch {
	case err != nil:
		return c.fail(v, err)
	case answer != nil && answer.Kind == room.Told: // what one told needs no answer, unless it waits
		c.tell(v, answer)
	case answer != nil && answer.Kind == room.Followed:
		return newFollow(c, v, o, u).run(answer)
	case answer != nil && o.json:
		c.print(u, answer, func(part *room.Event) []byte { return v.asJSON(part, u.Here()) })
	case answer != nil:
		c.print(u, answer, func(part *room.Event) []byte { return v.show(nil, part, u.Who()) })
	default: // it may have spoken under another name than it wished
		c.tell(v, notice)
	}
	return exitDone
}

// misused tells what is wrong with a command that cannot be read. It costs as much as one that
// can, or it could be given without end.
func (c *session) misused(v *voice, err error) int {
	u, _, refused := c.visit("")
	if refused != nil {
		return c.fail(v, c.why(refused))
	}
	u.Leave(room.Quit)
	return c.fail(v, err)
}

// turnDown tells why what the client asked for is not served.
func (c *session) turnDown() int {
	why := &room.Refusal{Phrase: c.channel.misfit}
	if why.Phrase == commandTooLong {
		why.Args = []any{maxExecBytes}
	}
	if code := c.misused(c.commandVoice(), why); code != exitRefused {
		return code
	}
	return exitUsage
}

// visit brings the session's user into the house for a command, and has Stop find
// it. Errors are those of [room.House.Visit].
func (c *session) visit(where string) (*room.User, *room.Event, error) {
	visitor := c.visitor()
	visitor.Room = where
	u, notice, err := c.server.House.Visit(visitor)
	if err != nil {
		return nil, nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.user = u
	if c.stopped {
		u.Leave(room.Stopping)
	}
	return u, notice, nil
}

// tell writes what an event has to say beside the answer, if anything, to standard error.
func (c *session) tell(v *voice, e *room.Event) {
	if e != nil && e.Phrase != "" {
		c.complain(v, &room.Refusal{Phrase: e.Phrase, Args: e.Args})
	}
}

// fail tells why something was not done, and returns the exit code of that.
func (c *session) fail(v *voice, err error) int {
	var refusal *room.Refusal
	var reason room.Reason
	switch {
	case errors.As(err, &refusal):
	case errors.As(err, &reason) && reason != room.Stopping && reason.Phrase() != "":
		refusal = &room.Refusal{Phrase: reason.Phrase()}
	default:
		refusal = c.server.House.Stopping()
	}
	c.complain(v, refusal)
	switch {
	case refusal.Usage():
		return exitUsage
	case refusal.Later():
		return exitLater
	}
	return exitRefused
}

// print writes an answer in pieces, each of which has its own time to get through, as
// long as somebody reads it. What was done before is paid for first.
func (c *session) print(u *room.User, answer *room.Event, show func(part *room.Event) []byte) {
	for part := range parts(answer) {
		lines := show(part)
		work := len(lines)
		if c.hasPty() {
			work *= 2 // tabs were laid out
		}
		if u.SpendBytes(work) != nil {
			return
		}
		for piece := range slices.Chunk(lines, pieceSize) {
			if !c.channel.isRead() || c.write(c, piece) != nil {
				return
			}
		}
	}
}

// parts cuts an answer to a command with much talk in it.
func parts(answer *room.Event) iter.Seq[*room.Event] {
	return func(yield func(*room.Event) bool) {
		if piece(answer.Past) == len(answer.Past) {
			yield(answer)
			return
		}
		if len(answer.Rows) > 0 && !yield(&room.Event{Time: answer.Time, Kind: answer.Kind, Who: answer.Who, Rows: answer.Rows}) {
			return
		}
		for past := range pieces(answer.Past) {
			if !yield(&room.Event{Time: answer.Time, Kind: answer.Kind, Who: answer.Who, Past: past}) {
				return
			}
		}
	}
}

// pieces cuts talk into what is made ready at once.
func pieces(past []*room.Event) iter.Seq[[]*room.Event] {
	return func(yield func([]*room.Event) bool) {
		for len(past) > 0 {
			n := piece(past)
			if !yield(past[:n]) {
				return
			}
			past = past[n:]
		}
	}
}

// piece returns how many lines of talk are made ready at once, from the first.
func piece(past []*room.Event) (n int) {
	for text := 0; n < min(len(past), pieceLines); n++ {
		if text += len(past[n].Text); n > 0 && text > pieceText {
			break
		}
	}
	return n
}

// redeem lets somebody in for good who has a code of an operator. It is no
// command of the house: who is to use it may not come in yet.
func (c *session) redeem(v *voice, codes []string) int {
	if len(codes) != 1 {
		return c.misused(v, usage("enter CODE"))
	}
	if err := c.server.House.Redeem(c.visitor(), codes[0]); err != nil {
		return c.fail(v, c.why(err))
	}
	_ = c.write(c, v.line(nil, v.say(room.Invited)))
	return exitDone
}
