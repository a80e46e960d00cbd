package sshd

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/private"
	"teahouse/internal/render"
	"teahouse/internal/reply"
	"teahouse/internal/terminal"
	"teahouse/internal/text"
	"teahouse/internal/transport"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// escapeTimeout is how long to wait for the rest of a sequence after ESC when the Escape key has
// a meaning of its own.
const escapeTimeout = 100 * time.Millisecond

// A terminalSession is a session at a terminal.
type terminalSession struct {
	// What each delivery needs comes first, to be close together in memory.
	writer terminalWriter
	*session
	term     *terminal.Terminal
	format   atomic.Pointer[render.Format] // set once the user has entered
	output   gossh.Channel                 // of the library, to write to without a detour; the writer's
	self     *room.UserInfo                // the user, under the current name; the writer's
	days     dayTracker                    // the writer's
	settings accounts.Settings             // the settings that format was chosen for; the writer's

	runner *command.Runner // nil until it has entered; set once, so it needs no lock
	dumb   bool            // the terminal has no escape sequences
	rows   int             // of the terminal, when the session began
	input  *inputReader
	width  atomic.Int64 // of the window

	// Owned by the writer.
	formattedWidth int
	plain          bool   // the row is drawn without styles
	prompt         string // as currently drawn
}

func newTerminalSession(c *session, pty ssh.Pty) *terminalSession {
	chat := &terminalSession{session: c, rows: pty.Window.Height, dumb: pty.Term == "dumb" || pty.Term == "",
		output: c.channel.channel.Channel}
	chat.width.Store(int64(pty.Window.Width))
	chat.input = chat.newInputReader()
	chat.writer = newTerminalWriter(chat, &c.server.writers)
	chat.waker = &chat.writer
	return chat
}

// newTerminal creates the input row for a chat.
func (t *terminalSession) newTerminal() *terminal.Terminal {
	t.prompt = prompt(t.runner, int(t.width.Load()))
	return terminal.New(terminal.Config{
		Prompt:    t.prompt,
		Width:     int(t.width.Load()),
		EastAsian: i18n.IsEastAsian(t.getenv),
		MaxBytes:  text.MaxBytes,
		Plain:     t.plain,
		History:   room.InputHistory(t.runner.Session),
		Search:    t.format.Load().Translate(searchLabel),
		Pasted:    func(lines int) string { return t.format.Load().Translate(pastedLabel, lines) },
		Complete: func(line string, at int) (int, []string) {
			t.input.completions++
			return completeLine(t.runner, line, at)
		},
	})
}

// run serves the chat until its user has left. It is the session's reader.
func (t *terminalSession) run() {
	first, err := t.enterAndGreet()
	if err != nil {
		t.refuse(err)
		return
	}
	defer t.logLeft(t.runner)
	defer t.returnUndelivered()
	t.channel.window.notify(func(width int) {
		t.width.Store(int64(width))
		t.term.Resize(width)
		t.runner.RequestRefresh()
	}, func() { _ = t.runner.Meter.Spend(workPerRead) })
	defer func() { <-t.writer.done }()
	go t.showGreeting(first)
	defer func() { t.handlePanic(recover()) }()
	t.runner.Leave(t.read())
}

// enterAndGreet enters the hub and prepares the greeting, before the user can act. It runs on a
// goroutine of its own to save memory: it needs more stack than the session does afterwards, and
// a stack that has grown stays large.
func (t *terminalSession) enterAndGreet() (first *greeting, err error) {
	var coming sync.WaitGroup
	coming.Go(func() {
		defer func() {
			if t.handlePanic(recover()) {
				err = &reply.Refusal{Code: reply.GoodbyeFailed}
			}
		}()
		if t.runner, err = t.enterOrAskTakeover(); err == nil {
			t.updateFormat()
			first = t.greet()
			t.term = t.newTerminal()
			t.runner.SetUnsent(t.term.Unsent)
			t.startInRoom()
		}
	})
	coming.Wait()
	return first, err
}

// startInRoom moves a user who has just entered to the room that the client asked for.
func (t *terminalSession) startInRoom() {
	if where, ok := t.joinCommand(); ok {
		t.runner.HandleLine("/join "+where, command.SlashSyntax)
		return
	}
	told, err := t.runner.StartIn(t.startRoom())
	var refusal *reply.Refusal
	switch {
	case told != nil:
		t.runner.Answer(told)
	case errors.As(err, &refusal):
		t.runner.Answer(room.NewRefused(refusal))
	}
}

// returnUndelivered keeps the private messages that did not reach a user who was cut off.
func (t *terminalSession) returnUndelivered() {
	if err := private.RequeueUnseen(t.runner.Session); err != nil {
		t.server.Log.Warn("cannot keep private messages that were not read", "user", t.runner.UserInfo().Name, "err", err)
	}
}

// A greeting is what a user sees first.
type greeting struct {
	lines []byte
	welcome.Welcome
}

// greet prepares the user's greeting.
func (t *terminalSession) greet() *greeting {
	v := t.format.Load()
	lines := v.AppendNotice(nil, v.Translate(welcomeLine, t.runner.UserInfo().Name))
	before, err := welcome.For(t.runner.Session, render.HistoryLines(t.rows))
	if err != nil {
		t.server.Log.Warn("cannot read waiting private messages", "user", t.runner.UserInfo().Name, "err", err)
		lines = v.AppendLine(lines, v.Translate(offlineMessagesUnreadable))
	}
	return &greeting{v.AppendWelcome(lines, before), before}
}

