package sshd

import (
	"io"

	"teahouse/room"
)

// sayInput says standard input as one message, as in make 2>&1 | ssh host say. While
// it waits for the input, for as long as that takes, nobody is in the house. It reads
// all, so that no program fails for having printed more than may be said.
func (c *session) sayInput(v *voice, o *order) int {
	in := &room.Input{}
	done := make(chan error, 1)
	go func() {
		defer c.server.contain(c.conn.Conn)
		_, err := io.Copy(in, c)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return c.fail(v, err)
		}
		if !c.ended() {
			return exitRefused // which nobody sees; half of what was to be said is not said
		}
	case <-c.stop: // the goroutine ends with the channel
		return c.fail(v, room.ErrClosed)
	case <-c.channel.gone:
		return exitRefused
	}
	return c.sayMessage(v, o, in)
}

// ended reports whether the input ended because there is no more of it: where the
// connection broke, that looks the same.
func (c *session) ended() bool {
	c.writing.Store(c.server.watch.now.Load()) // who does not answer is cut off
	defer c.writing.Store(0)
	return c.answers()
}

// sayMessage says what was read. The message ends with how much is left out.
func (c *session) sayMessage(v *voice, o *order, in *room.Input) int {
	if in.Empty() {
		return c.obey(v, o) // which tells how it is used
	}
	text, more, err := in.Message()
	if err != nil {
		return c.fail(v, err)
	}
	if more > 0 {
		text += "\n" + v.say(leftOutLine, more)
	}
	o.words = append(o.words, text)
	code := c.obey(v, o)
	if code == exitDone && more > 0 {
		c.complain(v, &room.Refusal{Phrase: wasCutLine, Args: []any{more}})
	}
	return code
}
