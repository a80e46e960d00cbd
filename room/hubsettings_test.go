package room

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// ordered returns a hub with an operator, whose key is "root".
func ordered(t testing.TB) (*Hub, *Session) {
	h := NewHub()
	h.IsOperatorKey = func(key string) bool { return key == "root" }
	return h, enter(t, h, ClientInfo{RequestedName: "root", Fingerprint: "root", Terminal: true, Remote: address("198.51.100.1")})
}

// invitation has an operator make a code to enter.
func invitation(t testing.TB, op *Session) string {
	t.Helper()
	got := does(t, op, "/invite")
	code, ok := strings.CutPrefix(got, "~ "+testkit.EnglishPart(reply.InviteCode, 0))
	if !ok {
		t.Fatalf("no code: %s", got)
	}
	code, _, _ = strings.Cut(code, " ")
	return code
}

// Everybody reads the message of the day on entering. Users who are online read a new topic too.
func TestMotdAndTopic(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", ""))
	read(t, bob)
	for _, step := range []struct{ line, want string }{
		{"/motd", "~ " + testkit.English(reply.NoMotd)},
		{"/topic", "~ " + testkit.English(reply.NoTopic)},
		{"/motd Be\x1b[31m kind", "~ " + testkit.English(reply.Done)},
		{"/motd", "~ Be kind"},
		{"/topic " + strings.Repeat("x", moderation.MaxTopicBytes+1), "~ " + testkit.English(reply.TextTooLong, 300)},
		{"/motd " + strings.Repeat("x", moderation.MaxMotdBytes+1), "~ " + i18n.Sprint(string(reply.TextTooLong), 1000)},
		{"/motd \x1b", "~ " + testkit.English(reply.TextEmpty)},
	} {
		if got := does(t, root, step.line); got != step.want {
			t.Errorf("%.20s: %s, want %s", step.line, got, step.want)
		}
	}
	expect(t, bob, "")
	does(t, root, "/topic tea 100%")
	expect(t, bob, "~ "+testkit.English(reply.TopicSet, "root", "tea 100%"))
	if got := sentences(arrive(t, enter(t, h, at("carol", "")), 0).Notices); got != "Be kind | Topic: tea 100%" {
		t.Errorf("carol comes and reads %s", got)
	}
	read(t, bob)
	for _, line := range []string{"/motd mine", "/topic mine", "/topic off"} {
		if got := does(t, bob, line); got != "~ "+testkit.English(reply.OperatorsOnly) {
			t.Errorf("bob: %s: %s", line, got)
		}
	}
	if got := does(t, bob, "/topic"); got != "~ Topic: tea 100%" {
		t.Errorf("bob asks for the topic: %s", got)
	}
	does(t, root, "/topic off")
	does(t, root, "/motd off")
	expect(t, bob, "~ "+testkit.English(reply.TopicOff, "root"))
	if got := arrive(t, enter(t, h, at("dan", "")), 0).Notices; len(got) != 0 {
		t.Errorf("dan comes and reads %s", sentences(got))
	}
}

// In slow mode everybody but operators says one line in so many seconds, over all
// sessions, in public and in private.
func TestSlowMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		bob := enter(t, h, at("bob", "B"))
		pipe := enter(t, h, ClientInfo{Fingerprint: "B"})
		for _, wrong := range []string{"-1", "3601", "x", "1.5", "2h", "1.5s", "-1s"} {
			if got := does(t, root, "/slow "+wrong); got != "~ "+i18n.Sprint(string(reply.InvalidNumber), 0, 3600) {
				t.Errorf("/slow %s: %s", wrong, got)
			}
		}
		read(t, bob)
		does(t, root, "/slow 10")
		expect(t, bob, "~ "+testkit.English(reply.SlowOn, 10))
		bob.HandleLine("one", 0)
		time.Sleep(4 * time.Second)
		err := pipe.Say("two")
		refuses(t, "too early", err, reply.SlowMode)
		if err != nil && err.Error() != testkit.English(reply.SlowMode, 10, 7) {
			t.Error(err)
		}
		_, err = bob.SendDirect("root", "psst")
		refuses(t, "too early, in private", err, reply.SlowMode)
		time.Sleep(6 * time.Second)
		if err := pipe.Say("two"); err != nil {
			t.Error(err)
		}
		for range 3 {
			if err := root.Say("fast"); err != nil {
				t.Error(err)
			}
		}
		does(t, root, "/slow off")
		if err := bob.Say("three"); err != nil {
			t.Error(err)
		}
		if got := read(t, bob); !strings.HasSuffix(got, "~ "+testkit.English(reply.SlowOff)+"; bob: three") {
			t.Errorf("bob reads %s", got)
		}
	})
}

// In slow mode a line that was refused, or told to nobody, is not the one that one
// may say.
func TestSlowModeCountsWhatWasSaid(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", ""))
	does(t, root, "/slow 10")
	refuses(t, "an empty line", bob.Say("\x1b"), reply.TextEmpty)
	_, err := bob.SendDirect("nobody", "hi")
	refuses(t, "telling nobody", err, reply.NoSuchUser, reply.SlowMode)
	if err := bob.Say("hello"); err != nil {
		t.Error(err)
	}
}

// A guest does not get round slow mode by coming again for each line.
func TestSlowModeForGuestsWhoComeAgain(t *testing.T) {
	h, root := ordered(t)
	does(t, root, "/slow 60")
	said := 0
	for range 10 {
		s := enter(t, h, from("x", "", "192.0.2.7"))
		if s.Say("x") == nil {
			said++
		}
		s.Leave(Quit)
	}
	if said != 1 {
		t.Errorf("%d lines were said", said)
	}
}

