package sshd

import (
	"errors"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"

	"teahouse/room"
)

// pieceSize is how many bytes of an answer are written at once.
const pieceSize = 64 << 10

// exec does what a command asks for, as in ssh host who, and returns the exit
// code. The user is in the house only for that moment, and nobody sees it come
// or go.
func (c *session) exec() int {
	st := c.style()
	st.form = room.Exec
	v := c.voice(st)

	u, notice, err := c.server.House.Visit(c.visitor())
	if err != nil {
		c.complain(v, room.GoneStopping)
		return exitRefused
	}
	defer u.Leave(room.Quit)

	words := c.words()
	c.server.Log.Info("command", "door", "ssh", "user", u.Who().Name, "addr", c.RemoteAddr(), "key", u.Key, "command", room.Clean(words[0]))
	answer, err := u.Do(words)
	var refusal *room.Refusal
	switch {
	case errors.As(err, &refusal):
		c.complain(v, refusal.Phrase, refusal.Args...)
		if refusal.Phrase == room.UnknownCommand || refusal.Phrase == room.Usage {
			return exitUsage
		}
		return exitRefused
	case err != nil:
		c.complain(v, room.GoneStopping)
		return exitRefused
	case answer != nil && answer.Kind == room.Told: // what one told needs no answer, unless it waits
		if answer.Phrase != "" {
			c.complain(v, answer.Phrase, answer.Args...)
		}
	case answer != nil:
		// In pieces: each has its own time to get through.
		for piece := range slices.Chunk(v.show(nil, answer, u.Who().ID), pieceSize) {
			if c.write(c, piece) != nil {
				break
			}
		}
	case notice != nil: // it spoke under another name than it wished
		c.complain(v, notice.Phrase, notice.Args...)
	}
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

// complain writes a sentence to standard error.
func (c *session) complain(v *voice, p room.Phrase, args ...any) {
	_ = c.write(c.Stderr(), v.line(nil, v.say(p, args...)))
}
