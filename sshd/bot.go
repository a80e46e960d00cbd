package sshd

import (
	"bytes"

	"teahouse/room"
)

// maxDocument is the most bytes of what a bot registers its commands with.
const maxDocument = 64 << 10

// A document is what a program sends that means nothing unless it is whole.
type document struct{ read bytes.Buffer }

// Write takes in what comes next. It is that of [io.Writer]; the error is a
// [*room.Refusal] of what is too long.
func (d *document) Write(p []byte) (int, error) {
	if d.read.Len()+len(p) > maxDocument {
		return 0, &room.Refusal{Phrase: room.NoCommands}
	}
	return d.read.Write(p)
}

// registerInput registers what standard input has as the commands of a bot, as in
// ssh host bot commands < commands.json.
func (c *session) registerInput(v *voice, o *order) int {
	d := &document{}
	if code := c.readInput(v, d); code != exitDone {
		return code
	}
	o.words = append(o.words, d.read.String())
	return c.obey(v, o)
}