// read passes typed input to the input row and handles the actions that come out of it. It
// returns why the input ended.
func (t *terminalSession) read() room.Reason {
	keys := t.input
	for {
		typed, pasted, err := keys.next(!t.term.MarksPastes())
		if err != nil {
			return room.HungUp
		}
		if reason := t.runner.Reason(); reason != "" {
			return reason // what was sent before no longer matters
		}
		feed := t.term.Feed
		if pasted {
			feed = t.term.Paste
		}
		actions := feed(typed)
		for i, a := range actions {
			if t.handleAction(a) && i == len(actions)-1 && !keys.inputWithin(typeAheadWait) {
				t.term.PutBack(a.Line)
			}
		}
		if t.term.EscapePending() && !keys.inputWithin(escapeTimeout) {
			t.term.EscapeTimeout()
		}
		t.runner.RequestRefresh() // to draw the row
		keys.charge(len(typed))
	}
}

// handleAction handles an action of the input row. It reports whether that was to say something
// that was refused.
func (t *terminalSession) handleAction(a terminal.Action) (unsaid bool) {
	switch a.Kind {
	case terminal.Enter:
		return t.runner.HandleLine(a.Line, command.PipeSyntax|command.SlashSyntax)
	case terminal.Interrupt:
		t.runner.Answer(room.NewNotice(howToLeave))
	case terminal.EOF:
		t.runner.Leave(room.Quit)
	case terminal.Full:
		t.runner.Answer(room.NewRefused(reply.Refuse(inputFull, t.term.Capacity())))
	case terminal.TooLong:
		t.runner.Answer(room.NewRefused(reply.Refuse(pasteTooLong, text.MaxBytes)))
	}
	return false
}

// showGreeting draws the greeting, and leaves what follows to the server's writers. It runs on a
// goroutine of its own, since it may wait for the message store.
func (t *terminalSession) showGreeting(first *greeting) {
	defer func() {
		if t.handlePanic(recover()) {
			_ = t.Close()
			close(t.writer.done)
		}
	}()
	if t.drawGreeting(first) != nil {
		t.hangUp()
		close(t.writer.done)
		return
	}
	t.writer.release()
}

// flush draws what there is, and ends the session once its user has left. It reports whether there
// is more, and whether the session is over. Only a writer of the pool calls it; nothing else writes
// to the terminal.
func (t *terminalSession) flush(batch *transport.Batch) (more, over bool) {
	defer func() {
		if t.handlePanic(recover()) {
			_ = t.Close()
			more, over = false, true
		}
	}()
	t.entered.Meter.PayRendering()
	for range maxDrawsPerFlush {
		news, left := t.entered.Arm()
		if left != nil {
			t.sayGoodbye()
			return false, true
		}
		if !news {
			return false, false
		}
		if t.drawItems(batch) != nil {
			t.hangUp()
			return false, true
		}
		if t.entered.Meter.OwesRendering() {
			return true, false // a goroutine of the terminal's own pays, at once
		}
	}
	return true, false // there may be
}

// maxDrawsPerFlush is how often one terminal is drawn before it is the turn of others.
const maxDrawsPerFlush = 2

// drawItems draws what waits for the user, and the input row.
func (t *terminalSession) drawItems(batch *transport.Batch) error {
	lines := batch.Render(t.entered, t.appendItems)
	t.refresh()
	if err := t.draw(t.term.Draw, lines); err != nil {
		return err
	}
	batch.Report(t.server.Observe)
	if t.entered.Meter.OwesRendering() { // the next flush waits until it is paid for
		t.writer.slow.Store(true)
	}
	return nil
}

// hangUp ends the session of a client that cannot be written to, or that has left. The reason for
// which it has left explains the end better than the error.
func (t *terminalSession) hangUp() {
	if t.runner.Reason() == "" {
		t.runner.Leave(room.HungUp)
		_ = t.Close()
		return
	}
	t.sayGoodbye()
}

// sayGoodbye gives the terminal back to the client, and ends the session.
func (t *terminalSession) sayGoodbye() {
	_ = t.draw(t.term.Close, nil)
	t.exit(exitOK)
}

// offlineMessageChunk is how many bytes of waiting private messages are rendered at once. One
// person's can be hundreds of kilobytes, and several megabytes as a terminal shows them.
const offlineMessageChunk = 32 << 10

// drawGreeting draws the greeting, the input row and the private messages that waited. Messages
// that could be written no longer wait.
func (t *terminalSession) drawGreeting(first *greeting) error {
	if err := t.draw(t.term.Open, first.lines); err != nil {
		return err
	}
	first.lines = nil
	var lines []byte
	for i, e := range first.PrivateMessages {
		lines = t.format.Load().AppendOfflineMessage(lines, e)
		if len(lines) < offlineMessageChunk && i < len(first.PrivateMessages)-1 {
			continue
		}
		if err := t.draw(t.term.Draw, lines); err != nil {
			return err
		}
		lines = lines[:0]
	}
	ctx := context.WithoutCancel(t.runner.Context()) // they were shown, even if the user has left since
	if err := first.MarkDelivered(ctx); err != nil { // they will be shown again
		t.server.Log.Warn("cannot remove delivered private messages", "user", t.runner.UserInfo().Name, "err", err)
	}
	return nil
}

// draw writes what compose makes of lines in one write. It bypasses package ssh, which would copy it
// twice to turn \n into \r\n.
func (t *terminalSession) draw(compose func(dst, lines []byte) []byte, lines []byte) error {
	out, ok := t.server.drawBuffers.Get().(*[]byte)
	if !ok {
		out = new([]byte)
	}
	defer t.server.drawBuffers.Put(out)
	*out = compose((*out)[:0], lines)
	return t.write(t.output, *out)
}
