package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects what users take for granted: they do not notice that they are at different nodes. They
// see each other, talk in public and in private, and find out who is who.
func TestTwoUsersAtTwoNodes(t *testing.T) {
	t.Parallel()
	n := startCluster(t)
	one, two, three := n.nodes[0], n.nodes[1], n.nodes[2]
	ada := one.enterAs("ada", newKey(t))
	bob := two.enter("bob")
	ada.expect("* bob joined")
	bob.enterLine("/who")
	bob.expect("* 2 here: ada✓, bob")
	cleo, gopl := three.nc("cleo"), three.ncTo("gopl")
	gopl.expect("You are ")
	ada.expect(testkit.EnglishPart("sshd-renamed-line", 1) + "cleo")

	ada.enterLine("good morning 早上好")
	bob.expect("ada✓: good morning 早上好")
	cleo.expect("ada:good morning 早上好\n")
	gopl.expect("ada: good morning 早上好\n")
	cleo.sendLines("early for you")
	ada.expect("cleo: early for you")
	gopl.sendLines("who is that?")
	bob.expect(": who is that?")

	bob.enterLine("/msg ada tea?")
	ada.expect("bob to you] tea?")
	ada.enterLine("/reply green")
	bob.expect("ada✓ to you] green")
	cleo.sendLines("to|ada|is there any left?")
	ada.expect("cleo to you] is there any left?")
	bob.enterLine("/whois ada")
	bob.expect(testkit.English(reply.WhoisVerified, "ada"), "key SHA256:", testkit.EnglishStart(reply.WhoisSession, "ssh"))
	ada.enterLine("/away at the baker's")
	eventually(t, "bob reads that she is away", func() bool {
		bob.enterLine("/msg ada still there?")
		return strings.Contains(bob.all(), "at the baker's")
	})
	bob.enterLine("/nick robert")
	ada.expect(testkit.English("sshd-renamed-line", "bob", "robert"))
	ada.enterLine("/join #go")
	ada.expectPrompt("#go >")
	eventually(t, "rooms at the other node shows the room", func() bool {
		return strings.Contains(runClient(t, withCommand(two.ssh("asker"), "rooms")).out, "go")
	})
	bob.joinRoom("go")
	ada.expect("* robert joined")
	bob.enterLine("your turn")
	ada.expect("robert: your turn")
	cleo.expectNot("your turn")
	bob.enterLine("/quit")
	ada.expect("* robert left")
}

// Protects a cluster from troublemakers at any node: what an operator does at one node holds at all
// of them.
func TestOperatorAtAnotherNode(t *testing.T) {
	t.Parallel()
	soak(t)
	list, root := filepath.Join(t.TempDir(), "operators"), newKey(t)
	writeKeyList(t, list, root)
	n := startCluster(t, "--operators", list)
	one, two := n.nodes[0], n.nodes[1]
	op := one.enterAs("root", root)
	eve, mia, noisy := newKey(t), newKey(t), two.nc("noisy")
	bob := two.enter("bob")
	op.expect("* bob joined")

	op.enterLine("/topic tea at five")
	bob.expect(testkit.EnglishPart(reply.TopicSet, 1) + "tea at five")
	late := two.enter("late")
	late.expect("tea at five")
	two.enterAs("mia", mia)
	op.expect("mia✓ joined")
	op.enterLine("/mute mia 1h too loud")
	op.expect("Muted")
	eventually(t, "mia may not speak at her node", func() bool { return two.exec("mia", mia, "say hello").code != 0 })
	op.enterLine("/unmute mia")
	eventually(t, "mia may speak again", func() bool { return two.exec("mia", mia, "say hello").code == 0 })

	op.enterLine("/kick bob go and sleep")
	bob.expect("go and sleep", "[exit ")
	trouble := two.enterAs("eve", eve)
	op.expect("eve✓ joined")
	op.enterLine("/ban eve 1h out")
	trouble.expect("banned", "[exit ")
	op.expect("* eve✓ left")
	for i, h := range n.nodes {
		eventually(t, "eve does not get in at any node", func() bool { return h.exec("eve", eve, "who").code == 1 })
		if r := h.exec("root", root, "bans"); !strings.Contains(r.out, "eve") {
			t.Errorf("bans at node %d answers %+v", i, r)
		}
	}
	op.enterLine("/lockdown on")
	late.expect(testkit.English(reply.LockdownOn))
	stranger := newKey(t)
	eventually(t, "strangers do not get in at the other node, either", func() bool { return two.exec("new", stranger, "who").code == 1 })
	op.enterLine("/lockdown off")
	eventually(t, "strangers get in at the other node again", func() bool { return two.exec("new", stranger, "who").code == 0 })
	noisy.sendLines("is it quiet now?")
	op.expect("noisy: is it quiet now?")
}

