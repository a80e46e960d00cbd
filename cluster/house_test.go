package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"teahouse/room"
)

// keyOf returns the fingerprint of somebody's key.
func keyOf(name string) string { return "SHA256:" + strings.Repeat(name[:1], 43) }

// Two people at two nodes are in one room: each sees the other come, talk, tell, be
// renamed, be away and go.
func TestOneHouse(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada := a.enter("ada", keyOf("ada"))
	eventually(t, "ada is known at b", func() bool { return b.online() == "ada" })
	bob := b.enter("bob", keyOf("bob"))
	ada.sees("+bob")

	ada.does("good morning")
	bob.sees("ada: good morning")
	bob.does("早上好\n☕")
	ada.sees("bob: 早上好\n☕")
	bob.does("/who")
	bob.sees("who ada bob")

	bob.does("/msg ada shall we have tea?")
	ada.sees("bob to ada: shall we have tea?")
	ada.does("/reply with pleasure")
	bob.sees("ada to bob: with pleasure")

	ada.does("/nick adelaide")
	bob.sees("ada is adelaide")
	ada.does("/away at the baker's")
	bob.does("/whois adelaide")
	eventually(t, "bob knows that she is away", func() bool {
		bob.does("/msg adelaide are you there?")
		return strings.Contains(strings.Join(bob.lines(), "\n"), "not reading now")
	})
	ada.Leave(room.Quit)
	bob.sees("-adelaide quit")
	eventually(t, "only bob is left", func() bool { return a.online() == "bob" && b.online() == "bob" })
}

// What an operator does at one node holds at all of them.
func TestOperatorOfAll(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	root := a.enter("root", keyOf("root"))
	root.does("/op " + a.OfferOperator())
	bob, eve, mia := b.enter("bob", ""), b.enter("eve", keyOf("eve")), b.enter("mia", keyOf("mia"))
	root.sees("+mia")

	root.does("/topic tea at five")
	bob.sees("root set the topic: tea at five")
	eventually(t, "the topic holds at b", func() bool {
		bob.does("/topic")
		return strings.Contains(strings.Join(bob.lines(), "\n"), "Topic: tea at five")
	})
	root.does("/kick bob enough")
	bob.sees("left: kicked")
	root.does("/ban eve 1h go away")
	eve.sees("left: banned")
	eventually(t, "eve cannot come back", func() bool {
		u, err := b.Enter(room.Visitor{Name: "eve", Key: keyOf("eve"), Door: "ssh"})
		if err == nil {
			u.Leave(room.Quit)
		}
		return err != nil
	})
	root.does("/mute mia 1h")
	eventually(t, "mia is mute", func() bool { return mia.Say("hello") != nil })
	root.does("/lockdown on")
	tries := 0
	eventually(t, "b is closed to strangers", func() bool {
		tries++
		u, err := b.Enter(room.Visitor{Name: "new", Key: fmt.Sprint("SHA256:new", tries), Door: "ssh"})
		if err == nil {
			u.Leave(room.Quit)
		}
		return err != nil
	})
}

// A name is one person's, wherever that one comes in; and a second terminal takes the
// place of the first, whichever node it is at.
func TestNameAndTerminal(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada := a.enter("ada", keyOf("ada"))
	eventually(t, "ada is known at b", func() bool { return b.online() == "ada" })
	thief := b.enter("Ada", keyOf("thief"))
	ada.sees("+Ada-2")
	again := b.enter("ada", keyOf("ada"))
	ada.sees("left: taken over")
	thief.does("hello")
	again.sees("Ada-2: hello")
	again.does("it is me")
	thief.sees("ada: it is me")
	eventually(t, "there are two", func() bool { return a.online() == "Ada-2 ada" && b.online() == "Ada-2 ada" })
}

// A room that somebody founds is there at all nodes, with its rules and people.
func TestRooms(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	ada, bob := a.enter("ada", keyOf("ada")), b.enter("bob", keyOf("bob"))
	ada.sees("+bob")
	ada.does("/join kitchen")
	ada.does("what is for lunch?")
	eventually(t, "bob gets into the kitchen", func() bool {
		bob.does("/rooms")
		bob.does("/join kitchen")
		return bob.Here() == "kitchen"
	})
	ada.sees("+bob")
	bob.does("dumplings")
	ada.sees("bob: dumplings")
	ada.does("/room private")
	eve := b.enter("eve", keyOf("eve"))
	eventually(t, "eve does not get in", func() bool {
		eve.does("/part")
		eve.does("/join kitchen")
		return strings.Contains(strings.Join(eve.lines(), "\n"), "is private")
	})
}

// Somebody at one node types the command of a bot that follows at another.
func TestBotAtAnotherNode(t *testing.T) {
	t.Parallel()
	s := startServers(t)
	a, b := startNode(t, s.url(0)), startNode(t, s.url(1))
	robot := b.visit("robot", keyOf("robot"))
	for _, words := range [][]string{{"key", "bot"}, {"bot", "commands", `[{"name":"deploy","params":"WHERE","help":"deploys"}]`}, {"follow"}} {
		if _, err := robot.Do(words); err != nil {
			t.Fatal(words, err)
		}
	}
	ada := a.enter("ada", keyOf("ada"))
	eventually(t, "the robot has the command", func() bool {
		ada.does("/deploy staging")
		return slices.Contains(ada.lines(), "Handed to robot: /deploy staging")
	})
	buf := make([]*room.Event, 0, 64)
	eventually(t, "it is staging", func() bool {
		for _, e := range robot.Take(buf) {
			if e.Kind == room.Commanded && e.Who.Name == "ada" && e.Args[0] == "deploy" && e.Text == "staging" {
				return true
			}
		}
		return false
	})
	robot.EndFollow() // before it has said that it has it
	robot.Leave(room.HungUp)
	ada.sees("robot went away, and may not have read this: /deploy staging")
	eventually(t, "the robot is away", func() bool {
		ada.does("/deploy production")
		return strings.Contains(strings.Join(ada.lines(), "\n"), "does not read #lobby now")
	})
}
