package room_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A newcomer is shown the last lines and then reads everything since their own arrival: nothing is
// lost or repeated, whenever they look.
func TestNewcomer(t *testing.T) {
	h := roomtest.Remembering(room.HistoryLimits{Lines: 20})
	h.Messages = roomtest.NewFakeMessageStore()
	alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice"})
	for i := range 5 {
		alice.HandleLine(fmt.Sprint(i), 0)
	}
	bob := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B"})
	alice.HandleLine("5", 0)
	a := roomtest.Arrive(t, bob, 3)
	if got := roomtest.Words(a.Messages); got != "alice: 2; alice: 3; alice: 4" || a.Unread != 0 || a.EarlierUnread != 0 || !a.LastSeen.IsZero() {
		t.Errorf("bob is shown %s, %+v", got, a)
	}
	roomtest.Expect(t, bob, "+bob; alice: 5")
}

// A user who comes back sees what was said since they left, even if that is much more than fits. A
// user who is online in another window has missed nothing.
func TestRequeueUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := roomtest.Remembering(room.HistoryLimits{Lines: 20})
		s := roomtest.NewFakeMessageStore()
		h.Messages = s
		alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice"})
		for i := range 10 {
			alice.HandleLine(fmt.Sprint(i), 0)
			time.Sleep(time.Minute)
		}
		for _, test := range []struct {
			ago             time.Duration
			lines           int
			past            string
			unread, earlier int
		}{
			{150 * time.Second, 4, "alice: 6; alice: 7; alice: 8; alice: 9", 2, 0},
			{time.Second, 2, "alice: 8; alice: 9", 0, 0},
			{time.Hour, 3, "alice: 7; alice: 8; alice: 9", 3, 7},
		} {
			left := time.Now().Add(-test.ago)
			s.Accounts["B"] = room.Account{ID: "B", Name: "bob", LastSeen: left}
			bob := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B", Terminal: true})
			a := roomtest.Arrive(t, bob, test.lines)
			if got := roomtest.Words(a.Messages); got != test.past || a.Unread != test.unread || a.EarlierUnread != test.earlier || !a.LastSeen.Equal(left) {
				t.Errorf("away for %v: bob is shown %s, %+v", test.ago, got, a)
			}
			again := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B", Terminal: true})
			if a := roomtest.Arrive(t, again, test.lines); a.Unread != 0 || a.EarlierUnread != 0 || !a.LastSeen.Equal(bob.Since) {
				t.Errorf("in another window: %+v", a)
			}
			again.Leave(room.Quit)
			bob.Leave(room.Quit)
		}
	})
}

// Whether the sender of a waiting message owns their name is shown when it is read, as for a
// message that did not have to wait.
func TestOfflineMessagesKeepTheMark(t *testing.T) {
	h := room.NewHub()
	s := roomtest.NewFakeMessageStore()
	h.Messages = s
	roomtest.Enter(t, h, roomtest.At("alice", "A"))
	for _, from := range []*room.UserInfo{{Name: "alice", Person: "A"}, {Name: "alice", Person: "M"}, {Name: "alice"}, {Name: "mallory", Person: "A"}} {
		s.Offline["B"] = append(s.Offline["B"], &room.Event{Kind: room.PrivateMessage, User: from, To: &room.UserInfo{Name: "bob", Person: "B"}, Text: "hi"})
	}
	for i, e := range roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("bob", "B")), 5).PrivateMessages {
		if e.User.Verified != (i == 0) {
			t.Errorf("letter %d is from %+v", i, e.User)
		}
	}
}

// Words for one who is away wait; the sender is told so, or why not. They wait
// no more once they were read.
func TestOfflineMessages(t *testing.T) {
	h := room.NewHub()
	s := roomtest.NewFakeMessageStore()
	s.Accounts["B"] = room.Account{ID: "B", Name: "Bob"}
	h.Messages = s
	alice := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "alice"})
	roomtest.Read(t, alice)
	tell := func(line, want string) {
		t.Helper()
		alice.HandleLine(line, roomtest.AnyForm)
		events := alice.Take(make([]room.Item, 0, 9))
		if got := events[0]; i18n.Sprint(string(roomtest.SentenceOf(got).Code), roomtest.SentenceOf(got).Args...) != want {
			t.Errorf("%s: %s, want %s", line, roomtest.Describe(got), want)
		}
	}
	tell("to|bob|one", testkit.English(reply.MessageSaved, "Bob"))
	tell("/msg BOB two words", testkit.English(reply.MessageSaved, "Bob"))
	tell("to|carol|hi", testkit.English(reply.NoSuchUser, "carol"))
	tell("to|bob|", testkit.English(reply.MessageEmpty))
	s.Err = room.ErrRecipientFull
	tell("to|bob|three", testkit.English(reply.RecipientBoxFull, "Bob"))
	s.Err = room.ErrSenderFull
	tell("to|bob|three", testkit.English(reply.TooManyGuestMessages, "Bob", 3))
	s.Err = room.ErrNoSpace
	tell("to|bob|three", testkit.English(reply.NoSpaceForMessages, "Bob"))
	s.Err = fmt.Errorf("no answer: %w", room.ErrUnconfirmed)
	tell("to|bob|three", testkit.English(reply.MessageMaybeSaved, "Bob"))
	s.Err = errors.New("no disk")
	tell("to|bob|three", testkit.English(reply.CannotSaveMessage, "Bob"))

	bob := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "bob", Fingerprint: "B"})
	if _, err := bob.Welcome(5); err == nil {
		t.Error("bob does not learn that letters cannot be read")
	}
	s.Err = nil
	a := roomtest.Arrive(t, bob, 5)
	if got := roomtest.Words(a.PrivateMessages); got != "alice>Bob: one; alice>Bob: two words" {
		t.Errorf("bob gets %s", got)
	}
	if err := bob.MarkDelivered(a); err != nil || len(s.Offline["B"]) != 0 {
		t.Errorf("%d letters wait, %v", len(s.Offline["B"]), err)
	}
	thief := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "Bob", Fingerprint: "C"})
	if a := roomtest.Arrive(t, thief, 5); len(a.PrivateMessages) != 0 {
		t.Errorf("another key gets %s", roomtest.Words(a.PrivateMessages))
	}
}
