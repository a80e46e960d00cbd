package builtin_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Everybody reads the message of the day on entering. Users who are online read a new topic too.
func TestMotdAndTopic(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Read(t, bob)
	for _, step := range []struct{ line, want string }{
		{"/motd", "~ " + testkit.English(reply.NoMotd)},
		{"/topic", "~ " + testkit.English(reply.NoTopic)},
		{"/motd Be\x1b[31m kind", "~ " + testkit.English(reply.Done)},
		{"/motd", "~ Be kind"},
		{"/topic " + strings.Repeat("x", moderation.MaxTopicBytes+1), "~ " + testkit.English(reply.TextTooLong, 300)},
		{"/motd " + strings.Repeat("x", moderation.MaxMotdBytes+1), "~ " + i18n.Sprint(string(reply.TextTooLong), 1000)},
		{"/motd \x1b", "~ " + testkit.English(reply.TextEmpty)},
	} {
		if got := roomtest.Does(t, root, step.line); got != step.want {
			t.Errorf("%.20s: %s, want %s", step.line, got, step.want)
		}
	}
	roomtest.Expect(t, bob, "")
	roomtest.Does(t, root, "/topic tea 100%")
	roomtest.Expect(t, bob, "~ "+testkit.English(reply.TopicSet, "root", "tea 100%"))
	if got := roomtest.Sentences(roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("carol", "")), 0).Notices); got != "Be kind | Topic: tea 100%" {
		t.Errorf("carol enters and reads %s", got)
	}
	roomtest.Read(t, bob)
	for _, line := range []string{"/motd mine", "/topic mine", "/topic off"} {
		if got := roomtest.Does(t, bob, line); got != "~ "+testkit.English(reply.OperatorsOnly) {
			t.Errorf("bob: %s: %s", line, got)
		}
	}
	if got := roomtest.Does(t, bob, "/topic"); got != "~ Topic: tea 100%" {
		t.Errorf("bob asks for the topic: %s", got)
	}
	roomtest.Does(t, root, "/topic off")
	roomtest.Does(t, root, "/motd off")
	roomtest.Expect(t, bob, "~ "+testkit.English(reply.TopicOff, "root"))
	if got := roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("dan", "")), 0).Notices; len(got) != 0 {
		t.Errorf("dan enters and reads %s", roomtest.Sentences(got))
	}
}

// In slow mode everybody except operators may say one line every few seconds, over all sessions, in
// public and in private.
func TestSlowMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root := roomtest.HubWithOperator(t)
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		pipe := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "B"})
		for _, wrong := range []string{"-1", "3601", "x", "1.5", "2h", "1.5s", "-1s"} {
			if got := roomtest.Does(t, root, "/slow "+wrong); got != "~ "+i18n.Sprint(string(reply.InvalidNumber), 0, 3600) {
				t.Errorf("/slow %s: %s", wrong, got)
			}
		}
		roomtest.Read(t, bob)
		roomtest.Does(t, root, "/slow 10")
		roomtest.Expect(t, bob, "~ "+testkit.English(reply.SlowOn, 10))
		bob.HandleLine("one", 0)
		time.Sleep(4 * time.Second)
		err := pipe.Say("two")
		roomtest.Refuses(t, "too early", err, reply.SlowMode)
		if err != nil && err.Error() != testkit.English(reply.SlowMode, 10, 7) {
			t.Error(err)
		}
		_, err = private.Send(bob.Session, "root", "psst")
		roomtest.Refuses(t, "too early, in private", err, reply.SlowMode)
		time.Sleep(6 * time.Second)
		if err := pipe.Say("two"); err != nil {
			t.Error(err)
		}
		for range 3 {
			if err := root.Say("fast"); err != nil {
				t.Error(err)
			}
		}
		roomtest.Does(t, root, "/slow off")
		if err := bob.Say("three"); err != nil {
			t.Error(err)
		}
		if got := roomtest.Read(t, bob); !strings.HasSuffix(got, "~ "+testkit.English(reply.SlowOff)+"; bob: three") {
			t.Errorf("bob reads %s", got)
		}
	})
}

