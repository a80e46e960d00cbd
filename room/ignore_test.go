package room

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// A user reads nothing from somebody they ignore, under whatever name, in all of their sessions.
// Others read it. The ignored user is told only when sending a private message.
func TestIgnore(t *testing.T) {
	h := NewHub()
	bob, carol := enter(t, h, at("bob", "B")), enter(t, h, at("carol", ""))
	alice := enter(t, h, at("alice", "A"))
	pipe := enter(t, h, ClientInfo{Fingerprint: "A"})
	for _, step := range []struct{ line, want string }{
		{"/ignore", "~ " + testkit.English(reply.NobodyIgnored)},
		{"/ignore nobody", "~ " + testkit.English(reply.NoSuchUser, "nobody")},
		{"/ignore alice", "~ " + testkit.English(reply.CannotIgnoreSelf)},
		{"/unignore bob", "~ " + testkit.English(reply.NotIgnored, "bob")},
		{"/unignore alice", "~ " + testkit.English(reply.NotIgnored, "alice")},
		{"/unignore nobody", "~ " + testkit.English(reply.NoSuchUser, "nobody")},
		{"/ignore BOB", "~ " + testkit.English(reply.IgnoredNow, "bob")},
		{"/ignore carol", "~ " + testkit.English(reply.IgnoredNow, "carol")},
		{"/ignore", "~ bob | carol"},
	} {
		if got := does(t, alice, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	read(t, carol)
	read(t, pipe)
	bob.HandleLine("hello", 0)
	carol.HandleLine("hello", 0)
	does(t, bob, "/nick robert")
	bob.HandleLine("again", 0)
	expect(t, carol, "bob: hello; carol: hello; bob=robert; robert: again")
	for _, s := range []*Session{bob, carol} {
		if got := does(t, s, "/msg alice psst"); got != "~ "+testkit.English(reply.Ignored, "alice") {
			t.Errorf("%s: %s", s.User().Name, got)
		}
	}
	expect(t, alice, "")
	expect(t, pipe, "")
	bob.Leave(Quit)
	bob = enter(t, h, at("bob", "B"))
	carol.Leave(Quit)
	enter(t, h, at("carol", "")).HandleLine("another carol", 0)
	bob.HandleLine("back", 0)
	expect(t, alice, "+carol; carol: another carol")
	alice.Leave(Quit)
	pipe.Leave(Quit)
	alice = enter(t, h, at("alice", "A"))
	read(t, alice)
	bob.HandleLine("still ignored", 0)
	expect(t, alice, "")
	if got := does(t, alice, "/unignore robert"); got != "~ "+testkit.English(reply.IgnoredNoMore, "robert") {
		t.Errorf("/unignore: %s", got)
	}
	bob.HandleLine("at last", 0)
	expect(t, alice, "bob: at last")
}

// One may ignore somebody who is away, and a hundred people.
func TestIgnoreIsBounded(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	for i := range accounts.MaxIgnored + 1 {
		enter(t, h, at(fmt.Sprint("u", i), fmt.Sprint("key", i))).Leave(Quit)
		got := does(t, alice, fmt.Sprint("/ignore u", i))
		if want := "~ " + testkit.English(reply.TooManyIgnored, 100); (got == want) != (i == accounts.MaxIgnored) {
			t.Errorf("the %dth: %s", i+1, got)
		}
	}
}

// One-shot sessions use the same ignore list.
func TestIgnoreByCommand(t *testing.T) {
	h := NewHub()
	enter(t, h, at("bob", "B"))
	enter(t, h, at("carol", "C"))
	if _, err := command(t, h, "A", "ignore", "bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, h, "A", "ignore", "carol"); err != nil {
		t.Fatal(err)
	}
	e, err := command(t, h, "A", "ignore")
	if err != nil || describe(e) != "~ bob | carol" {
		t.Errorf("ignored: %s, %v", describe(e), err)
	}
}

// Welcome and history leave out what ignored people said, and no private messages from them wait.
func TestIgnoredInHistory(t *testing.T) {
	h := remembering(64, HistoryLimits{Lines: 20})
	s := newFakeMessageStore()
	h.Messages = s
	bob := enter(t, h, at("bob", "B"))
	alice := enter(t, h, at("alice", "A"))
	carol := enter(t, h, at("carol", "C"))
	does(t, alice, "/ignore bob")
	alice.Leave(Quit)
	s.accounts["A"] = Account{ID: "A", Name: "alice", LastSeen: time.Now()}
	bob.HandleLine("rude", 0)
	carol.HandleLine("kind", 0)
	_, err := bob.SendDirect("alice", "rude letter")
	_, _ = carol.SendDirect("alice", "kind letter")
	alice = enter(t, h, at("alice", "A"))
	a := arrive(t, alice, 10)
	if got := words(a.Messages) + "; " + words(a.DirectMessages); got != "carol: kind; carol>alice: kind letter" || a.Unread != 1 {
		t.Errorf("alice comes and reads %s, %d unread; bob was told %v", got, a.Unread, err)
	}
	read(t, alice)
	for _, line := range []string{"/history", "/search rude", "/history bob"} {
		alice.HandleLine(line, SlashSyntax)
		for _, e := range alice.Take(make([]Item, 0, 9)) {
			if got := words(messagesOf(e)); strings.Contains(got, "rude") {
				t.Errorf("%s: %s", line, got)
			}
		}
	}
}

// A person stays ignored when their key becomes another person's.
func TestIgnoredKeyMoves(t *testing.T) {
	h := NewHub()
	alice := enter(t, h, at("alice", "A"))
	enter(t, h, at("troll", "T")).Leave(Quit)
	does(t, alice, "/ignore troll")
	fresh := enter(t, h, at("fresh", "F"))
	link(t, fresh, "T")
	read(t, alice)
	fresh.HandleLine("me again", 0)
	expect(t, alice, "")
}

// Ignoring a guest ends with the guest: a guest with the same number after a restart is somebody
// else, even if the list has become another person's.
func TestIgnoredGuestsEndWithTheirSession(t *testing.T) {
	for _, moved := range []bool{false, true} {
		h := NewHub()
		b := newFakeRecordStore(h)
		guest := enter(t, h, at("guest", ""))
		alice := enter(t, h, at("alice", "A"))
		does(t, alice, "/ignore guest")
		if guest.User().SessionID != 1 {
			t.Fatal("the guest has another number")
		}
		if moved {
			link(t, enter(t, h, at("alicia", "A2")), "A")
		}
		h = b.reopen(t)
		bob := enter(t, h, at("bob", ""))
		alice = enter(t, h, at("alice", "A"))
		read(t, alice)
		bob.HandleLine("hello", 0)
		expect(t, alice, "bob: hello")
	}
}

// A user is not told of an invitation by somebody they ignore, only of others', but may use either.
func TestInvitationFromIgnoredUser(t *testing.T) {
	h := NewHub()
	alice, bob, carol := enter(t, h, at("alice", "A")), enter(t, h, at("bob", "B")), enter(t, h, at("carol", "C"))
	does(t, alice, "/ignore bob")
	read(t, alice)
	does(t, bob, "/join #den")
	does(t, bob, "/invite alice")
	expect(t, alice, "")
	does(t, carol, "/join #den")
	does(t, carol, "/invite alice")
	expect(t, alice, "~ "+i18n.Sprint(string(reply.InvitedTo), "carol", "den", "den"))
}
