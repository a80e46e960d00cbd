package builtin_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// hubWithGuests returns a hub with a history, and with somebody who has left who had an assigned
// name. The operators have the keys root and boss.
func hubWithGuests(t testing.TB) (*room.Hub, *command.Runner, *roomtest.FakeMessageStore) {
	away := &roomtest.FakeMessageStore{Accounts: map[ids.Account]room.Account{}}
	h := room.New(room.Config{
		HistoryLimits: room.HistoryLimits{Lines: 100},
		Messages:      away,
		IsOperatorKey: func(key ids.Fingerprint) bool { return key == "root" || key == roomtest.Fp("boss") },
	})
	return h, roomtest.Enter(t, h, room.ClientInfo{RequestedName: "root", Fingerprint: "root", Terminal: true, Remote: roomtest.Address("198.51.100.1")}), away
}

// speaks says something in a one-shot session.
func speaks(t testing.TB, h *room.Hub, ci room.ClientInfo, text string) {
	t.Helper()
	s, _, err := roomtest.ExecHub(h, ci)
	if err != nil {
		t.Fatalf("%s cannot speak: %v", ci.RequestedName, err)
	}
	defer s.Leave(room.Quit)
	if _, err := s.RunCommand([]string{"say", text}); err != nil {
		t.Fatalf("%s cannot speak: %v", ci.RequestedName, err)
	}
}

// silenced returns why somebody cannot speak in a one-shot session, or "".
func silenced(t testing.TB, h *room.Hub, ci room.ClientInfo) string {
	t.Helper()
	s, _, err := roomtest.ExecHub(h, ci)
	if err != nil {
		return err.Error()
	}
	defer s.Leave(room.Quit)
	if _, err = s.RunCommand([]string{"say", "me again"}); err != nil {
		return err.Error()
	}
	return ""
}

// Somebody spoke before their key was merged into a person, who has removed it since. The operator
// who bans the speaker bans that person, and not the stranger who has the key now.
func TestBanFindsWhoRemovedTheSpeakersKey(t *testing.T) {
	h, root, _ := hubWithGuests(t)
	spoke, kept := roomtest.Fp("spoke"), roomtest.Fp("kept")
	speaks(t, h, roomtest.From("Mallory", spoke, "192.0.2.1"), "spam")
	owner := roomtest.Enter(t, h, roomtest.From("quiet", kept, "192.0.2.2"))
	roomtest.Link(t, owner, spoke)
	roomtest.Does(t, owner, "/key remove "+string(spoke)+" yes")
	owner.Leave(room.Quit)
	roomtest.Does(t, root, "/free mallory yes")
	if got := roomtest.Does(t, root, "/ban mallory 2h"); !strings.Contains(got, string(kept)) {
		t.Errorf("root reads %s, want a ban of %s", got, kept)
	}
	if silenced(t, h, roomtest.From("quiet", kept, "192.0.2.2")) == "" {
		t.Error("the person may still speak")
	}
	if got := silenced(t, h, roomtest.From("stranger", spoke, "192.0.2.3")); got != "" {
		t.Errorf("the stranger may not speak: %s", got)
	}
}

// Somebody who has removed their first key is still known by its fingerprint, and the key is a
// stranger's now. An operator who mutes the speaker of a line does not mute the stranger.
func TestMuteFindsWhoRemovedTheirFirstKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root, _ := hubWithGuests(t)
		first, second := roomtest.Fp("first"), roomtest.Fp("second")
		mallory := roomtest.Enter(t, h, roomtest.From("mallory", first, "192.0.2.1"))
		roomtest.Link(t, mallory, second)
		mallory.Leave(room.Quit)
		for _, line := range [][]string{{"key", "remove", string(first), "yes"}, {"name", "release", "mallory", "yes"}} {
			if _, err := roomtest.Command(t, h, second, line...); err != nil {
				t.Fatal(err)
			}
		}
		speaks(t, h, roomtest.From("mallory", second, "192.0.2.1"), "spam")
		if got := roomtest.Does(t, root, "/whois mallory"); !strings.Contains(got, string(second)) || strings.Contains(got, string(first)) {
			t.Errorf("whois mallory, who has the key %s: %s", second, got)
		}
		roomtest.Does(t, root, "/mute mallory")
		if silenced(t, h, roomtest.From("mallory", second, "192.0.2.2")) == "" {
			t.Error("mallory, who was muted, may speak")
		}
		if got := silenced(t, h, roomtest.From("stranger", first, "192.0.2.3")); got != "" {
			t.Errorf("the stranger may not speak: %s", got)
		}
	})
}

