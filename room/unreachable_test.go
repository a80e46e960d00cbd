package room

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/reply"
)

// ruled returns a testCluster with an operator at the first node.
func ruled(t *testing.T) (s *testCluster, root *Session) {
	s = newTestCluster(t)
	root = s.nodes[0].come("root", "K1")
	root.HandleLine("/op "+s.nodes[0].NewOperatorCode(), SlashSyntax)
	return s, root
}

// An operator who kicks somebody at a node that does not answer is told so, and the session stays;
// once the node answers, it ends.
func TestKickUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := ruled(t)
		bob := s.nodes[1].come("bob", "K2")
		s.settle()
		s.silent = true
		_, err := root.kick([]string{"bob"})
		refuses(t, "a kick that does not get there", err, reply.KickUnconfirmed)
		s.silent = false
		s.settle()
		if bob.Reason() != "" {
			t.Error("bob went all the same")
		}
		if e, err := root.kick([]string{"bob"}); err != nil || sentenceOf(e).Code != reply.KickedNow || bob.Reason() != Kicked {
			t.Errorf("bob left for %q; the operator is told %v, %v", bob.Reason(), e, err)
		}
	})
}

// A ban imposed while the other node does not answer takes effect there once it does, even for a
// guest who is known by the session alone; then it is over, and on no list any more.
func TestBanUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := ruled(t)
		bob := s.nodes[1].come("bob", "K2")
		eve, err := s.nodes[1].Enter(ClientInfo{RequestedName: "eve", Door: "classic", Remote: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.settle()
		s.silent = true
		root.HandleLine("/ban bob 1h", SlashSyntax)
		root.HandleLine("/ban eve 1h", SlashSyntax)
		s.silent = false
		s.settle()
		if bob.Reason() != Banned || eve.Reason() != Banned {
			t.Errorf("bob left for %q, eve for %q", bob.Reason(), eve.Reason())
		}
		for _, one := range s.nodes {
			if p := one.moderation.Bans.Get(eve.User().subject()); p != nil {
				t.Errorf("house %d still has a ban of %s", one.n, p.Label())
			}
		}
	})
}

// Messages that somebody has not seen go to the terminal at the other node that took this one's
// place; if that node does not answer, they wait.
func TestUnseenGoesToPeer(t *testing.T) {
	for _, silent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newTestCluster(t)
			a, b := s.nodes[0], s.nodes[1]
			ada, bob := a.come("ada", "K1"), a.come("bob", "K2")
			s.settle()
			time.Sleep(time.Minute)
			if _, err := bob.SendDirect("ada", "did you see this?"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			again := b.come("ada", "K1")
			s.settle()
			s.silent = silent
			if ada.Reason() != TakenOver {
				t.Fatalf("ada left for %q", ada.Reason())
			}
			if err := ada.RequeueUnseen(); err != nil {
				t.Fatal(err)
			}
			told := 0
			for _, e := range again.Take(make([]Item, 0, 64)) {
				if eventOf(e).Kind == DirectMessage && eventOf(e).Text == "did you see this?" {
					told++
				}
			}
			waiting, err := a.Messages.OfflineMessages("K1")
			if err != nil {
				t.Fatal(err)
			}
			if told+len(waiting) != 1 || silent != (len(waiting) == 1) {
				t.Errorf("silent %v: ada reads it %d times, and %d wait", silent, told, len(waiting))
			}
		})
	}
}

// A user who sends a command to a bot at a node that does not answer is told so.
func TestBotUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestCluster(t)
		a, b := s.nodes[0], s.nodes[1]
		registers(t, b.Hub, "R", `[{"name": "deploy", "help": "deploys"}]`)
		robot := following(t, b.Hub, "R", "")
		alice := a.come("alice", "K1")
		s.settle()
		s.silent = true
		_, err := alice.sendBotCommand("deploy", "one")
		refuses(t, "a bot that cannot be reached", err, reply.BotNotReached)
		s.silent = false
		if e, err := alice.sendBotCommand("deploy", "two"); err != nil || sentenceOf(e).Code != reply.HandedToBot {
			t.Errorf("told %v, %v", e, err)
		}
		if got := asked(robot); got != "alice deploy two" {
			t.Errorf("it is asked %q", got)
		}
		robot.Leave(HungUp)
		_, err = alice.sendBotCommand("deploy", "four")
		refuses(t, "a bot that has just gone", err, reply.BotAway)
	})
}
