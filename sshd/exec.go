package sshd

import (
	"errors"
	"iter"
	"slices"

	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/room"
)

const (
	// answerChunk is the number of bytes of an answer written at once.
	answerChunk = 64 << 10

	// historyChunkLines and historyChunkText limit the lines, and the bytes of text, rendered at
	// once; a single line may exceed the latter. Rendering a whole history would take too much
	// memory when many clients ask for it and do not read.
	historyChunkLines = 64
	historyChunkText  = 16 << 10
)

// exec runs a command, as in ssh host who, and returns the exit code. The user is in the hub
// only while the command runs, or while it follows, and nobody sees them join or leave.
func (s *session) exec() int {
	v := s.commandFormat()
	words, err := s.commandWords()
	if err != nil {
		return s.failParse(v, err)
	}
	o, err := parseCommandLine(words)
	if err != nil {
		return s.failParse(v, err)
	}
	if o.words[0] == "enter" {
		return s.redeem(v, o.words[1:])
	}
	if slices.Equal(o.words, []string{"say"}) && !s.hasPty() {
		return s.sayStdin(v, o)
	}
	if slices.Equal(o.words, []string{"bot", "commands"}) && !s.hasPty() {
		return s.registerBotCommands(v, o)
	}
	return s.runCommand(v, o)
}

// commandFormat returns the format in which a command is answered.
func (s *session) commandFormat() *render.Format {
	st := s.formatOptions()
	st.Syntax = room.ExecSyntax
	if s.hasPty() {
		st.End = "\r\n"
	}
	return s.acquireFormat(st)
}

// runCommand runs a parsed command and returns the exit code.
func (s *session) runCommand(v *render.Format, o *commandLine) int {
	u, notice, err := s.enterForExec(o.room)
	if err != nil {
		return s.fail(v, s.refusalFor(err))
	}
	defer u.Leave(room.Quit)
	if o.room == "" {
		told, err := u.StartIn(s.startRoom())
		if err != nil {
			return s.fail(v, err)
		}
		s.writeNotice(v, told)
	}
	if o.words[0] != "follow" { // follow ends with its input
		s.channel.channel.discard()
	}
	st := v.Options
	st.Zone = u.Settings().Zone
	v = s.acquireFormat(st)

	s.server.Log.Info("command", "door", "ssh", "user", u.User().Name, "addr", s.RemoteAddr(), "key", u.Person, "command", truncateForLog(o.words[0]))
	answer, err := u.RunCommand(o.words)
	if err != nil {
		return s.fail(v, err)
	}
	switch answer := answer.(type) {
	case nil: // the user may have spoken under another name than requested
		s.writeNotice(v, notice)
	case *room.MessageSent: // needs no answer, unless the message waits
		s.writeNote(v, answer.Note)
	case *room.FollowReply:
		return newFollowSession(s, v, o, u).run(answer)
	default:
		s.writeAnswer(u, answer, func(part room.Reply) []byte {
			if o.json {
				return v.AsJSON(part, u.RoomName())
			}
			return v.FormatReply(part)
		})
	}
	return exitOK
}

// failParse reports a command that cannot be parsed. It is charged like a command that can;
// otherwise a client could send such commands without end.
func (s *session) failParse(v *render.Format, err error) int {
	u, _, refused := s.enterForExec("")
	if refused != nil {
		return s.fail(v, s.refusalFor(refused))
	}
	u.Leave(room.Quit)
	return s.fail(v, err)
}

// failUnsupported explains why the client's request is not supported.
func (s *session) failUnsupported() int {
	why := &reply.Refusal{Code: s.channel.unsupported}
	if why.Code == commandTooLong {
		why.Args = []any{maxExecBytes}
	}
	if code := s.failParse(s.commandFormat(), why); code != exitRefused {
		return code
	}
	return exitUsage
}

