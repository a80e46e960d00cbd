package roomtest

import (
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/ids"
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

// IsRoot is the [room.Config].IsOperatorKey of a hub with one operator, whose key is "root".
func IsRoot(key ids.Fingerprint) bool { return key == "root" }

// HubWithOperator returns a hub with an operator, whose key is "root".
func HubWithOperator(t testing.TB) (*room.Hub, *command.Runner) {
	t.Helper()
	h := room.New(room.Config{IsOperatorKey: IsRoot})
	return h, EnterRoot(t, h)
}

// EnterRoot has the operator enter who has the key "root".
func EnterRoot(t testing.TB, h *room.Hub) *command.Runner {
	t.Helper()
	return Enter(t, h, room.ClientInfo{RequestedName: "root", Fingerprint: "root", Terminal: true, Remote: Address("198.51.100.1")})
}
