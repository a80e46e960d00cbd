package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"teahouse/internal/follow"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
	"teahouse/internal/testkit"
	"teahouse/room"
)

// testFingerprint returns a key fingerprint for a name.
func testFingerprint(name string) string { return "SHA256:" + strings.Repeat(name[:1], 43) }

// Two users at two nodes share a room: each sees the other join, talk, send private messages,
// change names, go away and leave.
func TestOneRoomAcrossNodes(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada := a.enter("ada", testFingerprint("ada"))
	testkit.Eventually(t, "ada is known at b", func() bool { return b.online() == "ada" })
	bob := b.enter("bob", testFingerprint("bob"))
	ada.expect("+bob")

	ada.send("good morning")
	bob.expect("ada: good morning")
	bob.send("早上好\n☕")
	ada.expect("bob: 早上好\n☕")
	bob.send("/who")
	bob.expect("who ada bob")

	bob.send("/msg ada shall we have tea?")
	ada.expect("bob to ada: shall we have tea?")
	ada.send("/reply with pleasure")
	bob.expect("ada to bob: with pleasure")

	ada.send("/nick adelaide")
	bob.expect("ada is adelaide")
	ada.send("/away at the baker's")
	bob.send("/whois adelaide")
	testkit.Eventually(t, "bob knows that she is away", func() bool {
		bob.send("/msg adelaide are you there?")
		return strings.Contains(strings.Join(bob.lines(), "\n"), testkit.EnglishPart(reply.RecipientAwayReason, 1))
	})
	ada.Leave(room.Quit)
	bob.expect("-adelaide quit")
	testkit.Eventually(t, "only bob is left", func() bool { return a.online() == "bob" && b.online() == "bob" })
}

// What an operator does at one node takes effect at all of them.
func TestOperatorAcrossNodes(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	root := a.enter("root", testFingerprint("root"))
	root.send("/op " + a.NewOperatorCode())
	bob, eve, mia := b.enter("bob", ""), b.enter("eve", testFingerprint("eve")), b.enter("mia", testFingerprint("mia"))
	root.expect("+mia")

	root.send("/topic tea at five")
	bob.expect(testkit.English(reply.TopicSet, "root", "tea at five"))
	testkit.Eventually(t, "the topic holds at b", func() bool {
		bob.send("/topic")
		return strings.Contains(strings.Join(bob.lines(), "\n"), "Topic: tea at five")
	})
	root.send("/kick bob enough")
	bob.expect("left: kicked")
	root.send("/ban eve 1h go away")
	eve.expect("left: banned")
	testkit.Eventually(t, "eve cannot come back", func() bool {
		u, err := b.Enter(t.Context(), room.ClientInfo{RequestedName: "eve", Fingerprint: ids.Fingerprint(testFingerprint("eve")), Door: "ssh"})
		if err == nil {
			u.Leave(room.Quit)
		}
		return err != nil
	})
	root.send("/mute mia 1h")
	testkit.Eventually(t, "mia is mute", func() bool { return mia.Say("hello") != nil })
	root.send("/lockdown on")
	tries := 0
	testkit.Eventually(t, "b is closed to strangers", func() bool {
		tries++
		u, err := b.Enter(t.Context(), room.ClientInfo{RequestedName: "new", Fingerprint: ids.Fingerprint(fmt.Sprint("SHA256:new", tries)), Door: "ssh"})
		if err == nil {
			u.Leave(room.Quit)
		}
		return err != nil
	})
}

// A name belongs to one person at all nodes, and a second terminal replaces the first whichever
// node it is at.
func TestNameAndTerminalAcrossNodes(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada := a.enter("ada", testFingerprint("ada"))
	testkit.Eventually(t, "ada is known at b", func() bool { return b.online() == "ada" })
	thief := b.enter("Ada", testFingerprint("thief"))
	ada.expect("+Ada-2")
	again := b.enter("ada", testFingerprint("ada"))
	ada.expect("left: taken over")
	thief.send("hello")
	again.expect("Ada-2: hello")
	again.send("it is me")
	thief.expect("ada: it is me")
	testkit.Eventually(t, "there are two", func() bool { return a.online() == "Ada-2 ada" && b.online() == "Ada-2 ada" })
}

// A room that somebody creates exists at all nodes, with its rules and members.
func TestRoomsAcrossNodes(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada, bob := a.enter("ada", testFingerprint("ada")), b.enter("bob", testFingerprint("bob"))
	ada.expect("+bob")
	ada.send("/join kitchen")
	ada.send("what is for lunch?")
	testkit.Eventually(t, "bob gets into the kitchen", func() bool {
		bob.send("/rooms")
		bob.send("/join kitchen")
		return bob.RoomName() == "kitchen"
	})
	ada.expect("+bob")
	bob.send("dumplings")
	ada.expect("bob: dumplings")
	ada.send("/room private")
	eve := b.enter("eve", testFingerprint("eve"))
	testkit.Eventually(t, "eve does not get in", func() bool {
		eve.send("/part")
		eve.send("/join kitchen")
		return strings.Contains(strings.Join(eve.lines(), "\n"), "is private")
	})
}

// A user at one node runs the command of a bot at another.
func TestBotAtAnotherNode(t *testing.T) {
	t.Parallel()
	s := startNATSServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	robot := b.exec("robot", testFingerprint("robot"))
	for _, words := range [][]string{{"key", "bot"}, {"bot", "commands", `[{"name":"deploy","params":"WHERE","help":"deploys"}]`}, {"follow"}} {
		if _, err := robot.RunCommand(words); err != nil {
			t.Fatal(words, err)
		}
	}
	ada := a.enter("ada", testFingerprint("ada"))
	testkit.Eventually(t, "the robot has the command", func() bool {
		ada.send("/deploy staging")
		return slices.Contains(ada.lines(), testkit.English(reply.HandedToBot, "robot", "/deploy staging"))
	})
	buf := make([]room.Item, 0, 64)
	testkit.Eventually(t, "it is staging", func() bool {
		for _, e := range robot.Take(buf) {
			if c, ok := e.(*room.BotCommand); ok && c.User.Name == "ada" && c.Name == "deploy" && c.Args == "staging" {
				return true
			}
		}
		return false
	})
	follow.Stop(robot.Session) // before it has acknowledged the command
	robot.Leave(room.HungUp)
	ada.expect(testkit.English(reply.BotLeft, "robot", "/deploy staging"))
	testkit.Eventually(t, "the robot is away", func() bool {
		ada.send("/deploy production")
		return strings.Contains(strings.Join(ada.lines(), "\n"), testkit.EnglishPart(reply.BotAway, 1)+"lobby"+testkit.EnglishPart(reply.BotAway, 2))
	})
}