// enterForExec enters the hub as the session's user for one command, and registers the session
// so that Stop finds it. Errors are those of [room.Hub.Exec].
func (s *session) enterForExec(where string) (*room.Session, *room.Notice, error) {
	visitor := s.clientInfo()
	visitor.Room = where
	u, notice, err := s.server.Hub.Exec(visitor)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roomSession = u
	if s.stopping {
		u.Leave(room.Stopping)
	}
	return u, notice, nil
}

// writeNotice writes a notice that accompanies the answer, if any, to standard error.
func (s *session) writeNotice(v *render.Format, n *room.Notice) {
	if n != nil {
		s.writeError(v, n.Sentence)
	}
}

// writeNote is writeNotice for a sentence, which may be empty.
func (s *session) writeNote(v *render.Format, note reply.Sentence) {
	if note.Code != "" {
		s.writeError(v, note)
	}
}

// fail reports an error to the client and returns its exit code.
func (s *session) fail(v *render.Format, err error) int {
	var refusal *reply.Refusal
	var reason room.Reason
	switch {
	case errors.As(err, &refusal):
	case errors.As(err, &reason) && reason != room.Stopping && reason.Code() != "":
		refusal = &reply.Refusal{Code: reason.Code()}
	default:
		refusal = s.server.Hub.StopRefusal()
	}
	s.writeError(v, refusal.Sentence())
	switch {
	case refusal.IsUsage():
		return exitUsage
	case refusal.IsTemporary():
		return exitTempFail
	}
	return exitRefused
}

// writeAnswer writes an answer in pieces for as long as the client reads. Rendering is charged
// before the result is written, and each piece has its own write timeout.
func (s *session) writeAnswer(u *room.Session, answer room.Reply, show func(part room.Reply) []byte) {
	for part := range answerParts(answer) {
		lines := show(part)
		work := len(lines)
		if s.hasPty() {
			work *= 2 // laying out tabs
		}
		if u.SpendBytes(work) != nil {
			return
		}
		for piece := range slices.Chunk(lines, answerChunk) {
			if !s.channel.outputOpen() || s.write(s, piece) != nil {
				return
			}
		}
	}
}

// answerParts splits an answer that contains a lot of history.
func answerParts(answer room.Reply) iter.Seq[room.Reply] {
	return func(yield func(room.Reply) bool) {
		switch answer := answer.(type) {
		case *room.HistoryPage:
			for messages := range historyChunks(answer.Messages) {
				if !yield(&room.HistoryPage{Messages: messages, Unstored: answer.Unstored}) {
					return
				}
			}
		case *room.ExportReply:
			if len(answer.Records) > 0 && !yield(&room.ExportReply{Records: answer.Records}) {
				return
			}
			for events := range historyChunks(answer.Events) {
				if !yield(&room.ExportReply{Events: events}) {
					return
				}
			}
		default:
			yield(answer)
		}
	}
}

// historyChunks splits history into the chunks rendered at once.
func historyChunks(past []*room.Event) iter.Seq[[]*room.Event] {
	return func(yield func([]*room.Event) bool) {
		for len(past) > 0 {
			n := historyChunkLen(past)
			if !yield(past[:n]) {
				return
			}
			past = past[n:]
		}
	}
}

// historyChunkLen returns the length of the first chunk.
func historyChunkLen(past []*room.Event) (n int) {
	for text := 0; n < min(len(past), historyChunkLines); n++ {
		if text += len(past[n].Text); n > 0 && text > historyChunkText {
			break
		}
	}
	return n
}

// redeem redeems an invitation code from an operator, which lets a key in for good. It is not a
// command of the hub, because its user may not be allowed in yet.
func (s *session) redeem(v *render.Format, codes []string) int {
	if len(codes) != 1 {
		return s.failParse(v, usageError("enter CODE"))
	}
	if err := s.server.Hub.Redeem(s.clientInfo(), codes[0]); err != nil {
		return s.fail(v, s.refusalFor(err))
	}
	_ = s.write(s, v.AppendLine(nil, v.Translate(reply.KeyAdmitted)))
	return exitOK
}
