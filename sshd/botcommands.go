package sshd

import (
	"bytes"

	"teahouse/internal/render"
	"teahouse/internal/reply"
)

// maxDocumentBytes is the most bytes of what a bot registers its commands with.
const maxDocumentBytes = 64 << 10

// A jsonDocument is what a program sends that means nothing unless it is whole.
type jsonDocument struct{ buf bytes.Buffer }

// Write takes in what comes next. It is that of [io.Writer]; the error is a
// [*room.Refusal] of what is too long.
func (d *jsonDocument) Write(p []byte) (int, error) {
	if d.buf.Len()+len(p) > maxDocumentBytes {
		return 0, &reply.Refusal{Code: reply.InvalidCommands}
	}
	return d.buf.Write(p)
}

// registerBotCommands registers what standard input has as the commands of a bot, as in
// ssh host bot commands < commands.json.
func (s *session) registerBotCommands(v *render.Format, o *commandLine) int {
	d := &jsonDocument{}
	if code := s.copyStdin(v, d); code != exitOK {
		return code
	}
	o.words = append(o.words, d.buf.String())
	return s.runCommand(v, o)
}
