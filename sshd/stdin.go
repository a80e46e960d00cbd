package sshd

import (
	"fmt"
	"io"

	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// sayStdin says standard input as one message, as in make 2>&1 | ssh host say. The user is not
// in the hub while the input is read, however long that takes. It reads everything, so that no
// program fails because it printed more than a message may hold.
func (e *execSession) sayStdin() int {
	in := &text.MessageBuilder{}
	counted := &countingWriter{in, func() { e.writeError(e.format, reply.Say(inputWillBeTruncated)) }, 0}
	if code := e.copyStdin(counted); code != exitOK {
		return code
	}
	return e.sayText(in)
}

// longInputBytes is the size from which input counts as long and is read slowly.
const longInputBytes = 1 << 20

// A countingWriter reports once that its input is long.
type countingWriter struct {
	io.Writer
	onLong func()
	n      int
}

func (w *countingWriter) Write(p []byte) (int, error) {
	before := w.n
	if w.n += len(p); before <= longInputBytes && w.n > longInputBytes {
		w.onLong()
	}
	return w.Writer.Write(p)
}

// copyStdin copies standard input to its end. It returns an exit code: 0, or why it failed.
func (e *execSession) copyStdin(in io.Writer) int {
	done := make(chan error, 1)
	go func() {
		defer e.server.recoverAndClose(e.conn.Conn)
		_, err := io.Copy(in, e)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return e.fail(err)
		}
		if !e.inputComplete() {
			return exitRefused // nobody sees it; half a message is worth nothing
		}
		return exitOK
	case <-e.stop: // the goroutine ends with the channel
		return e.fail(room.ErrClosed)
	case <-e.channel.done:
		return exitRefused
	}
}

// inputComplete reports whether the input really ended: a broken connection looks the same.
func (e *execSession) inputComplete() bool {
	e.writeStarted.Store(e.server.watchdog.tick.Load()) // cut off a client that does not answer
	defer e.writeStarted.Store(0)
	return e.ping()
}

// truncationMark ends a message that was cut, with the number of lines left out. It is part of
// the message, so it is in no language, and it differs from the mark of a message that a
// terminal shows in part.
const truncationMark = "[… +%d ⏎]"

// sayText says the text that was read. A message that was cut ends with how much is left out.
func (e *execSession) sayText(in *text.MessageBuilder) int {
	if in.IsEmpty() {
		return e.runCommand() // reports the usage
	}
	text, more, err := in.Message()
	if err != nil {
		return e.fail(err)
	}
	if more > 0 {
		text += "\n" + fmt.Sprintf(truncationMark, more)
	}
	e.command.words = append(e.command.words, text)
	code := e.runCommand()
	if code == exitOK && more > 0 {
		e.writeError(e.format, reply.Say(inputTruncated, more))
	}
	return code
}
