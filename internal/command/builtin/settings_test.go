package builtin_test

import (
	"strings"
	"testing"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Settings apply to all of a person's sessions, including one-shot sessions, and last over
// reconnects, restarts and other keys of the person. An invalid value changes nothing.
func TestSettings(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("爱丽丝", "A"))
	pipe := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "A"})
	for _, step := range []struct{ line, want string }{
		{"/lang zh", "~ " + testkit.English(reply.SetLang, "zh", "auto|en|zh|zh-TW")},
		{"/lang zh-TW", "~ " + testkit.English(reply.SetLang, "zh-TW", "auto|en|zh|zh-TW")},
		{"/lang zh", "~ " + testkit.English(reply.SetLang, "zh", "auto|en|zh|zh-TW")},
		{"/lang 中文", "~ " + testkit.English(reply.NoSuchValue, "lang", "auto|en|zh|zh-TW")},
		{"/lang", "~ " + testkit.English(reply.Usage, "/lang auto|en|zh|zh-TW")},
		{"/theme ink", "~ " + testkit.English(reply.SetTheme, "ink", "auto|tea|ink|bright")},
		{"/time 12", "~ " + testkit.English(reply.SetClock, "12", "auto|24|12|off")},
		{"/time Asia/Shanghai", "~ " + testkit.English(reply.SetZone, "Asia/Shanghai", "auto|Asia/Shanghai|Europe/Berlin|...")},
		{"/time ../etc/passwd", "~ " + testkit.English(reply.NoSuchTime)},
		{"/time Local", "~ " + testkit.English(reply.NoSuchTime)},
		{"/time 上海", "~ " + testkit.English(reply.NoSuchTime)},
		{"/time 13", "~ " + testkit.English(reply.NoSuchTime)},
		{"/set zone 13", "~ " + testkit.English(reply.NoSuchZone)},
		{"/bell", "~ " + testkit.English(reply.SetBell, "on", "off|on")},
		{"/bell", "~ " + testkit.English(reply.SetBell, "off", "off|on")},
		{"/set plain on", "~ " + testkit.English(reply.SetPlain, "on", "off|on")},
		{"/set plain maybe", "~ " + testkit.English(reply.NoSuchValue, "plain", "off|on")},
		{"/set colour on", "~ " + testkit.English(reply.NoSuchSetting, "colour")},
	} {
		if got := roomtest.Does(t, alice, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	if e, err := roomtest.Command(t, h, "A", "set", "notify", "on"); err != nil || roomtest.Describe(e) == "" {
		t.Errorf("by ssh HOST: %v", err)
	}
	want := accounts.Settings{Lang: "zh", Theme: "ink", Clock: "12", Zone: "Asia/Shanghai", Plain: true, Notify: true}
	roomtest.Link(t, alice, "A2")
	later := roomtest.Enter(t, b.Reopen(t), roomtest.At("爱丽丝", "A2"))
	for what, s := range map[string]*command.Runner{"terminal": alice, "pipe": pipe, "after a restart, with the other key": later} {
		if got := s.Settings(); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	if all := roomtest.Does(t, later, "/set"); strings.Count(all, " | ") != len(accounts.SettingSpecs())-1 || !strings.Contains(all, "lang: zh") {
		t.Errorf("/set: %s", all)
	}
	for _, sp := range accounts.SettingSpecs() {
		first, _, _ := strings.Cut(sp.Values, "|")
		roomtest.Does(t, later, "/set "+sp.Name+" "+first)
	}
	if got := later.Settings(); got != (accounts.Settings{}) || len(b.Tables["settings"]) != 0 {
		t.Errorf("reset: %+v, %d records", got, len(b.Tables["settings"]))
	}
}

// Changing a setting wakes the person's terminals, and nobody else's.
func TestSettingsWake(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Read(t, alice)
	roomtest.Read(t, bob)
	if _, err := roomtest.Command(t, h, "A", "theme", "tea"); err != nil {
		t.Fatal(err)
	}
	wokenToRefresh := func(s *command.Runner) bool {
		_, _ = s.Arm()
		return s.TakeRefresh()
	}
	if !wokenToRefresh(alice) || wokenToRefresh(bob) {
		t.Error("alice's terminal isn't told that her theme changed, or bob's is")
	}
}

// A user with the quiet setting sees only their own joins and leaves.
func TestQuiet(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Does(t, alice, "/quiet on")
	bob := roomtest.Enter(t, h, roomtest.At("鲍勃", ""))
	bob.HandleLine("你好", 0)
	roomtest.Does(t, bob, "/nick 小鲍")
	bob.Leave(room.Quit)
	roomtest.Expect(t, alice, "鲍勃: 你好; 鲍勃=小鲍")
	alice.Leave(room.Quit)
	alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Enter(t, h, roomtest.At("carol", ""))
	roomtest.Expect(t, alice, "+alice")
	roomtest.Does(t, alice, "/quiet")
	roomtest.Enter(t, h, roomtest.At("dave", ""))
	roomtest.Expect(t, alice, "+dave")
}

// A person's settings also apply to a key that is added, unless that key's person has set
// something.
func TestSettingsMove(t *testing.T) {
	b := roomtest.NewFakeRecordStore()
	h := b.NewHub(room.Config{})
	old := roomtest.Enter(t, h, roomtest.At("old", "O"))
	roomtest.Does(t, old, "/theme bright")
	old.Leave(room.Quit)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Link(t, alice, "O")
	if alice.Settings().Theme != "bright" || len(b.Tables["settings"]) != 1 {
		t.Errorf("alice has %+v", alice.Settings())
	}
}