// Protects users who move from node to node: the same key is the same person, with one terminal,
// and keeps her name, her unread lines, and her private messages.
func TestSameKeyAtAnotherNode(t *testing.T) {
	testkit.Soak(t, "it takes two nodes; TestTwoUsersAtTwoNodes takes them, too")
	t.Parallel()
	n := startCluster(t)
	one, two, three := n.nodes[0], n.nodes[1], n.nodes[2]
	id, bobs := newKey(t), newKey(t)
	bob := two.enterAs("bob", bobs)
	desk := one.enterAs("ada", id)
	bob.expect("ada✓ joined")
	desk.enterLine("at my desk")
	bob.expect("ada✓: at my desk")

	train := three.enterAs("ada", id)
	desk.expect(testkit.English(reply.GoodbyeTakenOver), "[exit ")
	bob.enterLine("/who")
	bob.expect("* 2 here: bob✓, ada✓")
	bob.enterLine("where are you?")
	train.expect("bob✓: where are you?")
	train.enterLine("in the train")
	bob.expect("ada✓: in the train")
	if all := bob.all(); strings.Count(all, "ada✓ joined") != 1 || strings.Contains(all, "ada✓ left") {
		t.Errorf("bob reads that she left or joined, but she only moved:\n%s", all)
	}
	n.waitOnline("ada", "bob")

	train.pressKeys("C-d")
	train.expect("[exit 0]")
	bob.expect("* ada✓ left")
	bob.enterLine("she will read this later")
	bob.enterLine("/msg ada and this is for you")
	bob.expect(testkit.English(reply.MessageSaved, "ada"))
	home := two.enterAs("ada", id)
	home.expect(testkit.EnglishPart("sshd-unread-since-line", 1)+"1"+testkit.EnglishPart("sshd-unread-since-line", 2), "] bob✓: she will read this later", "] and this is for you")
	home.expectNot(testkit.EnglishPart("sshd-unread-since-line", 1) + "2" + testkit.EnglishPart("sshd-unread-since-line", 2))
	home.enterLine("/quit")
	home.expect("[exit 0]")
	one.enterAs("ada", id).expectNot("and this is for you")
}

// Protects a name by its owner's key, at all nodes.
func TestNameBelongsToKeyEverywhere(t *testing.T) {
	t.Parallel()
	skipRace(t)
	n := startCluster(t)
	id := newKey(t)
	ada := n.nodes[0].enterAs("ada", id)
	n.waitOnline("ada")
	thief := openScreen(t, n.nodes[1].sshAs("ADA", withKey(newKey(t))...)...)
	thief.expect(testkit.English(reply.AssignedTaken, "ADA", "ADA-2"))
	ada.expect("* ADA-2 joined", testkit.EnglishPart(reply.NameTried, 0)+"ada")
	n.nodes[2].nc("carl").sendLines("rename|ada")
	ada.enterLine("/quit")
	ada.expect("[exit 0]")
	thief.expect("ada✓ left")
	thief.enterLine("/nick ada")
	thief.expect("! The name ada ")
	n.nodes[2].enterAs("ada", id).enterLine("it is me")
	thief.expect("ada✓: it is me")
}
