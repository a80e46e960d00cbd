package command_test

import (
	"fmt"
	"strings"
	"testing"

	"teahouse/internal/command"
	"teahouse/internal/roster"
	"teahouse/internal/testkit/roomtest"
)

// Completions begin with what was typed, in any case, and are things that the user may use: no
// private rooms of others, no operators' commands.
func TestCompletion(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Enter(t, h, roomtest.At("Bob", ""))
	roomtest.Enter(t, h, roomtest.At("bobby", ""))
	roomtest.Enter(t, h, roomtest.At("张三", ""))
	roomtest.Does(t, alice, "/join #den")
	roomtest.Does(t, alice, "/room private")
	roomtest.Does(t, alice, "/join #dogs")
	for _, test := range []struct{ got, want any }{
		{alice.CompleteName("bO"), []string{"Bob", "bobby"}},
		{alice.CompleteName("张"), []string{"张三"}},
		{alice.CompleteName("ali"), []string(nil)},
		{alice.CompleteRoom("d"), []string{"den", "dogs"}},
		{roomtest.Enter(t, h, roomtest.At("carol", "C")).CompleteRoom("d"), []string{"dogs"}},
		{alice.CompleteCommand("ki", command.SlashSyntax), []string(nil)},
		{root.CompleteCommand("ki", command.SlashSyntax), []string{"kick"}},
		{completeParam(t, alice, "help", "hi"), []string{"history"}},
		{completeParam(t, alice, "help", "/hi"), []string{"history"}},
		{completeParam(t, alice, "help", "roo"), []string{"room", "rooms"}},
		{completeParam(t, alice, "help", "ki"), []string(nil)},
		{completeParam(t, alice, "help", "op"), []string{"op", "operators"}},
		{completeParam(t, alice, "help", "who", "hi"), []string(nil)},
		{completeParam(t, alice, "set", "th"), []string{"theme"}},
		{completeParam(t, alice, "set", ""), []string{"bell", "clock", "lang", "notify", "plain", "quiet", "theme", "zone"}},
		{completeParam(t, alice, "set", "Theme", ""), []string{"auto", "bright", "ink", "tea"}},
		{completeParam(t, alice, "set", "zone", "asia"), []string{"Asia/Shanghai"}},
		{completeParam(t, alice, "set", "zone", "."), []string(nil)},
		{completeParam(t, alice, "set", "alice", ""), []string(nil)},
		{completeParam(t, alice, "theme", "i"), []string{"ink"}},
		{completeParam(t, alice, "time", "a"), []string{"Asia/Shanghai", "auto"}},
		{completeParam(t, alice, "nick", "bo"), []string(nil)},
	} {
		if fmt.Sprint(test.got) != fmt.Sprint(test.want) {
			t.Errorf("offered %q, want %q", test.got, test.want)
		}
	}
	for i := range 100 {
		roomtest.Enter(t, h, roomtest.At(fmt.Sprint("x", strings.Repeat("y", i%20), i), ""))
	}
	if n := len(alice.CompleteName("x")); n != roster.MaxCompletions {
		t.Errorf("%d names are offered", n)
	}
}

// completeParam returns the completion of the last word typed after a command.
func completeParam(t *testing.T, s *command.Runner, name string, words ...string) []string {
	t.Helper()
	options, ok := s.CompleteParam(name, words)
	if !ok {
		t.Errorf("%s has no way to complete its parameters", name)
	}
	return options
}
