package roomtest

import (
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// Invitation has an operator make a code to enter.
func Invitation(t testing.TB, op *command.Runner) string {
	t.Helper()
	got := Does(t, op, "/invite")
	code, ok := strings.CutPrefix(got, "~ "+testkit.EnglishPart(reply.InviteCode, 0))
	if !ok {
		t.Fatalf("no code: %s", got)
	}
	code, _, _ = strings.Cut(code, " ")
	return code
}

// Ordered returns a hub with an operator, whose key is "root".
func Ordered(t testing.TB) (*room.Hub, *command.Runner) {
	h := room.NewHub()
	h.IsOperatorKey = func(key string) bool { return key == "root" }
	return h, Enter(t, h, room.ClientInfo{RequestedName: "root", Fingerprint: "root", Terminal: true, Remote: Address("198.51.100.1")})
}
