package room

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// hubWithGuests is ordered with a memory, and with somebody who has been and gone under a
// name that was given to it.
func hubWithGuests(t testing.TB) (*Hub, *Session, *fakeMessageStore) {
	h, away := remembering(64, HistoryLimits{Lines: 100}), &fakeMessageStore{accounts: map[string]Account{}}
	h.Messages = away
	h.IsOperatorKey = func(key string) bool { return key == "root" }
	return h, enter(t, h, ClientInfo{RequestedName: "root", Fingerprint: "root", Terminal: true, Remote: address("198.51.100.1")}), away
}

// speaks has somebody say something by a command: nobody sees it come or go.
func speaks(t testing.TB, h *Hub, ci ClientInfo, text string) {
	t.Helper()
	s, _, err := h.Exec(ci)
	if err != nil {
		t.Fatalf("%s cannot speak: %v", ci.RequestedName, err)
	}
	defer s.Leave(Quit)
	if _, err := s.RunCommand([]string{"say", text}); err != nil {
		t.Fatalf("%s cannot speak: %v", ci.RequestedName, err)
	}
}

// silenced returns why somebody cannot speak by a command, or "".
func silenced(t testing.TB, h *Hub, ci ClientInfo) string {
	t.Helper()
	s, _, err := h.Exec(ci)
	if err != nil {
		return err.Error()
	}
	defer s.Leave(Quit)
	if _, err = s.RunCommand([]string{"say", "me again"}); err != nil {
		return err.Error()
	}
	return ""
}

// A person who only uses commands is on no list, and operators only know a name: it means the key
// that last spoke under it. Another key is somebody else.
func TestOperatorsFindWhoSpokeByCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mallory := from("Mallory", fp("mallory"), "192.0.2.1")
		other := from("bystander", fp("other"), "192.0.2.2")
		label := "Mallory (" + fp("mallory") + ")"
		for _, test := range []struct{ line, want, after, undo, undone string }{
			{"/ban mallory 2h spam", testkit.EnglishStart(reply.BannedNowUntil, label), testkit.EnglishPart(reply.BannedUntil, 0), "/unban MALLORY", testkit.English(reply.BannedNoMore, label)},
			{"/mute mallory", testkit.English(reply.MutedNow, label), testkit.English(reply.MutedForGood), "/unmute mallory", testkit.English(reply.MutedNoMore, label)},
			{"/forget mallory yes", testkit.EnglishStart(reply.Forgotten, "Mallory"), "", "", ""},
		} {
			h, root, _ := hubWithGuests(t)
			speaks(t, h, from("Mallory", fp("earlier"), "192.0.2.3"), "I was first")
			speaks(t, h, mallory, "spam")
			speaks(t, h, other, "so what")
			if got := does(t, root, test.line); !strings.Contains(got, test.want) {
				t.Errorf("%s: %s, want %s", test.line, got, test.want)
			}
			if got := silenced(t, h, mallory); !strings.HasPrefix(got, test.after) || (got == "") != (test.after == "") {
				t.Errorf("%s: mallory speaks and reads %q, want %s", test.line, got, test.after)
			}
			if got := silenced(t, h, other) + silenced(t, h, from("Mallory", fp("earlier"), "192.0.2.3")); got != "" {
				t.Errorf("%s: others may not speak: %s", test.line, got)
			}
			if test.undo == "" {
				continue
			}
			if got := does(t, root, test.undo); !strings.Contains(got, test.undone) || silenced(t, h, mallory) != "" {
				t.Errorf("%s: %s", test.undo, got)
			}
		}
		h, root, _ := hubWithGuests(t)
		speaks(t, h, mallory, "spam")
		if does(t, root, "/forget Mallory yes"); recalled(h) != "" {
			t.Errorf("after /forget the room remembers %s", recalled(h))
		}
	})
}

