package sshd

import (
	"fmt"
	"io"

	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// sayStdin says standard input as one message, as in make 2>&1 | ssh host say. While
// it waits for the input, for as long as that takes, nobody is in the house. It reads
// all, so that no program fails for having printed more than may be said.
func (s *session) sayStdin(v *render.Format, o *commandLine) int {
	in := &text.MessageBuilder{}
	counted := &countingWriter{in, func() { s.writeError(v, reply.Say(inputWillBeTruncated)) }, 0}
	if code := s.copyStdin(v, counted); code != exitOK {
		return code
	}
	return s.sayText(v, o, in)
}

// longInputBytes is from how many bytes on input is long: what comes then is read slowly.
const longInputBytes = 1 << 20

// A countingWriter is a writer that tells once that what is written is long.
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

// copyStdin copies standard input to its end. What it returns is the exit code of why
// it could not.
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
			return exitRefused // which nobody sees; half of it is worth nothing
		}
		return exitOK
	case <-s.stop: // the goroutine ends with the channel
		return s.fail(v, room.ErrClosed)
	case <-s.channel.done:
		return exitRefused
	}
}

// inputComplete reports whether the input ended because there is no more of it: where the
// connection broke, that looks the same.
func (s *session) inputComplete() bool {
	s.writeStarted.Store(s.server.watchdog.tick.Load()) // who does not answer is cut off
	defer s.writeStarted.Store(0)
	return s.ping()
}

// truncationMark ends a message that was cut, with how many lines are left out. It is part
// of what is said, so it is in no language, and not like what the house says of a
// message that it shows in part.
const truncationMark = "[… +%d ⏎]"

// sayText says what was read. The message ends with how much is left out.
func (s *session) sayText(v *render.Format, o *commandLine, in *text.MessageBuilder) int {
	if in.IsEmpty() {
		return s.runCommand(v, o) // which tells how it is used
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
