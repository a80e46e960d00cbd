package sshd

import (
	"iter"
	"slices"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
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

// An execSession is a session with a command, as in ssh host who. Its user is in the hub only
// while the command runs, or while it follows, and nobody sees them join or leave.
type execSession struct {
	*session
	format  *render.Format
	command *commandLine
}

func newExecSession(c *session) *execSession {
	st := c.formatOptions()
	st.Syntax = command.ExecSyntax
	if c.hasPty() {
		st.End = "\r\n"
	}
	return &execSession{session: c, format: c.acquireFormat(st)}
}

// run runs the command, and returns the exit code.
func (e *execSession) run() int {
	if e.channel.unsupported != "" {
		return e.failUnsupported()
	}
	words, err := e.commandWords()
	if err != nil {
		return e.failParse(err)
	}
	if e.command, err = parseCommandLine(words); err != nil {
		return e.failParse(err)
	}
	switch words := e.command.words; {
	case words[0] == "enter":
		return e.redeem(words[1:])
	case slices.Equal(words, []string{"say"}) && !e.hasPty():
		return e.sayStdin()
	case slices.Equal(words, []string{"bot", "commands"}) && !e.hasPty():
		return e.registerBotCommands()
	}
	return e.runCommand()
}

// runCommand runs a parsed command and returns the exit code.
func (e *execSession) runCommand() int {
	u, notice, err := e.enterForExec(e.command.room)
	if err != nil {
		return e.fail(e.refusalFor(err))
	}
	defer u.Leave(room.Quit)
	if e.command.room == "" {
		told, err := u.StartIn(e.startRoom())
		if err != nil {
			return e.fail(err)
		}
		e.writeNotice(told)
	}
	if e.command.words[0] != "follow" { // follow ends with its input
		e.channel.channel.discard()
	}
	st := e.format.Options
	st.Zone = u.Settings().Zone
	e.format = e.acquireFormat(st)

	e.server.Log.Info("command", "door", "ssh", "user", u.UserInfo().Name, "addr", e.RemoteAddr(), "key", u.Person, "command", truncateForLog(e.command.words[0]))
	answer, err := u.RunCommand(e.command.words)
	if err != nil {
		return e.fail(err)
	}
	return e.answer(u, answer, notice)
}

// answer writes the answer to a command, and returns the exit code.
func (e *execSession) answer(u *command.Runner, answer room.Reply, notice *room.Notice) int {
	switch answer := answer.(type) {
	case nil: // the user may have spoken under another name than requested
		e.writeNotice(notice)
	case *room.MessageSent: // needs no answer, unless the message waits
		e.writeNote(answer.Note)
	case *builtin.FollowReply:
		return newFollowSession(e, u).run(answer)
	default:
		e.writeAnswer(u, answer, func(part room.Reply) []byte {
			if e.command.json {
				return e.format.AsJSON(part, u.RoomName())
			}
			return e.format.FormatReply(part)
		})
	}
	return exitOK
}

// fail reports an error to the client and returns its exit code.
func (e *execSession) fail(err error) int { return e.session.fail(e.format, err) }

// failParse reports a command that cannot be parsed. It is charged like a command that can;
// otherwise a client could send such commands without end.
func (e *execSession) failParse(err error) int {
	u, _, refused := e.enterForExec("")
	if refused != nil {
		return e.fail(e.refusalFor(refused))
	}
	u.Leave(room.Quit)
	return e.fail(err)
}

// failUnsupported explains why the client's request is not supported.
func (e *execSession) failUnsupported() int {
	why := &reply.Refusal{Code: e.channel.unsupported}
	if why.Code == commandTooLong {
		why.Args = []any{maxExecBytes}
	}
	if code := e.failParse(why); code != exitRefused {
		return code
	}
	return exitUsage
}

// enterForExec enters the hub as the session's user for one command, and registers the session
// so that Stop finds it. Errors are those of [room.Hub.Exec].
func (e *execSession) enterForExec(where string) (*command.Runner, *room.Notice, error) {
	client := e.clientInfo()
	client.Room = where
	entered, notice, err := e.server.Hub.Exec(e.Context(), client)
	if err != nil {
		return nil, nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.entered = entered
	if e.stopping {
		entered.Leave(room.Stopping)
	}
	return command.NewRunner(entered), notice, nil
}

// writeNotice writes a notice that accompanies the answer, if any, to standard error.
func (e *execSession) writeNotice(n *room.Notice) {
	if n != nil {
		e.writeError(e.format, n.Sentence)
	}
}

// writeNote is writeNotice for a sentence, which may be empty.
func (e *execSession) writeNote(note reply.Sentence) {
	if note.Code != "" {
		e.writeError(e.format, note)
	}
}

// writeAnswer writes an answer in pieces for as long as the client reads. Rendering is charged
// before the result is written, and each piece has its own write timeout.
func (e *execSession) writeAnswer(u *command.Runner, answer room.Reply, show func(part room.Reply) []byte) {
	for part := range answerParts(answer) {
		lines := show(part)
		work := len(lines)
		if e.hasPty() {
			work *= 2 // laying out tabs
		}
		if u.Meter.SpendBytes(work) != nil {
			return
		}
		for piece := range slices.Chunk(lines, answerChunk) {
			if !e.channel.outputOpen() || e.write(e, piece) != nil {
				return
			}
		}
	}
}

// answerParts splits an answer that contains a lot of history.
func answerParts(answer room.Reply) iter.Seq[room.Reply] {
	return func(yield func(room.Reply) bool) {
		switch answer := answer.(type) {
		case *command.HistoryPage:
			for messages := range historyChunks(answer.Messages) {
				if !yield(&command.HistoryPage{Messages: messages, Unstored: answer.Unstored}) {
					return
				}
			}
		case *builtin.ExportReply:
			if len(answer.Records) > 0 && !yield(&builtin.ExportReply{Records: answer.Records}) {
				return
			}
			for events := range historyChunks(answer.Events) {
				if !yield(&builtin.ExportReply{Events: events}) {
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
func (e *execSession) redeem(codes []string) int {
	if len(codes) != 1 {
		return e.failParse(usageError("enter CODE"))
	}
	if err := e.server.Hub.Redeem(e.Context(), e.clientInfo(), codes[0]); err != nil {
		return e.fail(e.refusalFor(err))
	}
	_ = e.write(e, e.format.AppendLine(nil, e.format.Translate(reply.KeyAdmitted)))
	return exitOK
}
