package sshd

import (
	"bytes"

	"teahouse/internal/reply"
)

// maxDocumentBytes is the maximum size of the document with which a bot registers its commands.
const maxDocumentBytes = 64 << 10

// A jsonDocument collects a JSON document, which means nothing unless it is complete.
type jsonDocument struct{ buf bytes.Buffer }

// Write implements [io.Writer]. The error is a [*reply.Refusal] if the document is too long.
func (d *jsonDocument) Write(p []byte) (int, error) {
	if d.buf.Len()+len(p) > maxDocumentBytes {
		return 0, &reply.Refusal{Code: reply.InvalidCommands}
	}
	return d.buf.Write(p)
}

// registerBotCommands registers the commands in standard input for a bot, as in ssh host bot
// commands < commands.json.
func (e *execSession) registerBotCommands() int {
	d := &jsonDocument{}
	if code := e.copyStdin(d); code != exitOK {
		return code
	}
	e.command.words = append(e.command.words, d.buf.String())
	return e.runCommand()
}
