package e2e

import (
	"testing"
)

// Protects those at a machine that is cut off: they are told, once, each in their
// language, talk on among themselves, and are told when the others are there again.
// Then everybody reads what the others said meanwhile, once.
func TestNodePartition(t *testing.T) {
	t.Parallel()
	soak(t)
	const (
		cut, back               = "* The other machines of this house do not answer.", "* The other machines answer again: what was said there meanwhile follows."
		cutChinese, backChinese = "* 其他机器没有回应。", "* 其他机器又有回应了"
	)
	n := startCluster(t)
	ada, ming := n.nodes[0].enterAs("ada", newKey(t)), n.nodes[0].enterChinese("小明")
	bob, cleo := n.nodes[1].enter("bob"), n.nodes[2].enter("cleo")
	n.waitOnline("ada", "bob", "cleo", "小明")
	ada.enterLine("before")
	cleo.expect("ada✓: before")

	n.setCut(0, true)
	bob.enterLine("into the void")
	ada.enterLine("/msg bob do you hear me?")
	ada.expect("! bob is at another machine, which does not answer now")
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