// A person who only uses ssh HOST COMMAND is on no list, and operators only know a name: it means
// the key that last spoke under it. Another key is somebody else.
func TestOperatorsFindOneShotSpeakers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mallory := roomtest.From("Mallory", roomtest.Fp("mallory"), "192.0.2.1")
		other := roomtest.From("bystander", roomtest.Fp("other"), "192.0.2.2")
		label := "Mallory (" + roomtest.Fp("mallory") + ")"
		for _, test := range []struct{ line, want, after, undo, undone string }{
			{"/ban mallory 2h spam", testkit.EnglishStart(reply.BannedNowUntil, label), testkit.EnglishPart(reply.BannedUntil, 0), "/unban MALLORY", testkit.English(reply.BannedNoMore, label)},
			{"/mute mallory", testkit.English(reply.MutedNow, label), testkit.English(reply.MutedForGood), "/unmute mallory", testkit.English(reply.MutedNoMore, label)},
			{"/forget mallory yes", testkit.EnglishStart(reply.Forgotten, "Mallory"), "", "", ""},
		} {
			h, root, _ := hubWithGuests(t)
			speaks(t, h, roomtest.From("Mallory", roomtest.Fp("earlier"), "192.0.2.3"), "I was first")
			speaks(t, h, mallory, "spam")
			speaks(t, h, other, "so what")
			if got := roomtest.Does(t, root, test.line); !strings.Contains(got, test.want) {
				t.Errorf("%s: %s, want %s", test.line, got, test.want)
			}
			if got := silenced(t, h, mallory); !strings.HasPrefix(got, test.after) || (got == "") != (test.after == "") {
				t.Errorf("%s: mallory speaks and reads %q, want %s", test.line, got, test.after)
			}
			if got := silenced(t, h, other) + silenced(t, h, roomtest.From("Mallory", roomtest.Fp("earlier"), "192.0.2.3")); got != "" {
				t.Errorf("%s: others may not speak: %s", test.line, got)
			}
			if test.undo == "" {
				continue
			}
			if got := roomtest.Does(t, root, test.undo); !strings.Contains(got, test.undone) || silenced(t, h, mallory) != "" {
				t.Errorf("%s: %s", test.undo, got)
			}
		}
		h, root, _ := hubWithGuests(t)
		speaks(t, h, mallory, "spam")
		if roomtest.Does(t, root, "/forget Mallory yes"); roomtest.Recalled(h) != "" {
			t.Errorf("after /forget the room has %s", roomtest.Recalled(h))
		}
	})
}

// A name means its current user first, then whoever last spoke under it, then whoever was online
// with it. Operators are found, too, and are safe.
func TestMeaningOfAName(t *testing.T) {
	h, root, away := hubWithGuests(t)
	guest := roomtest.From("bob", roomtest.Fp("spammer"), "192.0.2.1")
	speaks(t, h, guest, "spam")
	away.Accounts[ids.Account(roomtest.Fp("once"))] = room.Account{ID: ids.Account(roomtest.Fp("once")), Name: "bob"}
	if got := roomtest.Does(t, root, "/ban bob 1h"); !strings.Contains(got, string(roomtest.Fp("spammer"))) {
		t.Errorf("the last speaker: %s", got)
	}
	bob := roomtest.Enter(t, h, roomtest.From("bob", roomtest.Fp("bob"), "192.0.2.2"))
	bob.Leave(room.Quit)
	if got := roomtest.Does(t, root, "/ban bob 1h"); !strings.Contains(got, string(roomtest.Fp("bob"))) {
		t.Errorf("the current user: %s", got)
	}
	speaks(t, h, roomtest.From("root-2", "root", "198.51.100.1"), "it is me")
	speaks(t, h, room.ClientInfo{RequestedName: "boss", Fingerprint: roomtest.Fp("boss")}, "hello")
	if got := roomtest.Does(t, root, "/ban boss"); got != "~ "+testkit.English(reply.NotAnOperator, "boss") {
		t.Errorf("an operator: %s", got)
	}
}