// In slow mode, lines that were refused or reached nobody do not count.
func TestSlowModeCountsWhatWasSaid(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
	roomtest.Does(t, root, "/slow 10")
	roomtest.Refuses(t, "an empty line", bob.Say("\x1b"), reply.TextEmpty)
	_, err := private.Send(bob.Session, "nobody", "hi")
	roomtest.Refuses(t, "telling nobody", err, reply.NoSuchUser, reply.SlowMode)
	if err := bob.Say("hello"); err != nil {
		t.Error(err)
	}
}

// A guest does not get around slow mode by reconnecting for each line.
func TestSlowModeForGuestsWhoComeAgain(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	roomtest.Does(t, root, "/slow 60")
	said := 0
	for range 10 {
		s := roomtest.Enter(t, h, roomtest.From("x", "", "192.0.2.7"))
		if s.Say("x") == nil {
			said++
		}
		s.Leave(room.Quit)
	}
	if said != 1 {
		t.Errorf("%d lines were said", said)
	}
}

// In lockdown only known keys and operators get in; users online stay.
func TestLockdown(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	s.Accounts["old"] = room.Account{ID: "old", Name: "old"}
	h := room.New(room.Config{
		Messages:      s,
		IsOperatorKey: roomtest.IsRoot,
		IsAllowedKey:  func(key ids.Fingerprint) bool { return key == "allowed" },
	})
	root := roomtest.EnterRoot(t, h)
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	guest := roomtest.Enter(t, h, roomtest.At("guest", ""))
	roomtest.Link(t, alice, "A2")
	if got := roomtest.Does(t, root, "/lockdown please"); got != "~ "+testkit.English(reply.Usage, "/lockdown on|off") {
		t.Errorf("/lockdown please: %s", got)
	}
	roomtest.Read(t, guest)
	roomtest.Does(t, root, "/lockdown on")
	roomtest.Expect(t, guest, "~ "+testkit.English(reply.LockdownOn))
	if guest.Reason() != "" {
		t.Errorf("the guest left: %q", guest.Reason())
	}
	for _, ci := range []room.ClientInfo{roomtest.At("x", ""), roomtest.At("x", "X"), roomtest.At("alice", ""), {Unnamed: true, Address: "192.0.2.1:1"}} {
		_, err := roomtest.EnterHub(h, ci)
		roomtest.Refuses(t, "entering in lockdown", err, reply.LockedDown)
		_, _, err = roomtest.ExecHub(h, ci)
		roomtest.Refuses(t, "running a command in lockdown", err, reply.LockedDown)
	}
	for _, key := range []string{"A", "A2", "old", "allowed", "root"} {
		u, err := roomtest.EnterHub(h, roomtest.At(key, ids.Fingerprint(key)))
		if err != nil {
			t.Errorf("key %s may not enter: %v", key, err)
			continue
		}
		u.Leave(room.Quit)
	}
	_, _ = roomtest.Command(t, h, "root", "lockdown", "off")
	roomtest.Expect(t, guest, "-alice (quit); +A2; -A2 (quit); +old; -old (quit); +allowed; -allowed (quit); -root (quit); ~ "+testkit.English(reply.LockdownOff))
	roomtest.Enter(t, h, roomtest.At("x", ""))
}

// In lockdown, a user who is online with a key may take over their own session even if they own no
// name.
func TestTakeoverInLockdown(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("root", "B"))
	roomtest.Does(t, root, "/lockdown on")
	if _, err := roomtest.EnterHub(h, roomtest.At("root", "B")); err != nil || bob.Reason() != room.TakenOver {
		t.Errorf("bob may not take over: %v, %q", err, bob.Reason())
	}
}

