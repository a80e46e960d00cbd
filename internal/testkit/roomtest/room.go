package roomtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/command/builtin"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

func Expect(t testing.TB, s *command.Runner, want string) {
	t.Helper()
	if got := Read(t, s); got != want {
		t.Errorf("%s reads\n  %s\nwant\n  %s", s.UserInfo().Name, got, want)
	}
}

// EnterHub is [room.Hub.Enter] for somebody who types commands.
func EnterHub(h *room.Hub, ci room.ClientInfo) (*command.Runner, error) {
	s, err := h.Enter(context.Background(), ci)
	if err != nil {
		return nil, err
	}
	return command.NewRunner(s), nil
}

func Describe(item room.Item) string {
	switch item := item.(type) {
	case *room.Event:
		return describeEvent(item)
	case *room.MessageSent:
		return describeEvent(item.Message)
	case *command.NameKept:
		return item.Former.Name + "=" + item.User.Name
	case *builtin.WhoReply:
		var names []string
		for _, who := range item.Users {
			names = append(names, who.Name)
		}
		return "here: " + strings.Join(names, ",")
	case *builtin.HelpReply:
		return fmt.Sprintf("help (%d)", len(item.Commands))
	case *room.RoomEntered:
		return describeArrival(item)
	}
	return "~ " + Sentences(LinesOf(item))
}

// HelpOf returns what [Describe] returns of help with a group of commands, for operators or others.
func HelpOf(group string, operator bool) string {
	n := 0
	for _, c := range command.All() {
		if c.Group == group && (operator || !c.Operator) {
			n++
		}
	}
	return fmt.Sprintf("help (%d)", n)
}

func describeEvent(e *room.Event) string {
	switch e.Kind {
	case room.Joined:
		return "+" + e.User.Name
	case room.Left:
		return fmt.Sprintf("-%s (%s)", e.User.Name, string(e.Reason))
	case room.Said:
		return e.User.Name + ": " + e.Text
	case room.Renamed:
		return e.OldName + "=" + e.User.Name
	case room.PrivateMessage:
		return fmt.Sprintf("%s>%s: %s", e.User.Name, e.To.Name, e.Text)
	}
	return "~ " + Sentences(LinesOf(e))
}

// ExecHub is [room.Hub.Exec] for somebody who runs a command.
func ExecHub(h *room.Hub, ci room.ClientInfo) (*command.Runner, *room.Notice, error) {
	s, notice, err := h.Exec(context.Background(), ci)
	if err != nil {
		return nil, nil, err
	}
	return command.NewRunner(s), notice, nil
}

// Peek returns the state that the hub's lock guards, for tests where nothing else happens
// meanwhile.
func Peek(h *room.Hub) *room.State {
	st := h.Lock()
	defer st.Unlock()
	return st
}

const AnyForm = command.PipeSyntax | command.SlashSyntax

func describeArrival(r *room.RoomEntered) string {
	s := fmt.Sprintf("entered %s (%s): %d here", r.Room, r.Topic, r.Members)
	for _, said := range r.Messages {
		s += ", " + Describe(said)
	}
	if r.Unread > 0 {
		s += fmt.Sprintf(" (%d new)", r.Unread)
	}
	return s
}

// Enter enters the hub, and leaves at the end of the test.
func Enter(t testing.TB, h *room.Hub, ci room.ClientInfo) *command.Runner {
	t.Helper()
	s, err := EnterHub(h, ci)
	if err != nil {
		t.Fatalf("%q cannot enter: %v", ci.RequestedName, err)
	}
	t.Cleanup(func() { s.Leave(room.Quit) })
	return s
}

// Sentences returns the server's sentences, separated by bars.
func Sentences(lines []reply.Sentence) string {
	words := make([]string, len(lines))
	for i, l := range lines {
		words[i] = i18n.Sprint(string(l.Code), l.Args...)
	}
	return strings.Join(words, " | ")
}

// Read returns what s has to read now, a word for each event.
func Read(t testing.TB, s *command.Runner) string {
	t.Helper()
	var words []string
	buf := make([]room.Item, 0, 3) // small, so that batches end in awkward places
	for s.HasPending() {
		for _, e := range s.Take(buf) {
			words = append(words, Describe(e))
		}
	}
	if s.Reason() != "" {
		words = append(words, s.Wait().Error())
	}
	return strings.Join(words, "; ")
}