// A speaker without a key could be anybody: the operator must give an address, and is told which
// one if it is known and not shared by everybody. The key of somebody else who had that name before
// is never used.
func TestSpeakerWithoutKeyIsNotGuessed(t *testing.T) {
	for where, want := range map[string]string{
		"192.0.2.7:5000":          "~ " + testkit.English(reply.LastSpeakerAddress, "anna", "192.0.2.7"),
		"[::ffff:192.0.2.7]:5000": "~ " + testkit.English(reply.LastSpeakerAddress, "anna", "192.0.2.7"),
		"127.0.0.1:5000":          "~ " + testkit.English(reply.LastSpeakerKeyless, "anna"),
		"ssh":                     "~ " + testkit.English(reply.LastSpeakerKeyless, "anna"),
	} {
		h, root, away := hubWithGuests(t)
		away.Accounts[ids.Account(roomtest.Fp("once"))] = room.Account{ID: ids.Account(roomtest.Fp("once")), Name: "anna"}
		speaks(t, h, roomtest.From("anna", roomtest.Fp("earlier"), "192.0.2.3"), "hello")
		speaks(t, h, room.ClientInfo{RequestedName: "anna", Address: where}, "spam")
		for _, line := range []string{"/ban anna", "/mute Anna 1h"} {
			if got := roomtest.Does(t, root, line); got != want {
				t.Errorf("%s, from %s: %s, want %s", line, where, got, want)
			}
		}
		if got := roomtest.Does(t, root, "/forget anna"); got != "~ "+testkit.English(reply.NoKeyKnown, "anna") {
			t.Errorf("/forget anna: %s", got)
		}
		if got := roomtest.Does(t, root, "/bans"); got != "~ "+testkit.English(reply.NoBans) {
			t.Errorf("/bans: %s", got)
		}
	}
}

// Lines in other rooms than the operator's do not count, nor do erased ones.
func TestSpeakersAreThoseOfTheRoom(t *testing.T) {
	h, root, _ := hubWithGuests(t)
	roomtest.Does(t, root, "/join tea")
	speaks(t, h, roomtest.From("mallory", roomtest.Fp("mallory"), "192.0.2.1"), "spam")
	if got := roomtest.Does(t, root, "/ban mallory"); got != "~ "+testkit.English(reply.NoSuchUser, "mallory") {
		t.Errorf("from #tea: %s", got)
	}
	roomtest.Does(t, root, "/join lobby")
	if got := roomtest.Does(t, root, "/ban mallory"); !strings.Contains(got, string(roomtest.Fp("mallory"))) {
		t.Errorf("from the lobby: %s", got)
	}
}

// Whois also describes people who spoke in a one-shot session; only operators see the address, if
// it is known.
func TestWhoisOfOneShotSpeaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root, _ := hubWithGuests(t)
		bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
		when := reply.Moment(time.Now()).String()
		speaks(t, h, roomtest.From("Mallory", roomtest.Fp("mallory"), "192.0.2.1"), "spam")
		speaks(t, h, room.ClientInfo{RequestedName: "anna", Address: "192.0.2.7:5000"}, "hello")
		for name, want := range map[string]string{
			"mallory": "~ " + testkit.English(reply.WhoisKeyed, "Mallory") + " | " + testkit.English(reply.WhoisSpoke, when) + " | key " + string(roomtest.Fp("mallory")),
			"anna":    "~ " + testkit.English(reply.WhoisGuest, "anna") + " | " + testkit.English(reply.WhoisSpoke, when) + " | from 192.0.2.7",
		} {
			if got := roomtest.Does(t, root, "/whois "+name); got != want {
				t.Errorf("root asks for %s: %s, want %s", name, got, want)
			}
			want, _, _ = strings.Cut(want, " | from ")
			if got := roomtest.Does(t, bob, "/whois "+name); got != want {
				t.Errorf("bob asks for %s: %s, want %s", name, got, want)
			}
		}
	})
}
