package sshd

import (
	"fmt"
	"io"

	"teahouse/room"
)

// sayInput says standard input as one message, as in make 2>&1 | ssh host say. While
// it waits for the input, for as long as that takes, nobody is in the house. It reads
// all, so that no program fails for having printed more than may be said.
func (c *session) sayInput(v *voice, o *order) int {
	in := &room.Input{}
	counted := &counting{in, func() { c.complain(v, &room.Refusal{Phrase: willBeCut}) }, 0}
	if code := c.readInput(v, counted); code != exitDone {
		return code
	}
	return c.sayMessage(v, o, in)
}

// longInput is from how many bytes on input is long: what comes then is read slowly.
const longInput = 1 << 20

// A counting is a writer that tells once that what is written is long.
type counting struct {
	io.Writer
	tell func()
	n    int
}

func (c *counting) Write(p []byte) (int, error) {
	before := c.n
	if c.n += len(p); before <= longInput && c.n > longInput {
		c.tell()
	}
	return c.Writer.Write(p)
}

// readInput copies standard input to its end. What it returns is the exit code of why
// it could not.
func (c *session) readInput(v *voice, in io.Writer) int {
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
			return exitRefused // which nobody sees; half of it is worth nothing
		}
		return exitDone
	case <-c.stop: // the goroutine ends with the channel
		return c.fail(v, room.ErrClosed)
	case <-c.channel.gone:
		return exitRefused
	}
}

// ended reports whether the input ended because there is no more of it: where the
// connection broke, that looks the same.
func (c *session) ended() bool {
	c.writing.Store(c.server.watch.now.Load()) // who does not answer is cut off
	defer c.writing.Store(0)
	return c.answers()
}

// cutSign ends a message that was cut, with how many lines are left out. It is part
// of what is said, so it is in no language, and not like what the house says of a
// message that it shows in part.
const cutSign = "[… +%d ⏎]"

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
		text += "\n" + fmt.Sprintf(cutSign, more)
	}
	o.words = append(o.words, text)
	code := c.obey(v, o)
	if code == exitDone && more > 0 {
		c.complain(v, &room.Refusal{Phrase: wasCutLine, Args: []any{more}})
	}
	return code
}
