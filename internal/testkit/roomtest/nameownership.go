package roomtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/room"
)

// OwnedNames returns the names that the person of a key owns.
func OwnedNames(t testing.TB, h *room.Hub, key ids.Fingerprint) string {
	t.Helper()
	e, err := Command(t, h, key, "name")
	if err != nil {
		t.Fatal(err)
	}
	var owned []string
	if _, none := e.(*room.Notice); none {
		return ""
	}
	for _, l := range LinesOf(e) {
		owned = append(owned, fmt.Sprint(l.Args[0]))
	}
	return strings.Join(owned, ",")
}

// Command runs one command in a one-shot session with a key.
func Command(t testing.TB, h *room.Hub, key ids.Fingerprint, words ...string) (room.Reply, error) {
	t.Helper()
	s, _, err := ExecHub(h, room.ClientInfo{RequestedName: "command", Fingerprint: key})
	if err != nil {
		return nil, err
	}
	defer s.Leave(room.Quit)
	return s.RunCommand(words)
}

// Does types a line of s, and returns what s reads then.
func Does(t testing.TB, s *command.Runner, line string) string {
	t.Helper()
	Read(t, s)
	s.HandleLine(line, command.SlashSyntax)
	return Read(t, s)
}

// Refuses checks that an error is a refusal with one of the phrases.
func Refuses(t testing.TB, what string, err error, phrases ...reply.Code) {
	t.Helper()
	var refusal *reply.Refusal
	if !errors.As(err, &refusal) || !slices.Contains(phrases, refusal.Code) {
		t.Errorf("%s: %v, want %q", what, err, phrases)
	}
}

// Alike reports whether two names look alike.
func Alike(a, b string) bool {
	idA, errA := names.Check(a)
	idB, errB := names.Check(b)
	return errA == nil && errB == nil && (idA.Key == idB.Key ||
		slices.ContainsFunc(idA.Skeletons[:], func(look string) bool { return slices.Contains(idB.Skeletons[:], look) }))
}

// At returns a client at a terminal, with a key unless it is "". It takes over from itself as often
// as the test wants.
func At(name string, key ids.Fingerprint) room.ClientInfo {
	return room.ClientInfo{RequestedName: name, Fingerprint: key, Terminal: true, Takeover: room.TakeoverAlways}
}
