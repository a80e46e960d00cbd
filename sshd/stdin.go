package sshd

import (
	"fmt"
	"io"

	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// sayStdin says standard input as one message, as in make 2>&1 | ssh host say. The user is not
// in the hub while the input is read, however long that takes. It reads everything, so that no
// program fails because it printed more than a message may hold.
func (s *session) sayStdin(v *render.Format, o *commandLine) int {
	in := &text.MessageBuilder{}
	counted := &countingWriter{in, func() { s.writeError(v, reply.Say(inputWillBeTruncated)) }, 0}
	if code := s.copyStdin(v, counted); code != exitOK {
		return code
	}
	return s.sayText(v, o, in)
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
func (s *session) copyStdin(v *render.Format, in io.Writer) int {
	done := make(chan error, 1)
	go func() {
		defer s.server.recoverAndClose(s.conn.Conn)
		_, err := io.Copy(in, s)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return s.fail(v, err)
		}
		if !s.inputComplete() {
			return exitRefused // nobody sees it; half a message is worth nothing
		}
		return exitOK
	case <-s.stop: // the goroutine ends with the channel
		return s.fail(v, room.ErrClosed)
	case <-s.channel.done:
		return exitRefused
	}
}

// inputComplete reports whether the input really ended: a broken connection looks the same.
func (s *session) inputComplete() bool {
	s.writeStarted.Store(s.server.watchdog.tick.Load()) // cut off a client that does not answer
	defer s.writeStarted.Store(0)
	return s.ping()
}

// truncationMark ends a message that was cut, with the number of lines left out. It is part of
// the message, so it is in no language, and it differs from the mark of a message that a
// terminal shows in part.
const truncationMark = "[… +%d ⏎]"

// sayText says the text that was read. A message that was cut ends with how much is left out.
func (s *session) sayText(v *render.Format, o *commandLine, in *text.MessageBuilder) int {
	if in.IsEmpty() {
		return s.runCommand(v, o) // reports the usage
	}
	text, more, err := in.Message()
	if err != nil {
		return s.fail(v, err)
	}
	if more > 0 {
		text += "\n" + fmt.Sprintf(truncationMark, more)
	}
	o.words = append(o.words, text)
	code := s.runCommand(v, o)
	if code == exitOK && more > 0 {
		s.writeError(v, reply.Say(inputTruncated, more))
	}
	return code
}