// A name means who has it before it means who spoke under it, and who spoke before
// who was once here with it. An operator is found, too, and is safe.
func TestWhomANameMeans(t *testing.T) {
	h, root, away := hubWithGuests(t)
	guest := from("bob", fp("spammer"), "192.0.2.1")
	speaks(t, h, guest, "spam")
	away.accounts[fp("once")] = Account{ID: fp("once"), Name: "bob"}
	if got := does(t, root, "/ban bob 1h"); !strings.Contains(got, fp("spammer")) {
		t.Errorf("who spoke: %s", got)
	}
	bob := enter(t, h, from("bob", fp("bob"), "192.0.2.2"))
	bob.Leave(Quit)
	if got := does(t, root, "/ban bob 1h"); !strings.Contains(got, fp("bob")) {
		t.Errorf("whose the name is: %s", got)
	}
	speaks(t, h, from("root-2", "root", "198.51.100.1"), "it is me")
	speaks(t, h, ClientInfo{RequestedName: "boss", Fingerprint: fp("boss")}, "hello")
	h.IsOperatorKey = func(key string) bool { return key == "root" || key == fp("boss") }
	if got := does(t, root, "/ban boss"); got != "~ "+testkit.English(reply.NotAnOperator, "boss") {
		t.Errorf("an operator: %s", got)
	}
}

// A speaker without a key could be anybody: the operator must name an address, and is told which,
// if one is known that does not stand for everybody. The key of somebody else who had that name
// before is never used.
func TestWhoSpokeWithoutAKeyIsNotGuessed(t *testing.T) {
	for where, want := range map[string]string{
		"192.0.2.7:5000":          "~ " + testkit.English(reply.LastSpeakerAddress, "anna", "192.0.2.7"),
		"[::ffff:192.0.2.7]:5000": "~ " + testkit.English(reply.LastSpeakerAddress, "anna", "192.0.2.7"),
		"127.0.0.1:5000":          "~ " + testkit.English(reply.LastSpeakerKeyless, "anna"),
		"ssh":                     "~ " + testkit.English(reply.LastSpeakerKeyless, "anna"),
	} {
		h, root, away := hubWithGuests(t)
		away.accounts[fp("once")] = Account{ID: fp("once"), Name: "anna"}
		speaks(t, h, from("anna", fp("earlier"), "192.0.2.3"), "hello")
		speaks(t, h, ClientInfo{RequestedName: "anna", Address: where}, "spam")
		for _, line := range []string{"/ban anna", "/mute Anna 1h"} {
			if got := does(t, root, line); got != want {
				t.Errorf("%s, from %s: %s, want %s", line, where, got, want)
			}
		}
		if got := does(t, root, "/forget anna"); got != "~ "+testkit.English(reply.NoKeyKnown, "anna") {
			t.Errorf("/forget anna: %s", got)
		}
		if got := does(t, root, "/bans"); got != "~ "+testkit.English(reply.NoBans) {
			t.Errorf("/bans: %s", got)
		}
	}
}

// Lines in other rooms than the operator's do not count, nor do erased ones.
func TestSpeakersAreThoseOfTheRoom(t *testing.T) {
	h, root, _ := hubWithGuests(t)
	does(t, root, "/join tea")
	speaks(t, h, from("mallory", fp("mallory"), "192.0.2.1"), "spam")
	if got := does(t, root, "/ban mallory"); got != "~ "+testkit.English(reply.NoSuchUser, "mallory") {
		t.Errorf("from #tea: %s", got)
	}
	does(t, root, "/join lobby")
	if got := does(t, root, "/ban mallory"); !strings.Contains(got, fp("mallory")) {
		t.Errorf("from the lobby: %s", got)
	}
}

// Whois also describes people who spoke by a command, as it does others; only operators see the
// address, if it is known.
func TestWhoisOfWhoSpoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, root, _ := hubWithGuests(t)
		bob := enter(t, h, at("bob", "B"))
		when := reply.Moment(time.Now()).String()
		speaks(t, h, from("Mallory", fp("mallory"), "192.0.2.1"), "spam")
		speaks(t, h, ClientInfo{RequestedName: "anna", Address: "192.0.2.7:5000"}, "hello")
		for name, want := range map[string]string{
			"mallory": "~ " + testkit.English(reply.WhoisKeyed, "Mallory") + " | " + testkit.English(reply.WhoisSpoke, when) + " | key " + fp("mallory"),
			"anna":    "~ " + testkit.English(reply.WhoisGuest, "anna") + " | " + testkit.English(reply.WhoisSpoke, when) + " | from 192.0.2.7",
		} {
			if got := does(t, root, "/whois "+name); got != want {
				t.Errorf("root asks for %s: %s, want %s", name, got, want)
			}
			want, _, _ = strings.Cut(want, " | from ")
			if got := does(t, bob, "/whois "+name); got != want {
				t.Errorf("bob asks for %s: %s, want %s", name, got, want)
			}
		}
	})
}
