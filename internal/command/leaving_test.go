package command_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/testkit/roomtest"
	"teahouse/room"
)

// A command whose session has left waits for nothing any more: nobody reads its answer, and what the
// session holds is needed for others.
func TestLeavingEndsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, messages := roomtest.NewFakeRecordStore(), roomtest.NewFakeMessageStore()
		h := b.NewHub(room.Config{IsOperatorKey: roomtest.IsRoot, Messages: messages})
		messages.Known("B", "bob", 0)
		b.Slow, messages.Slow = time.Minute, time.Minute
		root := roomtest.EnterRoot(t, h)
		endsOnLeaving(t, "/topic tea", root, func() { root.HandleLine("/topic tea", command.SlashSyntax) })
		for _, line := range []string{"topic tea", "export"} {
			root, _, err := roomtest.ExecHub(h, roomtest.At("root", "root"))
			if err != nil {
				t.Fatal(err)
			}
			endsOnLeaving(t, line, root, func() { _, _ = root.RunCommand(strings.Fields(line)) })
		}
	})
}

// A private message is kept although its sender hangs up while the store is slow.
func TestMessageOutlastsItsSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := roomtest.NewFakeMessageStore()
		h := room.New(room.Config{Messages: messages})
		messages.Known("B", "bob", 0)
		messages.Slow = 2 * time.Second
		alice := roomtest.Enter(t, h, roomtest.At("alice", "A"))
		time.AfterFunc(time.Second, func() { alice.Leave(room.HungUp) })
		alice.HandleLine("/msg bob hello", command.SlashSyntax)
		if waiting := messages.Offline["B"]; len(waiting) != 1 || waiting[0].Text != "hello" {
			t.Errorf("%v wait for bob, want hello", waiting)
		}
	})
}

// So is a message to somebody at another node that is slow: they read it, or get it later if they have
// just gone.
func TestMessageToPeerOutlastsItsSender(t *testing.T) {
	for _, gone := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			messages := roomtest.NewFakeMessageStore()
			messages.Known("B", "bob", 0)
			c := roomtest.NewTestClusterOf(t, func(_ int, c *room.Config) { c.Messages = messages })
			alice, bob := c.Nodes[0].Come("alice", "A"), c.Nodes[1].Come("bob", "B")
			c.Settle()
			roomtest.Read(t, bob)
			if gone {
				bob.Leave(room.Quit)
			}
			c.Nodes[0].Slow = 2 * time.Second
			time.AfterFunc(time.Second, func() { alice.Leave(room.HungUp) })
			alice.HandleLine("/msg bob hello", command.SlashSyntax)
			if waiting := messages.Offline["B"]; gone && (len(waiting) != 1 || waiting[0].Text != "hello") {
				t.Errorf("%v wait for bob, who has gone, want hello", waiting)
			}
			if got := roomtest.Read(t, bob); !gone && got != "alice>bob: hello" {
				t.Errorf("bob reads %q, want hello", got)
			}
		})
	}
}

// In slow mode a message counts once, even if its recipient at another node turns out to be gone and
// it is stored instead.
func TestSlowModeCountsMessageOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := roomtest.NewFakeMessageStore()
		messages.Known("B", "bob", 0)
		c := roomtest.NewTestClusterOf(t, func(_ int, c *room.Config) {
			c.Messages, c.IsOperatorKey = messages, roomtest.IsRoot
		})
		root, alice, bob := c.Nodes[0].Come("root", "root"), c.Nodes[0].Come("alice", "A"), c.Nodes[1].Come("bob", "B")
		roomtest.Does(t, root, "/slow 1m")
		c.Settle()
		time.Sleep(time.Minute)
		bob.Leave(room.Quit) // alice's node has not heard of it yet
		roomtest.Read(t, alice)
		alice.HandleLine("/msg bob hello", command.SlashSyntax)
		if waiting := messages.Offline["B"]; len(waiting) != 1 {
			t.Errorf("%d messages wait for bob, want 1; alice reads %s", len(waiting), roomtest.Read(t, alice))
		}
	})
}

// A bot at another node that is slow gets a command although its user hangs up.
func TestBotCommandOutlastsItsUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := roomtest.NewTestCluster(t)
		roomtest.RegisterCommands(t, c.Nodes[1].Hub, "R", `[{"name": "deploy", "help": "deploys"}]`)
		robot := roomtest.Following(t, c.Nodes[1].Hub, "R", "")
		alice := c.Nodes[0].Come("alice", "A")
		c.Settle()
		c.Nodes[0].Slow = 2 * time.Second
		time.AfterFunc(time.Second, func() { alice.Leave(room.HungUp) })
		alice.HandleLine("/deploy tea", command.SlashSyntax)
		if got := roomtest.ReceivedCommands(robot); got != "alice deploy tea" {
			t.Errorf("the bot is asked %q, want tea", got)
		}
	})
}

// endsOnLeaving checks that do, which runs a line of s, ends when s leaves.
func endsOnLeaving(t *testing.T, line string, s *command.Runner, do func()) {
	t.Helper()
	time.AfterFunc(time.Second, func() { s.Leave(room.HungUp) })
	if d := roomtest.Took(do); d != time.Second {
		t.Errorf("%s takes %v, though its user has left after a second", line, d)
	}
}
