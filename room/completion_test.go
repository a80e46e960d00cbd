package room

import (
	"fmt"
	"strings"
	"testing"
)

// What is offered begins with what was typed, in whatever case, and is what the user
// may use: no private rooms of others, no commands of operators.
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
		{alice.Names("bO"), []string{"Bob", "bobby"}},
		{alice.Names("张"), []string{"张三"}},
		{alice.Names("ali"), []string(nil)},
		{alice.Rooms("d"), []string{"den", "dogs"}},
		{enter(t, h, at("carol", "C")).Rooms("d"), []string{"dogs"}},
		{alice.Commands("ki", Slashed), []string(nil)},
		{root.Commands("ki", Slashed), []string{"kick"}},
		{alice.Lessons("hi"), []string{"history"}},
		{alice.Lessons("roo"), []string{"room", "rooms"}},
		{alice.Lessons("ki"), []string(nil)},
		{alice.Lessons("op"), []string{"op", "operators"}},
		{SettingNames("th"), []string{"theme"}},
		{SettingNames(""), []string{"bell", "clock", "lang", "notify", "plain", "quiet", "theme", "zone"}},
		{SettingValues("Theme", ""), []string{"auto", "bright", "ink", "tea"}},
		{SettingValues("zone", "asia"), []string{"Asia/Shanghai"}},
		{SettingValues("zone", "."), []string(nil)},
		{SettingValues("alice", ""), []string(nil)},
	} {
		if fmt.Sprint(test.got) != fmt.Sprint(test.want) {
			t.Errorf("offered %q, want %q", test.got, test.want)
		}
	}
	for i := range 100 {
		enter(t, h, at(fmt.Sprint("x", strings.Repeat("y", i%20), i), ""))
	}
	if n := len(alice.Names("x")); n != mostOptions {
		t.Errorf("%d names are offered", n)
	}
}