// A hub by invitation lets in listed keys and operators. Each code from an operator lets in one
// key, for good.
func TestInvitations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := room.New(room.Config{
			Policy:        room.Policy{InviteOnly: true},
			IsOperatorKey: roomtest.IsRoot,
			IsAllowedKey:  func(key ids.Fingerprint) bool { return key == "listed" },
		})
		root := roomtest.EnterRoot(t, h)
		enters := func(key string, want bool) {
			t.Helper()
			s, err := roomtest.EnterHub(h, roomtest.At("x", ids.Fingerprint(key)))
			if err == nil {
				s.Leave(room.Quit)
			} else {
				roomtest.Refuses(t, "entering with "+key, err, reply.ByInvitation)
			}
			if (err == nil) != want {
				t.Errorf("key %q enters: %v", key, err)
			}
		}
		enters("", false)
		enters("A", false)
		enters("listed", true)
		code := roomtest.Invitation(t, root)
		roomtest.Refuses(t, "no key", h.Redeem(t.Context(), roomtest.At("x", ""), code), reply.NeedKey)
		roomtest.Refuses(t, "no code", h.Redeem(t.Context(), roomtest.At("x", "A"), ""), reply.WrongCode)
		roomtest.Refuses(t, "a wrong code", h.Redeem(t.Context(), roomtest.At("x", "A"), "AAAA-AAAA-AAAA-AAAA"), reply.WrongCode)
		enters("A", false)
		if err := h.Redeem(t.Context(), roomtest.At("x", "A"), strings.ToLower(strings.ReplaceAll(code, "-", " "))); err != nil {
			t.Error(err)
		}
		enters("A", true)
		roomtest.Refuses(t, "a code again", h.Redeem(t.Context(), roomtest.At("x", "B"), code), reply.WrongCode)
		enters("B", false)
		code = roomtest.Invitation(t, root)
		roomtest.Does(t, root, string("/ban "+roomtest.Fp("B")))
		roomtest.Refuses(t, "a banned key", h.Redeem(t.Context(), roomtest.At("x", roomtest.Fp("B")), code), reply.BannedForGood)
		time.Sleep(moderation.InvitationTTL + time.Second)
		roomtest.Refuses(t, "an old code", h.Redeem(t.Context(), roomtest.At("x", "B"), code), reply.WrongCode)
		for range moderation.MaxInvitations {
			roomtest.Invitation(t, root)
		}
		if got := roomtest.Does(t, root, "/invite"); got != "~ "+i18n.English(string(reply.TryLater)) {
			t.Errorf("one code too many: %s", got)
		}
		time.Sleep(moderation.InvitationTTL + time.Second)
		roomtest.Invitation(t, root) // the old ones are gone
		enters("A", true)
	})
}

// Without arguments, /slow and /lockdown show what is in force, and change nothing.
func TestCurrentHubSettings(t *testing.T) {
	h, root := roomtest.HubWithOperator(t)
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Read(t, root)
	for _, step := range []struct{ line, want string }{
		{"/slow", "~ " + testkit.English(reply.SlowOff)},
		{"/lockdown", "~ " + testkit.English(reply.NotLockedDown)},
		{"/slow 1m", "~ " + testkit.English(reply.SlowOn, 60) + "; ~ " + testkit.English(reply.Done)},
		{"/slow 10", "~ " + testkit.English(reply.SlowOn, 10) + "; ~ " + testkit.English(reply.Done)},
		{"/lockdown on", "~ " + testkit.English(reply.LockdownOn) + "; ~ " + testkit.English(reply.Done)},
		{"/slow", "~ " + testkit.English(reply.SlowOn, 10)},
		{"/lockdown", "~ " + testkit.English(reply.LockdownOn)},
	} {
		if got := roomtest.Does(t, root, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	if len(roomtest.Peek(h).Moderation.Audit.Operators()) != 3 || h.Settings() != (moderation.Settings{SlowSeconds: 10, Lockdown: true}) {
		t.Errorf("%d log entries, in force is %+v", len(roomtest.Peek(h).Moderation.Audit.Operators()), h.Settings())
	}
	for _, line := range []string{"/slow", "/lockdown"} {
		roomtest.Read(t, bob)
		if got := roomtest.Does(t, bob, line); got != "~ "+testkit.English(reply.OperatorsOnly) {
			t.Errorf("bob: %s: %s", line, got)
		}
	}
}
