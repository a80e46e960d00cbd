package room

import (
	"fmt"
	"strings"
	"testing"
)

// Completions begin with what was typed, in any case, and are things that the user may use: no
// private rooms of others, no operators' commands.
func TestCompletion(t *testing.T) {
	h, root := ordered(t)
	alice := enter(t, h, at("alice", "A"))
	enter(t, h, at("Bob", ""))
	enter(t, h, at("bobby", ""))
	enter(t, h, at("张三", ""))
	does(t, alice, "/join #den")
	does(t, alice, "/room private")
	does(t, alice, "/join #dogs")
	for _, test := range []struct{ got, want any }{
		{alice.CompleteName("bO"), []string{"Bob", "bobby"}},
		{alice.CompleteName("张"), []string{"张三"}},
		{alice.CompleteName("ali"), []string(nil)},
		{alice.CompleteRoom("d"), []string{"den", "dogs"}},
		{enter(t, h, at("carol", "C")).CompleteRoom("d"), []string{"dogs"}},
		{alice.CompleteCommand("ki", SlashSyntax), []string(nil)},
		{root.CompleteCommand("ki", SlashSyntax), []string{"kick"}},
		{alice.CompleteHelp("hi"), []string{"history"}},
		{alice.CompleteHelp("roo"), []string{"room", "rooms"}},
		{alice.CompleteHelp("ki"), []string(nil)},
		{alice.CompleteHelp("op"), []string{"op", "operators"}},
		{CompleteSetting("th"), []string{"theme"}},
		{CompleteSetting(""), []string{"bell", "clock", "lang", "notify", "plain", "quiet", "theme", "zone"}},
		{CompleteSettingValue("Theme", ""), []string{"auto", "bright", "ink", "tea"}},
		{CompleteSettingValue("zone", "asia"), []string{"Asia/Shanghai"}},
		{CompleteSettingValue("zone", "."), []string(nil)},
		{CompleteSettingValue("alice", ""), []string(nil)},
	} {
		if fmt.Sprint(test.got) != fmt.Sprint(test.want) {
			t.Errorf("offered %q, want %q", test.got, test.want)
		}
	}
	for i := range 100 {
		enter(t, h, at(fmt.Sprint("x", strings.Repeat("y", i%20), i), ""))
	}
	if n := len(alice.CompleteName("x")); n != maxCompletions {
		t.Errorf("%d names are offered", n)
	}
}
