package room

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Settings apply to all of a person's sessions, including one-shot sessions, and last over
// reconnects, restarts and other keys of the person. An invalid value changes nothing.
func TestSettings(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	alice := enter(t, h, at("爱丽丝", "A"))
	pipe := enter(t, h, ClientInfo{Fingerprint: "A"})
	for _, step := range []struct{ line, want string }{
		{"/lang zh", "~ " + testkit.English(reply.SetLang, "zh", "auto|en|zh|zh-TW")},
		{"/lang zh-TW", "~ " + testkit.English(reply.SetLang, "zh-TW", "auto|en|zh|zh-TW")},
		{"/lang zh", "~ " + testkit.English(reply.SetLang, "zh", "auto|en|zh|zh-TW")},
		{"/lang 中文", "~ " + testkit.English(reply.NoSuchValue, "lang", "auto|en|zh|zh-TW")},
		{"/lang", "~ Usage: /lang auto|en|zh|zh-TW"},
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
		if got := does(t, alice, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	if e, err := command(t, h, "A", "set", "notify", "on"); err != nil || describe(e) == "" {
		t.Errorf("by command: %v", err)
	}
	want := accounts.Settings{Lang: "zh", Theme: "ink", Clock: "12", Zone: "Asia/Shanghai", Plain: true, Notify: true}
	link(t, alice, "A2")
	later := enter(t, b.reopen(t), at("爱丽丝", "A2"))
	for what, s := range map[string]*Session{"terminal": alice, "pipe": pipe, "after a restart, with the other key": later} {
		if got := s.Settings(); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	if all := does(t, later, "/set"); strings.Count(all, " | ") != len(accounts.SettingSpecs())-1 || !strings.Contains(all, "lang: zh") {
		t.Errorf("/set: %s", all)
	}
	for _, sp := range accounts.SettingSpecs() {
		first, _, _ := strings.Cut(sp.Values, "|")
		does(t, later, "/set "+sp.Name+" "+first)
	}
	if got := later.Settings(); got != (accounts.Settings{}) || len(b.tables["settings"]) != 0 {
		t.Errorf("set back: %+v, %d rows", got, len(b.tables["settings"]))
	}
}

// Setting something wakes the terminals of the person, and nobody else.
func TestSettingsWake(t *testing.T) {
	h := NewHub()
	alice, bob := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B"))
	read(t, alice)
	read(t, bob)
	if _, err := command(t, h, "A", "theme", "tea"); err != nil {
		t.Fatal(err)
	}
	if !alice.refreshRequested.Load() || bob.refreshRequested.Load() {
		t.Errorf("alice is woken: %t, bob: %t", alice.refreshRequested.Load(), bob.refreshRequested.Load())
	}
}

// A user with the quiet setting sees only their own joins and leaves.
func TestQuiet(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	does(t, alice, "/quiet on")
	bob := enter(t, h, at("鲍勃", ""))
	bob.HandleLine("你好", 0)
	does(t, bob, "/nick 小鲍")
	bob.Leave(Quit)
	expect(t, alice, "鲍勃: 你好; 鲍勃=小鲍")
	alice.Leave(Quit)
	alice = enter(t, h, at("alice", "A"))
	enter(t, h, at("carol", ""))
	expect(t, alice, "+alice")
	does(t, alice, "/quiet")
	enter(t, h, at("dave", ""))
	expect(t, alice, "+dave")
}

// Guests keep what they set while they are here, and no longer. Of people with a
// key so many are written down; the others are as guests.
func TestSettingsAreBounded(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	h.swept["settings"] = time.Now() // or they would give way: nothing is known of their people
	for i := range accounts.MaxSettings / 2 {
		h.settings.Set(fmt.Sprint("key", i), &accounts.Settings{Bell: true})
	}
	for _, key := range []string{"", "A"} {
		s := enter(t, h, at("alice", key))
		got, want := does(t, s, "/bell on"), "~ "+testkit.English(reply.SetBell, "on", "off|on")
		if key != "" {
			want += " | " + testkit.English(reply.SessionOnly)
		}
		if !s.Settings().Bell || len(b.rows()) > 1 || h.settings.Len() != accounts.MaxSettings/2 || got != want {
			t.Errorf("key %q: %+v, %d rows, %d settings: %s", key, s.Settings(), len(b.rows()), h.settings.Len(), got)
		}
		s.Leave(Quit)
		if again := enter(t, h, at("alice", key)); again.Settings().Bell {
			t.Errorf("key %q: it is kept", key)
		} else {
			again.Leave(Quit)
		}
	}
}

// A person's settings also apply to a key that is added, unless that key's person has set
// something.
func TestSettingsMove(t *testing.T) {
	h := NewHub()
	b := newFakeRecordStore(h)
	old := enter(t, h, at("old", "O"))
	does(t, old, "/theme bright")
	old.Leave(Quit)
	alice := enter(t, h, at("alice", "A"))
	link(t, alice, "O")
	if alice.Settings().Theme != "bright" || len(b.tables["settings"]) != 1 {
		t.Errorf("alice has %+v", alice.Settings())
	}
}
