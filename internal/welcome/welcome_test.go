package welcome_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A newcomer is shown the last lines and then reads everything since their own arrival: nothing is
// lost or repeated, whenever they look.
func TestNewcomer(t *testing.T) {
	h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}, Messages: roomtest.NewFakeMessageStore()})
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
func TestReturning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewFakeMessageStore()
		h := room.New(room.Config{HistoryLimits: room.HistoryLimits{Lines: 20}, Messages: s})
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
