package private_test

import (
	"errors"
	"fmt"
	"testing"

	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/internal/testkit/roomtest"
	"teahouse/internal/welcome"
	"teahouse/room"
)

// Whether the sender of a waiting message owns their name is shown when it is read, as for a
// message that did not have to wait.
func TestOfflineMessagesKeepTheMark(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	h := room.New(room.Config{Messages: s})
	roomtest.Enter(t, h, roomtest.At("alice", "A"))
	for _, from := range []*room.UserInfo{{Name: "alice", Person: "A"}, {Name: "alice", Person: "M"}, {Name: "alice"}, {Name: "mallory", Person: "A"}} {
		s.Offline["B"] = append(s.Offline["B"], &room.Event{Kind: room.PrivateMessage, User: from, To: &room.UserInfo{Name: "bob", Person: "B"}, Text: "hi"})
	}
	for i, e := range roomtest.Arrive(t, roomtest.Enter(t, h, roomtest.At("bob", "B")), 5).PrivateMessages {
		if e.User.Verified != (i == 0) {
			t.Errorf("message %d is from %+v", i, e.User)
		}
	}
}

// Private messages to somebody who is offline wait; the sender is told so, or why not. They wait no
// more once they are read.
func TestOfflineMessages(t *testing.T) {
	s := roomtest.NewFakeMessageStore()
	s.Accounts["B"] = room.Account{ID: "B", Name: "Bob"}
	h := room.New(room.Config{Messages: s})
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
	if _, err := welcome.For(bob.Session, 5); err == nil {
		t.Error("bob does not learn that messages cannot be read")
	}
	s.Err = nil
	a := roomtest.Arrive(t, bob, 5)
	if got := roomtest.Words(a.PrivateMessages); got != "alice>Bob: one; alice>Bob: two words" {
		t.Errorf("bob gets %s", got)
	}
	if err := a.MarkDelivered(t.Context()); err != nil || len(s.Offline["B"]) != 0 {
		t.Errorf("%d messages wait, %v", len(s.Offline["B"]), err)
	}
	thief := roomtest.Enter(t, h, room.ClientInfo{RequestedName: "Bob", Fingerprint: "C"})
	if a := roomtest.Arrive(t, thief, 5); len(a.PrivateMessages) != 0 {
		t.Errorf("another key gets %s", roomtest.Words(a.PrivateMessages))
	}
}