// In lockdown those get in whose key was here before, and operators; who is here
// stays.
func TestLockdown(t *testing.T) {
	h, root := ordered(t)
	s := newFakeMessageStore()
	s.accounts["old"] = Account{ID: "old", Name: "old"}
	h.Messages = s
	h.IsAllowedKey = func(key string) bool { return key == "allowed" }
	alice := enter(t, h, at("alice", "A"))
	guest := enter(t, h, at("guest", ""))
	link(t, alice, "A2")
	if got := does(t, root, "/lockdown please"); got != "~ Usage: /lockdown on|off" {
		t.Errorf("/lockdown please: %s", got)
	}
	read(t, guest)
	does(t, root, "/lockdown on")
	expect(t, guest, "~ "+testkit.English(reply.LockdownOn))
	if guest.Reason() != "" {
		t.Errorf("the guest left: %q", guest.Reason())
	}
	for _, ci := range []ClientInfo{at("x", ""), at("x", "X"), at("alice", ""), {Unnamed: true, Address: "192.0.2.1:1"}} {
		_, err := h.Enter(ci)
		refuses(t, "entering in lockdown", err, reply.LockedDown)
		_, _, err = h.Exec(ci)
		refuses(t, "visiting in lockdown", err, reply.LockedDown)
	}
	for _, key := range []string{"A", "A2", "old", "allowed", "root"} {
		u, err := h.Enter(at(key, key))
		if err != nil {
			t.Errorf("key %s may not enter: %v", key, err)
			continue
		}
		u.Leave(Quit)
	}
	_, _ = command(t, h, "root", "lockdown", "off")
	expect(t, guest, "-alice (quit); +A2; -A2 (quit); +old; -old (quit); +allowed; -allowed (quit); -root (quit); ~ "+testkit.English(reply.LockdownOff))
	enter(t, h, at("x", ""))
}

// In lockdown, a user who is online with a key may take over their own session even if they own no
// name.
func TestTakeoverInLockdown(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("root", "B"))
	does(t, root, "/lockdown on")
	if _, err := h.Enter(at("root", "B")); err != nil || bob.Reason() != TakenOver {
		t.Errorf("bob may not take over: %v, %q", err, bob.Reason())
	}
}

// A hub by invitation lets in listed keys and operators. Each code from an operator lets in one
// key, for good.
func TestInvitations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := ordered(t)
		h.InviteOnly = true
		h.IsAllowedKey = func(key string) bool { return key == "listed" }
		enters := func(key string, want bool) {
			t.Helper()
			s, err := h.Enter(at("x", key))
			if err == nil {
				s.Leave(Quit)
			} else {
				refuses(t, "entering with "+key, err, reply.ByInvitation)
			}
			if (err == nil) != want {
				t.Errorf("key %q enters: %v", key, err)
			}
		}
		enters("", false)
		enters("A", false)
		enters("listed", true)
		code := invitation(t, root)
		refuses(t, "no key", h.Redeem(at("x", ""), code), reply.NeedKey)
		refuses(t, "no code", h.Redeem(at("x", "A"), ""), reply.WrongCode)
		refuses(t, "a wrong code", h.Redeem(at("x", "A"), "AAAA-AAAA-AAAA-AAAA"), reply.WrongCode)
		enters("A", false)
		if err := h.Redeem(at("x", "A"), strings.ToLower(strings.ReplaceAll(code, "-", " "))); err != nil {
			t.Error(err)
		}
		enters("A", true)
		refuses(t, "a code again", h.Redeem(at("x", "B"), code), reply.WrongCode)
		enters("B", false)
		code = invitation(t, root)
		does(t, root, "/ban "+fp("B"))
		refuses(t, "a banned key", h.Redeem(at("x", fp("B")), code), reply.BannedForGood)
		time.Sleep(moderation.InvitationTTL + time.Second)
		refuses(t, "an old code", h.Redeem(at("x", "B"), code), reply.WrongCode)
		for range moderation.MaxInvitations {
			invitation(t, root)
		}
		if got := does(t, root, "/invite"); got != "~ "+i18n.English(string(reply.TryLater)) {
			t.Errorf("one code too many: %s", got)
		}
		time.Sleep(moderation.InvitationTTL + time.Second)
		invitation(t, root) // the old ones are gone
		enters("A", true)
	})
}

// Without words, slow and lockdown tell what is in force, and change nothing.
func TestCurrentHubSettings(t *testing.T) {
	h, root := ordered(t)
	bob := enter(t, h, at("bob", "B"))
	read(t, root)
	for _, step := range []struct{ line, want string }{
		{"/slow", "~ " + testkit.English(reply.SlowOff)},
		{"/lockdown", "~ " + testkit.English(reply.NotLockedDown)},
		{"/slow 1m", "~ " + testkit.English(reply.SlowOn, 60) + "; ~ " + testkit.English(reply.Done)},
		{"/slow 10", "~ " + testkit.English(reply.SlowOn, 10) + "; ~ " + testkit.English(reply.Done)},
		{"/lockdown on", "~ " + testkit.English(reply.LockdownOn) + "; ~ " + testkit.English(reply.Done)},
		{"/slow", "~ " + testkit.English(reply.SlowOn, 10)},
		{"/lockdown", "~ " + testkit.English(reply.LockdownOn)},
	} {
		if got := does(t, root, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	if len(h.moderation.Audit.Operators()) != 3 || h.currentHubSettings() != (moderation.Settings{SlowSeconds: 10, Lockdown: true}) {
		t.Errorf("%d acts, in force is %+v", len(h.moderation.Audit.Operators()), h.currentHubSettings())
	}
	for _, line := range []string{"/slow", "/lockdown"} {
		read(t, bob)
		if got := does(t, bob, line); got != "~ "+testkit.English(reply.OperatorsOnly) {
			t.Errorf("bob: %s: %s", line, got)
		}
	}
}
