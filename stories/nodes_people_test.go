package stories

import (
	"path/filepath"
	"strings"
	"testing"
)

// Protects what people take for granted: they do not notice that they are at
// different machines. They see each other, talk, tell, and find out who is who.
func TestTwoAtTwoNodes(t *testing.T) {
	t.Parallel()
	n := startNodes(t)
	one, two, three := n.houses[0], n.houses[1], n.houses[2]
	ada := one.enterAs("ada", newKey(t))
	bob := two.enter("bob")
	ada.shows("* bob joined")
	bob.says("/who")
	bob.shows("* 2 here: ada✓, bob")
	cleo, gopl := three.nc("cleo"), three.ncAt("gopl")
	gopl.sees("You are ")
	ada.shows("is now called cleo")

	ada.says("good morning 早上好")
	bob.shows("ada✓: good morning 早上好")
	cleo.sees("ada:good morning 早上好\n")
	gopl.sees("ada: good morning 早上好\n")
	cleo.types("early for you")
	ada.shows("cleo: early for you")
	gopl.types("who is that?")
	bob.shows(": who is that?")

	bob.says("/msg ada tea?")
	ada.shows("bob to you] tea?")
	ada.says("/reply green")
	bob.shows("ada✓ to you] green")
	cleo.types("to|ada|is there any left?")
	ada.shows("cleo to you] is there any left?")
	bob.says("/whois ada")
	bob.shows("ada: the name belongs to this key", "key SHA256:", "came by ssh")
	ada.says("/away at the baker's")
	eventually(t, "bob learns that she is away", func() bool {
		bob.says("/msg ada still there?")
		return strings.Contains(bob.all(), "at the baker's")
	})
	bob.says("/nick robert")
	ada.shows("* bob is now called robert")
	ada.says("/join #go")
	ada.promptIs("#go >")
	eventually(t, "the room is known at the other node", func() bool {
		return strings.Contains(ask(t, with(two.ssh("asker"), "rooms")).out, "go")
	})
	bob.goes("go")
	ada.shows("* robert joined")
	bob.says("your turn")
	ada.shows("robert: your turn")
	cleo.hasNotSeen("your turn")
	bob.says("/quit")
	ada.shows("* robert left")
}

// Protects a house from those who spoil it, whichever machine they are at: what an
// operator does at one node holds at all of them.
func TestOperatorAtAnotherNode(t *testing.T) {
	t.Parallel()
	long(t)
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	listKey(t, list, root)
	n := startNodes(t, "--operators", list)
	one, two := n.houses[0], n.houses[1]
	op := one.enterAs("root", root)
	eve, mia, noisy := newKey(t), newKey(t), two.nc("noisy")
	bob := two.enter("bob")
	op.shows("* bob joined")

	op.says("/topic tea at five")
	bob.shows("set the topic: tea at five")
	late := two.enter("late")
	late.shows("tea at five")
	two.enterAs("mia", mia)
	op.shows("mia✓ joined")
	op.says("/mute mia 1h too loud")
	op.shows("Muted")
	eventually(t, "mia is mute at her node", func() bool { return two.asks("mia", mia, "say hello").code != 0 })
	op.says("/unmute mia")
	eventually(t, "mia may speak again", func() bool { return two.asks("mia", mia, "say hello").code == 0 })

	op.says("/kick bob go and sleep")
	bob.shows("go and sleep", "[exit ")
	trouble := two.enterAs("eve", eve)
	op.shows("eve✓ joined")
	op.says("/ban eve 1h out")
	trouble.shows("banned", "[exit ")
	op.shows("* eve✓ left")
	for i, h := range n.houses {
		eventually(t, "eve is kept out everywhere", func() bool { return h.asks("eve", eve, "who").code == 1 })
		if r := h.asks("root", root, "bans"); !strings.Contains(r.out, "eve") {
			t.Errorf("the bans at node %d are %+v", i, r)
		}
	}
	op.says("/lockdown on")
	late.shows("Nobody new gets in for now.")
	stranger := newKey(t)
	eventually(t, "the other node is closed, too", func() bool { return two.asks("new", stranger, "who").code == 1 })
	op.says("/lockdown off")
	eventually(t, "it is open again", func() bool { return two.asks("new", stranger, "who").code == 0 })
	noisy.types("is it quiet now?")
	op.shows("noisy: is it quiet now?")
}

// Protects somebody who moves from machine to machine: the same key is the same
// person, who has one terminal, her name, what she has not read, and her letters.
func TestSameKeyAtAnotherNode(t *testing.T) {
	once(t)
	t.Parallel()
	n := startNodes(t)
	one, two, three := n.houses[0], n.houses[1], n.houses[2]
	id, bobs := newKey(t), newKey(t)
	bob := two.enterAs("bob", bobs)
	desk := one.enterAs("ada", id)
	bob.shows("ada✓ joined")
	desk.says("at my desk")
	bob.shows("ada✓: at my desk")

	train := three.enterAs("ada", id)
	desk.shows("You came in from another terminal. This one is closed.", "[exit ")
	bob.says("/who")
	bob.shows("* 2 here: bob✓, ada✓")
	bob.says("where are you?")
	train.shows("bob✓: where are you?")
	train.says("in the train")
	bob.shows("ada✓: in the train")
	if all := bob.all(); strings.Count(all, "ada✓ joined") != 1 || strings.Contains(all, "ada✓ left") {
		t.Errorf("bob noticed that she moved:\n%s", all)
	}
	n.allSee("ada", "bob")

	train.presses("C-d")
	train.shows("[exit 0]")
	bob.shows("* ada✓ left")
	bob.says("she will read this later")
	bob.says("/msg ada and this is for you")
	bob.shows("ada is away: your message waits to be read.")
	home := two.enterAs("ada", id)
	home.shows("Said since then (1):", "] bob✓: she will read this later", "] and this is for you")
	home.hides("Said since then (2):")
	home.says("/quit")
	home.shows("[exit 0]")
	one.enterAs("ada", id).hides("and this is for you")
}

// Protects a name from the others at all machines, by its key.
func TestNameBelongsToKeyEverywhere(t *testing.T) {
	t.Parallel()
	long(t)
	n := startNodes(t)
	id := newKey(t)
	ada := n.houses[0].enterAs("ada", id)
	n.allSee("ada")
	thief := open(t, n.houses[1].sshAs("ADA", key(newKey(t))...)...)
	thief.shows("The name ADA is taken, so you are ADA-2 here.")
	ada.shows("* ADA-2 joined", "Somebody with another key, or none, asked for your name ada")
	n.houses[2].nc("carl").types("rename|ada")
	ada.says("/quit")
	ada.shows("[exit 0]")
	thief.shows("ada✓ left")
	thief.says("/nick ada")
	thief.shows("! The name ada ")
	n.houses[2].enterAs("ada", id).says("it is me")
	thief.shows("ada✓: it is me")
}
