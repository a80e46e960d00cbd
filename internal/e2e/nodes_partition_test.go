package e2e

import (
	"strings"
	"testing"

	"teahouse/internal/reply"
	"teahouse/internal/testkit"
)

// Protects users at a node that is cut off: they are told once, each in their own language, keep
// talking among themselves, and are told when the others are back. Then everybody reads what the
// others said meanwhile, once.
func TestNodePartition(t *testing.T) {
	t.Parallel()
	soak(t)
	cut, _, _ := strings.Cut(testkit.English(reply.PeersUnreachable), ". ") // as much as fits into a row
	cutChinese, _, _ := strings.Cut(testkit.Chinese(reply.PeersUnreachable), "。")
	cut, cutChinese = "* "+cut, "* "+cutChinese
	back, backChinese := "* "+testkit.English(reply.PeersBack), "* "+testkit.Chinese(reply.PeersBack)
	n := startCluster(t)
	ada, ming := n.nodes[0].enterAs("ada", newKey(t)), n.nodes[0].enterChinese("小明")
	bob, cleo := n.nodes[1].enter("bob"), n.nodes[2].enter("cleo")
	n.waitOnline("ada", "bob", "cleo", "小明")
	ada.enterLine("before")
	cleo.expect("ada✓: before")

	n.setCut(0, true)
	bob.enterLine("into the void")
	ada.enterLine("/msg bob do you hear me?")
	ada.expect("! " + testkit.English(reply.PeerUnreachable, "bob"))
	ada.expect(cut, "* bob left", "* cleo left")
	ming.expect(cutChinese)
	bob.expect("* ada✓ left", "* 小明 left")
	ada.enterLine("we are alone")
	ming.expect("ada✓: we are alone")
	ming.enterLine("只有我们")
	cleo.enterLine("where are they?")
	bob.expect("cleo: where are they?")
	ada.enterLine("/who")
	ada.expect("* 2 here: ada✓, 小明")

	n.setCut(0, false)
	ada.expect(back, "bob: into the void", "cleo: where are they?")
	ming.expect(backChinese)
	n.waitOnline("ada", "bob", "cleo", "小明")
	ada.enterLine("here we are")
	bob.enterLine("welcome back")
	for _, s := range []*screen{bob, cleo, ada, ming} {
		s.expect("ada✓: here we are", "bob: welcome back")
		s.expectOnce("ada✓: before", "into the void", "ada✓: we are alone", "小明: 只有我们", "cleo: where are they?", "ada✓: here we are", "bob: welcome back")
	}
	ada.expectOnce(cut, back)
	ming.expectOnce(cutChinese, backChinese)
	for _, s := range []*screen{bob, cleo} {
		s.expectNot(cut, back)
	}
}
