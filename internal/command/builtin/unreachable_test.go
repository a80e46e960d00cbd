package builtin_test

import (
	"net/netip"
	"testing"
	"testing/synctest"

	"teahouse/internal/command"
	"teahouse/internal/reply"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// An operator who kicks somebody at a node that does not answer is told so, and the session stays;
// once the node answers, it ends.
func TestKickUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := roomtest.ClusterWithOperator(t)
		bob := s.Nodes[1].Come("bob", "K2")
		s.Settle()
		s.Silent = true
		_, err := root.RunCommand([]string{"kick", "bob"})
		roomtest.Refuses(t, "a kick that does not get there", err, reply.KickUnconfirmed)
		s.Silent = false
		s.Settle()
		if bob.Reason() != "" {
			t.Error("bob left all the same")
		}
		if e, err := root.RunCommand([]string{"kick", "bob"}); err != nil || roomtest.SentenceOf(e).Code != reply.KickedNow || bob.Reason() != room.Kicked {
			t.Errorf("bob left for %q; the operator reads %v, %v", bob.Reason(), e, err)
		}
	})
}

// A ban imposed while the other node does not answer takes effect there once it does, even for a
// guest who is only known by the session; then it is over, and no longer listed.
func TestBanUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, root := roomtest.ClusterWithOperator(t)
		bob := s.Nodes[1].Come("bob", "K2")
		eve, err := roomtest.EnterHub(s.Nodes[1].Hub, room.ClientInfo{RequestedName: "eve", Door: "classic", Remote: netip.MustParseAddr("127.0.0.1")})
		if err != nil {
			t.Fatal(err)
		}
		s.Settle()
		s.Silent = true
		root.HandleLine("/ban bob 1h", command.SlashSyntax)
		root.HandleLine("/ban eve 1h", command.SlashSyntax)
		s.Silent = false
		s.Settle()
		if bob.Reason() != room.Banned || eve.Reason() != room.Banned {
			t.Errorf("bob left for %q, eve for %q", bob.Reason(), eve.Reason())
		}
		for _, one := range s.Nodes {
			if p := roomtest.Peek(one.Hub).Moderation.Bans.Get(eve.UserInfo().Subject()); p != nil {
				t.Errorf("hub %d still has a ban of %s", one.N, p.Label())
			}
		}
	})
}

// A user who sends a command to a bot at a node that does not answer is told so.
func TestBotUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := roomtest.NewTestCluster(t)
		a, b := s.Nodes[0], s.Nodes[1]
		roomtest.RegisterCommands(t, b.Hub, "R", `[{"name": "deploy", "help": "deploys"}]`)
		robot := roomtest.Following(t, b.Hub, "R", "")
		alice := a.Come("alice", "K1")
		s.Settle()
		s.Silent = true
		_, err := alice.RunCommand([]string{"deploy", "one"})
		roomtest.Refuses(t, "a bot that cannot be reached", err, reply.BotNotReached)
		s.Silent = false
		if e, err := alice.RunCommand([]string{"deploy", "two"}); err != nil || roomtest.SentenceOf(e).Code != reply.HandedToBot {
			t.Errorf("alice reads %v, %v", e, err)
		}
		if got := roomtest.ReceivedCommands(robot); got != "alice deploy two" {
			t.Errorf("the bot is asked %q", got)
		}
		robot.Leave(room.HungUp)
		_, err = alice.RunCommand([]string{"deploy", "four"})
		roomtest.Refuses(t, "a bot that has just gone", err, reply.BotAway)
	})
}
