package builtin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ids"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A user reads nothing from somebody they ignore, under any name, in any session. Others read it.
// The ignored user is told only when sending a private message.
func TestIgnore(t *testing.T) {
	h := room.New(room.Config{})
	bob, carol := roomtest.Enter(t, h, roomtest.At("bob", "B")), roomtest.Enter(t, h, roomtest.At("carol", ""))
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	pipe := roomtest.Enter(t, h, room.ClientInfo{Fingerprint: "A"})
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
		if got := roomtest.Does(t, alice, step.line); got != step.want {
			t.Errorf("%s: %s, want %s", step.line, got, step.want)
		}
	}
	roomtest.Read(t, carol)
	roomtest.Read(t, pipe)
	bob.HandleLine("hello", 0)
	carol.HandleLine("hello", 0)
	roomtest.Does(t, bob, "/nick robert")
	bob.HandleLine("again", 0)
	roomtest.Expect(t, carol, "bob: hello; carol: hello; bob=robert; robert: again")
	for _, s := range []*command.Runner{bob, carol} {
		if got := roomtest.Does(t, s, "/msg alice psst"); got != "~ "+testkit.English(reply.Ignored, "alice") {
			t.Errorf("%s: %s", s.UserInfo().Name, got)
		}
	}
	roomtest.Expect(t, alice, "")
	roomtest.Expect(t, pipe, "")
	bob.Leave(room.Quit)
	bob = roomtest.Enter(t, h, roomtest.At("bob", "B"))
	carol.Leave(room.Quit)
	roomtest.Enter(t, h, roomtest.At("carol", "")).HandleLine("another carol", 0)
	bob.HandleLine("back", 0)
	roomtest.Expect(t, alice, "+carol; carol: another carol")
	alice.Leave(room.Quit)
	pipe.Leave(room.Quit)
	alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Read(t, alice)
	bob.HandleLine("still ignored", 0)
	roomtest.Expect(t, alice, "")
	if got := roomtest.Does(t, alice, "/unignore robert"); got != "~ "+testkit.English(reply.IgnoredNoMore, "robert") {
		t.Errorf("/unignore: %s", got)
	}
	bob.HandleLine("at last", 0)
	roomtest.Expect(t, alice, "bob: at last")
}

// A user can ignore people who are offline, and a hundred people.
func TestIgnoreIsBounded(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	for i := range accounts.MaxIgnored + 1 {
		roomtest.Enter(t, h, roomtest.At(fmt.Sprint("u", i), ids.Fingerprint(fmt.Sprint("key", i)))).Leave(room.Quit)
		got := roomtest.Does(t, alice, fmt.Sprint("/ignore u", i))
		if want := "~ " + testkit.English(reply.TooManyIgnored, 100); (got == want) != (i == accounts.MaxIgnored) {
			t.Errorf("the %dth: %s", i+1, got)
		}
	}
}

// One-shot sessions use the same ignore list.
func TestIgnoreByCommand(t *testing.T) {
	h := room.New(room.Config{})
	roomtest.Enter(t, h, roomtest.At("bob", "B"))
	roomtest.Enter(t, h, roomtest.At("carol", "C"))
	if _, err := roomtest.Command(t, h, "A", "ignore", "bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := roomtest.Command(t, h, "A", "ignore", "carol"); err != nil {
		t.Fatal(err)
	}
	e, err := roomtest.Command(t, h, "A", "ignore")
	if err != nil || roomtest.Describe(e) != "~ bob | carol" {
		t.Errorf("ignored: %s, %v", roomtest.Describe(e), err)
	}
}

// The welcome and history leave out what ignored people said, and no private messages from them
// wait.
func TestIgnoredInHistory(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}, Messages: s})
	bob := roomtest.Enter(t, h, roomtest.At("bob", "B"))
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	carol := roomtest.Enter(t, h, roomtest.At("carol", "C"))
	roomtest.Does(t, alice, "/ignore bob")
	alice.Leave(room.Quit)
	s.Accounts["A"] = room.Account{ID: "A", Name: "alice", LastSeen: time.Now()}
	bob.HandleLine("rude", 0)
	carol.HandleLine("kind", 0)
	_, err := private.Send(bob.Session, "alice", "rude words")
	_, _ = private.Send(carol.Session, "alice", "kind words")
	alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
	a := roomtest.Arrive(t, alice, 10)
	if got := roomtest.Words(a.Messages) + "; " + roomtest.Words(a.PrivateMessages); got != "carol: kind; carol>alice: kind words" || a.Unread != 1 {
		t.Errorf("alice enters and reads %s, %d unread; bob was told %v", got, a.Unread, err)
	}
	roomtest.Read(t, alice)
	for _, line := range []string{"/history", "/search rude", "/history bob"} {
		alice.HandleLine(line, command.SlashSyntax)
		for _, e := range alice.Take(make([]room.Item, 0, 9)) {
			if got := roomtest.Words(roomtest.MessagesOf(e)); strings.Contains(got, "rude") {
				t.Errorf("%s: %s", line, got)
			}
		}
	}
}

// A person stays ignored when their key becomes another person's.
func TestIgnoredKeyMoves(t *testing.T) {
	h := room.New(room.Config{})
	alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
	roomtest.Enter(t, h, roomtest.At("troll", "T")).Leave(room.Quit)
	roomtest.Does(t, alice, "/ignore troll")
	fresh := roomtest.Enter(t, h, roomtest.At("fresh", "F"))
	roomtest.Link(t, fresh, "T")
	roomtest.Read(t, alice)
	fresh.HandleLine("me again", 0)
	roomtest.Expect(t, alice, "")
}

// Ignoring a guest ends with the guest: a guest with the same number after a restart is somebody
// else, even if the list has become another person's.
func TestIgnoredGuestsEndWithTheirSession(t *testing.T) {
	for _, moved := range []bool{false, true} {
		b := roomtest.NewFakeRecordStore()
		h := b.NewHub(room.Config{})
		guest := roomtest.Enter(t, h, roomtest.At("guest", ""))
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Does(t, alice, "/ignore guest")
		if guest.UserInfo().SessionID != 1 {
			t.Fatal("the guest has another number")
		}
		if moved {
			roomtest.Link(t, roomtest.Enter(t, h, roomtest.At("alicia", "A2")), "A")
		}
		h = b.Reopen(t)
		bob := roomtest.Enter(t, h, roomtest.At("bob", ""))
		alice = roomtest.Enter(t, h, roomtest.At("alice", "A"))
		roomtest.Read(t, alice)
		bob.HandleLine("hello", 0)
		roomtest.Expect(t, alice, "bob: hello")
	}
}

// A user is not told of an invitation by somebody they ignore, only of others', but may use either.
func TestInvitationFromIgnoredUser(t *testing.T) {
	h := room.New(room.Config{})
	alice, bob, carol := roomtest.Enter(t, h, roomtest.At("alice", "A")), roomtest.Enter(t, h, roomtest.At("bob", "B")), roomtest.Enter(t, h, roomtest.At("carol", "C"))
	roomtest.Does(t, alice, "/ignore bob")
	roomtest.Read(t, alice)
	roomtest.Does(t, bob, "/join #den")
	roomtest.Does(t, bob, "/invite alice")
	roomtest.Expect(t, alice, "")
	roomtest.Does(t, carol, "/join #den")
	roomtest.Does(t, carol, "/invite alice")
	roomtest.Expect(t, alice, "~ "+i18n.Sprint(string(reply.InvitedTo), "carol", "den", "den"))
}
