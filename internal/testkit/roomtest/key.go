package roomtest

import (
	"strings"
	"testing"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

func OwnershipOf(h *room.Hub, name string) *accounts.OwnedName {
	st := h.Lock()
	defer st.Unlock()
	for o := range st.Names.All() {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// Link makes key one of s's keys.
func Link(t testing.TB, s *command.Runner, key ids.Fingerprint) {
	t.Helper()
	if _, err := Command(t, s.Hub(), key, "key", "add", LinkCode(t, s), "yes"); err != nil {
		t.Fatal(err)
	}
}

// LinkCode returns a code of s for another key.
func LinkCode(t testing.TB, s *command.Runner) string {
	t.Helper()
	got := Does(t, s, "/key add")
	code, ok := strings.CutPrefix(got, "~ "+testkit.EnglishPart(reply.KeyLinkCode, 0))
	code, _, within := strings.Cut(code, " within ")
	if !ok || !within {
		t.Fatalf("no code: %s", got)
	}
	return code
}
