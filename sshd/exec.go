package sshd

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"

	"teahouse/room"
)

const (
	// pieceSize is how many bytes of an answer are written at once.
	pieceSize = 64 << 10

	// pieceLines is how many lines of talk are made ready at once. All that is
	// kept, for many who ask for it and do not read, would be too much.
	pieceLines = 64
)

// exec does what a command asks for, as in ssh host who, and returns the exit
// code. The user is in the house only for that moment, and nobody sees it come
// or go.
func (c *session) exec() int {
	st := c.style()
	st.form = room.Exec
	v := c.voice(st)

	words := c.words()
	if words[0] == "enter" {
		return c.redeem(v, words[1:])
	}
	u, notice, err := c.server.House.Visit(c.visitor())
	if err != nil {
		c.complain(v, c.why(err))
		return exitRefused
	}
	defer u.Leave(room.Quit)

	c.server.Log.Info("command", "door", "ssh", "user", u.Who().Name, "addr", c.RemoteAddr(), "key", u.Key, "command", brief(words[0]))
	answer, err := u.Do(words)
	var refusal *room.Refusal
	switch {
	case errors.As(err, &refusal):
		c.complain(v, refusal)
		if refusal.Phrase == room.UnknownCommand || refusal.Phrase == room.UnknownMeant || refusal.Phrase == room.Usage {
			return exitUsage
		}
		return exitRefused
	case err != nil:
		c.complain(v, &room.Refusal{Phrase: room.GoneStopping})
		return exitRefused
	case answer != nil && answer.Kind == room.Told: // what one told needs no answer, unless it waits
		if answer.Phrase != "" {
			c.complain(v, &room.Refusal{Phrase: answer.Phrase, Args: answer.Args})
		}
	case answer != nil:
		c.print(v, answer, u.Who())
	case notice != nil: // it spoke under another name than it wished
		c.complain(v, &room.Refusal{Phrase: notice.Phrase, Args: notice.Args})
	}
	return exitDone
}

// print writes an answer in pieces, each of which has its own time to get through.
func (c *session) print(v *voice, answer *room.Event, self *room.Who) {
	for part := range parts(answer) {
		for piece := range slices.Chunk(v.show(nil, part, self), pieceSize) {
			if c.write(c, piece) != nil {
				return
			}
		}
	}
}

// parts cuts an answer to a command with much talk in it.
func parts(answer *room.Event) iter.Seq[*room.Event] {
	return func(yield func(*room.Event) bool) {
		if len(answer.Past) <= pieceLines {
			yield(answer)
			return
		}
		if len(answer.Rows) > 0 && !yield(&room.Event{Time: answer.Time, Kind: answer.Kind, Who: answer.Who, Rows: answer.Rows}) {
			return
		}
		for past := range slices.Chunk(answer.Past, pieceLines) {
			if !yield(&room.Event{Time: answer.Time, Kind: answer.Kind, Who: answer.Who, Past: past}) {
				return
			}
		}
	}
}

// redeem lets somebody in for good who has a code of an operator. It is no
// command of the house: who is to use it may not come in yet.
func (c *session) redeem(v *voice, codes []string) int {
	if len(codes) != 1 {
		c.complain(v, &room.Refusal{Phrase: room.Usage, Args: []any{"enter CODE"}})
		return exitUsage
	}
	if err := c.server.House.Redeem(c.visitor(), codes[0]); err != nil {
		c.complain(v, c.why(err))
		return exitRefused
	}
	_ = c.write(c, v.line(nil, v.say(room.Invited)))
	return exitDone
}

// words returns the words of the command, quoted as a shell quotes them. Where
// a quote is never closed, as in ssh host say it is the dog's, the words are
// what stands between spaces.
func (c *session) words() []string {
	words, err := shellquote.Split(c.RawCommand())
	if err != nil {
		words = strings.Fields(c.RawCommand())
	}
	if len(words) == 0 {
		return []string{""}
	}
	return words
}
