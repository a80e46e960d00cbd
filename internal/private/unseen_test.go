package private_test

import (
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/private"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// Messages that somebody has not seen go to the terminal at the other node that took this one's
// place; if that node does not answer, they wait.
func TestUnseenGoesToPeer(t *testing.T) {
	for _, silent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := roomtest.NewTestCluster(t)
			a, b := s.Nodes[0], s.Nodes[1]
			ada, bob := a.Come("ada", "K1"), a.Come("bob", "K2")
			s.Settle()
			time.Sleep(time.Minute)
			if _, err := private.Send(bob.Session, "ada", "did you see this?"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			again := b.Come("ada", "K1")
			s.Settle()
			s.Silent = silent
			if ada.Reason() != room.TakenOver {
				t.Fatalf("ada left for %q", ada.Reason())
			}
			if err := private.RequeueUnseen(ada.Session); err != nil {
				t.Fatal(err)
			}
			told := 0
			for _, e := range again.Take(make([]room.Item, 0, 64)) {
				if roomtest.EventOf(e).Kind == room.PrivateMessage && roomtest.EventOf(e).Text == "did you see this?" {
					told++
				}
			}
			waiting, err := a.Config().Messages.OfflineMessages(t.Context(), "K1")
			if err != nil {
				t.Fatal(err)
			}
			if told+len(waiting) != 1 || silent != (len(waiting) == 1) {
				t.Errorf("silent %v: ada reads it %d times, and %d wait", silent, told, len(waiting))
			}
		})
	}
}
